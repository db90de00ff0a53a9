import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { callbackVerifier } from '../../../server/act/callback.ts';
import { parseConfig } from '../../../server/config.ts';
import { NOW_MS, SECRET } from './samples.ts';

const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const settings = parseConfig(
  `models:
  - { tenant: acme, name: fraud, retrain: { receiver: trainer } }
  - { tenant: other, name: fraud, retrain: { receiver: others } }
  - { tenant: acme, name: churn }
  - { tenant: acme, name: chat, retrain: { receiver: oncall } }
receivers:
  - { id: trainer, type: webhook, url: "http://trainer.example/", secret: { env: TRAINER } }
  - { id: others, type: webhook, url: "http://other.example/", secret: { env: OTHERS } }
  - { id: oncall, type: slack, channel: C1, token: { env: TRAINER } }`,
  { file: 'leeway.yaml', environment: { TRAINER: SECRET, OTHERS: OTHER } },
);

const body = '{"sequence":1,"state":"accepted"}';
const signed = (secret: string) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(NOW_MS / 1000),
  'webhook-signature': new Webhook(secret).sign('msg_1', new Date(NOW_MS), body),
});

describe('a trainer’s callback', () => {
  it.each([
    ['signed by the trainer that was asked', 'acme', 'fraud', SECRET, true],
    ['signed by the trainer of another tenant', 'acme', 'fraud', OTHER, false],
    ['about a model of another tenant', 'other', 'fraud', SECRET, false],
    ['about a model that asks nobody', 'acme', 'churn', SECRET, false],
    ['about a model whose receiver is no webhook', 'acme', 'chat', SECRET, false],
    ['about an unknown model', 'acme', 'nothing', SECRET, false],
  ])('%s is taken: %5$s', (_name, tenant, model, secret, expected) => {
    const verify = callbackVerifier(settings);
    expect(verify({ run: { tenant, model }, headers: signed(secret), body, nowMs: NOW_MS })).toBe(expected);
  });

  it('is refused without a signature, changed, or late', () => {
    const verify = callbackVerifier(settings);
    const run = { tenant: 'acme', model: 'fraud' };
    const good = { run, headers: signed(SECRET), body, nowMs: NOW_MS };
    expect(verify({ ...good, headers: {} })).toBe(false);
    expect(verify({ ...good, body: body.replace('1', '2') })).toBe(false);
    expect(verify({ ...good, nowMs: NOW_MS + 600_000 })).toBe(false);
  });
});

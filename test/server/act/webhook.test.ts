import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../../server/act/receivers.ts';
import type { Delivery, Notice } from '../../../server/model.ts';
import { contextOf } from './context.ts';
import { alertOf, deliveryOf, noticeOf, NOW_MS, retrainOf, SECRET } from './samples.ts';
import { httpServer, type Answer } from './servers.ts';

const receiver = receivers.find(({ type }) => type === 'webhook')!;

const settingsFor = (url: string, secret = SECRET) =>
  ({ id: 'hook', type: 'webhook', url: `${url}/hooks/token-in-path`, secret }) as const;

async function delivered(delivery: Delivery) {
  await using server = await httpServer(() => ({ status: 204 }));
  const outcome = await receiver.deliver(delivery, contextOf(settingsFor(server.url)));
  const seen = server.seen[0]!;
  return {
    outcome,
    seen,
    body: new Webhook(SECRET).verify(seen.body, seen.headers) as Record<string, never>,
  };
}

describe('the webhook receiver', () => {
  it('posts a notice that an outside verifier accepts', async () => {
    const { outcome, seen, body } = await delivered(deliveryOf());
    expect(outcome.kind).toBe('sent');
    expect(seen.headers['webhook-id']).toBe('ntc_1');
    expect(seen.headers['content-type']).toBe('application/json');
    expect(body).toMatchObject({
      type: 'leeway.alert.firing',
      timestamp: new Date(NOW_MS).toISOString(),
      data: { reason: 'first', model: 'fraud', severity: 'page', firing: [{ rule: 'feature-drift' }] },
    });
  });

  it.each<[Notice['reason'], string]>([
    ['new_alerts', 'leeway.alert.firing'],
    ['some_resolved', 'leeway.alert.firing'],
    ['all_resolved', 'leeway.alert.resolved'],
    ['repeat', 'leeway.alert.firing'],
    ['acknowledged', 'leeway.alert.acknowledged'],
    ['incident_update', 'leeway.incident.updated'],
  ])('says %s as %s', async (reason, type) => {
    const { body } = await delivered(deliveryOf({ payload: noticeOf({ reason }) }));
    expect(body).toMatchObject({ type, data: { reason } });
  });

  it('asks for a retraining with the run as its id', async () => {
    const { seen, body } = await delivered(deliveryOf({ kind: 'retrain', payload: retrainOf() }));
    expect(seen.headers['webhook-id']).toBe('run_1');
    expect(body).toMatchObject({ type: 'leeway.retrain.requested', data: retrainOf() });
  });

  it('stays small however many alerts there are, and counts what it left out', async () => {
    const evidence = { text: 'x'.repeat(300), current: { known: Array(5000).fill(1), sides: {} as never } };
    const firing = Array.from({ length: 200 }, (_, index) => alertOf({ id: `a${index}`, evidence }));
    const { seen, body } = await delivered(deliveryOf({ payload: noticeOf({ firing }) }));
    expect(seen.body.length).toBeLessThan(20_000);
    expect(body).toMatchObject({ data: { truncatedAlerts: 180 } });
  });

  it.each<[string, Answer, object]>([
    ['200', { status: 200 }, { kind: 'sent' }],
    ['301', { status: 301, headers: { location: '/' } }, { kind: 'failed' }],
    ['400', { status: 400 }, { kind: 'failed' }],
    ['410', { status: 410 }, { kind: 'failed' }],
    ['429', { status: 429, headers: { 'retry-after': '11' } }, { kind: 'retry', afterMs: 11_000 }],
    ['500', { status: 500 }, { kind: 'retry', afterMs: null }],
    ['a hang', 'hang', { kind: 'unknown' }],
    ['an endless answer', { status: 200, body: Buffer.alloc(3_000_000) }, { kind: 'sent' }],
  ])('names the outcome of %s', async (_name, answer, expected) => {
    await using server = await httpServer(() => answer);
    const context = contextOf(settingsFor(server.url), { timeoutMs: 300 });
    expect(await receiver.deliver(deliveryOf(), context)).toMatchObject(expected);
    expect(server.seen.length).toBe(1);
  });

  it('tells a weak secret from a receiver that is down, and repeats neither secret nor path', async () => {
    const weak = await receiver.deliver(
      deliveryOf(),
      contextOf(settingsFor('http://127.0.0.1:1', 'hunter2')),
    );
    expect(weak.kind).toBe('failed');
    expect(weak.detail).not.toContain('hunter2');
    const down = await receiver.deliver(deliveryOf(), contextOf(settingsFor('http://127.0.0.1:1')));
    expect(down.kind).toBe('retry');
    expect(down.detail).not.toContain('token-in-path');
  });
});

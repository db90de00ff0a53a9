import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { receivers } from '../../server/act/receivers.ts';
import type { Delivery, Notice } from '../../server/model.ts';
import type { ReceiverSettings } from '../../server/settings.ts';
import { contextOf } from '../server/act/context.ts';
import { alertOf, deliveryOf, noticeOf, retrainOf } from '../server/act/samples.ts';
import { httpServer, type Seen } from '../server/act/servers.ts';

/** Every request of the webhook receiver, held against the `standardwebhooks` package, and v1a against plain Ed25519. */

const receiver = receivers.find(({ type }) => type === 'webhook')!;
const symmetric = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [OLD, NEW, OTHER] = [symmetric(1), symmetric(2), symmetric(3)];

const REASONS: readonly Notice['reason'][] = [
  'first',
  'new_alerts',
  'some_resolved',
  'all_resolved',
  'repeat',
  'acknowledged',
  'incident_update',
];
const STRANGE = 'é 漢字 \u0000 "quoted" \\ </script> \u2028 🚢';
const DELIVERIES: readonly Delivery[] = [
  ...REASONS.map((reason) =>
    deliveryOf({
      payload: noticeOf({
        id: `ntc_${reason}`,
        reason,
        title: STRANGE,
        firing: [alertOf({ summary: STRANGE })],
      }),
    }),
  ),
  deliveryOf({ kind: 'retrain', payload: retrainOf({ cause: STRANGE }) }),
];

type Webhooks = Omit<Extract<ReceiverSettings, { readonly type: 'webhook' }>, 'id' | 'type' | 'url'>;

async function sent(
  settings: Webhooks,
  deliveries: readonly Delivery[] = DELIVERIES,
): Promise<readonly Seen[]> {
  await using server = await httpServer(() => ({ status: 200 }));
  const own = { id: 'hook', type: 'webhook', url: server.url, ...settings } as const;
  for (const delivery of deliveries)
    expect(await receiver.deliver(delivery, contextOf(own))).toMatchObject({ kind: 'sent' });
  return server.seen;
}

function isTaken(secret: string, { body, headers }: Seen): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** With nothing but Node's Ed25519 and what the standard says: `id.timestamp.body`. */
function isSignedBy(publicKey: string, { body, headers }: Seen): boolean {
  const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const text = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return (headers['webhook-signature'] ?? '')
    .split(' ')
    .filter((one) => one.startsWith('v1a,'))
    .some((one) => verify(null, text, key, Buffer.from(one.slice('v1a,'.length), 'base64')));
}

function pair() {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64');
  return { secret: `whsk_${base64(d)}`, publicKey: `whpk_${base64(x)}` };
}

describe('a webhook', () => {
  it('is verified by the standardwebhooks package, whatever it tells', async () => {
    const seen = await sent({ secret: NEW });
    expect(seen.length).toBe(DELIVERIES.length);
    expect(seen.map((one) => isTaken(NEW, one))).toEqual(seen.map(() => true));
    expect(seen.some((one) => isTaken(OTHER, one))).toBe(false);
  });

  it('is refused by the package once a byte, its id or its time is another', async () => {
    for (const one of await sent({ secret: NEW })) {
      const { headers } = one;
      expect(isTaken(NEW, { ...one, body: `${one.body} ` })).toBe(false);
      expect(isTaken(NEW, { ...one, headers: { ...headers, 'webhook-id': 'other' } })).toBe(false);
      const seconds = String(Number(headers['webhook-timestamp']) + 1);
      expect(isTaken(NEW, { ...one, headers: { ...headers, 'webhook-timestamp': seconds } })).toBe(false);
    }
  });

  it('is verified all through a change of the secret, by receivers that know the old, the new, or both', async () => {
    const hour = 3_600_000;
    const before = await sent({ secret: OLD });
    const during = await sent({ secret: NEW, previous: { secret: OLD, untilMs: Date.now() + hour } });
    const after = await sent({ secret: NEW, previous: { secret: OLD, untilMs: Date.now() - hour } });
    const taken = (secret: string) =>
      [before, during, after].map((seen) => seen.every((one) => isTaken(secret, one)));
    expect(taken(OLD)).toEqual([true, true, false]);
    expect(taken(NEW)).toEqual([false, true, true]);
    expect(taken(OTHER)).toEqual([false, false, false]);
  });

  it('is verified while a shared secret gives way to a key pair', async () => {
    const { secret, publicKey } = pair();
    const seen = await sent({ secret, previous: { secret: OLD, untilMs: Date.now() + 60_000 } });
    expect(seen.every((one) => isTaken(OLD, one))).toBe(true);
    expect(seen.every((one) => isSignedBy(publicKey, one))).toBe(true);
    expect(seen.some((one) => isSignedBy(pair().publicKey, one))).toBe(false);
  });

  it('is verified on every attempt, under one id', async () => {
    const again = [1, 2, 3].map((attempt) => deliveryOf({ attempt, mayRepeat: attempt > 1 }));
    const seen = await sent({ secret: NEW }, again);
    expect(seen.every((one) => isTaken(NEW, one))).toBe(true);
    expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});

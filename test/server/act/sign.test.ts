import { Webhook } from 'standardwebhooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSigningSecret, signatureHeaders, verifyCallback } from '../../../server/act/sign.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { SECRET } from './samples.ts';

const VECTOR = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  body: '{"test": 2432232314}',
  secrets: [SECRET],
  nowMs: 1_614_265_330_000,
};

describe('signing', () => {
  it('agrees with the vector of the specification', () => {
    expect(signatureHeaders(VECTOR)).toEqual({
      'webhook-id': VECTOR.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is accepted by the standardwebhooks package for any id, body and key', () => {
    const keys = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(fc.uuid(), fc.json(), keys, (id, body, key) => {
        const secret = `whsec_${Buffer.from(key).toString('base64')}`;
        const headers = signatureHeaders({ id, body, secrets: [secret], nowMs: Date.now() });
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });

  it.each([
    ['', false],
    ['whsec_', false],
    ['whsec_not base64!', false],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [`whsec_${Buffer.alloc(24).toString('base64')}`, true],
    [Buffer.alloc(64).toString('base64'), true],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
  ])('takes the secret %j: %s', (secret, expected) => {
    expect(isSigningSecret(secret)).toBe(expected);
  });

  it('refuses to sign with a weak secret, in words that do not repeat it', () => {
    const secret = 'hunter2hunter2';
    expect(() => signatureHeaders({ ...VECTOR, secrets: [secret] })).toThrow(BadRequestError);
    expect(() => signatureHeaders({ ...VECTOR, secrets: [secret] })).not.toThrow(secret);
  });
});

describe('verifying a callback', () => {
  const headers = signatureHeaders(VECTOR);
  const good = { headers, body: VECTOR.body, secret: SECRET, nowMs: VECTOR.nowMs };

  it('takes what the standardwebhooks package signs', () => {
    const at = new Date(VECTOR.nowMs);
    const signed = { ...headers, 'webhook-signature': new Webhook(SECRET).sign(VECTOR.id, at, VECTOR.body) };
    expect(verifyCallback({ ...good, headers: signed })).toEqual({ ok: true, id: VECTOR.id });
  });

  it('takes the right signature among several', () => {
    const several = { ...headers, 'webhook-signature': `v1,AAAA v1a,BBBB ${headers['webhook-signature']}` };
    expect(verifyCallback({ ...good, headers: several })).toEqual({ ok: true, id: VECTOR.id });
  });

  it.each([
    ['five minutes old', { nowMs: VECTOR.nowMs + 300_000 }, true],
    ['older', { nowMs: VECTOR.nowMs + 300_001 }, 'too_old'],
    ['from the future', { nowMs: VECTOR.nowMs - 300_001 }, 'too_new'],
    ['changed', { body: '{"test": 1}' }, 'no_match'],
    ['signed for another', { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }, 'no_match'],
    ['checked with a broken secret', { secret: 'x' }, 'bad_secret'],
    ['of another id', { headers: { ...headers, 'webhook-id': 'other' } }, 'no_match'],
    ['of another time', { headers: { ...headers, 'webhook-timestamp': '1614265331' } }, 'no_match'],
    [
      'without a number as its time',
      { headers: { ...headers, 'webhook-timestamp': 'NaN' } },
      'bad_timestamp',
    ],
    ['with an empty signature', { headers: { ...headers, 'webhook-signature': '' } }, 'no_match'],
    ['unsigned', { headers: { 'webhook-id': 'x' } }, 'missing_header'],
  ])('a request that is %s', (_name, change, expected) => {
    const check = verifyCallback({ ...good, ...change });
    expect(check.ok ? true : check.reason).toBe(expected);
  });
});

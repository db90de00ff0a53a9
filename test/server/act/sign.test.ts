import { generateKeyPairSync, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSigningSecret, signatureHeaders, verifyCallback } from '../../../server/act/sign.ts';
import { publicKeyOf, signerOf } from '../../../server/act/signing-keys.ts';
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

/** A pair as Node makes it, written as Standard Webhooks writes it: the seed, or seed and public key. */
function pair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const [seed, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  return {
    publicKey,
    seed: `whsk_${seed.toString('base64')}`,
    both: `whsk_${Buffer.concat([seed, open]).toString('base64')}`,
    shown: `whpk_${open.toString('base64')}`,
  };
}

describe('signing with a private key', () => {
  const made = pair();

  it.each([
    ['the seed', made.seed],
    ['seed and public key', made.both],
  ])('as %s is verified by whoever has the public key', (_name, secret) => {
    const headers = signatureHeaders({ ...VECTOR, secrets: [secret] });
    const [version, signature = ''] = headers['webhook-signature']!.split(',');
    const text = Buffer.from(`${VECTOR.id}.1614265330.${VECTOR.body}`);
    expect(version).toBe('v1a');
    expect(verify(null, text, made.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
    expect(verify(null, Buffer.from('other'), made.publicKey, Buffer.from(signature, 'base64'))).toBe(false);
  });

  it('agrees with the first vector of RFC 8032', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const secret = `whsk_${seed.toString('base64')}`;
    const open = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    expect(publicKeyOf(secret)).toBe(`whpk_${open.toString('base64')}`);
    expect(signerOf(secret)!('')).toBe(
      `v1a,${Buffer.from(
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
        'hex',
      ).toString('base64')}`,
    );
  });

  it('shows the public key, of a private one only', () => {
    expect([publicKeyOf(made.seed), publicKeyOf(made.both)]).toEqual([made.shown, made.shown]);
    expect([publicKeyOf(SECRET), publicKeyOf('whsk_short')]).toEqual([null, null]);
  });

  it.each([
    ['whsk_', false],
    [`whsk_${Buffer.alloc(31).toString('base64')}`, false],
    [`whsk_${Buffer.alloc(32).toString('base64')}`, true],
    // A pair whose public key is not of its seed.
    [`whsk_${Buffer.alloc(64).toString('base64')}`, false],
    [made.shown, false],
  ])('takes the secret %j: %s', (secret, expected) => {
    expect(isSigningSecret(secret)).toBe(expected);
  });

  it('stands beside other signatures, so that each receiver finds its own', () => {
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const now = { ...VECTOR, nowMs: Date.now() };
    const headers = signatureHeaders({ ...now, secrets: [made.seed, other, SECRET] });
    expect(headers['webhook-signature']!.split(' ').map((one) => one.split(',')[0])).toEqual([
      'v1a',
      'v1',
      'v1',
    ]);
    for (const secret of [other, SECRET])
      expect(new Webhook(secret).verify(now.body, headers)).toEqual(JSON.parse(now.body));
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

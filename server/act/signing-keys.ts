import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** Keys of Standard Webhooks 1.0.0 as it writes them: `whsec_` symmetric, `whsk_` and `whpk_` Ed25519, in base64. */

const SYMMETRIC = 'whsec_';
const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';
/** Bounds of the specification, in bytes. */
export const KEY_BYTES = { min: 24, max: 64 } as const;
const SEED_BYTES = 32;
/** Seed and public key behind it, as libsodium keeps them. */
const PAIR_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** PKCS #8 of an Ed25519 seed (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs a text: `v1,…` or `v1a,…`. */
export type Signer = (text: string) => string;

/** null when the secret has neither form. A secret without a prefix is a symmetric one. */
export function signerOf(secret: string): Signer | null {
  if (secret.startsWith(PRIVATE)) {
    const key = privateKeyOf(secret);
    return key && ((text) => `v1a,${sign(null, Buffer.from(text), key).toString('base64')}`);
  }
  const key = symmetricKeyOf(secret);
  return key && ((text) => `v1,${createHmac('sha256', key).update(text).digest('base64')}`);
}

/** What a receiver verifies v1a signatures with; null for other secrets. */
export function publicKeyOf(secret: string): string | null {
  const key = privateKeyOf(secret);
  return key === null ? null : `${PUBLIC}${publicBytes(key).toString('base64')}`;
}

function symmetricKeyOf(secret: string): Buffer | null {
  const key = bytesOf(secret.startsWith(SYMMETRIC) ? secret.slice(SYMMETRIC.length) : secret);
  return key !== null && key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max ? key : null;
}

function privateKeyOf(secret: string): KeyObject | null {
  const bytes = secret.startsWith(PRIVATE) ? bytesOf(secret.slice(PRIVATE.length)) : null;
  if (bytes === null || (bytes.length !== SEED_BYTES && bytes.length !== PAIR_BYTES)) return null;
  const der = Buffer.concat([PKCS8, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return bytes.length === SEED_BYTES || publicBytes(key).equals(bytes.subarray(SEED_BYTES)) ? key : null;
}

function publicBytes(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
}

function bytesOf(text: string): Buffer | null {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import { BadRequestError } from '../errors.ts';

/** Standard Webhooks 1.0.0, symmetric signatures: https://github.com/standard-webhooks/standard-webhooks */

const PREFIX = 'whsec_';
const TOLERANCE_MS = 300_000;
/** Bounds of the specification, in bytes. */
const KEY_BYTES = { min: 24, max: 64 } as const;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface Signable {
  /** Same on every retry: the receiver's idempotency key. */
  readonly id: string;
  readonly body: string;
  readonly secret: string;
  /** Wall time, ms. */
  readonly nowMs: number;
}

/** The three webhook headers. Throws BadRequestError when the secret is no `whsec_` secret. */
export function signatureHeaders({ id, body, secret, nowMs }: Signable): Readonly<Record<string, string>> {
  const key = keyOf(secret);
  if (key === null)
    throw new BadRequestError(
      `Expected a webhook secret of the form ${PREFIX} and ${KEY_BYTES.min} to ${KEY_BYTES.max} bytes in base64; what is set has another form. Make one: echo "${PREFIX}$(openssl rand -base64 32)"`,
    );
  const seconds = String(Math.floor(nowMs / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': signature(key, `${id}.${seconds}.${body}`),
  };
}

/** Whether `signatureHeaders` can sign with this secret. */
export function isSigningSecret(secret: string): boolean {
  return keyOf(secret) !== null;
}

function keyOf(secret: string): Buffer | null {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!BASE64.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max ? key : null;
}

function signature(key: Buffer, text: string): string {
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

export type SignatureCheck =
  | { readonly ok: true; readonly id: string }
  | {
      readonly ok: false;
      readonly reason: 'missing_header' | 'bad_timestamp' | 'too_old' | 'too_new' | 'bad_secret' | 'no_match';
    };

/**
 * Checks a signed request, such as a trainer's callback: the signature over the raw body, and that its time is within five
 * minutes of `nowMs`. `headers` has lower-case names. Several signatures in one header are all tried.
 */
export function verifyCallback(input: {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly secret: string;
  /** Wall time, ms: the sender signed with its own. */
  readonly nowMs: number;
}): SignatureCheck {
  const id = input.headers['webhook-id'];
  const seconds = input.headers['webhook-timestamp'];
  const given = input.headers['webhook-signature'];
  if (id === undefined || seconds === undefined || given === undefined)
    return { ok: false, reason: 'missing_header' };
  if (!/^\d{1,12}$/.test(seconds)) return { ok: false, reason: 'bad_timestamp' };
  const ageMs = input.nowMs - Number(seconds) * 1000;
  if (ageMs > TOLERANCE_MS) return { ok: false, reason: 'too_old' };
  if (ageMs < -TOLERANCE_MS) return { ok: false, reason: 'too_new' };
  const key = keyOf(input.secret);
  if (key === null) return { ok: false, reason: 'bad_secret' };
  const expected = Buffer.from(signature(key, `${id}.${seconds}.${input.body}`));
  const matches = given.split(' ').some((part) => equal(Buffer.from(part), expected));
  return matches ? { ok: true, id } : { ok: false, reason: 'no_match' };
}

function equal(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

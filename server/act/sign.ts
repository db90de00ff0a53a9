import { timingSafeEqual } from 'node:crypto';
import { BadRequestError } from '../errors.ts';
import { KEY_BYTES, signerOf } from './signing-keys.ts';

/** Standard Webhooks 1.0.0: https://github.com/standard-webhooks/standard-webhooks */

const TOLERANCE_MS = 300_000;

export interface Signable {
  /** Same on every retry: the receiver's idempotency key. */
  readonly id: string;
  readonly body: string;
  /** One signature each, all in one header: while secrets change, receivers know one or the other. */
  readonly secrets: readonly string[];
  /** Wall time, ms. */
  readonly nowMs: number;
}

/** The three webhook headers. Throws BadRequestError when a secret cannot sign. */
export function signatureHeaders({ id, body, secrets, nowMs }: Signable): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(nowMs / 1000));
  const signatures = secrets.map((secret) => signer(secret)(`${id}.${seconds}.${body}`));
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures.join(' ') };
}

function signer(secret: string) {
  const found = signerOf(secret);
  if (found !== null) return found;
  throw new BadRequestError(
    `Expected a webhook secret of the form whsec_ and ${KEY_BYTES.min} to ${KEY_BYTES.max} bytes in base64, or whsk_ and an Ed25519 key; what is set has another form. Make one: echo "whsec_$(openssl rand -base64 32)"`,
  );
}

/** Whether `signatureHeaders` can sign with this secret. */
export function isSigningSecret(secret: string): boolean {
  return signerOf(secret) !== null;
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
  const sign = signerOf(input.secret);
  if (sign === null) return { ok: false, reason: 'bad_secret' };
  // Ed25519 signs the same text the same way every time (RFC 8032), so its signatures compare like the others.
  const expected = Buffer.from(sign(`${id}.${seconds}.${input.body}`));
  const matches = given.split(' ').some((part) => equal(Buffer.from(part), expected));
  return matches ? { ok: true, id } : { ok: false, reason: 'no_match' };
}

function equal(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

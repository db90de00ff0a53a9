import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Standard Webhooks 1.0: the stand-ins check what Leeway signs, and the director signs its own deployments. */

export interface SignedRequest {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type SignatureCheck =
  { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: string };

export interface SignatureOptions {
  /** `whsec_` and the key in base64. */
  readonly secret: string;
  readonly nowMs: number;
  /** How far the signed time may be from now; null where the sender lives in another time than the receiver. */
  readonly toleranceMs: number | null;
}

/** Signs `value` as JSON; `atMs` is the time written into the signature. */
export function signed(
  value: unknown,
  at: { readonly id: string; readonly atMs: number; readonly secret: string },
): SignedRequest {
  const body = JSON.stringify(value);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': at.id,
    'webhook-timestamp': String(Math.floor(at.atMs / 1000)),
    'webhook-signature': new Webhook(at.secret).sign(at.id, new Date(at.atMs), body),
  };
  return { id: at.id, headers, body };
}

/** Whether `body` was signed with the secret, and recently enough. */
export function checkSignature(headers: Headers, body: string, options: SignatureOptions): SignatureCheck {
  const id = headers.get('webhook-id');
  const seconds = headers.get('webhook-timestamp');
  const signatures = headers.get('webhook-signature');
  if (id === null || seconds === null || signatures === null) {
    return { ok: false, reason: 'expected the headers webhook-id, webhook-timestamp and webhook-signature' };
  }
  const signedAtMs = Number(seconds) * 1000;
  if (!Number.isSafeInteger(signedAtMs))
    return { ok: false, reason: 'webhook-timestamp is no number of seconds' };
  const { toleranceMs, nowMs, secret } = options;
  if (toleranceMs !== null && Math.abs(nowMs - signedAtMs) > toleranceMs) {
    return { ok: false, reason: `webhook-timestamp is more than ${toleranceMs / 1000} s from now` };
  }
  // The package's own verify() has a fixed tolerance of five minutes of the machine's time; its sign() has none.
  const expected = Buffer.from(new Webhook(secret).sign(id, new Date(signedAtMs), body));
  const matches = signatures.split(' ').some((given) => {
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  return matches
    ? { ok: true, id }
    : { ok: false, reason: 'no signature in webhook-signature matches the body' };
}

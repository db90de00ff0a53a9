import { FatalError } from '../../errors.ts';
import type { Rejection } from '../../model.ts';
import type { Outgoing } from './outgoing.ts';

/** What an appliance answered of a request. */
export interface Answer {
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

export interface Sending {
  readonly url: string;
  readonly key: string;
  readonly sleep: (ms: number) => Promise<void>;
  /** Where predictions go instead. */
  readonly address?: string;
}

export const EXIT = { refused: 1, usage: 2, unreachable: 3 } as const;
const TRIES = 10;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const TIMEOUT_MS = 60_000;
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Posts rows until the appliance has answered for them. Throws FatalError: with exit code 3 when it cannot be reached
 * or stays busy, with 2 when it does not take the key.
 */
export async function send(
  outgoing: Exclude<Outgoing, { readonly unreadable: Rejection }>,
  idempotencyKey: string,
  sending: Sending,
): Promise<Answer> {
  let told = 'it cannot be reached';
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const response = await post(outgoing, idempotencyKey, sending).catch((cause: unknown) => {
      told = `it cannot be reached (${reasonOf(cause)})`;
      return null;
    });
    if (response !== null && !AGAIN.has(response.status)) return answerOf(response, outgoing.rows);
    if (response !== null) {
      told = `it answered ${response.status} ${TRIES} times`;
      await response.body?.cancel();
    }
    await sending.sleep(waitMs(response, attempt));
  }
  throw new FatalError(
    `${sending.url}: ${told}; run the same command again to go on, rows that have an id count once`,
    {
      exitCode: EXIT.unreachable,
    },
  );
}

function post(
  { route, type, body }: Exclude<Outgoing, { readonly unreadable: Rejection }>,
  idempotencyKey: string,
  { url, key, address = 'predictions' }: Sending,
): Promise<Response> {
  return fetch(`${url}/api/v1/${route === 'predictions' ? address : route}`, {
    method: 'POST',
    headers: {
      'content-type': type,
      authorization: `Bearer ${key}`,
      'idempotency-key': idempotencyKey,
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

function waitMs(response: Response | null, attempt: number): number {
  const told = Number(response?.headers.get('retry-after') ?? NaN);
  if (told > 0) return Math.min(told * 1000, 60_000);
  return Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
}

function reasonOf(cause: unknown): string {
  const inner: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause;
  if (typeof inner === 'object' && inner !== null && 'code' in inner) return String(inner.code);
  return inner instanceof Error ? inner.name : 'no answer';
}

interface Told {
  readonly accepted?: number;
  readonly repeated?: number;
  readonly rejected?: readonly Rejection[];
  readonly warnings?: readonly Rejection[];
  readonly error?: { readonly message?: string };
}

async function answerOf(response: Response, rows: number): Promise<Answer> {
  const told = (await response.json().catch(() => ({}))) as Told;
  if (response.status === 401 || response.status === 403)
    throw new FatalError(told.error?.message ?? `the key was answered with ${response.status}`, {
      exitCode: EXIT.usage,
    });
  const { accepted = 0, repeated = 0, warnings = [] } = told;
  if (told.rejected !== undefined) return { accepted, repeated, warnings, rejected: told.rejected };
  if (response.status === 200) return { accepted, repeated, warnings, rejected: [] };
  const message = told.error?.message ?? `the appliance answered ${response.status}`;
  return { accepted, repeated, warnings, rejected: [{ reason: 'malformed', count: rows, message }] };
}

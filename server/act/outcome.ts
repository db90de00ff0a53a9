import { BadRequestError } from '../errors.ts';
import type { DeliveryOutcome } from '../model.ts';

/** A wrong `Retry-After` must not hold a page back for good. */
const MAX_RETRY_AFTER_MS = 3_600_000;
const MAX_DETAIL_CHARACTERS = 500;

export function sent(detail: string, thread?: Readonly<Record<string, string>>): DeliveryOutcome {
  return thread === undefined ? { kind: 'sent', detail } : { kind: 'sent', detail, thread };
}

export function retry(detail: string, afterMs: number | null = null): DeliveryOutcome {
  return { kind: 'retry', afterMs, detail };
}

export function failed(detail: string): DeliveryOutcome {
  return { kind: 'failed', detail };
}

/** What an answer's HTTP status means. Refusals that another attempt cannot change are final; 410 asks for no more. */
export function outcomeOfStatus(input: {
  readonly host: string;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly nowMs: number;
}): DeliveryOutcome {
  const { host, status } = input;
  if (status >= 200 && status < 300) return sent(`${host} answered ${status}`);
  if (status === 410) return failed(`${host} answered 410: it wants no more of these`);
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  if (passing) return retry(`${host} answered ${status}`, retryAfterMs(input.retryAfter, input.nowMs));
  return failed(`${host} answered ${status}`);
}

/** `Retry-After` in seconds or as a date, as ms from now; null when there is none to be understood. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

/** What an attempt that ended in an exception means: refused by ourselves is final, anything else may pass. */
export function outcomeOfError(error: unknown, target: string): DeliveryOutcome {
  if (error instanceof BadRequestError) return failed(error.message);
  return retry(`${target}: ${reasonOf(error)}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the attempt ended in an unknown error';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  const cause = error.cause as { readonly code?: unknown } | undefined;
  return typeof cause?.code === 'string' ? `no connection (${cause.code})` : error.message;
}

/** An outcome without secrets, control characters or endless text. */
export function presentable(outcome: DeliveryOutcome, secrets: readonly string[]): DeliveryOutcome {
  return { ...outcome, detail: presentableText(outcome.detail, secrets) };
}

function presentableText(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets
    .filter((secret) => secret !== '')
    .toSorted((first, second) => second.length - first.length);
  const clean = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  // oxlint-disable-next-line no-control-regex -- control characters of a server's answer are what is taken out
  const line = clean.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length <= MAX_DETAIL_CHARACTERS ? line : `${line.slice(0, MAX_DETAIL_CHARACTERS - 1)}…`;
}

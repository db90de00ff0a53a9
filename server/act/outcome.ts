import { BadRequestError } from '../errors.ts';
import type { DeliveryOutcome, FailureReason } from '../model.ts';

/** A wrong `Retry-After` must not hold a page back for good. */
const MAX_RETRY_AFTER_MS = 3_600_000;
const MAX_DETAIL_CHARACTERS = 500;

export function sent(detail: string, thread?: Readonly<Record<string, string>>): DeliveryOutcome {
  return thread === undefined ? { kind: 'sent', detail } : { kind: 'sent', detail, thread };
}

export function retry(
  detail: string,
  afterMs: number | null = null,
  reason: FailureReason = 'server',
): DeliveryOutcome {
  return { kind: 'retry', afterMs, detail, reason };
}

export function failed(detail: string, reason: FailureReason = 'client'): DeliveryOutcome {
  return { kind: 'failed', detail, reason };
}

/** The request left, and no answer came: it may have arrived. */
export function unknown(detail: string): DeliveryOutcome {
  return { kind: 'unknown', detail };
}

/** Why an attempt failed, in a word for a metric; null: it did not. */
export function reasonOf(outcome: DeliveryOutcome): FailureReason | null {
  if (outcome.kind === 'sent') return null;
  if (outcome.kind === 'unknown') return 'timeout';
  return outcome.reason ?? (outcome.kind === 'failed' ? 'client' : 'server');
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
  if (status === 410) return failed(`${host} answered 410: it wants no more of these`, 'gone');
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  const reason = reasonOfStatus(status);
  if (!passing) return failed(`${host} answered ${status}`, reason);
  return retry(`${host} answered ${status}`, retryAfterMs(input.retryAfter, input.nowMs), reason);
}

function reasonOfStatus(status: number): FailureReason {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate';
  if (status === 408) return 'timeout';
  return status >= 500 ? 'server' : 'client';
}

/** `Retry-After` in seconds or as a date, as ms from now; null when there is none to be understood. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

/** Failures of these kinds come before the request leaves; after any other it may have arrived. */
const BEFORE_REQUEST =
  /^(bad port|ECONNREFUSED|ENOTFOUND|EAI_[A-Z]+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EPROTO|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*|ERR_INVALID_.*)$/;

/**
 * What an attempt that ended in an exception means: refused by ourselves is final; a connection that was never made may be
 * made later; anything else happened after the request may have left.
 */
export function outcomeOfError(error: unknown, target: string): DeliveryOutcome {
  if (error instanceof BadRequestError) return failed(error.message, 'config');
  const code = codeOf(error) ?? (causeOf(error) === BAD_PORT ? BAD_PORT : null);
  if (code !== null && BEFORE_REQUEST.test(code))
    return retry(`${target}: no connection (${code})`, null, 'connection');
  return unknown(`${target}: ${wordsOf(error, code)}`);
}

/** What `fetch` says of ports that no web server listens on; it has no code for that. */
const BAD_PORT = 'bad port';

function causeOf(error: unknown): string | null {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : null;
}

/** Of the error or of what caused it, however deep the libraries have wrapped it. */
function codeOf(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > 4) return typeof error === 'object' ? ownCode(error) : null;
  return codeOf(error.cause, depth + 1) ?? ownCode(error);
}

function ownCode(error: object | null): string | null {
  return error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

function wordsOf(error: unknown, code: string | null): string {
  if (!(error instanceof Error)) return 'the attempt ended in an unknown error';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  return code === null ? error.message : `the connection broke (${code})`;
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

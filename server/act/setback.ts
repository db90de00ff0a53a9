import { hash } from 'node:crypto';

/** Failures in a row of what is tried again at every beat: when it is tried next, and whether that is worth a line of log. */

const FIRST_WAIT_MS = 1000;
/** Of the wait, so that what failed at one moment is not tried again at one. */
const JITTER_SHARE = 0.2;
const TOLD_AGAIN_AFTER_MS = 60 * 60_000;

export interface Setback {
  readonly failures: number;
  /** In a word; another one is told of at once. */
  readonly reason: string;
  readonly nextTryMs: number;
  readonly toldAtMs: number;
}

export interface Failure {
  /** Of what is tried; the jitter follows from it. */
  readonly id: string;
  readonly reason: string;
  /** How long it was asked to wait; null: it was not. */
  readonly afterMs: number | null;
  readonly longestWaitMs: number;
  readonly nowMs: number;
}

/** What one more failure makes of it; `toldAtMs` is now when it is to be told of. Pure. */
export function afterFailure(before: Setback | null, failure: Failure): Setback {
  const { reason, nowMs } = failure;
  const failures = (before?.failures ?? 0) + 1;
  const isKnown = before?.reason === reason && nowMs - before.toldAtMs < TOLD_AGAIN_AFTER_MS;
  const nextTryMs = nowMs + waitMs(failure, failures);
  return { failures, reason, nextTryMs, toldAtMs: isKnown ? before.toldAtMs : nowMs };
}

/** Twice as long each time, less up to a fifth, and never longer than the longest. */
function waitMs({ id, afterMs, longestWaitMs }: Failure, failures: number): number {
  const backOffMs = Math.min(longestWaitMs, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20));
  const digest = hash('sha256', JSON.stringify([id, failures]));
  const unit = Number.parseInt(digest.slice(0, 8), 16) / 0xff_ff_ff_ff;
  return Math.min(longestWaitMs, Math.max(afterMs ?? 0, Math.round(backOffMs * (1 - JITTER_SHARE * unit))));
}

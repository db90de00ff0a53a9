import type { DeliveryOutcome } from '../model.ts';

/** When a rollback's call is made again and when it is given up; pure. */

const FIRST_WAIT_MS = 5_000;
/** A serving process that restarts is back by then; after it people must look. */
export const CALL_WITHIN_MS = 10 * 60_000;

/** Each wait is as long as all time before it, so the attempts come at 0, 5, 10, 20, 40 … seconds. */
export function callIsDue(times: {
  readonly approvedAtMs: number;
  readonly lastAttemptMs: number | null;
  readonly nowMs: number;
}): boolean {
  const { approvedAtMs, lastAttemptMs, nowMs } = times;
  if (lastAttemptMs === null) return true;
  return nowMs >= lastAttemptMs + Math.max(FIRST_WAIT_MS, lastAttemptMs - approvedAtMs);
}

export type CallDecision =
  | { readonly outcome: 'done'; readonly reason: 'accepted' }
  | { readonly outcome: 'running'; readonly reason: 'try_again' }
  | { readonly outcome: 'failed'; readonly reason: 'refused' | 'gave_up' };

export function callDecision(input: {
  readonly outcome: DeliveryOutcome['kind'];
  readonly approvedAtMs: number;
  readonly nowMs: number;
}): CallDecision {
  if (input.outcome === 'sent') return { outcome: 'done', reason: 'accepted' };
  if (input.outcome === 'failed') return { outcome: 'failed', reason: 'refused' };
  return input.nowMs - input.approvedAtMs >= CALL_WITHIN_MS
    ? { outcome: 'failed', reason: 'gave_up' }
    : { outcome: 'running', reason: 'try_again' };
}

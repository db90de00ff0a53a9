import type { Breaker, DeliveryOutcome } from '../model.ts';
import { retryWaitMs } from './outbox.ts';

/** In a row (reference alerting.md 4.1). */
const MOST_FAILURES = 5;

export function closedBreaker(receiver: string): Breaker {
  return {
    receiver,
    failures: 0,
    openSinceMs: null,
    probeAtMs: null,
    lastError: null,
    lastErrorAtMs: null,
  };
}

/**
 * The breaker after one attempt. Five failures in a row open it, or one answer that nothing more is wanted; it is tried
 * again after waits that double, and one success closes it. A receiver that asks to slow down is well.
 */
export function afterAttempt(before: Breaker, outcome: DeliveryOutcome, nowMs: number): Breaker {
  if (outcome.kind === 'sent') return { ...before, failures: 0, openSinceMs: null, probeAtMs: null };
  const reason = outcome.kind === 'unknown' ? 'timeout' : outcome.reason;
  if (reason === 'rate' || reason === 'delayed') return withProbe(before, nowMs);
  const failures = before.failures + 1;
  const isOpen = before.openSinceMs !== null || failures >= MOST_FAILURES || reason === 'gone';
  const known = { ...before, failures, lastError: outcome.detail, lastErrorAtMs: nowMs };
  if (!isOpen) return known;
  return withProbe({ ...known, openSinceMs: before.openSinceMs ?? nowMs }, nowMs);
}

/** When an open one is tried next; the wait follows from how long it has failed. */
function withProbe(breaker: Breaker, nowMs: number): Breaker {
  if (breaker.openSinceMs === null) return breaker;
  const step = Math.max(1, breaker.failures - MOST_FAILURES + 1);
  return { ...breaker, probeAtMs: nowMs + retryWaitMs(breaker.receiver, step, null) };
}

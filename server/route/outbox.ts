import type { Delivery, DeliveryOutcome } from '../model.ts';
import { shortHash } from './identity.ts';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Of the wait, either way, so that retries of one outage spread out. */
const JITTER_SHARE = 0.2;

/** Exponential wait before the next try; the jitter follows from the id, so a test and a restart agree. */
export function retryWaitMs(id: string, attempt: number, afterMs: number | null): number {
  const backOff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(Math.max(0, attempt - 1), 20));
  const unit = Number.parseInt(shortHash(id, attempt).slice(0, 8), 16) / 0xff_ff_ff_ff;
  return Math.max(afterMs ?? 0, Math.round(backOff * (1 + JITTER_SHARE * (2 * unit - 1))));
}

export type SettleDecision =
  | { readonly state: 'sent'; readonly reason: 'delivered' }
  | Again
  | { readonly state: 'dead'; readonly reason: 'refused' | 'expired' }
  | {
      readonly state: 'unchanged';
      readonly reason: 'already_sent' | 'already_dead' | 'superseded' | 'tried_again_meanwhile';
    };

interface Again {
  readonly state: 'pending';
  readonly reason: 'retry' | 'unknown' | 'delayed';
  readonly dueAtMs: number;
  /** The attempt may have arrived. */
  readonly mayRepeat: boolean;
  /** false: nothing was tried. */
  readonly isCounted: boolean;
}

/**
 * What becomes of a delivery after one try. A late success still counts: the receiver has it. `attempt`: of which try the
 * outcome is; one whose lease ran out, so that another try runs, is heard only when it arrived.
 */
export function decideSettle(
  delivery: Pick<Delivery, 'id' | 'state' | 'attempt' | 'expiresAtMs'>,
  outcome: DeliveryOutcome & { readonly attempt?: number },
  nowMs: number,
): SettleDecision {
  if (delivery.state === 'sent') return { state: 'unchanged', reason: 'already_sent' };
  if (delivery.state === 'superseded') return { state: 'unchanged', reason: 'superseded' };
  if (outcome.kind === 'sent') return { state: 'sent', reason: 'delivered' };
  if (delivery.state === 'dead') return { state: 'unchanged', reason: 'already_dead' };
  if ((outcome.attempt ?? delivery.attempt) < delivery.attempt)
    return { state: 'unchanged', reason: 'tried_again_meanwhile' };
  if (outcome.kind === 'failed') return { state: 'dead', reason: 'refused' };
  const again = triedAgain(delivery, outcome, nowMs);
  return again.dueAtMs >= delivery.expiresAtMs ? { state: 'dead', reason: 'expired' } : again;
}

type Passing = Extract<DeliveryOutcome, { readonly kind: 'retry' | 'unknown' }>;

function triedAgain(
  { id, attempt }: Pick<Delivery, 'id' | 'attempt'>,
  outcome: Passing,
  nowMs: number,
): Again {
  if (outcome.kind === 'unknown') {
    const dueAtMs = nowMs + retryWaitMs(id, attempt, null);
    return { state: 'pending', reason: 'unknown', dueAtMs, mayRepeat: true, isCounted: true };
  }
  if (outcome.reason === 'delayed') {
    const dueAtMs = nowMs + (outcome.afterMs ?? FIRST_RETRY_MS);
    return { state: 'pending', reason: 'delayed', dueAtMs, mayRepeat: false, isCounted: false };
  }
  const dueAtMs = nowMs + retryWaitMs(id, attempt, outcome.afterMs);
  return { state: 'pending', reason: 'retry', dueAtMs, mayRepeat: false, isCounted: true };
}

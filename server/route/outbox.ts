import type { Delivery, DeliveryOutcome } from '../model.ts';
import { shortHash } from './identity.ts';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Of the wait, either way, so that retries of one outage spread out. */
const JITTER_SHARE = 0.2;

/** Exponential wait before the next try; the jitter follows from the id, so a test and a restart agree. */
export function retryWaitMs(id: string, attempt: number, afterMs: number | null): number {
  const backOff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20));
  const unit = Number.parseInt(shortHash(id, attempt).slice(0, 8), 16) / 0xff_ff_ff_ff;
  return Math.max(afterMs ?? 0, Math.round(backOff * (1 + JITTER_SHARE * (2 * unit - 1))));
}

export type SettleDecision =
  | { readonly state: 'sent'; readonly reason: 'delivered' }
  | { readonly state: 'pending'; readonly reason: 'retry'; readonly dueAtMs: number }
  | { readonly state: 'dead'; readonly reason: 'refused' | 'expired' }
  | { readonly state: 'unchanged'; readonly reason: 'already_sent' | 'already_dead' };

/** What becomes of a delivery after one try. A late success still counts: the receiver has it. */
export function decideSettle(
  delivery: Pick<Delivery, 'id' | 'state' | 'attempt' | 'expiresAtMs'>,
  outcome: DeliveryOutcome,
  nowMs: number,
): SettleDecision {
  if (delivery.state === 'sent') return { state: 'unchanged', reason: 'already_sent' };
  if (outcome.kind === 'sent') return { state: 'sent', reason: 'delivered' };
  if (delivery.state === 'dead') return { state: 'unchanged', reason: 'already_dead' };
  if (outcome.kind === 'failed') return { state: 'dead', reason: 'refused' };
  const dueAtMs =
    nowMs + retryWaitMs(delivery.id, delivery.attempt, outcome.kind === 'retry' ? outcome.afterMs : null);
  return dueAtMs >= delivery.expiresAtMs
    ? { state: 'dead', reason: 'expired' }
    : { state: 'pending', reason: 'retry', dueAtMs };
}

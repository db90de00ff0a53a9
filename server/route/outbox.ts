import type { Delivery, DeliveryOutcome, Notice, Severity } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { UNTOLD } from './dedup.ts';
import { shortHash } from './identity.ts';
import { routeById } from './match.ts';
import type { AlertSet, Group, RouteContext } from './types.ts';

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

/** What a receiver believes firing after a notice has arrived. */
function believedAfter(delivered: AlertSet, notice: Notice): AlertSet {
  const gone = new Set(notice.resolved.map((alert) => alert.id));
  const all = { ...delivered, ...Object.fromEntries(notice.firing.map(severityEntry)) };
  return Object.fromEntries(Object.entries(all).filter(([id]) => !gone.has(id)));
}

function severityEntry(alert: Notice['firing'][number]): [string, Severity] {
  return [alert.id, alert.severity];
}

export interface Settled {
  readonly receiver: string;
  readonly notice: Notice;
  readonly arrived: boolean;
  /** Deliveries of the same group and receiver that are still on their way. */
  readonly othersOpen: boolean;
}

/**
 * Keeps the group true after a delivery has come to its end. When nothing more is on its way and the receiver does not
 * believe what was meant for it, the group is due again: soon after a success, after a repeat interval when it is down.
 */
export function settleGroup(group: Group, settled: Settled, context: RouteContext): Group {
  const told = group.told[settled.receiver] ?? UNTOLD;
  const delivered = settled.arrived ? believedAfter(told.delivered, settled.notice) : told.delivered;
  if (settled.othersOpen || sameSet(delivered, told.announced))
    return withTold(group, settled.receiver, { ...told, delivered });
  const againAtMs = context.nowMs + waitOf(routeById(context.settings.route, group.route), settled.arrived);
  const next = { ...told, announced: delivered, delivered, notBeforeMs: againAtMs };
  return {
    ...withTold(group, settled.receiver, next),
    dueAtMs: Math.min(group.dueAtMs ?? againAtMs, againAtMs),
  };
}

/** An hour for a route that is gone: its receiver is still owed the resolve. */
const ORPHAN_WAIT_MS = 3_600_000;

function waitOf(route: RouteSettings | undefined, arrived: boolean): number {
  return (arrived ? route?.groupIntervalMs : route?.repeatIntervalMs) ?? ORPHAN_WAIT_MS;
}

function withTold(group: Group, receiver: string, told: Group['told'][string]): Group {
  return { ...group, told: { ...group.told, [receiver]: told } };
}

function sameSet(first: AlertSet, second: AlertSet): boolean {
  const ids = Object.keys(first);
  return ids.length === Object.keys(second).length && ids.every((id) => first[id] === second[id]);
}

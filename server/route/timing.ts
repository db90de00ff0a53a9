import { UNTOLD, type NoticeDecision } from './dedup.ts';
import { fallbackMs, nextEscalationMs } from './escalate.ts';
import {
  concern,
  decisionFor,
  isPartlyMuted,
  nextAcknowledgementEnd,
  receiversOf,
  timingOf,
  type Look,
} from './look.ts';
import type { Group } from './types.ts';

const MINUTE_MS = 60_000;

/** When the group is told next; null: nothing to wait for. */
export function dueOf(group: Group, look: Look): number | null {
  const times = receiversOf(group, look).flatMap((receiver) => {
    const decision = decisionFor(group, receiver, look);
    const dueMs = timeOf({ group, receiver, decision }, look);
    const isWaiting = group.digestFor !== null && isPartlyMuted(group, receiver, look);
    const calendarMs = isWaiting ? [nextMinute(look.context.nowMs)] : [];
    if (dueMs === null) return calendarMs;
    return [...calendarMs, Math.max(dueMs, restsUntil({ group, receiver, decision }, look))];
  });
  const due = [...times, nextEscalationMs(group, look), fallbackMs(group, look)].filter(
    (time) => time !== null,
  );
  return due.length === 0 ? null : Math.min(...due);
}

interface Timed {
  readonly group: Group;
  readonly receiver: string;
  readonly decision: NoticeDecision;
}

/** When a decision is carried out. News of a page that was told as a ticket does not wait. */
export function timeOf({ group, receiver, decision }: Timed, look: Look): number | null {
  const told = group.told[receiver] ?? UNTOLD;
  const { nowMs } = look.context;
  const { groupWaitMs, groupIntervalMs } = timingOf(group, look);
  if (decision.tell === null) return quietUntil(decision.why, { group, receiver }, look);
  if (decision.tell === 'repeat') return nowMs;
  if (decision.fresh.some((alert) => told.announced[alert.id] === 'ticket')) return nowMs;
  // Each receiver has a pace of its own: what one is told late must not put off what another is owed.
  if (told.toldAtMs !== null) return Math.max(nowMs, told.toldAtMs + groupIntervalMs);
  if (decision.fresh.length === 0) return nowMs;
  const startedMs = Math.min(...decision.fresh.map((alert) => alert.startedAtMs));
  return Math.max(nowMs, startedMs + groupWaitMs);
}

/** After a delivery was given up its receiver rests, but never from an alert that is newer than that. */
export function restsUntil({ group, receiver, decision }: Timed, look: Look): number {
  const { notBeforeMs, givenUp } = group.told[receiver] ?? UNTOLD;
  if (notBeforeMs === null) return 0;
  const failedMs = givenUp?.atMs ?? notBeforeMs - timingOf(group, look).repeatIntervalMs;
  const isNewer = decision.tell !== null && decision.fresh.some(({ startedAtMs }) => startedAtMs > failedMs);
  return isNewer ? 0 : notBeforeMs;
}

function quietUntil(
  why: Extract<NoticeDecision, { readonly tell: null }>['why'],
  { group, receiver }: Pick<Timed, 'group' | 'receiver'>,
  look: Look,
): number | null {
  const { nowMs } = look.context;
  if (why === 'too_soon')
    return (group.told[receiver]?.toldAtMs ?? 0) + timingOf(group, look).repeatIntervalMs;
  if (why === 'muted') return nextMinute(nowMs);
  if (why === 'acknowledged')
    return Math.max(nextAcknowledgementEnd(concern(group, receiver, look)) ?? Infinity, nowMs + 1);
  return null;
}

function nextMinute(nowMs: number): number {
  return (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
}

import { UNTOLD, type NoticeDecision } from './dedup.ts';
import { fallbackMs, nextEscalationMs } from './escalate.ts';
import { concern, decisionFor, nextAcknowledgementEnd, receiversOf, timingOf, type Look } from './look.ts';
import type { Group } from './types.ts';

const MINUTE_MS = 60_000;

/** When the group is told next; null: nothing to wait for. */
export function dueOf(group: Group, look: Look): number | null {
  const times = receiversOf(group, look).flatMap((receiver) => {
    const decision = decisionFor(group, receiver, look);
    const dueMs = timeOf({ group, receiver, decision }, look);
    if (dueMs === null) return [];
    return [Math.max(dueMs, group.told[receiver]?.notBeforeMs ?? 0)];
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
  if (group.lastFlushMs !== null && group.activeSinceMs !== null && !isNewcomer(group, receiver))
    return Math.max(nowMs, group.lastFlushMs + groupIntervalMs);
  if (decision.fresh.length === 0) return nowMs;
  const startedMs = Math.min(...decision.fresh.map((alert) => alert.startedAtMs));
  return Math.max(nowMs, startedMs + groupWaitMs);
}

function isNewcomer(group: Group, receiver: string): boolean {
  return group.added.includes(receiver) && (group.told[receiver]?.toldAtMs ?? null) === null;
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

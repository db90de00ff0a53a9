import { lengthText } from '../clock.ts';
import type { Alert } from '../model.ts';
import type { GroupExplanation, ReceiverExplanation } from '../ports.ts';
import { UNTOLD, type NoticeDecision, type QuietReason } from './dedup.ts';
import { fallbackMs, nextEscalationMs } from './escalate.ts';
import { decisionFor, lookAt, receiversOf, timingOf, type GroupView, type Look } from './look.ts';
import { restsUntil, timeOf } from './timing.ts';
import { routeById } from './tree.ts';
import type { Group, RouteContext } from './types.ts';

/** One group of an alert: who is told by it, when, and why not before. Pure. */
export function explainGroup(
  group: Group,
  { alert, view }: { readonly alert: Alert; readonly view: GroupView },
  context: RouteContext,
): GroupExplanation {
  const look = lookAt(routeById(context.settings.route, group.route), view, context);
  const escalationMs = nextEscalationMs(group, look);
  return {
    id: group.id,
    route: group.route,
    labels: group.labels,
    alerts: view.members.size,
    isMember: view.members.has(alert.id),
    dueAtMs: group.dueAtMs,
    lastToldAtMs: lastToldMs(group),
    text: groupText(group, look),
    escalation:
      escalationMs === null
        ? null
        : { dueAtMs: escalationMs, receivers: look.route?.escalate[group.escalated]?.receivers ?? [] },
    fallbackAtMs: fallbackMs(group, look),
    receivers: receiversOf(group, look).map((receiver) => explainReceiver({ group, receiver, alert }, look)),
  };
}

function groupText(group: Group, look: Look): string {
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = timingOf(group, look);
  if (group.digestFor !== null)
    return `A storm: many groups are told to ${group.digestFor} as one digest, changed once a minute at most.`;
  if (look.route === undefined)
    return 'Its route is gone from the configuration; what it owes is still told.';
  return `It waits ${waitText(groupWaitMs)} for what begins with it, tells changes every ${waitText(groupIntervalMs)}, and repeats after ${waitText(repeatIntervalMs)}.`;
}

function waitText(lengthMs: number): string {
  return lengthMs > 0 && lengthMs < 60_000 ? `${Math.round(lengthMs / 1000)} s` : lengthText(lengthMs);
}

interface Asked {
  readonly group: Group;
  readonly receiver: string;
  readonly alert: Alert;
}

function explainReceiver({ group, receiver, alert }: Asked, look: Look): ReceiverExplanation {
  const told = group.told[receiver] ?? UNTOLD;
  const decision = decisionFor(group, receiver, look);
  const timeMs = timeOf({ group, receiver, decision }, look);
  const restMs = restsUntil({ group, receiver, decision }, look);
  const dueAtMs = timeMs === null || timeMs === Infinity ? null : Math.max(timeMs, restMs);
  const held = look.view.heldElsewhere(receiver, alert.id);
  const isElsewhere =
    held !== undefined && told.announced[alert.id] === undefined && alert.state === 'firing';
  return {
    receiver,
    tell: decision.tell,
    why: isElsewhere ? 'told_by_another_group' : whyOf({ group, receiver, decision, dueAtMs }, look),
    text: isElsewhere
      ? 'Another group tells it of this alert.'
      : [knownText(alert, told), nextText({ group, receiver, decision, dueAtMs }, look)].join(' '),
    dueAtMs,
    believes: told.delivered[alert.id] ?? null,
    announced: told.announced[alert.id] ?? null,
    toldAtMs: told.toldAtMs,
  };
}

function knownText(alert: Alert, { announced, delivered }: typeof UNTOLD): string {
  const believes = delivered[alert.id];
  const queued = announced[alert.id];
  if (believes !== undefined && queued !== undefined) return `Knows of it, as a ${believes}.`;
  if (believes !== undefined) return 'Knows of it; its end is on the way.';
  if (queued !== undefined) return `Is being told of it, as a ${queued}; nothing has arrived yet.`;
  return alert.state === 'firing'
    ? 'Does not know of it so far.'
    : 'Knows that it has ended, or never knew of it.';
}

interface Next {
  readonly group: Group;
  readonly receiver: string;
  readonly decision: NoticeDecision;
  readonly dueAtMs: number | null;
}

/** The named reason of the next time, or of there being none. */
function whyOf({ group, receiver, decision, dueAtMs }: Next, { context }: Look): string {
  if (decision.tell === null) return decision.why;
  const { notBeforeMs } = group.told[receiver] ?? UNTOLD;
  if (dueAtMs === null || dueAtMs <= context.nowMs) return 'due';
  if (notBeforeMs === dueAtMs) return 'rests_after_failure';
  return group.activeSinceMs === null ? 'group_wait' : 'group_interval';
}

const QUIET: Readonly<Record<QuietReason, string>> = {
  nothing_firing: 'There is nothing to tell.',
  silenced: 'A silence holds it back.',
  inhibited: 'Another alert speaks for it.',
  muted: 'A calendar keeps the route quiet.',
  acknowledged: 'It is acknowledged, so nothing is repeated.',
  too_soon: 'All is told; the repeat is not due yet.',
};

const TELLS = {
  first: 'It will be told for the first time',
  new_alerts: 'It will be told what is new',
  some_resolved: 'It will be told what has ended',
  all_resolved: 'It will be told the end',
  repeat: 'It will be reminded',
} as const;

function nextText(next: Next, look: Look): string {
  const { decision, dueAtMs } = next;
  if (decision.tell === null) return QUIET[decision.why];
  const why = whyOf(next, look);
  if (why === 'due') return `${TELLS[decision.tell]} at once.`;
  return `${TELLS[decision.tell]} in ${waitText((dueAtMs ?? 0) - look.context.nowMs)}: ${WAITS[why] ?? why}.`;
}

const WAITS: Readonly<Record<string, string>> = {
  rests_after_failure: 'it could not be reached before, and is given a rest',
  group_wait: 'the group waits for what begins with it',
  group_interval: 'the group told something a short while ago',
};

function lastToldMs({ told }: Group): number | null {
  const times = Object.values(told).flatMap(({ toldAtMs }) => toldAtMs ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

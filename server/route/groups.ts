import type { Alert, Severity } from '../model.ts';
import { idsIn } from './alert-set.ts';
import { isAudible, UNTOLD, type NoticeDecision } from './dedup.ts';
import { without, withTold } from './debt.ts';
import { broughtIn, withUnreached, type Brought } from './escalate.ts';
import { decisionFor, isMuted, lookAt, receiversOf, type GroupView, type Look } from './look.ts';
import { noticeDelivery } from './notice.ts';
import { dueOf, restsUntil, timeOf } from './timing.ts';
import { routeById } from './tree.ts';
import type { AlertSet, Group, Note, Outgoing, RouteContext, Told } from './types.ts';

/** What became of a group, and what it wants done. */
export interface Settlement {
  readonly group: Group;
  readonly outgoing: readonly Outgoing[];
  readonly notes: readonly Note[];
  /** Alerts that a digest is to tell instead. */
  readonly digested: readonly { readonly receiver: string; readonly alertIds: readonly string[] }[];
}

/** Tells every receiver of the group what it has to be told now, or says when that is. */
export function settleGroupNow(group: Group, view: GroupView, context: RouteContext): Settlement {
  const look = lookAt(routeById(context.settings.route, group.route), view, context);
  const brought = broughtIn(withUnreached(toldElsewhere(group, look), look), look);
  const dueAtMs = dueOf(brought.group, look);
  if (dueAtMs === null || dueAtMs > context.nowMs)
    return {
      ...brought,
      group: same(group, rested({ ...brought.group, dueAtMs }, look)),
      outgoing: [],
      digested: [],
    };
  return flushed(brought, look);
}

/** Escalation counts from the first notice; of a group whose alerts another one tells, from when it has them. */
function toldElsewhere(group: Group, look: Look): Group {
  if (group.activeSinceMs !== null || group.digestFor !== null) return group;
  const isTold = (look.route?.receivers ?? []).some((receiver) =>
    some(look.view.members, (id) => look.view.heldElsewhere(receiver, id) !== undefined),
  );
  return isTold ? { ...group, activeSinceMs: look.context.nowMs } : group;
}

/** The group as it was when nothing is new. What has not changed is the same object, however large. */
function same(before: Group, after: Group): Group {
  const names = Object.keys(after) as (keyof Group)[];
  return names.every((name) => before[name] === after[name]) ? before : after;
}

function flushed(brought: Brought, look: Look): Settlement {
  const start: Settlement = {
    ...brought,
    group: brought.group,
    outgoing: [],
    digested: [],
  };
  const told = receiversOf(start.group, look).reduce(
    (before, receiver) => toldOne(before, receiver, look),
    start,
  );
  const isActive = told.outgoing.length > start.outgoing.length || told.digested.length > 0;
  const group = {
    ...told.group,
    activeSinceMs: told.group.activeSinceMs ?? (isActive ? look.context.nowMs : null),
  };
  const after = rested(withUnreached(group, look), look);
  return { ...told, group: { ...after, dueAtMs: dueOf(after, look) } };
}

/** After everything has ended and been told, the next alert waits its group wait again and starts a new message. */
function rested(group: Group, look: Look): Group {
  const owed = Object.values(group.told).some(
    ({ announced, delivered }) => idsIn(announced).length + idsIn(delivered).length > 0,
  );
  if (owed || fires(look) || group.activeSinceMs === null) return group;
  // What is kept of a receiver: that a storm counts it, that it is given a rest after a failure, what it may believe.
  const told = Object.entries(group.told).map(([id, { firstToldAtMs, notBeforeMs, givenUp, perhaps }]) => [
    id,
    {
      ...UNTOLD,
      firstToldAtMs,
      notBeforeMs,
      ...(givenUp === undefined ? {} : { givenUp }),
      ...(perhaps === undefined ? {} : { perhaps }),
    },
  ]);
  return {
    ...group,
    generation: group.generation + 1,
    members: [],
    activeSinceMs: null,
    escalated: 0,
    unreachedSinceMs: null,
    added: [],
    told: Object.fromEntries(told) as Group['told'],
  };
}

function fires({ view }: Look): boolean {
  return some(view.members, (id) => view.alert(id)?.state === 'firing');
}

function some<T>(values: Iterable<T>, holds: (value: T) => boolean): boolean {
  for (const value of values) if (holds(value)) return true;
  return false;
}

type LoudDecision = Extract<NoticeDecision, { readonly resolved: unknown }>;

function toldOne(before: Settlement, receiver: string, look: Look): Settlement {
  const { group } = before;
  const told = group.told[receiver] ?? UNTOLD;
  const { nowMs } = look.context;
  const decision = decisionFor(group, receiver, look);
  const dueMs = timeOf({ group, receiver, decision }, look);
  const restMs = restsUntil({ group, receiver, decision }, look);
  if (decision.tell === null || dueMs === null || Math.max(dueMs, restMs) > nowMs) return before;
  if (decision.tell === 'first' && group.digestFor === null && look.view.isStorm(receiver)) {
    const digested = [...before.digested, { receiver, alertIds: idsOf(decision.fresh) }];
    return { ...before, digested };
  }
  const announced = announcedAfter(told.announced, decision);
  const outgoing = noticeDelivery(
    {
      group,
      receiver,
      reason: decision.tell,
      firing: Object.keys(announced).flatMap((id) => look.view.alert(id) ?? []),
      resolved: decision.resolved,
      believed: announced,
      isQuiet: isQuiet(decision, look),
      ...(decision.tell === 'all_resolved' ? {} : escalationWords(group, receiver)),
    },
    look.view,
    look.context,
  );
  const next = toldNext(told, { decision, announced }, nowMs);
  return {
    ...before,
    group: { ...withTold(group, receiver, next), sequence: group.sequence + 1 },
    outgoing: [...before.outgoing, outgoing],
  };
}

function idsOf(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ id }) => id);
}

function toldNext(
  told: Told,
  { decision, announced }: { readonly decision: LoudDecision; readonly announced: AlertSet },
  nowMs: number,
): Told {
  return {
    ...told,
    announced,
    // What it may believe stays until a notice that names it has arrived.
    perhaps: without(told.perhaps, idsOf(decision.resolved)),
    toldAtMs: nowMs,
    firstToldAtMs: decision.tell === 'first' ? nowMs : told.firstToldAtMs,
    notBeforeMs: null,
  };
}

function escalationWords({ added, escalated }: Group, receiver: string): { readonly update?: string } {
  if (!added.includes(receiver)) return {};
  return {
    update:
      escalated > 0
        ? 'Escalated: nobody has acknowledged this so far.'
        : 'The receivers of this page could not be reached for five minutes.',
  };
}

/** Nobody is called for an end that comes while its alerts are held back. */
function isQuiet(decision: NoticeDecision, look: Look): boolean {
  if (decision.tell !== 'some_resolved' && decision.tell !== 'all_resolved') return false;
  return isMuted(look) || decision.resolved.every((alert) => !isAudible(alert));
}

function announcedAfter(announced: AlertSet, decision: LoudDecision): AlertSet {
  const gone = new Set(decision.resolved.map((alert) => alert.id));
  const kept = Object.entries(announced).filter(([id]) => !gone.has(id));
  return Object.fromEntries([
    ...kept,
    ...decision.fresh.map((alert): [string, Severity] => [alert.id, alert.severity]),
  ]);
}

import type { Alert, Severity } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { decideNotice, UNTOLD, type NoticeDecision } from './dedup.ts';
import { shortHash } from './identity.ts';
import { labelsOf, routeById, routeOf } from './match.ts';
import { noticeDelivery } from './notice.ts';
import { firingAlerts, withGroup } from './situation.ts';
import type { AlertSet, Group, RouteContext, Situation, Told } from './types.ts';

/** Puts alerts into their groups, sets when each group is told, and tells those that are due. */
export function settleGroups(situation: Situation, context: RouteContext): Situation {
  const grouped = withMissingGroups(situation, context);
  return [...grouped.groups.keys()].reduce((before, id) => settled(before, id, context), grouped);
}

function withMissingGroups(situation: Situation, context: RouteContext): Situation {
  const routes = firingAlerts(situation).map((alert) => routeOfAlert(alert, context).id);
  return [...new Set(routes)].reduce((before, route) => {
    const group = newGroup(situation, route);
    return before.groups.has(group.id) ? before : withGroup(before, group);
  }, situation);
}

function newGroup({ key }: Situation, route: string): Group {
  return {
    id: `grp_${shortHash('group', route, key.tenant, key.model)}`,
    tenant: key.tenant,
    model: key.model,
    route,
    generation: 1,
    sequence: 0,
    lastFlushMs: null,
    dueAtMs: null,
    told: {},
  };
}

function settled(situation: Situation, groupId: string, context: RouteContext): Situation {
  const group = situation.groups.get(groupId);
  if (group === undefined) return situation;
  const scheduled = { ...group, dueAtMs: dueOf(situation, group, context) };
  if (scheduled.dueAtMs === null || scheduled.dueAtMs > context.nowMs)
    return scheduled.dueAtMs === group.dueAtMs ? situation : withGroup(situation, scheduled);
  return flushed(situation, scheduled, context);
}

/** Tells every receiver what it has to be told now, then sets the next time. */
function flushed(situation: Situation, group: Group, context: RouteContext): Situation {
  const told = receiversOf(group, context).reduce(
    (before, receiver) => toldOne(before, { groupId: group.id, receiver }, context),
    withGroup(situation, { ...group, dueAtMs: null, lastFlushMs: context.nowMs }),
  );
  const after = told.groups.get(group.id) ?? group;
  const rested = isDrained(told, after, context) ? drained(after) : after;
  return withGroup(told, { ...rested, dueAtMs: dueOf(told, rested, context) });
}

function toldOne(
  situation: Situation,
  { groupId, receiver }: { readonly groupId: string; readonly receiver: string },
  context: RouteContext,
): Situation {
  const group = situation.groups.get(groupId);
  if (group === undefined || isHeld(group, receiver, context)) return situation;
  const decision = decisionFor(situation, { group, receiver }, context);
  if (decision.tell === null) return situation;
  const before = group.told[receiver] ?? UNTOLD;
  const announced = announcedAfter(before.announced, decision);
  const firing = alertsIn(situation, announced);
  const input = { group, receiver, reason: decision.tell, firing, resolved: decision.resolved };
  const outgoing = noticeDelivery(situation, input, context);
  const told: Told = { ...before, announced, toldAtMs: context.nowMs, notBeforeMs: null };
  return {
    ...withGroup(situation, {
      ...group,
      sequence: group.sequence + 1,
      told: { ...group.told, [receiver]: told },
    }),
    outgoing: [...situation.outgoing, outgoing],
  };
}

function announcedAfter(
  announced: AlertSet,
  decision: Extract<NoticeDecision, { readonly resolved: unknown }>,
): AlertSet {
  const gone = new Set(decision.resolved.map((alert) => alert.id));
  const kept = Object.entries(announced).filter(([id]) => !gone.has(id));
  return Object.fromEntries([
    ...kept,
    ...decision.fresh.map((alert): [string, Severity] => [alert.id, alert.severity]),
  ]);
}

function decisionFor(
  situation: Situation,
  { group, receiver }: { readonly group: Group; readonly receiver: string },
  context: RouteContext,
): NoticeDecision {
  const { announced, toldAtMs } = group.told[receiver] ?? UNTOLD;
  const route = routeById(context.settings.route, group.route);
  const told = route?.receivers.includes(receiver) ?? false;
  return decideNotice({
    firing: told ? routedAlerts(situation, group, context) : [],
    announced,
    debts: alertsIn(situation, announced).filter((alert) => alert.state === 'resolved'),
    toldAtMs,
    repeatIntervalMs: route?.repeatIntervalMs ?? 0,
    nowMs: context.nowMs,
  });
}

/** When the group is told next; null: nothing to wait for. News of a page that was told as a ticket does not wait. */
function dueOf(situation: Situation, group: Group, context: RouteContext): number | null {
  const route = routeById(context.settings.route, group.route);
  const times = receiversOf(group, context).map((receiver) => {
    const decision = decisionFor(situation, { group, receiver }, context);
    const told = group.told[receiver] ?? UNTOLD;
    const dueMs = timeOf(decision, { group, told, route }, context.nowMs);
    return dueMs === null ? null : Math.max(dueMs, told.notBeforeMs ?? 0);
  });
  const due = [group.dueAtMs, ...times].filter((time) => time !== null);
  return due.length === 0 ? null : Math.min(...due);
}

function timeOf(
  decision: NoticeDecision,
  {
    group,
    told,
    route,
  }: { readonly group: Group; readonly told: Told; readonly route: RouteSettings | undefined },
  nowMs: number,
): number | null {
  if (decision.tell === null)
    return decision.why === 'too_soon' ? (told.toldAtMs ?? 0) + (route?.repeatIntervalMs ?? 0) : null;
  if (decision.tell === 'repeat') return nowMs;
  if (decision.fresh.some((alert) => told.announced[alert.id] === 'ticket')) return nowMs;
  return group.lastFlushMs === null
    ? nowMs + (route?.groupWaitMs ?? 0)
    : Math.max(nowMs, group.lastFlushMs + (route?.groupIntervalMs ?? 0));
}

function isHeld(group: Group, receiver: string, { nowMs }: RouteContext): boolean {
  return (group.told[receiver]?.notBeforeMs ?? 0) > nowMs;
}

/** Receivers of the route, and those that are owed a resolve though the route no longer names them. */
function receiversOf(group: Group, { settings }: RouteContext): readonly string[] {
  const route = routeById(settings.route, group.route);
  const known = new Set(settings.receivers.map((receiver) => receiver.id));
  const all = new Set([...(route?.receivers ?? []), ...Object.keys(group.told)]);
  return [...all].filter((receiver) => known.has(receiver));
}

function routedAlerts(situation: Situation, group: Group, context: RouteContext): readonly Alert[] {
  return firingAlerts(situation).filter((alert) => routeOfAlert(alert, context).id === group.route);
}

function routeOfAlert(alert: Alert, { settings, rules }: RouteContext): RouteSettings {
  return routeOf(settings.route, labelsOf(alert, rules));
}

function alertsIn(situation: Situation, set: AlertSet): readonly Alert[] {
  return Object.keys(set).flatMap((id) => situation.alerts.get(id) ?? []);
}

function isDrained(situation: Situation, group: Group, context: RouteContext): boolean {
  const owed = Object.values(group.told).some((told) => Object.keys(told.announced).length > 0);
  return !owed && routedAlerts(situation, group, context).length === 0;
}

/** The next alert of the group waits its group wait again and starts a new message. */
function drained(group: Group): Group {
  return { ...group, generation: group.generation + 1, lastFlushMs: null };
}

/** Tells every receiver that believes the incident's alerts firing, at once, without changing what it believes. */
export function tellNow(
  situation: Situation,
  input: {
    readonly reason: 'acknowledged' | 'incident_update';
    readonly alertIds: readonly string[];
    readonly update?: string;
  },
  context: RouteContext,
): Situation {
  const targets = [...situation.groups.values()].flatMap((group) =>
    receiversOf(group, context)
      .filter((receiver) => input.alertIds.some((id) => id in (group.told[receiver]?.announced ?? {})))
      .map((receiver) => ({ groupId: group.id, receiver })),
  );
  return targets.reduce((before, { groupId, receiver }) => {
    const group = before.groups.get(groupId);
    if (group === undefined) return before;
    const firing = alertsIn(before, group.told[receiver]?.announced ?? {}).filter(
      (alert) => alert.state === 'firing',
    );
    if (firing.length === 0) return before;
    const outgoing = noticeDelivery(
      before,
      {
        group,
        receiver,
        reason: input.reason,
        firing,
        resolved: [],
        ...(input.update === undefined ? {} : { update: input.update }),
      },
      context,
    );
    return {
      ...withGroup(before, { ...group, sequence: group.sequence + 1 }),
      outgoing: [...before.outgoing, outgoing],
    };
  }, situation);
}

import type { Alert, Incident, Notice, Silence } from '../model.ts';
import { endedAcknowledgements } from './acknowledge.ts';
import { isDigested, isMutedForAll, isOfOwnLabels } from './belonging.ts';
import { settleGroup, withoutRests, type Settled } from './debt.ts';
import { emptyGroup, groupId } from './group.ts';
import { GroupIndex } from './group-index.ts';
import { settleGroupNow } from './groups.ts';
import { HeldBack } from './held-back.ts';
import { routingLabels } from './labels.ts';
import type { GroupView } from './look.ts';
import { endingSilences } from './suppress.ts';
import { toldNow } from './tell.ts';
import { groupLabels, routesFor } from './tree.ts';
import type { Group, Note, Outgoing, RouteContext, Telling } from './types.ts';

/** So many groups that begin within five minutes to tell one receiver are a storm (reference alerting.md 6.2). */
const STORM_GROUPS = 20;
const STORM_MS = 5 * 60_000;

export interface RouterState {
  readonly alerts: readonly Alert[];
  readonly groups: readonly Group[];
  readonly incidents: readonly Incident[];
  readonly silences: readonly Silence[];
}

/** What is to be written: whole entities, and what is to be sent. */
export interface RouterChanges {
  readonly alerts: readonly Alert[];
  readonly groups: readonly Group[];
  readonly outgoing: readonly Outgoing[];
  readonly notes: readonly Note[];
  readonly silences: readonly Silence[];
}

/**
 * The notices of one tenant: which alerts belong to which groups, what holds them back, who was told what. All of it lives
 * in maps that are changed in place, since a tenant may have ten thousand alerts; the decisions themselves are pure. The
 * same calls at the same times give the same notices, whether it lived through them or was built again in between.
 */
export class Router {
  readonly #tenant: string;
  readonly #alerts = new Map<string, Alert>();
  readonly #incidents = new Map<string, Incident>();
  readonly #groups = new GroupIndex();
  readonly #heldBack: HeldBack;

  readonly #touched = new Set<string>();
  /** Of all known. */
  readonly #ended = new Set<string>();
  readonly #acknowledged = new Set<string>();
  /** Groups to be looked at though none of their alerts has changed. */
  readonly #due = new Set<string>();
  /** Groups of the storm window by receiver, counted once a run. */
  readonly #firsts = new Map<string, number>();
  readonly #changedAlerts = new Set<string>();
  readonly #changedGroups = new Set<string>();
  readonly #changedSilences = new Set<string>();
  #outgoing: Outgoing[] = [];
  #notes: Note[] = [];

  constructor(tenant: string, state: RouterState, settings: RouteContext['settings']) {
    this.#tenant = tenant;
    this.#heldBack = new HeldBack(state.silences);
    for (const incident of state.incidents) this.#incidents.set(incident.id, incident);
    for (const alert of state.alerts) this.#know(alert);
    for (const group of state.groups) this.#groups.put(group);
    // It may be that the configuration is another one than when this was written.
    this.#lookAtAll();
    this.#place(settings);
  }

  /** Alerts and incidents as they are from now on. */
  update(alerts: readonly Alert[], incidents: readonly Incident[] = []): void {
    for (const incident of incidents) this.#incidents.set(incident.id, incident);
    for (const alert of alerts) {
      this.#know(alert);
      this.#touched.add(alert.id);
    }
  }

  setSilences(silences: readonly Silence[]): void {
    this.#heldBack.setSilences(silences);
  }

  /** Every alert finds its route again after a change of the configuration, and receivers that failed are tried again. */
  reroute(): void {
    for (const group of this.#groups.values()) {
      const tried = withoutRests(group);
      if (tried !== group) this.#put(tried);
    }
    this.#lookAtAll();
  }

  #lookAtAll(): void {
    for (const { id } of this.#firing()) this.#touched.add(id);
    this.#heldBack.lookAtAll();
    for (const { id } of this.#groups.values()) this.#due.add(id);
  }

  /** Alerts of a notice that nobody believed firing any more when they were last looked at; to be known again before it settles. */
  forgotten({ believed, resolved }: Notice): readonly string[] {
    const ids = [...Object.keys(believed), ...resolved.map(({ id }) => id)];
    return ids.filter((id) => !this.#alerts.has(id));
  }

  /** A delivery has come to its end. */
  settle(groupId: string, settled: Settled, context: RouteContext): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    this.#put(settleGroup(group, settled, context));
    this.#due.add(groupId);
    if (settled.arrived) this.#reached(settled.notice);
  }

  /** Other groups of these alerts, such as those that a digest speaks for, need not wait for somebody to be reached any more. */
  #reached({ believed }: Notice): void {
    for (const alertId of Object.keys(believed))
      for (const id of this.#groups.of(alertId))
        if ((this.#groups.get(id)?.unreachedSinceMs ?? null) !== null) this.#due.add(id);
  }

  /** Does what is due by now: what is held back, who belongs where, and the notices that follow. */
  run(context: RouteContext): void {
    this.#firsts.clear();
    this.#endAcknowledgements(context);
    for (const alert of this.#heldBack.update(this.#alerts, this.#touched, context)) this.#change(alert);
    this.#place(context.settings);
    this.#tellEndingSilences(context);
    for (const group of this.#groups.values())
      if (group.dueAtMs !== null && group.dueAtMs <= context.nowMs) this.#due.add(group.id);
    this.#settleDue(context);
    // Digests come after the groups that leave alerts to them.
    this.#settleDue(context);
  }

  #settleDue(context: RouteContext): void {
    const due = [...this.#due].sort((first, second) => this.#order(first) - this.#order(second));
    this.#due.clear();
    for (const id of due) this.#settleOne(id, context);
  }

  /** Tells everybody who believes one of the alerts firing, at once, without changing what they believe. */
  tell(telling: Telling, context: RouteContext): void {
    const groups = new Set(telling.alertIds.flatMap((id) => [...this.#groups.of(id)]));
    for (const id of groups) {
      const group = this.#groups.get(id);
      if (group === undefined) continue;
      const told = toldNow(group, { telling, view: this.viewFor(id, context) }, context);
      if (told.group !== group) this.#put(told.group);
      this.#outgoing.push(...told.outgoing);
    }
  }

  /** What has changed since it was last taken. */
  take(): RouterChanges {
    const changes = {
      alerts: [...this.#changedAlerts].flatMap((id) => this.#alerts.get(id) ?? []),
      groups: [...this.#changedGroups].flatMap((id) => this.#groups.get(id) ?? []),
      outgoing: this.#outgoing,
      notes: this.#notes,
      silences: this.#heldBack.silences.filter(({ id }) => this.#changedSilences.has(id)),
    };
    this.#changedAlerts.clear();
    this.#changedGroups.clear();
    this.#changedSilences.clear();
    this.#outgoing = [];
    this.#notes = [];
    this.#forget();
    return changes;
  }

  /** When time alone changes something next; null: never. */
  nextDueMs(): number | null {
    const times = [
      ...[...this.#groups.values()].flatMap(({ dueAtMs }) => dueAtMs ?? []),
      ...this.#heldBack.nextEdgesMs(),
    ];
    return times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time), Infinity);
  }

  /** Those that the alert belongs to, or that have told of it. */
  groupsOf(alertId: string): readonly Group[] {
    return [...this.#groups.of(alertId)].flatMap((id) => this.#groups.get(id) ?? []);
  }

  get state(): RouterState {
    return {
      alerts: [...this.#alerts.values()],
      groups: [...this.#groups.values()],
      incidents: [...this.#incidents.values()],
      silences: this.#heldBack.silences,
    };
  }

  /** What groups may know of everything else. */
  viewFor(ofGroup: string, { nowMs, settings }: Pick<RouteContext, 'nowMs' | 'settings'>): GroupView {
    const belongs = (id: string, alert: Alert | undefined) =>
      alert !== undefined && (this.#groups.members(id).has(alert.id) || isOfOwnLabels(id, alert, settings));
    return {
      alert: (id) => this.#alerts.get(id),
      members: this.#groups.members(ofGroup),
      incident: (id) => this.#incidents.get(id),
      belongs: (alertId) => belongs(ofGroup, this.#alerts.get(alertId)),
      heldElsewhere: (receiver, alertId) => {
        const alert = this.#alerts.get(alertId);
        const asked = { receiver, alertId, but: ofGroup };
        return this.#groups.heldBy(asked, alert, ({ id }) => belongs(id, alert));
      },
      isStorm: (receiver) => this.#firstsOf(receiver, nowMs) >= STORM_GROUPS,
      isReached: (alertId) => this.#groups.isReached(alertId),
      isMutedFor: (receiver, alertId) => {
        const groups = [...this.#groups.memberships(alertId)].flatMap((id) => this.#groups.get(id) ?? []);
        return isMutedForAll(receiver, groups, { nowMs, settings });
      },
    };
  }

  #order(groupId: string): number {
    return Number(this.#groups.get(groupId)?.digestFor !== null);
  }

  #firstsOf(receiver: string, nowMs: number): number {
    const known = this.#firsts.get(receiver);
    if (known !== undefined) return known;
    const count = this.#groups.firstsSince(receiver, nowMs - STORM_MS);
    this.#firsts.set(receiver, count);
    return count;
  }

  #countFirst(receiver: string): void {
    const known = this.#firsts.get(receiver);
    if (known !== undefined) this.#firsts.set(receiver, known + 1);
  }

  #endAcknowledgements({ nowMs }: RouteContext): void {
    const acknowledged = [...this.#acknowledged].flatMap((id) => this.#alerts.get(id) ?? []);
    for (const { alert, note } of endedAcknowledgements(acknowledged, nowMs)) {
      this.#change(alert);
      this.#notes.push(note);
    }
  }

  #know(alert: Alert): void {
    this.#alerts.set(alert.id, alert);
    if (alert.state === 'resolved') this.#ended.add(alert.id);
    if (alert.acknowledgedUntilMs === null) this.#acknowledged.delete(alert.id);
    else this.#acknowledged.add(alert.id);
  }

  #change(alert: Alert): void {
    this.#know(alert);
    this.#touched.add(alert.id);
    this.#changedAlerts.add(alert.id);
  }

  #firing(): readonly Alert[] {
    return [...this.#alerts.values()].filter(isFiring);
  }

  #tellEndingSilences(context: RouteContext): void {
    const { nowMs } = context;
    const { silences } = this.#heldBack;
    if (silences.every(({ endToldAtMs }) => endToldAtMs !== null)) return;
    for (const { silence, telling } of endingSilences(silences, this.#firing(), nowMs)) {
      this.#heldBack.endTold(silence.id, nowMs);
      this.#changedSilences.add(silence.id);
      this.tell(telling, context);
    }
  }

  /** Puts every touched alert into the groups it belongs to now, and marks all it has to do with. */
  #place(settings: RouteContext['settings']): void {
    const left = new Set<string>();
    for (const alertId of this.#touched) {
      const alert = this.#alerts.get(alertId);
      if (alert === undefined) continue;
      const wanted = new Set(isFiring(alert) ? this.#groupsFor(alert, settings) : []);
      const wantedGroups = [...wanted].flatMap((id) => this.#groups.get(id) ?? []);
      for (const id of new Set([...this.#groups.of(alertId), ...wanted])) {
        const group = this.#groups.get(id);
        if (group === undefined) continue;
        this.#due.add(id);
        const isMember = this.#groups.members(id).has(alertId);
        if (wanted.has(id)) this.#groups.join(id, alertId);
        else if (isMember && !isDigested(group, wantedGroups, settings)) {
          this.#groups.leave(id, alertId);
          if (group.digestFor !== null) left.add(id);
        }
      }
    }
    this.#touched.clear();
    for (const id of left) {
      const group = this.#groups.get(id);
      if (group !== undefined) this.#put({ ...group, members: [...this.#groups.members(id)] });
    }
  }

  #groupsFor(alert: Alert, settings: RouteContext['settings']): readonly string[] {
    const labels = routingLabels(alert);
    return routesFor(settings.route, labels).map((route) => {
      const own = groupLabels(route, labels);
      const id = groupId(route.id, this.#tenant, own);
      if (this.#groups.get(id) === undefined)
        this.#put(emptyGroup({ id, tenant: this.#tenant, route: route.id, labels: own }));
      return id;
    });
  }

  #settleOne(id: string, context: RouteContext): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    const settlement = settleGroupNow(group, this.viewFor(id, context), context);
    if (settlement.group !== group) this.#put(settlement.group);
    for (const { receiver, payload } of settlement.outgoing)
      if ('reason' in payload && payload.reason === 'first') this.#countFirst(receiver);
    this.#outgoing.push(...settlement.outgoing);
    this.#notes.push(...settlement.notes);
    for (const { receiver, alertIds } of settlement.digested) this.#digest(receiver, alertIds, context);
  }

  #digest(receiver: string, alertIds: readonly string[], { nowMs }: RouteContext): void {
    const id = groupId('$digest', this.#tenant, { receiver });
    const known =
      this.#groups.get(id) ??
      emptyGroup({ id, tenant: this.#tenant, route: '', labels: {}, digestFor: receiver });
    this.#put({
      ...known,
      members: [...new Set([...known.members, ...alertIds])],
      joinsMs: [...known.joinsMs.filter((atMs) => atMs > nowMs - STORM_MS), nowMs],
    });
    this.#countFirst(receiver);
    this.#due.add(id);
  }

  #put(group: Group): void {
    this.#groups.put(group);
    this.#changedGroups.add(group.id);
  }

  /** Ended alerts that nobody believes firing any more, and ended incidents, are of no more use here. */
  #forget(): void {
    for (const id of this.#ended) {
      if (this.#alerts.get(id)?.state === 'resolved' && this.#groups.of(id).size > 0) continue;
      if (this.#alerts.get(id)?.state === 'resolved') {
        this.#alerts.delete(id);
        this.#acknowledged.delete(id);
      }
      this.#ended.delete(id);
    }
    const ended = [...this.#incidents.values()].filter(({ state }) => state === 'resolved');
    if (ended.length === 0) return;
    const used = new Set([...this.#alerts.values()].map(({ incidentId }) => incidentId));
    for (const { id } of ended) if (!used.has(id)) this.#incidents.delete(id);
  }
}

function isFiring({ state }: Alert): boolean {
  return state === 'firing';
}

import type { Alert, Severity } from '../model.ts';
import type { Group } from './types.ts';

/** The groups of one tenant, found by what they have to do with. Changed in place: a tenant may have thousands. */
export class GroupIndex {
  readonly #groups = new Map<string, Group>();
  /** By receiver and alert: the groups that tell of it. */
  readonly #holders = new Map<string, Map<string, Set<string>>>();
  readonly #groupsOf = new Map<string, Set<string>>();
  readonly #membersOf = new Map<string, ReadonlySet<string>>();

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  values(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Ids of the groups that an alert belongs to, or that have told of it. */
  of(alertId: string): ReadonlySet<string> {
    return this.#groupsOf.get(alertId) ?? NONE;
  }

  isMember(groupId: string, alertId: string): boolean {
    return this.#membersOf.get(groupId)?.has(alertId) ?? false;
  }

  put(group: Group): void {
    const before = this.#groups.get(group.id);
    this.#groups.set(group.id, group);
    if (before?.members !== group.members) this.#membersOf.set(group.id, new Set(group.members));
    if (before?.members === group.members && before.told === group.told) return;
    this.#replace(before, group);
  }

  /**
   * The severity with which a group other than `but`, to which the alert belongs, tells the receiver of it; a digest is to
   * tell it as it is.
   */
  heldBy(
    asked: { readonly receiver: string; readonly alertId: string; readonly but: string },
    alert: Alert | undefined,
    belongs: (group: Group) => boolean,
  ): Severity | undefined {
    const holders = this.#holders.get(asked.receiver)?.get(asked.alertId) ?? NONE;
    let found: Severity | undefined;
    for (const id of holders) {
      const group = this.#groups.get(id);
      if (id === asked.but || group === undefined || !belongs(group)) continue;
      const told = group.told[asked.receiver]?.announced[asked.alertId];
      const severity =
        told ?? (group.digestFor === asked.receiver ? (alert?.severity ?? 'ticket') : undefined);
      if (severity === 'page') return 'page';
      found ??= severity;
    }
    return found;
  }

  /** Whether any receiver believes the alert firing. */
  isReached(alertId: string): boolean {
    return [...this.of(alertId)].some((id) =>
      Object.values(this.#groups.get(id)?.told ?? {}).some(({ delivered }) => alertId in delivered),
    );
  }

  /** How many groups have begun to tell the receiver, or were taken into its digest, after a time. */
  firstsSince(receiver: string, sinceMs: number): number {
    let count = 0;
    for (const group of this.#groups.values()) {
      if (group.digestFor === receiver) count += group.joinsMs.filter((atMs) => atMs > sinceMs).length;
      else if ((group.told[receiver]?.firstToldAtMs ?? -Infinity) > sinceMs) count += 1;
    }
    return count;
  }

  /** Only what differs is touched: a group may have thousands of alerts, of which one has changed. */
  #replace(before: Group | undefined, after: Group): void {
    const known = before === undefined ? NONE_TOLD : holdings(before);
    const next = holdings(after);
    for (const [receiver, alerts] of known)
      for (const id of alerts)
        if (next.get(receiver)?.has(id) !== true) this.#release(receiver, id, after.id);
    for (const [receiver, alerts] of next)
      for (const id of alerts) if (known.get(receiver)?.has(id) !== true) this.#hold(receiver, id, after.id);
    const had = before === undefined ? NONE : alertsOf(before);
    const has = alertsOf(after);
    for (const id of had) if (!has.has(id)) remove(this.#groupsOf, id, after.id);
    for (const id of has) if (!had.has(id)) add(this.#groupsOf, id, after.id);
  }

  #hold(receiver: string, alertId: string, groupId: string): void {
    let byAlert = this.#holders.get(receiver);
    if (byAlert === undefined) this.#holders.set(receiver, (byAlert = new Map()));
    add(byAlert, alertId, groupId);
  }

  #release(receiver: string, alertId: string, groupId: string): void {
    const byAlert = this.#holders.get(receiver);
    if (byAlert !== undefined) remove(byAlert, alertId, groupId);
  }
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

function remove(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  known?.delete(value);
  if (known?.size === 0) sets.delete(key);
}

const NONE: ReadonlySet<string> = new Set();
const NONE_TOLD: ReadonlyMap<string, ReadonlySet<string>> = new Map();

/** By receiver: the alerts that a group tells it of, or as a digest is to tell. */
function holdings({ told, digestFor, members }: Group): ReadonlyMap<string, ReadonlySet<string>> {
  const held = new Map(
    Object.entries(told).map(([receiver, { announced }]) => [receiver, new Set(Object.keys(announced))]),
  );
  if (digestFor !== null) held.set(digestFor, new Set([...(held.get(digestFor) ?? []), ...members]));
  return held;
}

/** Every alert a group has to do with. */
function alertsOf({ told, members }: Group): ReadonlySet<string> {
  const alerts = new Set(members);
  for (const { announced, delivered, perhaps } of Object.values(told))
    for (const set of [announced, delivered, perhaps ?? {}])
      for (const id of Object.keys(set)) alerts.add(id);
  return alerts;
}

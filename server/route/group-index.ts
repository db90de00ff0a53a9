import type { Alert, Severity } from '../model.ts';
import type { Group } from './types.ts';

/** The groups of one tenant, found by what they have to do with. Changed in place: a tenant may have thousands. */
export class GroupIndex {
  readonly #groups = new Map<string, Group>();
  /** By receiver and alert: the groups that tell of it. */
  readonly #holders = new Map<string, Map<string, Set<string>>>();
  readonly #members = new Map<string, Set<string>>();
  /** By alert: the groups it is a member of, and those that tell of it. */
  readonly #memberOf = new Map<string, Set<string>>();
  readonly #toldIn = new Map<string, Set<string>>();

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  values(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Ids of the groups that an alert belongs to, or that have told of it. */
  of(alertId: string): ReadonlySet<string> {
    return new Set([...this.memberships(alertId), ...(this.#toldIn.get(alertId) ?? NONE)]);
  }

  /** Ids of the groups that an alert is a member of. */
  memberships(alertId: string): ReadonlySet<string> {
    return this.#memberOf.get(alertId) ?? NONE;
  }

  members(groupId: string): ReadonlySet<string> {
    return this.#members.get(groupId) ?? NONE;
  }

  join(groupId: string, alertId: string): void {
    add(this.#members, groupId, alertId);
    add(this.#memberOf, alertId, groupId);
    const digestFor = this.#groups.get(groupId)?.digestFor ?? null;
    if (digestFor !== null) this.#hold(digestFor, alertId, groupId);
  }

  leave(groupId: string, alertId: string): void {
    remove(this.#members, groupId, alertId);
    remove(this.#memberOf, alertId, groupId);
    const group = this.#groups.get(groupId);
    if (group === undefined || group.digestFor === null) return;
    if (!(alertId in (group.told[group.digestFor]?.announced ?? {})))
      this.#release(group.digestFor, alertId, groupId);
  }

  put(group: Group): void {
    const before = this.#groups.get(group.id);
    this.#groups.set(group.id, group);
    if (before?.told !== group.told) this.#replaceTold(before, group);
    if (group.digestFor === null || before?.members === group.members) return;
    const members = new Set(group.members);
    for (const id of this.members(group.id)) if (!members.has(id)) this.leave(group.id, id);
    for (const id of members) this.join(group.id, id);
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
    if (holders.size === 0 || (holders.size === 1 && holders.has(asked.but))) return undefined;
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
  #replaceTold(before: Group | undefined, after: Group): void {
    const members = after.digestFor === null ? NONE : this.members(after.id);
    for (const receiver of new Set([...Object.keys(before?.told ?? {}), ...Object.keys(after.told)])) {
      const known = before?.told[receiver]?.announced ?? {};
      const next = after.told[receiver]?.announced ?? {};
      if (known === next) continue;
      const keeps = (id: string) => id in next || (receiver === after.digestFor && members.has(id));
      for (const id of Object.keys(known)) if (!keeps(id)) this.#release(receiver, id, after.id);
      for (const id of Object.keys(next)) if (!(id in known)) this.#hold(receiver, id, after.id);
    }
    const had = before === undefined ? NONE : toldOf(before);
    const has = toldOf(after);
    for (const id of had) if (!has.has(id)) remove(this.#toldIn, id, after.id);
    for (const id of has) if (!had.has(id)) add(this.#toldIn, id, after.id);
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

/** Every alert that a receiver of the group believes firing, or may. */
function toldOf({ told }: Group): ReadonlySet<string> {
  const alerts = new Set<string>();
  for (const { announced, delivered, perhaps } of Object.values(told))
    for (const set of [announced, delivered, perhaps ?? {}])
      for (const id of Object.keys(set)) alerts.add(id);
  return alerts;
}

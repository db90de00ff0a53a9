import type { Alert, Severity } from '../model.ts';
import type { Group } from './types.ts';

/** The groups of one tenant, found by what they have to do with. Changed in place: a tenant may have thousands. */
export class GroupIndex {
  readonly #groups = new Map<string, Group>();
  /** By receiver and alert: the groups that tell of it. */
  readonly #holders = new Map<string, Map<string, ReadonlySet<string>>>();
  readonly #groupsOf = new Map<string, Set<string>>();

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

  put(group: Group): void {
    const before = this.#groups.get(group.id);
    if (before !== undefined) this.#remove(before);
    this.#groups.set(group.id, group);
    this.#add(group);
  }

  /** The severity with which a group other than `but` tells the receiver of the alert; a digest is to tell it as it is. */
  heldBy(
    asked: { readonly receiver: string; readonly alertId: string; readonly but: string },
    alert: Alert | undefined,
  ): Severity | undefined {
    const holders = this.#holders.get(asked.receiver)?.get(asked.alertId) ?? NONE;
    const found = [...holders].flatMap((id): readonly Severity[] => {
      const group = this.#groups.get(id);
      if (id === asked.but || group === undefined) return [];
      const told = group.told[asked.receiver]?.announced[asked.alertId];
      if (told !== undefined) return [told];
      return group.digestFor === asked.receiver ? [alert?.severity ?? 'ticket'] : [];
    });
    return found.includes('page') ? 'page' : found[0];
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

  #add(group: Group): void {
    for (const [receiver, alertId] of holdings(group)) {
      let byAlert = this.#holders.get(receiver);
      if (byAlert === undefined) this.#holders.set(receiver, (byAlert = new Map()));
      byAlert.set(alertId, new Set([...(byAlert.get(alertId) ?? []), group.id]));
    }
    for (const alertId of alertsOf(group)) {
      let groups = this.#groupsOf.get(alertId);
      if (groups === undefined) this.#groupsOf.set(alertId, (groups = new Set()));
      groups.add(group.id);
    }
  }

  #remove(group: Group): void {
    for (const [receiver, alertId] of holdings(group)) {
      const byAlert = this.#holders.get(receiver);
      const left = new Set([...(byAlert?.get(alertId) ?? [])].filter((id) => id !== group.id));
      if (left.size === 0) byAlert?.delete(alertId);
      else byAlert?.set(alertId, left);
    }
    for (const alertId of alertsOf(group)) {
      const groups = this.#groupsOf.get(alertId);
      groups?.delete(group.id);
      if (groups?.size === 0) this.#groupsOf.delete(alertId);
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Receiver and alert of all that a group tells, or as a digest is to tell. */
function holdings(group: Group): readonly (readonly [string, string])[] {
  const told = Object.entries(group.told).flatMap(([receiver, { announced }]) =>
    Object.keys(announced).map((alertId) => [receiver, alertId] as const),
  );
  const { digestFor } = group;
  return digestFor === null ? told : [...told, ...group.members.map((id) => [digestFor, id] as const)];
}

/** Every alert a group has to do with. */
function alertsOf(group: Group): ReadonlySet<string> {
  const told = Object.values(group.told).flatMap(({ announced, delivered }) => [
    ...Object.keys(announced),
    ...Object.keys(delivered),
  ]);
  return new Set([...group.members, ...told]);
}

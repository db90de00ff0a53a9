import type { Notice } from '../model.ts';
import { UNTOLD } from './dedup.ts';
import { routeById } from './tree.ts';
import type { AlertSet, Group, RouteContext, Told } from './types.ts';

export interface Settled {
  readonly receiver: string;
  readonly notice: Notice;
  readonly arrived: boolean;
  /** It was given up, and the answer to one of its attempts was lost. */
  readonly mayHaveArrived: boolean;
  /** Deliveries of the same group and receiver that are still on their way. */
  readonly othersOpen: boolean;
}

/**
 * Keeps the group true after a delivery has come to its end. When nothing more is on its way and the receiver does not
 * believe what was meant for it, the group is due again: soon after a success, after a repeat interval when it is down.
 */
export function settleGroup(group: Group, settled: Settled, context: RouteContext): Group {
  const told = group.told[settled.receiver] ?? UNTOLD;
  const { arrived, notice } = settled;
  const delivered = arrived ? notice.believed : told.delivered;
  // Whoever takes something is up again.
  const notBeforeMs = arrived ? null : told.notBeforeMs;
  const next = { ...told, delivered, notBeforeMs, perhaps: perhapsAfter(told, settled) };
  const isOwed = !arrived && Object.keys(next.perhaps).length > 0;
  const againAtMs = context.nowMs + waitOf(group, arrived, context);
  // A receiver that refuses everything would else be told in a circle, each refusal queueing the next.
  if (settled.othersOpen)
    return withTold(group, settled.receiver, isOwed ? { ...next, notBeforeMs: againAtMs } : next);
  if (sameSet(delivered, told.announced) && !isOwed) return withTold(group, settled.receiver, next);
  return withTold(group, settled.receiver, { ...next, announced: delivered, notBeforeMs: againAtMs });
}

/** What arrived settles what it names. What was given up leaves in doubt what it may have told, and all that it would have ended. */
function perhapsAfter({ perhaps, delivered }: Told, settled: Settled): AlertSet {
  const { notice, arrived, mayHaveArrived } = settled;
  const ended = Object.fromEntries(notice.resolved.map(({ id, severity }) => [id, severity]));
  if (arrived) return without(perhaps, [...Object.keys(notice.believed), ...Object.keys(ended)]);
  return {
    ...perhaps,
    ...ended,
    ...(mayHaveArrived ? without(notice.believed, Object.keys(delivered)) : {}),
  };
}

/** A set with some alerts taken out. */
export function without(set: AlertSet | undefined, ids: readonly string[]): AlertSet {
  const gone = new Set(ids);
  return Object.fromEntries(Object.entries(set ?? {}).filter(([id]) => !gone.has(id)));
}

function waitOf({ route }: Group, arrived: boolean, { settings }: RouteContext): number {
  const { groupIntervalMs, repeatIntervalMs } = routeById(settings.route, route) ?? settings.route;
  return arrived ? groupIntervalMs : repeatIntervalMs;
}

export function withTold(group: Group, receiver: string, told: Told): Group {
  return { ...group, told: { ...group.told, [receiver]: told } };
}

function sameSet(first: AlertSet, second: AlertSet): boolean {
  const ids = Object.keys(first);
  return ids.length === Object.keys(second).length && ids.every((id) => first[id] === second[id]);
}

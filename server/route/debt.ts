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
 * believe what was meant for it, the group is due again: soon after a success, ever later while it takes nothing.
 */
export function settleGroup(group: Group, settled: Settled, context: RouteContext): Group {
  const told = group.told[settled.receiver] ?? UNTOLD;
  const { arrived, notice } = settled;
  const { nowMs } = context;
  const times = (told.givenUp?.times ?? 0) + 1;
  const delivered = arrived ? notice.believed : told.delivered;
  // Whoever takes something is up again.
  const notBeforeMs = arrived ? null : told.notBeforeMs;
  const { givenUp: _before, ...kept } = told;
  const next = {
    ...kept,
    delivered,
    notBeforeMs,
    perhaps: perhapsAfter(told, settled),
    ...(arrived ? {} : { givenUp: { times, atMs: nowMs } }),
  };
  const isOwed = !arrived && Object.keys(next.perhaps).length > 0;
  const againAtMs =
    nowMs + (arrived ? intervalsOf(group, context).groupIntervalMs : restMs(group, times, context));
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

function intervalsOf({ route }: Group, { settings }: RouteContext) {
  return routeById(settings.route, route) ?? settings.route;
}

/** One refusal may be a proxy that is being changed, many are a receiver that wants mending. */
function restMs(group: Group, times: number, context: RouteContext): number {
  const { groupIntervalMs, repeatIntervalMs } = intervalsOf(group, context);
  return Math.min(repeatIntervalMs, Math.max(groupIntervalMs, LEAST_REST_MS) * 2 ** Math.min(times - 1, 20));
}

/** Whoever takes nothing is not asked every second, however short the interval of the group is. */
const LEAST_REST_MS = 60_000;

/** A configuration that somebody has mended is tried at once. */
export function withoutRests(group: Group): Group {
  const told = Object.entries(group.told).map(([receiver, { givenUp: _times, ...kept }]) => [
    receiver,
    { ...kept, notBeforeMs: null },
  ]);
  const isResting = Object.values(group.told).some(({ notBeforeMs }) => notBeforeMs !== null);
  return isResting ? { ...group, told: Object.fromEntries(told) as Group['told'] } : group;
}

export function withTold(group: Group, receiver: string, told: Told): Group {
  return { ...group, told: { ...group.told, [receiver]: told } };
}

function sameSet(first: AlertSet, second: AlertSet): boolean {
  const ids = Object.keys(first);
  return ids.length === Object.keys(second).length && ids.every((id) => first[id] === second[id]);
}

import type { Notice } from '../model.ts';
import { UNTOLD } from './dedup.ts';
import { routeById } from './tree.ts';
import type { AlertSet, Group, RouteContext, Told } from './types.ts';

export interface Settled {
  readonly receiver: string;
  readonly notice: Notice;
  readonly arrived: boolean;
  /** Deliveries of the same group and receiver that are still on their way. */
  readonly othersOpen: boolean;
}

/**
 * Keeps the group true after a delivery has come to its end. When nothing more is on its way and the receiver does not
 * believe what was meant for it, the group is due again: soon after a success, after a repeat interval when it is down.
 */
export function settleGroup(group: Group, settled: Settled, context: RouteContext): Group {
  const told = group.told[settled.receiver] ?? UNTOLD;
  const delivered = settled.arrived ? settled.notice.believed : told.delivered;
  if (settled.othersOpen || sameSet(delivered, told.announced))
    return withTold(group, settled.receiver, { ...told, delivered });
  const againAtMs = context.nowMs + waitOf(group, settled.arrived, context);
  return withTold(group, settled.receiver, {
    ...told,
    announced: delivered,
    delivered,
    notBeforeMs: againAtMs,
  });
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

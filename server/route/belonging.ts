import type { Alert } from '../model.ts';
import { groupId } from './group.ts';
import { labelsOf } from './labels.ts';
import { isRouteMuted } from './mutes.ts';
import { groupLabels, routeById, routesFor } from './tree.ts';
import type { Group, RouteContext } from './types.ts';

/** Whose an alert is by the routes of now, when it is not simply a member. */

/** A ticket that has joined an incident belongs to where its pages go, and to where it was told before as well. */
export function isOfOwnLabels(id: string, alert: Alert, { route }: RouteContext['settings']): boolean {
  if (alert.incidentId === null) return false;
  const labels = labelsOf(alert);
  return routesFor(route, labels).some(
    (one) => groupId(one.id, alert.tenant, groupLabels(one, labels)) === id,
  );
}

/** A digest keeps an alert while one of the alert's groups would tell the receiver of it. */
export function isDigested(
  { digestFor }: Group,
  groups: readonly Group[],
  settings: RouteContext['settings'],
): boolean {
  return digestFor !== null && groups.some((group) => wouldTell(group, digestFor, settings));
}

/** Whether calendars keep quiet all of the groups that would tell the receiver. */
export function isMutedForAll(
  receiver: string,
  groups: readonly Group[],
  context: Pick<RouteContext, 'settings' | 'nowMs'>,
): boolean {
  const telling = groups.filter((group) => wouldTell(group, receiver, context.settings));
  return (
    telling.length > 0 &&
    telling.every(({ route }) => isRouteMuted(routeById(context.settings.route, route), context))
  );
}

function wouldTell(
  { route, added, digestFor }: Group,
  receiver: string,
  settings: RouteContext['settings'],
): boolean {
  const own = routeById(settings.route, route)?.receivers ?? [];
  return digestFor === null && (own.includes(receiver) || added.includes(receiver));
}

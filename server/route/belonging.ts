import type { Alert } from '../model.ts';
import { groupId } from './group.ts';
import { labelsOf } from './labels.ts';
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
  { settings }: RouteContext,
): boolean {
  return groups.some(({ route, added }) => {
    const own = routeById(settings.route, route)?.receivers ?? [];
    return digestFor !== null && [...own, ...added].includes(digestFor);
  });
}

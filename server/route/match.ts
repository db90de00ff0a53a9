import type { Alert, Labels, Rule } from '../model.ts';
import type { RouteSettings } from '../settings.ts';
import { matchesAll } from './matchers.ts';

/** An alert of an incident goes where its pages go, so that on-call is told of one thing once, in one thread. */
export function labelsOf(alert: Alert, rules: readonly Rule[]): Labels {
  const kind = rules.find((rule) => rule.id === alert.rule)?.kind ?? '';
  const severity = alert.incidentId === null ? alert.severity : 'page';
  return { tenant: alert.tenant, model: alert.model, severity, kind };
}

/** Depth first, the first matching child wins; a node without one takes the alert itself, so the root catches all. */
export function routeOf(root: RouteSettings, labels: Labels): RouteSettings {
  const child = root.routes.find((route) => matchesAll(route.matchers, labels));
  return child === undefined ? root : routeOf(child, labels);
}

/** The route with an id, or undefined when the configuration has lost it. */
export function routeById(root: RouteSettings, id: string): RouteSettings | undefined {
  if (root.id === id) return root;
  return root.routes.map((route) => routeById(route, id)).find((found) => found !== undefined);
}

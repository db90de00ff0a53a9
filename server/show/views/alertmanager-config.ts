import { stringify } from 'yaml';
import { matchesAll, matcherText } from '../../route/matchers.ts';
import type { Matcher, RouteSettings } from '../../settings.ts';

/** The routes that one tenant's alerts can take; what they ask of the tenant itself is known then and left out. null: all. */
export function routesOfTenant(root: RouteSettings, tenant: string | null): RouteSettings {
  if (tenant === null) return root;
  const fits = ({ matchers }: RouteSettings) => matchesAll(matchers.filter(isOnTenant), { tenant });
  return {
    ...root,
    matchers: root.matchers.filter((matcher) => !isOnTenant(matcher)),
    routes: root.routes.filter(fits).map((child) => routesOfTenant(child, tenant)),
  };
}

function isOnTenant({ name }: Matcher): boolean {
  return name === 'tenant';
}

/** Every receiver that the routes name. */
export function receiversIn(route: RouteSettings): readonly string[] {
  const { receivers, escalate, fallback, routes } = route;
  const own = [...receivers, ...escalate.flatMap((step) => step.receivers), ...fallback];
  return [...new Set([...own, ...routes.flatMap(receiversIn)])];
}

const NOTE = `The routes of Leeway as far as Alertmanager can say them: several receivers of one route are one here, with
commas between; ids, calendars, escalation and inhibition are in leeway.yaml.`;

/** A configuration for Alertmanager with the same routes; amtool shows and tests it. */
export function alertmanagerConfig(root: RouteSettings): string {
  const names = [...new Set(flat(root).map(receiverOf))];
  const config = { route: toAlertmanager(root), receivers: names.map((name) => ({ name })) };
  return `${NOTE.replaceAll(/^/gm, '# ')}\n${stringify(config, { aliasDuplicateObjects: false })}`;
}

function flat(route: RouteSettings): readonly RouteSettings[] {
  return [route, ...route.routes.flatMap(flat)];
}

function receiverOf({ receivers }: RouteSettings): string {
  return receivers.join(',') || '(nobody)';
}

function toAlertmanager(route: RouteSettings): object {
  return {
    receiver: receiverOf(route),
    ...(route.matchers.length > 0 && { matchers: route.matchers.map(matcherText) }),
    ...(route.continues && { continue: true }),
    group_by: route.groupBy,
    group_wait: `${route.groupWaitMs}ms`,
    group_interval: `${route.groupIntervalMs}ms`,
    repeat_interval: `${route.repeatIntervalMs}ms`,
    ...(route.routes.length > 0 && { routes: route.routes.map(toAlertmanager) }),
  };
}

import { ROUTE_DEFAULTS, toMatchers, type RouteFile } from './config-route.ts';
import { flatRoutes, type Named, type Place, type Remark } from './config-route-check.ts';
import { matcherText, matchersText } from './route/matchers.ts';

/** What the routes of a file say that is allowed and still hardly meant. */
export function routeDoubts(config: Named): readonly Remark[] {
  const all = flatRoutes(config.route, ['route'], ROUTE_DEFAULTS.receivers);
  return [
    ...(config.receivers.length === 0 ? [] : tellsNobody(all)),
    ...all.flatMap((place) => [...unreachable(place), ...neverActive(place), ...lateRepeats(place)]),
    ...unusedReceivers(config, all),
    ...unusedCalendars(config, all),
  ];
}

function tellsNobody(all: readonly Place[]): readonly Remark[] {
  return all
    .filter(({ receivers }) => receivers.length === 0)
    .map(({ route, path }) => ({
      path,
      message: `${route.id} has no receivers, nor has any route above it: what it takes is told to nobody`,
    }));
}

/** An earlier route that asks for less takes all that a later one could. Only where that is certain: by equal matchers. */
function unreachable({ route, path }: Place): readonly Remark[] {
  return route.routes.flatMap((child, index) => {
    const wanted = textsOf(child);
    const before = route.routes
      .slice(0, index)
      .find((earlier) => !earlier.continue && textsOf(earlier).every((text) => wanted.includes(text)));
    if (before === undefined) return [];
    const taken = matchersText(toMatchers(before.match)) || 'everything';
    const message = `${child.id} is never reached: ${before.id} before it takes ${taken} and does not continue`;
    return [{ path: [...path, 'routes', index, 'id'], message }];
  });
}

function textsOf({ match }: RouteFile): readonly string[] {
  return toMatchers(match).map(matcherText);
}

function neverActive({ route, path }: Place): readonly Remark[] {
  return route.active.length > 0 && route.active.every((id) => route.muted.includes(id))
    ? [{ path: [...path, 'active'], message: `${route.id} is muted whenever it is active: it never tells` }]
    : [];
}

function lateRepeats({ route, path }: Place): readonly Remark[] {
  const { groupInterval, repeatInterval } = route;
  return groupInterval !== undefined && repeatInterval !== undefined && repeatInterval < groupInterval
    ? [
        {
          path: [...path, 'repeatInterval'],
          message: `${route.id} repeats no sooner than its groupInterval, which is longer`,
        },
      ]
    : [];
}

function unusedReceivers({ receivers, models }: Named, all: readonly Place[]): readonly Remark[] {
  const named = new Set([
    ...all.flatMap(({ route }) => [
      ...(route.receivers ?? []),
      ...(route.fallback ?? []),
      ...(route.escalate ?? []).flatMap(({ to }) => to),
    ]),
    ...models.flatMap(({ retrain }) => retrain?.receiver ?? []),
  ]);
  return receivers.flatMap(({ id }, index) =>
    named.has(id)
      ? []
      : [
          {
            path: ['receivers', index, 'id'],
            message: `no route names the receiver "${id}": it is never told`,
          },
        ],
  );
}

function unusedCalendars({ calendars }: Named, all: readonly Place[]): readonly Remark[] {
  const named = new Set(all.flatMap(({ route }) => [...route.active, ...route.muted]));
  return Object.keys(calendars)
    .filter((id) => !named.has(id))
    .map((id) => ({ path: ['calendars', id], message: `no route names the calendar "${id}"` }));
}

import { ROUTE_DEFAULTS, type RouteFile } from './config-route.ts';

/** What is wrong, or doubtful, and where. */
export interface Remark {
  readonly path: readonly PropertyKey[];
  /** Of the character in the text that stands there, from 1. */
  readonly column?: number;
  readonly message: string;
}

/** Of the file, what routes name and are named by. */
export interface Named {
  readonly receivers: readonly { readonly id: string }[];
  readonly calendars: Readonly<Record<string, unknown>>;
  readonly route: RouteFile;
  readonly inhibit: readonly { readonly id: string }[];
  readonly models: readonly { readonly retrain?: { readonly receiver: string } | undefined }[];
}

/** Names in routes that point at nothing, that are there twice, or that can never have an effect. */
export function routeMistakes(config: Named): readonly Remark[] {
  const all = flatRoutes(config.route, ['route'], ROUTE_DEFAULTS.receivers);
  return [
    ...rootMistakes(config.route),
    ...all.flatMap((place) => [
      ...unknownIn(config, place),
      ...escalationLoops(place),
      ...fallbackLoops(place),
    ]),
    ...sameIds(
      'routes',
      all.map(({ route, path }) => ({ id: route.id, path: [...path, 'id'] })),
    ),
    ...sameIds(
      'inhibitions',
      config.inhibit.map(({ id }, index) => ({ id, path: ['inhibit', index, 'id'] })),
    ),
  ];
}

function sameIds(
  what: string,
  all: readonly { readonly id: string; readonly path: readonly PropertyKey[] }[],
): readonly Remark[] {
  return all
    .filter(({ id }, index) => all.findIndex((other) => other.id === id) < index)
    .map(({ id, path }) => ({
      path,
      message: `"${id}" is the id of two ${what}; state is kept by it, so each needs its own`,
    }));
}

export interface Place {
  readonly route: RouteFile;
  readonly path: readonly PropertyKey[];
  /** Its own, or its nearest parent's. */
  readonly receivers: readonly string[];
}

/** Every route of the tree, top to bottom. */
export function flatRoutes(
  route: RouteFile,
  path: readonly PropertyKey[],
  inheritedReceivers: readonly string[],
): readonly Place[] {
  const receivers = route.receivers ?? inheritedReceivers;
  return [
    { route, path, receivers },
    ...route.routes.flatMap((child, index) => flatRoutes(child, [...path, 'routes', index], receivers)),
  ];
}

function rootMistakes(root: RouteFile): readonly Remark[] {
  const keys = [
    ...(root.match.length > 0 ? ['match'] : []),
    ...(root.continue ? ['continue'] : []),
    ...(root.active.length > 0 ? ['active'] : []),
    ...(root.muted.length > 0 ? ['muted'] : []),
  ];
  return keys.map((key) => ({
    path: ['route', key],
    message: `expected no ${key} in the root: it takes whatever no other route takes, at any time`,
  }));
}

function unknownIn(config: Named, { route, path }: Place): readonly Remark[] {
  const receivers = config.receivers.map(({ id }) => id);
  const calendars = Object.keys(config.calendars);
  const unknown = (what: string, list: readonly string[], at: readonly PropertyKey[]) => {
    const known = what === 'receiver' ? receivers : calendars;
    return list.flatMap((id, index) =>
      known.includes(id)
        ? []
        : [
            {
              path: [...path, ...at, index],
              message: `unknown ${what} "${id}"; expected one of ${known.join(', ') || `none, there are no ${what}s`}`,
            },
          ],
    );
  };
  return [
    ...unknown('receiver', route.receivers ?? [], ['receivers']),
    ...unknown('receiver', route.fallback ?? [], ['fallback']),
    ...(route.escalate ?? []).flatMap((step, index) =>
      unknown('receiver', step.to, ['escalate', index, 'to']),
    ),
    ...unknown('calendar', route.active, ['active']),
    ...unknown('calendar', route.muted, ['muted']),
  ];
}

/** A step that tells whom the route or an earlier step has told goes round in a circle and reaches nobody new. */
function escalationLoops({ route, path, receivers }: Place): readonly Remark[] {
  return (route.escalate ?? []).flatMap((step, index) => {
    const before = [...receivers, ...(route.escalate ?? []).slice(0, index).flatMap(({ to }) => to)];
    const again = step.to.find((id) => before.includes(id));
    const earlier = route.escalate?.[index - 1];
    if (earlier !== undefined && step.after <= earlier.after)
      return [
        {
          path: [...path, 'escalate', index, 'after'],
          message: 'expected a later time than that of the step before; steps are taken in their order',
        },
      ];
    return again === undefined
      ? []
      : [
          {
            path: [...path, 'escalate', index, 'to', step.to.indexOf(again)],
            message: `"${again}" has been told before this step: an escalation that comes back to it is a loop; name somebody else`,
          },
        ];
  });
}

/** A fallback that the route tells anyway is none. */
function fallbackLoops({ route, path, receivers }: Place): readonly Remark[] {
  return (route.fallback ?? []).flatMap((id, index) =>
    receivers.includes(id)
      ? [
          {
            path: [...path, 'fallback', index],
            message: `"${id}" is told by the route itself, so it cannot be its fallback; name somebody else`,
          },
        ]
      : [],
  );
}

import { z } from 'zod';
import { duration, name, UNITS_MS } from './config-common.ts';
import { calendarMistake, parseCalendar } from './route/calendars.ts';
import { parseMatchers } from './route/matchers.ts';
import type { CalendarSettings, InhibitSettings, Matcher, RouteSettings } from './settings.ts';

/** Who is told of what and when, as the configuration file says it and as the stages read it. */

const matcherList = z
  .array(
    z.string().superRefine((text, context) => {
      const parsed = parseMatchers(text);
      if (!parsed.ok)
        context.addIssue({ code: 'custom', message: `${parsed.message} (character ${parsed.column})` });
    }),
  )
  .default([]);

const escalation = z.strictObject({
  after: duration.refine((ms) => ms >= UNITS_MS.m, 'expected at least 1m'),
  unless: z.enum(['acknowledged', 'resolved']).default('acknowledged'),
  to: z.array(name).min(1),
});

const SHORTEST_INTERVAL_MS = 10 * UNITS_MS.s;

const inherited = {
  receivers: z.array(name).optional(),
  groupBy: z.array(z.string().min(1)).min(1).optional(),
  groupWait: duration.optional(),
  groupInterval: duration
    .refine((ms) => ms >= SHORTEST_INTERVAL_MS, 'expected at least 10s; a shorter one is a storm')
    .optional(),
  repeatInterval: duration.refine((ms) => ms >= UNITS_MS.m, 'expected at least 1m').optional(),
  escalate: z.array(escalation).max(10).optional(),
  fallback: z.array(name).optional(),
};

export interface RouteFile {
  readonly id: string;
  readonly match: readonly string[];
  readonly continue: boolean;
  readonly receivers?: readonly string[] | undefined;
  readonly groupBy?: readonly string[] | undefined;
  readonly groupWait?: number | undefined;
  readonly groupInterval?: number | undefined;
  readonly repeatInterval?: number | undefined;
  readonly escalate?: readonly z.output<typeof escalation>[] | undefined;
  readonly fallback?: readonly string[] | undefined;
  readonly active: readonly string[];
  readonly muted: readonly string[];
  readonly routes: readonly RouteFile[];
}

export const routeSchema: z.ZodType<RouteFile> = z.lazy(() =>
  z.strictObject({
    id: name,
    match: matcherList,
    continue: z.boolean().default(false),
    ...inherited,
    active: z.array(name).default([]),
    muted: z.array(name).default([]),
    routes: z.array(routeSchema).default([]),
  }),
);

export const ROOT_ROUTE: RouteFile = {
  id: 'root',
  match: [],
  continue: false,
  active: [],
  muted: [],
  routes: [],
};

const word = z.union([z.string(), z.number()]).transform(String);
const words = z.union([word, z.array(word).min(1)]).transform((one) => [one].flat());
const span = z.strictObject({
  days: words.optional(),
  hours: words.optional(),
  dates: words.optional(),
  daysOfMonth: words.optional(),
  months: words.optional(),
  years: words.optional(),
});
const calendar = z
  .strictObject({
    timeZone: z.string().default('UTC'),
    ...span.shape,
    spans: z.array(span).min(1).optional(),
  })
  .superRefine((file, context) => {
    const mistake = calendarMistake(file);
    if (mistake !== null) context.addIssue({ code: 'custom', message: mistake });
  });
export type CalendarFile = z.output<typeof calendar>;

export const calendarsSchema = z.record(name, calendar).default({});

export const inhibitSchema = z
  .array(
    z.strictObject({
      id: name,
      source: matcherList,
      target: matcherList,
      equal: z.array(z.string().min(1)).default([]),
    }),
  )
  .default([]);

interface Defaults {
  readonly receivers: readonly string[];
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly escalate: RouteSettings['escalate'];
  readonly fallback: readonly string[];
}

/** Of the root; every other route takes what it does not say from its parent. */
const DEFAULTS: Defaults = {
  receivers: [],
  groupBy: ['tenant', 'model'],
  groupWaitMs: 30 * UNITS_MS.s,
  groupIntervalMs: 5 * UNITS_MS.m,
  repeatIntervalMs: 4 * UNITS_MS.h,
  escalate: [],
  fallback: [],
};

export function toRoute(route: RouteFile, parent: Defaults = DEFAULTS): RouteSettings {
  const own: Defaults = {
    receivers: route.receivers ?? parent.receivers,
    groupBy: route.groupBy ?? parent.groupBy,
    groupWaitMs: route.groupWait ?? parent.groupWaitMs,
    groupIntervalMs: route.groupInterval ?? parent.groupIntervalMs,
    repeatIntervalMs: route.repeatInterval ?? parent.repeatIntervalMs,
    escalate:
      route.escalate?.map(({ after, unless, to }) => ({ afterMs: after, unless, receivers: to })) ??
      parent.escalate,
    fallback: route.fallback ?? parent.fallback,
  };
  return {
    id: route.id,
    matchers: toMatchers(route.match),
    continues: route.continue,
    active: route.active,
    muted: route.muted,
    ...own,
    routes: route.routes.map((child) => toRoute(child, own)),
  };
}

export function toMatchers(texts: readonly string[]): readonly Matcher[] {
  return texts.flatMap((text) => {
    const parsed = parseMatchers(text);
    return parsed.ok ? parsed.matchers : [];
  });
}

export function toCalendars(files: Readonly<Record<string, CalendarFile>>): readonly CalendarSettings[] {
  return Object.entries(files).map(([id, file]) => ({ id, ...parseCalendar(file) }));
}

export function toInhibits(files: z.output<typeof inhibitSchema>): readonly InhibitSettings[] {
  return files.map(({ id, source, target, equal }) => ({
    id,
    source: toMatchers(source),
    target: toMatchers(target),
    equal,
  }));
}

interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

interface Named {
  readonly receivers: readonly { readonly id: string }[];
  readonly calendars: Readonly<Record<string, unknown>>;
  readonly route: RouteFile;
}

/** Names in routes that point at nothing, that are there twice, or that can never have an effect. */
export function routeMistakes(config: Named): readonly Mistake[] {
  const all = flatRoutes(config.route, ['route'], DEFAULTS.receivers);
  return [
    ...rootMistakes(config.route),
    ...all.flatMap((place, index) => [
      ...unknownIn(config, place),
      ...escalationLoops(place),
      ...all
        .slice(0, index)
        .filter(({ route }) => route.id === place.route.id)
        .slice(0, 1)
        .map(() => ({
          path: [...place.path, 'id'],
          message: `"${place.route.id}" is the id of two routes; state is kept by it, so every route needs its own`,
        })),
    ]),
  ];
}

interface Place {
  readonly route: RouteFile;
  readonly path: readonly PropertyKey[];
  /** Its own, or its nearest parent's. */
  readonly receivers: readonly string[];
}

function flatRoutes(
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

function rootMistakes(root: RouteFile): readonly Mistake[] {
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

function unknownIn(config: Named, { route, path }: Place): readonly Mistake[] {
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
function escalationLoops({ route, path, receivers }: Place): readonly Mistake[] {
  return (route.escalate ?? []).flatMap((step, index) => {
    const before = [...receivers, ...(route.escalate ?? []).slice(0, index).flatMap(({ to }) => to)];
    const again = step.to.find((id) => before.includes(id));
    return again === undefined
      ? []
      : [
          {
            path: [...path, 'escalate', index, 'to'],
            message: `"${again}" has been told before this step: an escalation that comes back to it is a loop; name somebody else`,
          },
        ];
  });
}

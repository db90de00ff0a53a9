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
      if (parsed.ok) return;
      const { column, message } = parsed;
      context.addIssue({ code: 'custom', message, params: { column } });
    }),
  )
  .default([]);

const escalation = z.strictObject({
  after: duration.refine((ms) => ms >= UNITS_MS.m, 'expected at least 1m'),
  unless: z.enum(['acknowledged', 'resolved']).default('acknowledged'),
  to: z.array(name).min(1),
});

const SHORTEST_INTERVAL_MS = 10 * UNITS_MS.s;

const groupBy = z
  .array(z.string().min(1))
  .min(1)
  .refine(
    (labels) => labels.length === 1 || !labels.includes('...'),
    "expected '...' alone, which is every label, or labels without it",
  )
  .refine((labels) => new Set(labels).size === labels.length, 'expected every label once');

const inherited = {
  receivers: z.array(name).optional(),
  groupBy: groupBy.optional(),
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
const words = z
  .union([word, z.array(word).min(1)], 'expected a text such as mon-fri, or a list of them')
  .transform((one) => [one].flat());
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
    if (mistake !== null) context.addIssue({ code: 'custom', ...mistake });
  });
export type CalendarFile = z.output<typeof calendar>;

export const calendarsSchema = z.record(name, calendar).default({});

/** One that is missing would fit every alert. */
const oneSide = matcherList.refine(
  (texts) => toMatchers(texts).length > 0,
  'expected at least one matcher, such as severity="page"',
);

export const inhibitSchema = z
  .array(
    z.strictObject({
      id: name,
      source: oneSide,
      target: oneSide,
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
export const ROUTE_DEFAULTS: Defaults = {
  receivers: [],
  groupBy: ['tenant', 'model'],
  groupWaitMs: 30 * UNITS_MS.s,
  groupIntervalMs: 5 * UNITS_MS.m,
  repeatIntervalMs: 4 * UNITS_MS.h,
  escalate: [],
  fallback: [],
};

export function toRoute(route: RouteFile, parent: Defaults = ROUTE_DEFAULTS): RouteSettings {
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

import { isInside, nextTime } from '../route/calendars.ts';
import { matchersText } from '../route/matchers.ts';
import { groupLabels, triedRoutes, type Tried } from '../route/tree.ts';
import type { Labels } from '../model.ts';
import type { RouteSettings, Settings } from '../settings.ts';
import { duration, utc } from '../show/views/words.ts';

/** The tree of routes as lines for people: who is told of what. */
export function treeLines(root: RouteSettings): readonly string[] {
  return [nodeLine(root, 'everything else'), ...branches(root, '')];
}

function branches({ routes }: RouteSettings, indent: string): readonly string[] {
  return routes.flatMap((child, index) => {
    const [stem, rest] = index === routes.length - 1 ? ['└── ', '    '] : ['├── ', '│   '];
    return [`${indent}${stem}${nodeLine(child, 'everything')}`, ...branches(child, `${indent}${rest}`)];
  });
}

function nodeLine(route: RouteSettings, all: string): string {
  const taken = route.matchers.length === 0 ? all : `{${matchersText(route.matchers)}}`;
  return [
    `${route.id}  ${taken}  tells ${route.receivers.join(', ') || 'nobody'}`,
    ...(route.continues ? ['continues'] : []),
    ...(route.active.length > 0 ? [`active ${route.active.join(', ')}`] : []),
    ...(route.muted.length > 0 ? [`muted ${route.muted.join(', ')}`] : []),
  ].join('  ');
}

const OUTCOMES: Readonly<Record<Tried['outcome'], string>> = {
  handles: 'handles it',
  passes_down: 'passes it down',
  does_not_match: 'does not match',
  not_reached: 'not reached',
};

/** What every route decided about an alert with these labels. */
export function triedLines(root: RouteSettings, labels: Labels): readonly string[] {
  return triedRoutes(root, labels).map(
    ({ route, depth, outcome, why }) => `${'  '.repeat(depth)}${route}: ${OUTCOMES[outcome]}; ${why}`,
  );
}

/** Whom a route that handles the alert tells, in what group, and when. */
export function handlingLines(
  route: RouteSettings,
  labels: Labels,
  { calendars, nowMs }: Pick<Settings, 'calendars'> & { readonly nowMs: number },
): readonly string[] {
  const group = Object.entries(groupLabels(route, labels)).map(([name, value]) => ({
    name,
    op: '=' as const,
    value,
  }));
  return [
    `${route.id} tells ${route.receivers.join(', ') || 'nobody'}`,
    `  group: {${matchersText(group)}}`,
    `  timing: first after ${duration(route.groupWaitMs)}, changes every ${duration(route.groupIntervalMs)}, repeated after ${duration(route.repeatIntervalMs)}`,
    ...calendarLines(route, calendars, nowMs),
    ...route.escalate.map(
      ({ afterMs, unless, receivers }) =>
        `  after ${duration(afterMs)} unless ${unless}: ${receivers.join(', ')}`,
    ),
    ...(route.fallback.length > 0
      ? [`  when a page reaches none of them: ${route.fallback.join(', ')}`]
      : []),
  ];
}

function calendarLines(
  { active, muted }: RouteSettings,
  calendars: Settings['calendars'],
  nowMs: number,
): readonly string[] {
  if (active.length + muted.length === 0) return [];
  const holds = (ids: readonly string[], atMs: number) =>
    calendars.some((calendar) => ids.includes(calendar.id) && isInside(calendar, atMs));
  const tells = (atMs: number) => (active.length === 0 || holds(active, atMs)) && !holds(muted, atMs);
  const isTelling = tells(nowMs);
  const changeMs = nextTime((atMs) => tells(atMs) !== isTelling, nowMs);
  return [
    ...(active.length > 0 ? [`  active inside ${active.join(', ')}`] : []),
    ...(muted.length > 0 ? [`  muted inside ${muted.join(', ')}`] : []),
    `  at ${utc(nowMs)} it ${isTelling ? 'tells' : 'keeps quiet'}${changeMs === null ? '; no change within 32 days' : ` until ${utc(changeMs)}`}`,
  ];
}

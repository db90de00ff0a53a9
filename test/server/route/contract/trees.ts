import type { Settings } from '../../../../server/settings.ts';
import { HOUR, MINUTE, settings } from '../fixture.ts';
import { matchersOf, routeWith } from '../routes.ts';

/** Configurations that a reload may bring: routes added, removed and renamed, receivers gone, other groups, calendars. */

const webhook = (id: string) => ({ id, type: 'webhook' as const, url: `http://${id}.example`, secret: 's' });

const TIMES = { groupWaitMs: 30_000, groupIntervalMs: 5 * MINUTE, repeatIntervalMs: HOUR };

const minutes = (from: number, to: number) => [
  { weekdays: null, minutes: [{ from, to }], dates: null, daysOfMonth: null, months: null, years: null },
];

/** Both are open at noon and shut at some time of every day. */
const CALENDARS: Settings['calendars'] = [
  { id: 'night', timeZone: 'Europe/Prague', spans: minutes(23 * 60, 60) },
  { id: 'awake', timeZone: 'UTC', spans: minutes(3 * 60, 60) },
];

const INHIBIT: Settings['inhibit'] = [
  {
    id: 'feed',
    source: matchersOf('kind="quality"'),
    target: matchersOf('kind="drift"'),
    equal: ['tenant', 'model'],
  },
];

const page = (change: Parameters<typeof routeWith>[0] = {}) =>
  routeWith({
    id: 'page',
    matchers: matchersOf('severity="page"'),
    receivers: ['oncall'],
    ...TIMES,
    escalate: [{ afterMs: 15 * MINUTE, unless: 'acknowledged', receivers: ['boss'] }],
    fallback: ['extra'],
    ...change,
  });

const root = (change: Parameters<typeof routeWith>[0] = {}) =>
  routeWith({ receivers: ['tickets'], ...TIMES, ...change });

const configured = (
  route: Settings['route'],
  receivers = ['oncall', 'tickets', 'boss', 'extra'],
  inhibit = INHIBIT,
) => settings({ receivers: receivers.map(webhook), route, calendars: CALENDARS, inhibit });

export const TREES: readonly Settings[] = [
  configured(root({ routes: [page()] })),
  configured(
    root({
      routes: [
        routeWith({ id: 'mirror', continues: true, receivers: ['extra'], ...TIMES, groupBy: ['subject'] }),
        page({ id: 'pager', groupWaitMs: 2 * MINUTE, groupIntervalMs: 2 * MINUTE }),
      ],
    }),
  ),
  configured(root({ groupBy: ['model', 'severity'] })),
  configured(root({ receivers: ['oncall'], groupBy: ['...'] }), ['oncall', 'boss']),
  configured(
    root({
      groupBy: ['tenant'],
      routes: [
        page({ groupBy: ['rule'], muted: ['night'] }),
        routeWith({
          id: 'drift',
          matchers: matchersOf('kind="drift"'),
          receivers: ['tickets', 'extra'],
          ...TIMES,
          active: ['awake'],
        }),
      ],
    }),
  ),
  configured(root({ routes: [page({ escalate: [], fallback: [] })] }), ['oncall', 'tickets'], []),
];

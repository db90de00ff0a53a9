import { expect, test } from 'vitest';
import { storyOf } from '../../../demo/director/story.ts';
import { brokenPromises, summaryOf, type Outcome } from '../../../demo/director/summary.ts';
import { createWatch } from '../../../demo/director/watch.ts';
import type { ActionRun, Alert, Incident } from '../../../server/model.ts';

const HOUR_MS = 3_600_000;
const story = storyOf(0);
const KEY = { tenant: 'skyline', model: 'late-arrival' };

const alert = (change: Partial<Alert> = {}): Alert => ({
  ...KEY,
  id: 'alr_1',
  rule: 'drift',
  subject: 'distance',
  episode: 1,
  state: 'firing',
  severity: 'page',
  startedAtMs: story.faultMs + 20 * HOUR_MS,
  resolvedAtMs: null,
  summary: 'distance drifted',
  value: 0.3,
  peak: 0.3,
  evidence: { text: '' },
  acknowledgedBy: null,
  silencedBy: null,
  labels: {},
  acknowledgedUntilMs: null,
  inhibitedBy: null,
  recoversAtMs: null,
  opened: 1,
  incidentId: 'inc_1',
  ...change,
});
const incident: Incident = {
  ...KEY,
  id: 'inc_1',
  title: 'distance drifted',
  severity: 'page',
  state: 'resolved',
  cause: 'kilometres',
  openedAtMs: story.faultMs + 20 * HOUR_MS,
  acknowledgedAtMs: null,
  mitigatedAtMs: null,
  resolvedAtMs: story.faultMs + 90 * HOUR_MS,
};
const run = (change: Partial<ActionRun>): ActionRun => ({
  ...KEY,
  id: 'run_1',
  kind: 'rollback',
  incidentId: 'inc_1',
  state: 'done',
  reason: 'broken feed',
  plan: null,
  planHash: null,
  steps: [],
  createdAtMs: story.faultMs + 20 * HOUR_MS,
  updatedAtMs: story.faultMs + 21 * HOUR_MS,
  approvedBy: 'viewer',
  ...change,
});
const good: Outcome = {
  story,
  flightsInData: 3_000_000,
  flightsSampled: 600_000,
  served: [
    {
      ...KEY,
      predictions: 10,
      reference: 5,
      labels: 8,
      errors: 0,
      shipping: { emitted: 23, sent: 23, failed: 0, attempts: 3, lastError: null },
    },
  ],
  catalog: [
    {
      ...KEY,
      features: [],
      versions: [],
      predictions: 10,
      referenceRows: 5,
      labels: 8,
      lastEventMs: 0,
      lastReceivedMs: 0,
    },
  ],
  counters: {
    scores: 100,
    alertsOpened: 1,
    pagesOpened: 1,
    incidents: 1,
    deliveriesSent: 6,
    deliveriesDead: 0,
    oldestPendingDeliveryMs: null,
    oldestUnreachedPageMs: null,
  },
  seen: {
    alerts: [{ ...alert(), pagedAtMs: story.faultMs + 20 * HOUR_MS }],
    incidents: [incident],
    runs: [run({}), run({ id: 'run_2', kind: 'retrain', state: 'suppressed' })],
  },
  arrived: { slack: 1, email: 1, webhook: 1, trainer: 0 },
  wallSeconds: 150,
};

test('a story that held all its promises says so in numbers', () => {
  expect(brokenPromises(good)).toEqual([]);
  expect(summaryOf(good)).toEqual({
    flightsInData: 3_000_000,
    flightsSampled: 600_000,
    predictions: 10,
    labels: 8,
    sent: 23,
    stored: 23,
    scores: 100,
    alerts: 1,
    deliveries: 6,
    incidents: 1,
    pagesBeforeFault: 0,
    storyHoursFaultToAlert: 20,
    storyHoursFaultToRollback: 21,
    wallSeconds: 150,
  });
});

const paged = (pagedAtMs: number | null) => ({ ...alert(), pagedAtMs });

test.each<[string, Partial<Outcome>, RegExp]>([
  [
    'a row that was not stored',
    { catalog: [{ ...good.catalog[0]!, labels: 7 }] },
    /23 events were acknowledged, 22 are stored/,
  ],
  [
    'an event nobody acknowledged',
    { served: [{ ...good.served[0]!, shipping: { ...good.served[0]!.shipping, emitted: 24 } }] },
    /of 24 events 23/,
  ],
  [
    'a page in the calm months',
    { seen: { ...good.seen, alerts: [paged(story.faultMs - 1), paged(story.faultMs + 1)] } },
    /1 pages came before/,
  ],
  ['no page at all', { seen: { ...good.seen, alerts: [paged(null)] } }, /no page came after/],
  ['no incident', { seen: { ...good.seen, incidents: [] } }, /opened no incident/],
  [
    'an incident that stays open',
    { seen: { ...good.seen, incidents: [{ ...incident, state: 'open' }] } },
    /did not close/,
  ],
  [
    'an incident without a cause',
    { seen: { ...good.seen, incidents: [{ ...incident, cause: null }] } },
    /no likely cause/,
  ],
  [
    'a retraining on the broken feed',
    { seen: { ...good.seen, runs: [run({}), run({ id: 'r', kind: 'retrain', state: 'requested' })] } },
    /not refused/,
  ],
  [
    'a rollback that failed',
    {
      seen: {
        ...good.seen,
        runs: [run({ state: 'failed' }), run({ id: 'r', kind: 'retrain', state: 'suppressed' })],
      },
    },
    /not verified/,
  ],
  ['no mail', { arrived: { ...good.arrived, email: 0 } }, /nothing arrived by email/],
  [
    'a delivery given up',
    { counters: { ...good.counters, deliveriesDead: 2 } },
    /2 deliveries were given up/,
  ],
])('%s is named', (_what, change, words) => {
  const broken = brokenPromises({ ...good, ...change });
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(words);
});

test('the watch tells each change once and remembers when a ticket became a page', async () => {
  const state = {
    alerts: [alert({ severity: 'ticket' })],
    incidents: [] as Incident[],
    runs: [] as ActionRun[],
  };
  const watch = createWatch({
    alerts: async () => state.alerts,
    incidents: async () => state.incidents,
    runs: async () => state.runs,
    counters: async () => good.counters,
  });
  const told = async (nowMs: number) => (await watch.look(nowMs)).map(({ text }) => text);
  expect(await told(1)).toEqual(['TICKET  late-arrival: distance drifted']);
  expect(await told(2)).toEqual([]);
  state.alerts = [alert()];
  state.incidents = [{ ...incident, state: 'open' }];
  expect(await told(3)).toEqual([
    'PAGE  late-arrival: distance drifted',
    'Incident open: distance drifted',
    'Likely cause: kilometres',
  ]);
  state.alerts = [alert({ state: 'resolved' })];
  state.incidents = [incident];
  expect(await told(4)).toEqual([
    'PAGE RESOLVED  late-arrival: distance drifted',
    'Incident resolved: distance drifted',
  ]);
  expect(watch.seen().alerts.map(({ pagedAtMs }) => pagedAtMs)).toEqual([3]);
});

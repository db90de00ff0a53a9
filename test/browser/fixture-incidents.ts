import type {
  AlertExplanationTold,
  IncidentMetricsTold,
  PendingAlertList,
  SilencePreviewTold,
} from '../../server/show/types.ts';
import { alerts, clock, LATE, NOW } from './fixture-data.ts';

/** Literal answers about incidents and about who is told. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const typical = (count: number, median: number | null, p90: number | null, why: string | null = null) => ({
  count,
  median,
  p90,
  why,
});

const figures = {
  incidents: 12,
  open: 1,
  reopened: 1,
  times: {
    detectMs: typical(12, 26 * HOUR, 50 * HOUR),
    judgeMs: typical(12, 14 * MINUTE, 70 * MINUTE),
    notifyMs: typical(11, 32_000, 3 * MINUTE),
    acknowledgeMs: typical(9, 11 * MINUTE, null, '9 acknowledged incidents, a p90 needs 10'),
    mitigateMs: typical(11, 95 * MINUTE, 9 * HOUR),
    resolveMs: typical(2, null, null, '2 resolved incidents, a median needs 3'),
  },
  notices: typical(12, 2, 5),
  acknowledged: { count: 9, of: 12, share: 0.75, why: null },
  actionable: { count: 0, of: 0, share: null, why: 'no incident that a person has answered for yet' },
  changes: {
    changes: 5,
    perWeek: 0.39,
    failed: { count: 2, of: 5, share: 0.4, why: null },
    recoverMs: typical(2, null, null, '2 recoveries from a failed change, a median needs 3'),
  },
};

export const metrics: IncidentMetricsTold = {
  ...clock,
  sinceMs: NOW - 90 * DAY,
  toMs: NOW,
  ...figures,
  models: [{ ...LATE, ...figures }],
};

export const explanation: AlertExplanationTold = {
  ...clock,
  alert: alerts[0]!,
  state: 'firing',
  isFlapping: false,
  changesAtMs: null,
  summary: [
    'slack-oncall: Knows of it, as a page. All is told; the repeat is not due yet.',
    'email-oncall: Does not know of it so far. A silence holds it back.',
  ],
  labels: { tenant: 'ops', model: 'late-arrival', severity: 'page' },
  routes: [
    { route: 'root', depth: 0, outcome: 'passes_down', why: 'it matches, and so does a route below it' },
    { route: 'tickets', depth: 1, outcome: 'does_not_match', why: 'expected severity="ticket"' },
    { route: 'page', depth: 1, outcome: 'handles', why: 'it matches and none below it does' },
  ],
  heldBack: [
    {
      by: 'silence',
      id: 's-1',
      text: 'Silenced by ada: the feed is being repaired (model="late-arrival")',
      untilMs: NOW + 2 * HOUR,
    },
    {
      by: 'acknowledgement',
      id: 'ada',
      text: 'Acknowledged by ada: repeats and escalation wait; what is new is still told.',
      untilMs: NOW + HOUR,
    },
  ],
  groups: [
    {
      id: 'grp_1',
      route: 'page',
      labels: { tenant: 'ops', model: 'late-arrival' },
      alerts: 2,
      isMember: true,
      dueAtMs: NOW + 20 * MINUTE,
      lastToldAtMs: NOW - HOUR,
      text: 'It waits 30 s for what begins with it, tells changes every 5 min, and repeats after 4 h.',
      escalation: { dueAtMs: NOW + 15 * MINUTE, receivers: ['email-oncall'] },
      fallbackAtMs: null,
      receivers: [
        {
          receiver: 'slack-oncall',
          tell: null,
          why: 'too_soon',
          text: 'Knows of it, as a page. All is told; the repeat is not due yet.',
          dueAtMs: NOW + 3 * HOUR,
          believes: 'page',
          announced: 'page',
          toldAtMs: NOW - HOUR,
        },
      ],
    },
  ],
  toldAs: null,
  notRouted: ['trainer'],
  deliveries: [
    {
      id: 'd1',
      receiver: 'slack-oncall',
      reason: 'first',
      state: 'sent',
      attempt: 1,
      createdAtMs: NOW - HOUR,
      detail: 'ok',
    },
    {
      id: 'd2',
      receiver: 'email-oncall',
      reason: 'new_alerts',
      state: 'dead',
      attempt: 12,
      createdAtMs: NOW - 2 * HOUR,
      detail: 'answered 550',
    },
  ],
  scoreId: 2,
};

export const preview: SilencePreviewTold = {
  ...clock,
  firing: alerts,
  lately: [{ ...alerts[0]!, id: 'older', state: 'resolved', resolvedAtMs: NOW - DAY, incidentId: null }],
  warnings: ['It would hold back a page that fires now.'],
  longestSilenceMs: 7 * DAY,
};

export const pending: PendingAlertList = {
  ...clock,
  alerts: [
    {
      ...LATE,
      id: '0123456789abcdef',
      rule: 'burn-rate-page',
      subject: 'latency-p99',
      severity: 'page',
      summary: 'latency-p99 burns its budget 15 times too fast',
      sinceMs: NOW - 4 * MINUTE,
      dueAtMs: NOW + 6 * MINUTE,
    },
  ],
};

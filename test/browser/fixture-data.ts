import type { FeatureCounts } from '../../detectors/types.ts';
import type { ActionRun, Incident } from '../../server/model.ts';
import type {
  AlertTold,
  Check,
  DriftRow,
  FleetRow,
  Health,
  IncidentDetail,
  IngestStatus,
  Me,
  ModelDetail,
  ScoreExplanation,
  SilenceList,
  DeliveryList,
  DeliveryRow,
} from '../../server/show/types.ts';
import type { ReceiverTold } from '../../server/show/types/receivers.ts';

/** Literal answers of the REST API: one model in trouble, one drifting, one silent, one learning, two healthy. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const NOW = Date.UTC(2026, 10, 20, 6);
export const LATE = { tenant: 'ops', model: 'late-arrival' } as const;
const FAULT = Date.UTC(2026, 10, 18, 14);
export const clock = { asOfMs: NOW, nextRunMs: NOW + 18 * HOUR + 20 * 60_000 } as const;

export const me: Me = {
  principal: { name: 'ada', tenant: null, scopes: ['admin'] },
  tenants: [
    { id: 'ops', title: 'Airline operations' },
    { id: 'pax', title: 'Passenger service' },
  ],
};

function wave(index: number): number {
  return 0.028 + 0.01 * Math.sin(index * 1.7) + 0.006 * Math.cos(index * 0.6);
}

function trend(last: readonly number[], length = 60): readonly (number | null)[] {
  return Array.from(
    { length },
    (_, index) => last[index - (length - last.length)] ?? (index === 20 ? null : wave(index)),
  );
}

function strip(last: readonly Health[], length = 60): FleetRow['strip'] {
  return Array.from({ length }, (_, index) => ({
    fromMs: NOW - 6 * HOUR - (length - index) * DAY,
    health: last[index - (length - last.length)] ?? (index < 4 ? 'learning' : 'healthy'),
  }));
}

const late: FleetRow = {
  ...LATE,
  title: 'Arrives more than 15 minutes late',
  task: 'binary',
  health: 'action',
  verdict: 'distance moved far from the baseline since 18 Nov: 94 % of values are above what was ever seen.',
  version: 'v2',
  predictions: 184_220,
  lastEventMs: NOW - 4 * 60_000,
  worstFeature: { feature: 'distance', value: 0.61, ratio: 4.07 },
  judgedFeatures: 5,
  trend: trend([0.31, 0.61]),
  worstBudget: { slo: 'latency-p99', remaining: 0.41 },
  fairness: { attribute: 'region', gap: 0.118, lower: 0.094, upper: 0.142 },
  openAlerts: { page: 1, ticket: 2 },
  incidentId: 'inc-7',
  strip: strip(['healthy', 'drifting', 'healthy', 'action', 'action']),
};

export const fleet: readonly FleetRow[] = [
  {
    ...late,
    model: 'gate-queue',
    tenant: 'pax',
    title: 'Queue length at the gate',
    task: 'regression',
    health: 'healthy',
    verdict: 'All 12 features are within their limits and both budgets last the period.',
    worstFeature: { feature: 'weekday', value: 0.04, ratio: 0.27 },
    trend: trend([]),
    worstBudget: { slo: 'availability', remaining: 0.93 },
    fairness: null,
    openAlerts: { page: 0, ticket: 0 },
    incidentId: null,
    version: '2026-10-02',
    predictions: 92_014,
    strip: strip([]),
  },
  {
    ...late,
    model: 'delay-minutes',
    title: 'Delay in minutes',
    task: 'regression',
    health: 'drifting',
    verdict: 'distance is drifting since 19 Nov; the prediction has not moved yet.',
    worstFeature: { feature: 'distance', value: 0.19, ratio: 1.27 },
    trend: trend([0.12, 0.19]),
    worstBudget: { slo: 'availability', remaining: -0.2 },
    fairness: null,
    openAlerts: { page: 0, ticket: 1 },
    incidentId: null,
    strip: strip(['healthy', 'drifting', 'drifting']),
  },
  {
    ...late,
    model: 'rebooking',
    tenant: 'pax',
    title: 'Rebooking offer accepted',
    health: 'silent',
    verdict: 'Nothing has come for 3 h; this model usually sends every minute.',
    lastEventMs: NOW - 3 * HOUR,
    worstFeature: { feature: 'fare_class', value: 0.05, ratio: 0.33 },
    trend: trend([]),
    worstBudget: null,
    fairness: null,
    openAlerts: { page: 0, ticket: 1 },
    incidentId: null,
    version: 'r14',
    strip: strip(['silent', 'silent', 'silent']),
  },
  {
    ...late,
    model: 'bag-route',
    tenant: 'pax',
    title: 'Bag route',
    task: 'multiclass',
    health: 'learning',
    verdict: 'Collecting a baseline: needs 2,000 rows, has 640.',
    version: null,
    predictions: 640,
    worstFeature: null,
    trend: [],
    worstBudget: null,
    fairness: null,
    openAlerts: { page: 0, ticket: 0 },
    incidentId: null,
    strip: [],
  },
  late,
];

const noSides = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };

function counts(known: readonly number[], sides: Partial<FeatureCounts['sides']> = {}): FeatureCounts {
  return { known, sides: { ...noSides, ...sides } };
}

function history(last: readonly number[]): DriftRow['trend'] {
  const values = trend(last);
  return values.map((value, index) => ({
    fromMs: NOW - 6 * HOUR - (values.length - index) * DAY,
    value,
    isSignificant: value === null ? null : value > 0.1,
  }));
}

const AGAINST = 'the training rows, 2026-09-01 to 2026-09-30, all its windows';

const chance: DriftRow['gates'] = [
  { name: 'Rows', state: 'passed', text: '2,310 rows: enough to judge.' },
  {
    name: 'Chance',
    state: 'stopped',
    text: 'Chance explains it, whatever its size: p 0.31. Judged together with the other features of the window (5 tests, of what is found at most 1 % by chance). 30 windows of what it is judged against vary 1.2 times as much as chance alone would make them.',
  },
  {
    name: 'Size',
    state: 'stopped',
    text: 'A distance of 0.034 without the part chance explains; a ticket from 0.15, a page from 0.3.',
  },
];

const found: DriftRow['gates'] = [
  { name: 'Rows', state: 'passed', text: '2,310 rows: enough to judge.' },
  {
    name: 'Chance',
    state: 'passed',
    text: 'Chance does not explain it: as large a change by chance has p 2.1e-12. Judged together with the other features of the window (5 tests, of what is found at most 1 % by chance). Not calibrated: 3 windows are too few to tell how much they vary by themselves, so chance is taken to be all there is.',
  },
  {
    name: 'Size',
    state: 'passed',
    text: 'A distance of 0.61 without the part chance explains; a ticket from 0.15, a page from 0.3.',
  },
  { name: 'Lasting', state: 'passed', text: 'It has lasted: an alert fires.' },
];

const statistics: DriftRow['numbers'] = {
  js: 0.036,
  psi: 0.004,
  ks_lower: 0.01,
  ks_upper: 0.03,
  wasserstein: 0.02,
  l_infinity: 0.009,
  mean_before: 12.31,
  mean_now: 12.38,
  mean_error: 0.11,
  deviation_before: 5.2,
  deviation_now: 5.16,
  deviation_error: 0.08,
  p: 0.31,
  phi: 1.2,
  windows: 30,
  calibrated: 1,
};

const quietRow: DriftRow = {
  scoreId: 1,
  comparison: 'fixed',
  level: 'chance',
  against: AGAINST,
  numbers: statistics,
  gates: chance,
  importance: null,
  impact: null,
  together: [],
  limits: { ticket: 0.15, page: 0.3 },
  feature: 'hour',
  kind: 'number',
  value: 0.034,
  why: null,
  ratio: 0.23,
  psi: 0.004,
  missingShare: 0,
  rows: 2_310,
  explanation: 'No cell moved by more than 1 point.',
  trend: history([]),
  alert: null,
};

const drift: readonly DriftRow[] = [
  {
    ...quietRow,
    scoreId: 2,
    level: 'page',
    gates: found,
    numbers: { ...statistics, mean_before: 832.4, mean_now: 1339.1, mean_error: 9.2, wasserstein: 0.92 },
    feature: 'distance',
    value: 0.61,
    ratio: 4.07,
    psi: 2.81,
    impact: 0.031,
    together: ['hour'],
    explanation: 'distance above the range rose from 0.0 to 58.2 %',
    trend: history([0.31, 0.61]),
    alert: 'page',
  },
  {
    ...quietRow,
    scoreId: 12,
    comparison: 'moving',
    level: 'ticket',
    gates: found,
    against: 'the weeks before, 2026-10-20 to 2026-11-16, 4 windows at the same time of the week',
    feature: 'distance',
    value: 0.22,
    ratio: 1.47,
    psi: 0.4,
    explanation: 'distance above the range rose from 31.0 to 58.2 %',
    trend: history([0.02, 0.22]),
    alert: null,
  },
  {
    ...quietRow,
    scoreId: 3,
    level: 'within',
    numbers: { js: 0.112, psi: 0.08, l_infinity: 0.027, p: 0.0004, windows: 3, calibrated: 0 },
    feature: 'origin',
    kind: 'category',
    value: 0.11,
    ratio: 0.73,
    psi: 0.08,
    missingShare: 0.004,
    explanation: 'origin ORD fell from 9.1 to 6.4 %',
  },
  {
    ...quietRow,
    scoreId: 4,
    level: 'undecided',
    numbers: {},
    gates: [
      { name: 'Rows', state: 'stopped', text: 'Nothing is judged: needs 500 rows in known cells, has 69.' },
    ],
    feature: 'carrier_note',
    kind: 'category',
    value: null,
    ratio: null,
    psi: null,
    missingShare: 0.97,
    rows: 69,
    why: 'needs 500 rows, has 69',
    explanation: '',
    trend: history([]).map(({ fromMs }) => ({ fromMs, value: null, isSignificant: null })),
  },
  {
    ...quietRow,
    scoreId: 5,
    level: 'ticket',
    gates: found,
    numbers: { js: 0.22, psi: 0.2, l_infinity: 0.268 },
    feature: '$prediction',
    kind: 'prediction',
    value: 0.21,
    ratio: 1.4,
    psi: 0.2,
    explanation: 'prediction late rose from 20.1 to 46.9 %',
    trend: history([0.12, 0.21]),
    alert: 'ticket',
  },
  {
    ...quietRow,
    scoreId: 6,
    level: 'ticket',
    gates: found,
    feature: '$score',
    kind: 'score',
    value: 0.17,
    ratio: 1.13,
    psi: 0.15,
    explanation: 'score 0.6 to 0.7 rose from 3.0 to 11.7 %',
  },
  quietRow,
];

const bell = [1, 4, 11, 24, 49, 98, 99, 101, 97, 103, 100, 99, 98, 102, 101, 100, 97, 52, 26, 9, 4, 1];

const distributions: ModelDetail['distributions'] = [
  {
    scoreId: 2,
    against: AGAINST,
    feature: 'distance',
    layout: {
      kind: 'number',
      edges: [
        78, 130, 180, 214, 258, 307, 361, 397, 446, 508, 585, 655, 738, 834, 950, 1055, 1235, 1489, 1750,
        2106, 2475,
      ],
      min: 31,
      max: 2704,
    },
    baseline: counts(bell.map((share) => share * 20)),
    current: counts(
      bell.map((_, index) => (index < 8 ? 0 : index * 4)),
      { above_max: 1345 },
    ),
  },
  {
    scoreId: 1,
    against: AGAINST,
    feature: 'hour',
    layout: { kind: 'number', edges: [5, 7, 9, 11, 13, 15, 17, 19, 21], min: 0, max: 23 },
    baseline: counts([120, 340, 420, 400, 380, 390, 410, 430, 300, 90]),
    current: counts([118, 351, 402, 411, 377, 399, 420, 418, 288, 84]),
  },
  {
    scoreId: 3,
    against: AGAINST,
    feature: 'origin',
    layout: {
      kind: 'category',
      values: ['ATL', 'ORD', 'DFW', 'LAX', 'PHX', 'STL', 'DTW', 'MSP'],
      rare: ['ABE', 'ACY'],
    },
    baseline: counts([410, 380, 330, 300, 210, 190, 150, 140, 1900]),
    current: counts([420, 260, 335, 310, 220, 180, 158, 139, 1790], { unseen: 60, missing: 9 }),
  },
  {
    scoreId: 5,
    against: AGAINST,
    feature: '$prediction',
    layout: { kind: 'category', values: ['on time', 'late'], rare: [] },
    baseline: counts([7990, 2010, 0]),
    current: counts([1226, 1084, 0]),
  },
  {
    scoreId: 6,
    against: AGAINST,
    feature: '$score',
    layout: { kind: 'number', edges: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], min: 0, max: 1 },
    baseline: counts([2200, 2600, 1900, 1300, 900, 500, 300, 180, 90, 30]),
    current: counts([110, 220, 310, 340, 330, 320, 270, 210, 130, 70]),
  },
];

const explained = {
  text: 'distance above the range rose from 0.0 to 58.2 %',
  cells: [
    { cell: 'above the range', baselineShare: 0, currentShare: 0.582, contribution: 0.41 },
    { cell: 'over 1,750', baselineShare: 0.05, currentShare: 0.21, contribution: 0.08 },
  ],
  cause: 'version v2 was deployed on 18 Nov, 14:00 UTC; its distance is 1.61 times what v1 sent',
};

export const alerts: readonly AlertTold[] = [
  {
    ...LATE,
    id: 'ops/late-arrival/feature-drift/distance',
    rule: 'feature-drift',
    subject: 'distance',
    episode: 1,
    state: 'firing',
    severity: 'page',
    startedAtMs: FAULT + 10 * HOUR,
    resolvedAtMs: null,
    summary: 'distance has drifted far from its baseline',
    value: 0.61,
    peak: 0.61,
    evidence: explained,
    acknowledgedBy: null,
    silencedBy: null,
    labels: {},
    acknowledgedUntilMs: null,
    inhibitedBy: null,
    recoversAtMs: null,
    opened: 1,
    incidentId: 'inc-7',
    unit: 'distance, base 2',
  },
  {
    ...LATE,
    id: 'ops/late-arrival/fairness-gap/region',
    rule: 'fairness-gap',
    subject: 'region',
    episode: 2,
    state: 'firing',
    severity: 'ticket',
    startedAtMs: FAULT + 10 * HOUR,
    resolvedAtMs: null,
    summary: 'The selection rate differs by 11.8 points between regions',
    value: 0.118,
    peak: 0.12,
    evidence: { text: 'West 0.39, Northeast 0.27; the lower end of the gap is over its limit.' },
    acknowledgedBy: 'ada',
    silencedBy: 's-1',
    labels: {},
    acknowledgedUntilMs: NOW + HOUR,
    inhibitedBy: 'ops/late-arrival/feature-drift/distance',
    recoversAtMs: NOW + 20 * 60_000,
    opened: 4,
    incidentId: 'inc-7',
    unit: 'difference of shares',
  },
];

export const incident: Incident = {
  ...LATE,
  id: 'inc-7',
  title: 'Inputs of late-arrival changed with version v2',
  severity: 'page',
  state: 'open',
  cause:
    'Version v2, deployed on 18 Nov at 14:00 UTC, sends distance about 1.61 times larger: kilometres instead of miles.',
  openedAtMs: FAULT + 10 * HOUR,
  acknowledgedAtMs: null,
  mitigatedAtMs: null,
  resolvedAtMs: null,
};

export const PLAN_HASH = '9f2c41d0a7be55e1c3f8a9b0d4476c1288f0d1e2a3b4c5d6e7f8091a2b3c4d5e';

export const rollback: ActionRun = {
  ...LATE,
  id: 'run-3',
  kind: 'rollback',
  incidentId: 'inc-7',
  state: 'proposed',
  reason: 'The drift began with version v2, and v1 was healthy for 61 days before.',
  plan: {
    method: 'POST',
    url: 'http://127.0.0.1:9100/admin/rollback',
    body: { model: 'late-arrival', version: 'v1' },
    fromVersion: 'v2',
    toVersion: 'v1',
    verifyShare: 0.99,
    verifyWithinMs: 6 * HOUR,
    verifyMinRows: 200,
  },
  planHash: PLAN_HASH,
  steps: [
    { name: 'approve', state: 'waiting', text: 'A person reads the plan and approves it.', atMs: null },
    { name: 'call', state: 'pending', text: 'The serving process is asked to serve v1.', atMs: null },
    { name: 'verify', state: 'pending', text: 'v1 answers 99 % of the predictions.', atMs: null },
  ],
  createdAtMs: FAULT + 10 * HOUR,
  updatedAtMs: FAULT + 10 * HOUR,
  approvedBy: null,
};

const retrain: ActionRun = {
  ...rollback,
  id: 'run-2',
  kind: 'retrain',
  state: 'suppressed',
  reason:
    'The feed is broken: 58 % of distance is outside anything seen. A model trained on it would learn the mistake.',
  plan: null,
  planHash: null,
  steps: [],
};

export const incidentDetail: IncidentDetail = {
  ...clock,
  ...incident,
  times: {
    detectMs: 24 * HOUR,
    judgeMs: 15 * 60_000,
    notifyMs: 30_000,
    acknowledgeMs: null,
    mitigateMs: null,
    resolveMs: null,
  },
  notices: 2,
  scores: { 'ops/late-arrival/feature-drift/distance': 2 },
  alerts,
  timeline: [
    {
      atMs: FAULT,
      actor: 'first prediction',
      actorKind: 'external',
      kind: 'deployment',
      text: 'Version v2 deployed (first prediction).',
      evidence: { kind: 'version', id: 'v2', path: '#/models/ops/late-arrival' },
    },
    {
      atMs: FAULT + 10 * HOUR,
      actor: 'leeway',
      actorKind: 'system',
      kind: 'alert_opened',
      text: 'distance has drifted far from its baseline',
      evidence: { kind: 'score', id: '2', path: '#/scores/2' },
    },
    {
      atMs: FAULT + 10 * HOUR,
      actor: 'leeway',
      actorKind: 'system',
      kind: 'retrain_suppressed',
      text: 'Retraining was not started: the feed is broken.',
      evidence: null,
    },
    {
      atMs: FAULT + 10 * HOUR,
      actor: 'leeway',
      actorKind: 'system',
      kind: 'rollback_proposed',
      text: 'A rollback to v1 was proposed.',
      evidence: { kind: 'run', id: 'run-3', path: '#/incidents/inc-7?run=run-3' },
    },
    {
      atMs: FAULT + 10 * HOUR + 30_000,
      actor: 'leeway',
      actorKind: 'system',
      kind: 'delivery_sent',
      text: 'Told slack-oncall, email-oncall and webhook.',
      evidence: { kind: 'delivery', id: 'd1', path: '#/incidents/inc-7?delivery=d1' },
    },
    {
      atMs: FAULT + 11 * HOUR,
      actor: 'ada',
      actorKind: 'user',
      kind: 'comment',
      text: 'The feed of the north began to send kilometres.',
      evidence: null,
    },
  ],
  runs: [retrain, rollback],
  deliveries: [
    {
      id: 'd1',
      receiver: 'slack-oncall',
      kind: 'notice',
      state: 'sent',
      attempt: 1,
      dueAtMs: FAULT + 10 * HOUR,
    },
    {
      id: 'd2',
      receiver: 'email-oncall',
      kind: 'notice',
      state: 'sent',
      attempt: 2,
      dueAtMs: FAULT + 10 * HOUR,
    },
    {
      id: 'd3',
      receiver: 'webhook',
      kind: 'notice',
      state: 'pending',
      attempt: 3,
      dueAtMs: FAULT + 11 * HOUR,
    },
  ],
};

function burn(rates: readonly number[]): ModelDetail['slos'][number]['burn'] {
  const limits = [14.4, 14.4, 6, 6, 3, 1];
  const windows = [5 * 60_000, HOUR, 30 * 60_000, 6 * HOUR, DAY, 3 * DAY];
  return windows.map((windowMs, index) => ({
    windowMs,
    rate: rates[index] ?? null,
    threshold: limits[index] ?? null,
  }));
}

const PAIRS: ModelDetail['slos'][number]['pairs'] = [
  ['page', HOUR, 5 * 60_000, 14.4],
  ['page', 6 * HOUR, 30 * 60_000, 6],
  ['ticket', DAY, 2 * HOUR, 3],
  ['ticket', 3 * DAY, 6 * HOUR, 1],
].map(([severity, longMs, shortMs, factor]) => ({
  severity: severity as 'page' | 'ticket',
  longMs: Number(longMs),
  shortMs: Number(shortMs),
  factor: Number(factor),
  tableFactor: Number(factor),
  why: null,
  ratio: 0.1,
}));
const COUNTED = { excluded: 0, waiting: 0, sinceMs: NOW - 28 * DAY, pairs: PAIRS, spending: null };

const slos: ModelDetail['slos'] = [
  {
    slo: 'availability',
    kind: 'availability',
    state: 'ok',
    text: 'availability: 38 bad of 182,938, 79 % of the error budget left',
    ...COUNTED,
    description: 'answers without an error',
    target: 0.999,
    periodMs: 28 * DAY,
    good: 182_900,
    bad: 38,
    remaining: 0.79,
    exhaustionMs: null,
    burn: burn([0, 0.2, 0, 0.4, 0.3, 0.2]),
    trend: Array.from({ length: 28 }, (_, index) => ({
      fromMs: NOW - (28 - index) * DAY,
      remaining: 1 - index * 0.0075,
    })),
  },
  {
    slo: 'latency-p99',
    kind: 'latency',
    state: 'burning',
    text: 'latency-p99: 1,080 bad of 181,180, 41 % of the error budget left',
    ...COUNTED,
    description: 'answers within 50 ms',
    target: 0.99,
    periodMs: 28 * DAY,
    good: 180_100,
    bad: 1_080,
    remaining: 0.41,
    exhaustionMs: NOW + 5 * DAY + 3 * HOUR,
    burn: burn([15.1, 9.2, 8.4, 4, 2.2, 0.9]),
    trend: Array.from({ length: 28 }, (_, index) => ({
      fromMs: NOW - (28 - index) * DAY,
      remaining: index < 25 ? 1 - index * 0.008 : 0.8 - (index - 24) * 0.13,
    })),
  },
];

const fairness: ModelDetail['fairness'] = [
  {
    attribute: 'region',
    measure: 'selection_rate',
    limit: 0.1,
    gap: 0.118,
    lower: 0.094,
    upper: 0.142,
    why: null,
    groups: [
      { group: 'Northeast', rows: 512, rate: 0.271, lower: 0.234, upper: 0.311, why: null },
      { group: 'Midwest', rows: 655, rate: 0.318, lower: 0.283, upper: 0.354, why: null },
      { group: 'South', rows: 704, rate: 0.342, lower: 0.308, upper: 0.378, why: null },
      { group: 'West', rows: 418, rate: 0.389, lower: 0.343, upper: 0.436, why: null },
      {
        group: 'Pacific islands',
        rows: 21,
        rate: null,
        lower: null,
        upper: null,
        why: 'needs 100 rows, has 21',
      },
    ],
  },
];

const WINDOW = { fromMs: Date.UTC(2026, 10, 19), toMs: Date.UTC(2026, 10, 20) };

const volumeCheck: Check = {
  scoreId: 21,
  detector: 'volume',
  title: 'Rows of a window',
  unit: 'proof over the proof asked for',
  subject: '',
  about: 'feed',
  level: 'within',
  value: 0.2,
  lower: null,
  upper: null,
  limit: 1,
  why: null,
  rows: 2_310,
  text: '2310 rows where 2420 are usual in this slot of the week (8 windows)',
  against: null,
  ...WINDOW,
  trend: history([0.1, 0.2]).map((point) => ({ ...point, isSignificant: null })),
};

const checks: readonly Check[] = [
  {
    ...volumeCheck,
    scoreId: 41,
    detector: 'impact',
    title: 'Features by what they do to the error',
    unit: 'change of the error; or effect x importance; or effect',
    about: 'drift',
    limit: null,
    value: 0.031,
    text: 'by the estimated error: distance 0.031 (give or take 0.004)',
    trend: [],
  },
  {
    ...volumeCheck,
    scoreId: 22,
    detector: 'range-rate',
    title: 'Share that is outside the range ever seen',
    unit: 'proven share over allowed share',
    subject: 'distance',
    about: 'feature',
    level: 'ticket',
    value: 55.1,
    text: 'distance is outside the range ever seen in 58.2 % of rows',
    against: AGAINST,
    trend: [],
  },
  volumeCheck,
  {
    ...volumeCheck,
    scoreId: 23,
    detector: 'shape-of-things',
    title: 'shape-of-things',
    unit: '',
    limit: null,
    value: 4.2,
    text: 'a detector that no page knows of',
    trend: [],
  },
  {
    ...volumeCheck,
    scoreId: 24,
    detector: 'duplicate-ids',
    title: 'Prediction ids that repeat',
    level: 'undecided',
    value: null,
    why: 'needs 30 rows, has 12',
    rows: 12,
    text: 'the prediction id: needs 30 rows, has 12',
    trend: [],
  },
  {
    ...volumeCheck,
    scoreId: 25,
    detector: 'missing-rate',
    title: 'Share that is missing',
    subject: 'hour',
    about: 'feature',
    value: 0,
    text: 'hour is missing in 0.0 % of rows',
    trend: [],
  },
  {
    ...volumeCheck,
    scoreId: 31,
    detector: 'error-change',
    title: 'Change of the error',
    unit: 'share of the error before',
    about: 'labels',
    level: 'ticket',
    value: 0.62,
    lower: 0.41,
    upper: 0.83,
    limit: 0.2,
    rows: 120_400,
    text: 'the error rose from 12.1 % to 19.6 % at about 2026-11-18T14:00Z; seen by 4 of 5 (adwin, page-hinkley, ewma, ddm)',
    fromMs: Date.UTC(2026, 8, 24),
    trend: [],
  },
  {
    ...volumeCheck,
    scoreId: 32,
    detector: 'label-coverage',
    title: 'Labels that do not come',
    unit: 'proven share over allowed share',
    about: 'labels',
    level: 'undecided',
    value: null,
    why: 'no maturity curve is known yet',
    rows: 0,
    text: 'labels: no maturity curve is known yet',
    trend: [],
  },
];

const labelCharts: ModelDetail['labelCharts'] = {
  error: {
    unit: 'share',
    days: Array.from({ length: 40 }, (_, index) => ({
      fromMs: Date.UTC(2026, 10, 20) - (40 - index) * DAY,
      rows: 2_400,
      value: (index > 37 ? 0.19 : 0.12) + 0.008 * Math.sin(index),
    })),
    sinceMs: FAULT,
  },
  reliability: {
    against: 'the labels of the baseline',
    before: [0.05, 0.15, 0.3, 0.5, 0.7, 0.9].map((score) => ({ rows: 400, score, share: score * 0.98 })),
    now: [0.06, 0.16, 0.31, 0.52, 0.71, 0.9].map((score) => ({ rows: 380, score, share: score * 0.8 })),
  },
};

export const explanation: ScoreExplanation = {
  score: {
    ...LATE,
    id: 2,
    atMs: NOW,
    detector: 'drift',
    subject: 'distance',
    windowFromMs: WINDOW.fromMs,
    windowToMs: WINDOW.toMs,
    value: 0.61,
    why: null,
    lower: null,
    upper: null,
    rows: 2_310,
    baselineId: 'b-1',
    isSignificant: true,
    evidence: { text: 'distance above the range rose from 0.0 to 58.2 %', against: AGAINST },
    verdicts: [],
  },
  result: 'same',
  why: null,
  differences: [],
  sections: [
    {
      title: 'What was judged',
      lines: ['Drift (drift) of distance of ops/late-arrival.', `Against ${AGAINST}.`],
    },
    {
      title: 'Gates',
      lines: [
        'rows: 965 rows in known cells, needs 120: enough',
        'size: distance 0.62, 0.61 without the part chance explains',
      ],
    },
    { title: 'Computed again', lines: ['Bit for bit the same.'] },
  ],
};

export const modelDetail: ModelDetail = {
  ...clock,
  ...late,
  baseline: {
    id: 'b-1',
    description: 'training set shipped as reference',
    rows: 10_000,
    fromMs: Date.UTC(2026, 8, 1),
    toMs: Date.UTC(2026, 9, 1),
  },
  window: { fromMs: Date.UTC(2026, 10, 19), toMs: Date.UTC(2026, 10, 20) },
  windows: late.strip.map((cell) => cell.fromMs).filter((fromMs) => fromMs % DAY === 0),
  thresholds: { show: 0.1, ticket: 0.15, page: 0.3 },
  drift,
  distributions,
  baselineCard: {
    current: {
      id: 'b-1',
      description: '10,000 reference rows shipped with the model',
      rows: 10_000,
      features: 6,
      fromMs: Date.UTC(2026, 8, 1),
      toMs: Date.UTC(2026, 9, 1),
      createdAtMs: Date.UTC(2026, 9, 1, 2),
      chosenBy: 'ada',
      chosenAtMs: Date.UTC(2026, 9, 1, 2),
      withdrawnAtMs: null,
    },
    waiting: null,
    configured: 'the first 5,000 predictions',
    before: [
      {
        id: 'b-0',
        description: 'the first 5,000 predictions',
        rows: 5_000,
        features: 6,
        fromMs: Date.UTC(2026, 7, 1),
        toMs: Date.UTC(2026, 7, 3),
        createdAtMs: Date.UTC(2026, 7, 3),
        chosenBy: null,
        chosenAtMs: null,
        withdrawnAtMs: null,
      },
    ],
    comparisons: [
      {
        comparison: 'fixed',
        text: AGAINST,
        why: null,
        features: 6,
        uncalibrated: 6,
        windows: 3,
        leastWindows: 5,
      },
      {
        comparison: 'moving',
        text: 'the weeks before, 2026-10-20 to 2026-11-16, 4 windows at the same time of the week',
        why: null,
        features: 1,
        uncalibrated: 0,
        windows: 28,
        leastWindows: 5,
      },
    ],
    season: 'auto',
    unmonitored: ['flight_number'],
    unknown: ['gate'],
  },
  checks,
  labelCharts,
  slos,
  fairness,
  versions: [
    { version: 'v1', firstEventMs: NOW - 61 * DAY, lastEventMs: FAULT, predictions: 178_004 },
    { version: 'v2', firstEventMs: FAULT, lastEventMs: NOW - 4 * 60_000, predictions: 6_216 },
  ],
  volume: Array.from({ length: 40 }, (_, index) => ({
    fromMs: Date.UTC(2026, 10, 20) - (40 - index) * DAY,
    version: index < 38 ? 'v1' : 'v2',
    rows: 2_800 + Math.round(500 * Math.sin(index * 0.9)),
  })).concat([{ fromMs: Date.UTC(2026, 10, 18), version: 'v1', rows: 1_700 }]),
  labels: 171_020,
  alerts,
  incidents: [incident],
  runs: [retrain, rollback],
  unmatchedOverrides: [],
  schema: {
    features: [
      {
        name: 'departure_hour',
        kind: 'number',
        declared: { kind: 'number', min: 0, max: 23, categories: null, protected: false },
        source: 'config',
        seen: [
          { version: 'v1', firstDayMs: Date.UTC(2026, 8, 20), lastDayMs: Date.UTC(2026, 10, 18) },
          { version: 'v2', firstDayMs: Date.UTC(2026, 10, 18), lastDayMs: Date.UTC(2026, 10, 20) },
        ],
      },
      {
        name: 'carrier',
        kind: 'category',
        declared: { kind: 'category', min: null, max: null, categories: ['AA', 'DL'], protected: false },
        source: 'event',
        seen: [{ version: 'v1', firstDayMs: Date.UTC(2026, 8, 20), lastDayMs: Date.UTC(2026, 10, 20) }],
      },
      { name: 'debug_flag', kind: 'boolean', declared: null, source: null, seen: [] },
      {
        name: 'wind_speed',
        kind: null,
        declared: { kind: 'number', min: null, max: null, categories: null, protected: false },
        source: 'api',
        seen: [],
      },
    ],
    history: [
      { version: 2, source: 'api', declaredAtMs: NOW - 2 * DAY, features: {} },
      { version: 1, source: 'config', declaredAtMs: NOW - 60 * DAY, features: {} },
    ],
    violations: [
      {
        feature: 'departure_hour',
        kind: 'above_max',
        count: 1204,
        firstMs: FAULT,
        lastMs: NOW - HOUR,
        version: 'v2',
      },
      {
        feature: 'debug_flag',
        kind: 'undeclared_feature',
        count: 3,
        firstMs: FAULT,
        lastMs: FAULT,
        version: 'v2',
      },
    ],
    events: [
      {
        feature: 'wind_speed',
        what: 'never_seen',
        firstAtMs: NOW - 2 * DAY,
        count: 0,
        version: null,
        text: 'Declared, but no prediction has ever had a value of it; check the name.',
      },
    ],
  },
};

export const silences: SilenceList['silences'] = [
  {
    id: 's-1',
    tenant: 'pax',
    matchers: [
      { name: 'model', op: '=', value: 'rebooking' },
      { name: 'rule', op: '=~', value: 'no-.*' },
    ],
    endToldAtMs: null,
    fromMs: NOW - 2 * HOUR,
    toMs: NOW + 2 * HOUR,
    author: 'grace',
    reason: 'The booking system is down for maintenance until 08:00 UTC.',
  },
];

export const endedSilences: SilenceList['silences'] = [
  {
    ...silences[0]!,
    id: 's-0',
    fromMs: NOW - 30 * HOUR,
    toMs: NOW - 26 * HOUR,
    reason: 'The same maintenance, the day before.',
  },
];

const delivery = (change: Partial<DeliveryRow>): DeliveryRow => ({
  id: 'ntc_1',
  tenant: 'ops',
  model: 'late-arrival',
  receiver: 'oncall',
  kind: 'notice',
  state: 'sent',
  title: 'Inputs of late-arrival changed with version v2',
  severity: 'page',
  attempt: 1,
  detail: 'posted a message',
  mayRepeat: false,
  supersededBy: null,
  incidentId: 'inc-7',
  createdAtMs: NOW - HOUR,
  dueAtMs: NOW - HOUR,
  expiresAtMs: NOW + 5 * HOUR,
  ...change,
});

export const told: Pick<DeliveryList, 'deliveries' | 'receivers'> = {
  deliveries: [
    delivery({
      id: 'ntc_4',
      state: 'pending',
      receiver: 'mail',
      attempt: 3,
      detail: 'mail: no connection (ECONNREFUSED)',
    }),
    delivery({
      id: 'ntc_3',
      state: 'dead',
      receiver: 'mail',
      attempt: 7,
      detail: 'mail: no answer in time',
      mayRepeat: true,
    }),
    delivery({ id: 'ntc_2', state: 'superseded', supersededBy: 'ntc_1', detail: null, attempt: 0 }),
    delivery({}),
  ],
  receivers: [
    {
      receiver: 'mail',
      state: 'open',
      failures: 9,
      openSinceMs: NOW - 2 * HOUR,
      nextTryMs: NOW + 600_000,
      lastError: 'mail: no connection (ECONNREFUSED)',
      lastErrorAtMs: NOW - 60_000,
      waiting: 1,
      dead: 1,
      oldestWaitingMs: NOW - HOUR,
    },
  ],
};

export const ingestStatus: IngestStatus = {
  ...clock,
  otlpUrl: 'http://127.0.0.1:4318/v1/logs',
  jsonUrl: 'http://127.0.0.1:8080/api/v1/predictions',
  grpcAddress: '127.0.0.1:4317',
  lights: [
    { id: 'connected', lit: true, text: 'A request has arrived.' },
    { id: 'authenticated', lit: true, text: 'Its API key was recognised.' },
    {
      id: 'parsed',
      lit: false,
      text: 'missing_value: a prediction needs a value unless it has an error; add "value".',
    },
    { id: 'stored', lit: false, text: 'No row is stored yet.' },
  ],
  predictions: 0,
  labels: 0,
  quarantine: [
    {
      atMs: NOW - 60_000,
      tenant: 'ops',
      protocol: 'json',
      reason: 'missing_value',
      count: 3,
      message: 'A prediction needs a value unless it has an error; add "value".',
      shape: [
        { name: 'model', kind: 'text' },
        { name: 'features.departure_hour', kind: 'number' },
      ],
    },
  ],
  refused: [
    {
      tenant: 'ops',
      reason: 'missing_value',
      protocol: 'json',
      records: 3,
      requests: 1,
      firstMs: NOW - 60_000,
      lastMs: NOW - 60_000,
      whatToDo: 'Send a value with each prediction and each label, or an error.',
    },
  ],
  next: 'Correct what the third light says and send it again.',
};

const untold = {
  lastSuccessMs: null,
  lastFailureMs: null,
  lastFailure: null,
  waiting: 0,
  oldestWaitingMs: null,
  publicKey: null,
};

export const receivers: readonly ReceiverTold[] = [
  {
    ...untold,
    id: 'oncall',
    type: 'slack',
    target: 'C0123456789',
    lastSuccessMs: NOW - HOUR,
    lastFailureMs: NOW - HOUR / 4,
    lastFailure: 'Slack answered 503',
    waiting: 2,
    oldestWaitingMs: NOW - HOUR / 4,
  },
  { ...untold, id: 'mail', type: 'email', target: 'ml-on-call@skyline.example, lead@skyline.example' },
  {
    ...untold,
    id: 'hook',
    type: 'webhook',
    target: 'hooks.example',
    publicKey: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  },
];

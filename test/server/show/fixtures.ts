import { createLiveEvents } from '../../../server/show/live-events.ts';
import type {
  Alert,
  Baseline,
  Incident,
  ActionRun,
  ModelEntry,
  Principal,
  Rule,
} from '../../../server/model.ts';
import type { IncidentTimes, StoredScore } from '../../../server/ports.ts';
import { metricsOf } from '../../../server/route/incident-metrics.ts';
import type { ModelSettings, Settings } from '../../../server/settings.ts';
import { silentLog } from '../../../server/log.ts';
import { showApp } from '../../../server/show/app.ts';
import type { ShowControl, ShowOptions, ShowTelemetry } from '../../../server/show/options.ts';
import type { ApiError } from '../../../server/show/types.ts';
import { createMetrics } from '../../../server/show/prometheus.ts';
import { defaultModel } from '../../../server/config.ts';
import { everySecret, receiverDesk } from '../../../server/receivers.ts';
import { DETECTOR_NAMES } from '../../../server/explain/scorers.ts';
import { NO_EGRESS } from '../act/context.ts';
import { PLAIN_ROUTING, routeWith } from '../route/routes.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** 2026-11-21 00:00 UTC. */
export const NOW_MS = 1_795_219_200_000;
export const KEY = { tenant: 'acme', model: 'fraud' };

export function modelSettings(changes: Partial<ModelSettings> = {}): ModelSettings {
  return {
    ...KEY,
    title: 'Fraud',
    labels: {},
    task: 'binary',
    positive: 'true',
    windowMs: DAY_MS,
    settleMs: 600_000,
    baseline: { kind: 'first', rows: 5000 },
    drift: defaultModel(KEY).drift,
    unmonitored: [],
    groups: ['region'],
    silentAfterMs: DAY_MS,
    slos: [{ id: 'answers', kind: 'availability', target: 0.99, periodMs: 28 * DAY_MS, thresholdMs: null }],
    retrain: { receiver: 'trainer', cooldownMs: DAY_MS },
    rollback: null,
    ...changes,
  };
}

export function settingsOf(changes: Partial<Settings> = {}): Settings {
  return {
    dataFolder: '/nowhere',
    rulesFolder: '/nowhere',
    listen: { host: '127.0.0.1', port: 8080, otlpPort: 4318 },
    publicUrl: 'http://127.0.0.1:8080',
    tenants: [
      { id: 'acme', title: 'Acme' },
      { id: 'other', title: 'Other' },
    ],
    models: [modelSettings(), modelSettings({ tenant: 'other', model: 'churn', title: 'Churn' })],
    receivers: [{ id: 'trainer', type: 'webhook', url: 'https://trainer.example', secret: 'trainer-secret' }],
    route: routeWith(),
    ...PLAIN_ROUTING,
    egress: NO_EGRESS,
    storage: { keepRowsMs: 90 * 86_400_000, keepCountsMs: 400 * 86_400_000, minFreeBytes: 0 },
    limits: {
      maxCompressedBytes: 1,
      maxBodyBytes: 1,
      maxBytesInFlight: 1,
      maxFeatures: 1,
      maxModelsPerTenant: 1,
      maxStringBytes: 1,
      maxDepth: 1,
      maxAgeMs: 1,
      maxAheadMs: 1,
    },
    ...changes,
  };
}

const persistence = { open: 2, of: 3, pageOpen: 1, close: 2 };
export const RULES: readonly Rule[] = [
  {
    id: 'feature-drift',
    title: 'Feature drift',
    detector: 'drift',
    kind: 'drift',
    subjects: 'features',
    ticket: { atLeast: 0.1 },
    page: { atLeast: 0.25 },
    persistence,
    summary: '',
  },
  {
    id: 'prediction-drift',
    title: 'Prediction drift',
    detector: 'drift',
    kind: 'drift',
    subjects: 'prediction',
    ticket: { atLeast: 0.2 },
    persistence,
    summary: '',
  },
  {
    id: 'missing',
    title: 'Missing',
    detector: 'missing-rate',
    kind: 'quality',
    ticket: { atLeast: 1 },
    persistence,
    summary: '',
  },
  {
    id: 'gap',
    title: 'Fairness',
    detector: 'fairness-gap',
    kind: 'fairness',
    ticket: { atLeast: 0.08, use: 'lower' },
    persistence,
    summary: '',
  },
  {
    id: 'budget',
    title: 'Burn',
    detector: 'burn-rate-page',
    kind: 'slo',
    page: { atLeast: 1 },
    persistence,
    summary: '',
  },
  {
    id: 'no-data',
    title: 'No data',
    detector: 'absence',
    kind: 'absence',
    page: { atLeast: 1 },
    persistence,
    summary: '',
  },
];

export function entryOf(changes: Partial<ModelEntry> = {}): ModelEntry {
  return {
    ...KEY,
    features: [{ name: 'amount', kind: 'number', kindViolations: 0 }],
    versions: [
      { version: '7', firstEventMs: NOW_MS - DAY_MS, lastEventMs: NOW_MS, predictions: 100 },
      { version: '6', firstEventMs: NOW_MS - 9 * DAY_MS, lastEventMs: NOW_MS - DAY_MS, predictions: 900 },
    ],
    predictions: 1000,
    referenceRows: 0,
    labels: 40,
    lastEventMs: NOW_MS - HOUR_MS,
    lastReceivedMs: NOW_MS - HOUR_MS,
    ...changes,
  };
}

let nextScore = 0;
export function scoreOf(changes: Partial<StoredScore> = {}): StoredScore {
  nextScore += 1;
  return {
    ...KEY,
    id: nextScore,
    atMs: NOW_MS,
    detector: 'drift',
    subject: 'amount',
    windowFromMs: NOW_MS - DAY_MS,
    windowToMs: NOW_MS,
    value: 0.05,
    why: null,
    lower: null,
    upper: null,
    rows: 1000,
    baselineId: 'base-1',
    evidence: { text: 'amount as before', numbers: { psi: 0.01 }, current: countsOf([1, 9]) },
    verdicts: [],
    ...changes,
  };
}

export function countsOf(known: readonly number[]) {
  return { known, sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 } };
}

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    ...KEY,
    id: 'alert-1',
    rule: 'feature-drift',
    subject: 'amount',
    episode: 1,
    state: 'firing',
    severity: 'ticket',
    startedAtMs: NOW_MS - 2 * HOUR_MS,
    resolvedAtMs: null,
    summary: 'amount drifts on Fraud',
    value: 0.2,
    peak: 0.2,
    evidence: { text: 'amount above 100 rose from 1 to 12 %' },
    acknowledgedBy: null,
    silencedBy: null,
    labels: {},
    acknowledgedUntilMs: null,
    inhibitedBy: null,
    recoversAtMs: null,
    opened: 1,
    incidentId: null,
    ...changes,
  };
}

export function incidentOf(changes: Partial<Incident> = {}): Incident {
  return {
    ...KEY,
    id: 'inc-1',
    title: 'Fraud drifts',
    severity: 'page',
    state: 'open',
    cause: null,
    openedAtMs: NOW_MS - HOUR_MS,
    acknowledgedAtMs: null,
    mitigatedAtMs: null,
    resolvedAtMs: null,
    ...changes,
  };
}

export function runOf(changes: Partial<ActionRun> = {}): ActionRun {
  return {
    ...KEY,
    id: 'run-1',
    kind: 'rollback',
    incidentId: 'inc-1',
    state: 'proposed',
    reason: 'drift after version 7',
    plan: null,
    planHash: 'abc',
    steps: [{ name: 'approve', state: 'waiting', text: '', atMs: null }],
    createdAtMs: NOW_MS - HOUR_MS,
    updatedAtMs: NOW_MS - HOUR_MS,
    approvedBy: null,
    ...changes,
  };
}

export const BASELINE: Baseline = {
  ...KEY,
  id: 'base-1',
  source: { kind: 'first', rows: 5000 },
  fromMs: NOW_MS - 30 * DAY_MS,
  toMs: NOW_MS - 20 * DAY_MS,
  rows: 5000,
  createdAtMs: NOW_MS - 20 * DAY_MS,
  layouts: { amount: { kind: 'number', edges: [10], min: 0, max: 100 } },
  counts: { amount: countsOf([2500, 2500]) },
};

/** The keys of the fake control store: `<tenant>-<scope>`, and `all-<scope>` for keys that see every tenant. */
function principalOf(key: string): Principal | null {
  const found = /^(acme|other|all)-(ingest|read|operate|admin)$/.exec(key);
  if (found === null) return null;
  const [, tenant, scope] = found as unknown as [string, string, 'ingest' | 'read' | 'operate' | 'admin'];
  return { name: key, tenant: tenant === 'all' ? null : tenant, scopes: [scope] };
}

const visible =
  (tenant: string | null) =>
  (thing: { readonly tenant: string }): boolean =>
    tenant === null || thing.tenant === tenant;
const notFound = { ok: false, reason: 'not_found', message: 'There is no such thing.' } as const;

export const NO_TIMES: IncidentTimes = {
  detectMs: null,
  judgeMs: null,
  notifyMs: null,
  acknowledgeMs: null,
  mitigateMs: null,
  resolveMs: null,
};

/** A control store of literals: one alert, incident, run, silence and score, all of tenant acme. */
export function fakeControl(changes: Partial<ShowControl> = {}): ShowControl {
  const silence = {
    id: 'sil-1',
    tenant: 'acme',
    matchers: [{ name: 'model', op: '=' as const, value: 'fraud' }],
    endToldAtMs: null,
    fromMs: NOW_MS,
    toMs: NOW_MS + HOUR_MS,
    author: 'acme-operate',
    reason: 'known',
  };
  return {
    createKey: async () => ({ id: 'key-1', key: 'lw_secret' }),
    keys: async () => [],
    revokeKey: async ({ id, tenant }) => id === 'key-1' && tenant !== 'other',
    principalOfKey: async (key) => principalOf(key),
    redeemSignInToken: async (token) => (token === 'good' ? 'session:acme-operate' : null),
    createSession: async ({ principal }) => `session:${principal.name}`,
    principalOfSession: async (session) => principalOf(session.replace('session:', '')),
    endSession: async () => {},
    jobs: async () => [{ id: 'windows/acme/fraud', dueAtMs: NOW_MS + HOUR_MS, lastRunMs: null }],
    latestScores: async ({ tenant }) => (tenant === 'acme' ? [scoreOf()] : []),
    scores: async ({ tenant }) => (tenant === 'acme' ? [scoreOf()] : []),
    documents: async () => [],
    score: async (id) => (id === 1 ? scoreOf({ id: 1 }) : null),
    fleetScores: async ({ tenant }) => [scoreOf()].filter(visible(tenant)),
    alerts: async ({ tenant, state }) =>
      [alertOf()].filter(visible(tenant)).filter((alert) => state === undefined || alert.state === state),
    acknowledge: async ({ alertId, tenant }) =>
      alertId === 'alert-1' && tenant !== 'other' ? { ok: true, value: [] } : notFound,
    resolveAlert: async ({ alertId, tenant }) =>
      alertId === 'alert-1' && tenant !== 'other' ? { ok: true, value: [] } : notFound,
    alert: async (id) => (id === 'alert-1' ? alertOf() : null),
    silences: async (tenant) => [silence].filter(visible(tenant)),
    endedSilences: async () => [],
    createSilence: async (made) => ({ ...made, id: 'sil-2', endToldAtMs: null }),
    expireSilence: async ({ id, tenant }) =>
      id === 'sil-1' && tenant !== 'other' ? { ok: true, value: silence } : notFound,
    incidents: async ({ tenant }) => [incidentOf()].filter(visible(tenant)),
    incident: async (id) =>
      id === 'inc-1'
        ? {
            ...incidentOf(),
            times: NO_TIMES,
            notices: 0,
            scores: {},
            alerts: [],
            timeline: [],
            runs: [runOf()],
            deliveries: [],
          }
        : null,
    incidentMetrics: async ({ sinceMs, nowMs }) => metricsOf({ sinceMs, toMs: nowMs, facts: [], models: [] }),
    mitigateIncident: async ({ incidentId }) => (incidentId === 'inc-1' ? { ok: true, value: [] } : notFound),
    resolveIncident: async ({ incidentId }) => (incidentId === 'inc-1' ? { ok: true, value: [] } : notFound),
    commentIncident: async ({ incidentId }) => (incidentId === 'inc-1' ? { ok: true, value: [] } : notFound),
    explainAlert: async () => null,
    pendingAlerts: async () => [],
    previewSilence: async () => ({ firing: [], lately: [], warnings: [] }),
    runs: async ({ tenant }) =>
      [runOf(), runOf({ id: 'run-2', kind: 'retrain', state: 'requested' })].filter(visible(tenant)),
    approveRun: async ({ runId, planHash, tenant }) => {
      if (runId !== 'run-1' || tenant === 'other') return notFound;
      return planHash === 'abc'
        ? { ok: true, value: runOf({ state: 'approved' }) }
        : { ok: false, reason: 'conflict', message: 'The plan has changed since; look at it again.' };
    },
    retrainCallback: async ({ runId, state }) => ({
      ok: true,
      value: runOf({ id: runId, kind: 'retrain', state }),
    }),
    recordDeployment: async () => [],
    recordErasure: async () => {},
    recordDeclaration: async () => {},
    audit: async () => [],
    deliveries: async () => [],
    replayDeliveries: async () => notFound,
    receiverHealth: async () => [],
    receiverAttempts: async () => [],
    counters: async () => ({
      scores: 3,
      alertsOpened: 1,
      pagesOpened: 0,
      incidents: 1,
      deliveriesSent: 2,
      deliveriesDead: 0,
      oldestPendingDeliveryMs: null,
      oldestUnreachedPageMs: null,
    }),
    ...changes,
  };
}

export function fakeTelemetry(changes: Partial<ShowTelemetry> = {}): ShowTelemetry {
  return {
    catalog: async () => [entryOf()],
    baseline: async ({ tenant }) => (tenant === 'acme' ? BASELINE : null),
    baselines: async () => [],
    referenceSets: async () => [],
    chooseBaseline: async () => notFound,
    withdrawBaseline: async () => notFound,
    deleteReferenceSet: async () => notFound,
    volume: async () => [],
    sloCounts: async () => [],
    sloTotals: async () => [],
    quarantine: async () => [],
    quarantineTotals: async () => [],
    schema: async () => null,
    declareSchema: async () => ({ ok: true, value: [] }),
    erase: async () => ({ predictions: 0, labels: 0, files: 0 }),
    exportRange: async () => null,
    health: async () => ({
      rowsAwaitingCommit: 0,
      databaseBytes: 4096,
      walBytes: 0,
      canStore: true,
      lastError: null,
      salvage: null,
      freeBytes: 100e9,
      archive: { files: 0, rows: 0, bytes: 0, damaged: [], lastError: null },
    }),
    ...changes,
  };
}

export function optionsOf(changes: Partial<ShowOptions> = {}): ShowOptions {
  return {
    receivers: receiverDesk(changes.settings ?? settingsOf()),
    secrets: () => everySecret(changes.settings ?? settingsOf()),
    telemetry: fakeTelemetry(),
    control: fakeControl(),
    settings: settingsOf(),
    version: '0.1.0',
    rules: RULES,
    defaultModel: (key) => modelSettings({ ...key, title: key.model, slos: [] }),
    clock: { now: () => NOW_MS },
    realClock: { now: () => NOW_MS },
    metrics: createMetrics(),
    events: createLiveEvents(),
    log: silentLog,
    uiFolder: '/nowhere',
    isBeating: () => true,
    detectors: DETECTOR_NAMES,
    backtest: async ({ sinceMs, nowMs }) => ({
      fromMs: nowMs - sinceMs,
      toMs: nowMs,
      scores: 0,
      rules: [],
      notes: [],
    }),
    explain: async (score) => ({ score, result: 'same', why: null, differences: [], sections: [] }),
    reload: async ({ dryRun }) => ({ applied: !dryRun, changed: [], needsRestart: [], tells: [] }),
    verifyCallback: ({ secret, headers }) => ({
      ok: headers['webhook-signature'] === `signed with ${secret}`,
    }),
    ...changes,
  };
}

export function appOf(changes: Partial<ShowOptions> = {}) {
  return showApp(optionsOf(changes));
}

/** What went wrong, out of an answer. */
export async function errorOf(response: Response): Promise<ApiError['error']> {
  return ((await response.json()) as ApiError).error;
}

export function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` };
}

export function jsonBody(key: string, body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

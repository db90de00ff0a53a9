import type { ActionRun, Alert, Delivery, Notice, RetrainRequest } from '../../../server/model.ts';

/** Nouns with everything filled in; a test says only what it is about. */

export const NOW_MS = Date.UTC(2026, 10, 21, 14, 0);
/** 24 bytes, as short as Standard Webhooks allows; the vector of its specification. */
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export function alertOf(change: Partial<Alert> = {}): Alert {
  return {
    tenant: 'acme',
    model: 'fraud',
    id: 'a1.1',
    rule: 'feature-drift',
    subject: 'distance',
    episode: 1,
    state: 'firing',
    severity: 'page',
    startedAtMs: NOW_MS,
    resolvedAtMs: null,
    summary: 'distance drifted',
    value: 0.4,
    peak: 0.5,
    evidence: { text: 'cell (1200, 1900] rose from 3 to 21 %' },
    acknowledgedBy: null,
    silencedBy: null,
    labels: {},
    acknowledgedUntilMs: null,
    inhibitedBy: null,
    recoversAtMs: null,
    opened: 1,
    incidentId: 'inc_1',
    ...change,
  };
}

export function noticeOf(change: Partial<Notice> = {}): Notice {
  return {
    tenant: 'acme',
    model: 'fraud',
    id: 'ntc_1',
    receiver: 'oncall',
    reason: 'first',
    severity: 'page',
    incidentId: 'inc_1',
    labels: { tenant: 'acme', model: 'fraud' },
    isQuiet: false,
    digest: null,
    omitted: 0,
    title: 'Card fraud: distance drifted',
    cause: 'values are 1.61 times those of the baseline: miles became kilometres?',
    url: 'http://127.0.0.1:8080/#/incidents/inc_1',
    atMs: NOW_MS,
    firing: [alertOf()],
    believed: { 'alert.1': 'page' },
    resolved: [],
    ...change,
  };
}

export function deliveryOf(change: Partial<Delivery> = {}): Delivery {
  return {
    id: 'ntc_1',
    receiver: 'oncall',
    kind: 'notice',
    payload: noticeOf(),
    stream: 'grp_1/oncall',
    attempt: 1,
    state: 'leased',
    mayRepeat: false,
    dueAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 3_600_000,
    thread: null,
    ...change,
  };
}

export function retrainOf(change: Partial<RetrainRequest> = {}): RetrainRequest {
  return {
    tenant: 'acme',
    model: 'fraud',
    runId: 'run_1',
    currentVersion: 'v2',
    cause: 'distance drifted',
    dataFromMs: NOW_MS - 86_400_000,
    dataToMs: NOW_MS,
    callbackUrl: 'http://127.0.0.1:8080/api/v1/runs/run_1/callback',
    expiresAtMs: NOW_MS + 3_600_000,
    ...change,
  };
}

export function rollbackOf(change: Partial<ActionRun> = {}): ActionRun {
  return {
    id: 'run_7',
    tenant: 'acme',
    model: 'fraud',
    kind: 'rollback',
    incidentId: 'inc_1',
    state: 'approved',
    reason: 'distance drifted',
    plan: {
      method: 'POST',
      url: 'http://127.0.0.1:1/admin/deploy',
      body: { model: 'fraud', version: 'v1' },
      fromVersion: 'v2',
      toVersion: 'v1',
      verifyShare: 0.99,
      verifyWithinMs: 7_200_000,
      verifyMinRows: 100,
    },
    planHash: 'h',
    steps: [
      { name: 'approve', state: 'done', text: '', atMs: NOW_MS },
      { name: 'call', state: 'waiting', text: '', atMs: null },
      { name: 'verify', state: 'pending', text: '', atMs: null },
    ],
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    approvedBy: 'ana',
    ...change,
  };
}

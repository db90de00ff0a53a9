import type { Alert, Notice, RetrainRequest } from '../model.ts';

/** Bodies of webhooks: `{type, timestamp, data}` as Standard Webhooks has it, kept under some 20 kB. */
export interface WebhookBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const MAX_ALERTS = 20;
const MAX_CELLS = 5;

const TYPES: Readonly<Record<Notice['reason'], string>> = {
  first: 'leeway.alert.firing',
  new_alerts: 'leeway.alert.firing',
  repeat: 'leeway.alert.firing',
  some_resolved: 'leeway.alert.firing',
  all_resolved: 'leeway.alert.resolved',
  acknowledged: 'leeway.alert.acknowledged',
  incident_update: 'leeway.incident.updated',
  silence_ending: 'leeway.silence.ending',
};

export function noticeBody(notice: Notice): WebhookBody {
  const firing = notice.firing.slice(0, MAX_ALERTS);
  const resolved = notice.resolved.slice(0, MAX_ALERTS - firing.length);
  return {
    type: TYPES[notice.reason],
    timestamp: new Date(notice.atMs).toISOString(),
    data: {
      id: notice.id,
      reason: notice.reason,
      tenant: notice.tenant,
      model: notice.model,
      severity: notice.severity,
      incidentId: notice.incidentId,
      title: notice.title,
      cause: notice.cause,
      update: notice.update ?? null,
      url: notice.url,
      firing: firing.map(alertData),
      resolved: resolved.map(alertData),
      truncatedAlerts: notice.firing.length + notice.resolved.length - firing.length - resolved.length,
    },
  };
}

function alertData(alert: Alert): Readonly<Record<string, unknown>> {
  return {
    id: alert.id,
    rule: alert.rule,
    subject: alert.subject,
    severity: alert.severity,
    state: alert.state,
    startedAtMs: alert.startedAtMs,
    resolvedAtMs: alert.resolvedAtMs,
    summary: alert.summary,
    value: alert.value,
    peak: alert.peak,
    evidence: alert.evidence.text,
    cells: (alert.evidence.cells ?? []).slice(0, MAX_CELLS),
    acknowledgedBy: alert.acknowledgedBy,
  };
}

export function retrainBody(request: RetrainRequest, atMs: number): WebhookBody {
  return {
    type: 'leeway.retrain.requested',
    timestamp: new Date(atMs).toISOString(),
    data: { ...request },
  };
}

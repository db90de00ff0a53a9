import type { Alert, Notice, RetrainRequest } from '../model.ts';
import { shortened } from './message.ts';

/** Bodies of webhooks: `{type, timestamp, data}` as Standard Webhooks has it, kept under its 20 kB. */
export interface WebhookBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const MAX_BYTES = 20_000;
const MAX_ALERTS = 20;
const MAX_CELLS = 5;
/** Of any one text: one alert fits whatever its characters, of which JSON writes some with six. */
const MAX_TEXT = 400;

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

/** What can be said of a notice; of one that is damaged only what is sure of it, since a page without details beats none. */
export function noticeBody(notice: Notice): WebhookBody {
  try {
    return fitted(notice);
  } catch {
    const { id, reason, tenant, model, severity, title, url, atMs } = notice;
    const timestamp = new Date(Number.isFinite(atMs) ? atMs : 0).toISOString();
    return { type: TYPES[reason], timestamp, data: { id, reason, tenant, model, severity, title, url } };
  }
}

/** As many alerts as fit, firing ones first; the others are counted in `truncatedAlerts`. */
function fitted(notice: Notice): WebhookBody {
  for (let alerts = MAX_ALERTS; alerts > 0; alerts -= 1) {
    const body = bodyWith(notice, alerts);
    if (Buffer.byteLength(JSON.stringify(body)) < MAX_BYTES) return body;
  }
  return bodyWith(notice, 0);
}

function bodyWith(notice: Notice, alerts: number): WebhookBody {
  const firing = notice.firing.slice(0, alerts);
  const resolved = notice.resolved.slice(0, alerts - firing.length);
  const left = notice.firing.length + notice.resolved.length - firing.length - resolved.length;
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
      labels: labelsOf(notice),
      title: shortened(notice.title, MAX_TEXT),
      cause: textOf(notice.cause),
      update: textOf(notice.update),
      quiet: notice.isQuiet,
      digest: notice.digest,
      url: notice.url,
      firing: firing.map(alertData),
      resolved: resolved.map(alertData),
      truncatedAlerts: left + notice.omitted,
    },
  };
}

const MAX_LABELS = 8;
const MAX_LABEL = 60;

function labelsOf({ labels }: Notice): Readonly<Record<string, string>> {
  const kept = Object.entries(labels).slice(0, MAX_LABELS);
  return Object.fromEntries(
    kept.map(([name, value]) => [shortened(name, MAX_LABEL), shortened(value, MAX_LABEL)]),
  );
}

function textOf(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : shortened(text, MAX_TEXT);
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
    summary: shortened(alert.summary, MAX_TEXT),
    value: alert.value,
    peak: alert.peak,
    evidence: shortened(alert.evidence.text, MAX_TEXT),
    cells: (alert.evidence.cells ?? []).slice(0, MAX_CELLS),
    acknowledgedBy: alert.acknowledgedBy,
  };
}

export function retrainBody(request: RetrainRequest, atMs: number): WebhookBody {
  return {
    type: 'leeway.retrain.requested',
    timestamp: new Date(atMs).toISOString(),
    data: { ...request, cause: shortened(request.cause, MAX_TEXT) },
  };
}

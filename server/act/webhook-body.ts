import type { Alert, Notice, RetrainRequest } from '../model.ts';
import { shortened } from './message.ts';

/** Bodies of webhooks: `{type, timestamp, data}` as Standard Webhooks has it. */
export interface WebhookBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Of a body (judgement: gateways and queues behind webhooks take as much). */
const MAX_BYTES = 256 * 1024;
/** Of the ids of what is believed to be firing. */
const MAX_IDS_BYTES = 96 * 1024;
const MAX_CELLS = 5;
/** Of any one text, of which JSON writes some characters with six. */
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

/**
 * As many alerts as fit, firing ones first; the others are counted in `truncatedAlerts`. `believed` has the ids of all that
 * the receiver takes to be firing now, those that are left out among them: what is not in it is over.
 */
function fitted(notice: Notice): WebhookBody {
  const ids = fitting(Object.entries(notice.believed), MAX_IDS_BYTES);
  const believed = { believed: Object.fromEntries(ids), truncatedIds: leftOf(notice.believed, ids) };
  const empty = bodyWith(notice, { ...believed, firing: [], resolved: [] });
  // Room for the digits of the count, whatever it becomes.
  const room = MAX_BYTES - bytesOf(empty) - 32;
  const firing = fitting(notice.firing.map(alertData), room);
  const rest = firing.length < notice.firing.length ? 0 : room - bytesOf(firing);
  const resolved = fitting(notice.resolved.map(alertData), rest);
  return bodyWith(notice, { ...believed, firing, resolved });
}

/** The first of a list whose JSON takes fewer bytes than there is room for. */
function fitting<T>(all: readonly T[], room: number): readonly T[] {
  let left = room;
  const end = all.findIndex((one) => (left -= bytesOf(one) + 1) < 0);
  return end === -1 ? all : all.slice(0, end);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function leftOf(all: Notice['believed'], kept: readonly unknown[]): number {
  return Object.keys(all).length - kept.length;
}

interface Listed {
  readonly firing: readonly object[];
  readonly resolved: readonly object[];
  readonly believed: Notice['believed'];
  readonly truncatedIds: number;
}

function bodyWith(notice: Notice, listed: Listed): WebhookBody {
  const { firing, resolved } = listed;
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
      ...listed,
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

import { Drop } from 'liquidjs';
import type { Alert, Labels, Notice } from '../model.ts';
import { itemOf, type Message } from './message.ts';

/**
 * What a template may say of a notice. A value that a notice does not have is null, so that every name is known; never an
 * empty text, which Liquid takes for true.
 */

/** A name was asked for that no notice has. */
export class UnknownValueError extends Error {
  readonly unknown: string;
  readonly known: readonly string[];

  constructor(unknown: string, known: readonly string[]) {
    super('expected the name of a value');
    this.unknown = unknown;
    this.known = known;
  }
}

/** Values by a closed list of names; written as a whole it is `words`. */
class Named extends Drop {
  readonly #words: string;

  constructor(values: Readonly<Record<string, unknown>>, words: string) {
    super();
    this.#words = words;
    Object.assign(this, values);
  }

  override liquidMethodMissing(name: string | number): never {
    throw new UnknownValueError(String(name), Object.keys(this));
  }

  override valueOf(): string {
    return this.#words;
  }
}

/** Labels by any name; one that is missing, or empty, which is the same, is nothing. */
class LabelValues extends Drop {
  readonly #labels: Labels;

  constructor(labels: Labels) {
    super();
    this.#labels = labels;
  }

  override liquidMethodMissing(name: string | number): string | null {
    const key = String(name);
    const value = Object.hasOwn(this.#labels, key) ? this.#labels[key] : undefined;
    return value === undefined || value === '' ? null : value;
  }

  override valueOf(): Labels {
    return this.#labels;
  }
}

/** Of each state; more is nothing that people read, and a template that loops over all must end in time. */
export const MOST_LISTED = 50;

/** `message`: the same notice in Leeway's words, whose sentences are taken over. Times are ISO 8601. */
export function noticeValues(notice: Notice, message: Message): Readonly<Record<string, unknown>> {
  const [firing = [], resolved = []] = [notice.firing, notice.resolved].map((alerts) =>
    alerts.slice(0, MOST_LISTED).map((alert) => alertValues(alert, notice)),
  );
  const { receiver, reason, severity, tenant, model, labels, isQuiet, incidentId, url, atMs } = notice;
  return {
    receiver,
    reason,
    status: notice.firing.length === 0 && notice.resolved.length > 0 ? 'resolved' : 'firing',
    severity,
    urgency: message.severity,
    title: message.title,
    tenant,
    model: model === '' ? null : model,
    models: [...new Set([...notice.firing, ...notice.resolved].map((alert) => alert.model))],
    labels: new LabelValues(labels),
    counts: countsOf(notice, firing.length + resolved.length),
    cause: message.cause,
    change: message.change,
    update: notice.update ?? null,
    incident: incidentId,
    url,
    at: timeOf(atMs),
    quiet: isQuiet,
    digest: digestOf(notice),
    alerts: [...firing, ...resolved],
    firing,
    resolved,
  };
}

function countsOf({ firing, resolved, omitted }: Notice, listed: number): Named {
  const pages = firing.filter(({ severity }) => severity === 'page').length;
  const counts = { firing: firing.length, resolved: resolved.length, pages, tickets: firing.length - pages };
  const left = omitted + firing.length + resolved.length - listed;
  return new Named({ ...counts, omitted: left }, `${firing.length} firing, ${resolved.length} resolved`);
}

function digestOf({ digest }: Notice): Named | null {
  return digest === null ? null : new Named({ ...digest }, `${digest.groups} groups`);
}

function alertValues(alert: Alert, { url }: Notice): Named {
  const { id, rule, tenant, model, subject, severity, state, value, peak, acknowledgedBy } = alert;
  const { summary, evidence } = itemOf(alert);
  const values = {
    id,
    rule,
    tenant,
    model,
    subject: subject === '' ? null : subject,
    severity,
    status: state,
    summary,
    evidence,
    cause: alert.evidence.cause ?? null,
    value,
    peak,
    startedAt: timeOf(alert.startedAtMs),
    resolvedAt: alert.resolvedAtMs === null ? null : timeOf(alert.resolvedAtMs),
    acknowledgedBy,
    incident: alert.incidentId,
    labels: new LabelValues(alert.labels),
    url: modelUrl(url, alert),
  };
  return new Named(values, summary);
}

/** The page of its model, at the address of the notice's own link. */
function modelUrl(url: string, { tenant, model }: Alert): string {
  return `${url.replace(/\/?(#.*)?$/, '')}/#/models/${encodeURIComponent(tenant)}/${encodeURIComponent(model)}`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

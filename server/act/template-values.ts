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

interface Reading {
  /** What it is when it is written as a whole. */
  readonly words: string;
  /** The value of a name that there is not. */
  readonly missing: (name: string) => null;
}

/**
 * Values by name and nothing else: no word of JavaScript, such as `constructor`, is one of them. Liquid asks whether a name
 * is there before it reads it, which is where a missing one is answered; what it asks of every object it reads at once.
 */
function valuesOf(values: Readonly<Record<string, unknown>>, { words, missing }: Reading): object {
  const own: Record<string, unknown> = Object.assign(Object.create(null), values);
  return new Proxy(own, {
    get: (_own, name) => {
      if (typeof name === 'string') return own[name] ?? null;
      return name === Symbol.toPrimitive ? () => words : undefined;
    },
    getOwnPropertyDescriptor: (_own, name) =>
      Object.getOwnPropertyDescriptor(own, name) ?? { value: missing(String(name)), configurable: true },
  });
}

/** By a closed list of names. */
function named(values: Readonly<Record<string, unknown>>, words: string): object {
  const missing = (name: string): never => {
    throw new UnknownValueError(name, Object.keys(values));
  };
  return valuesOf(values, { words, missing });
}

/** Labels by any name; one that is missing, or empty, which is the same, is nothing. */
function labelValues(labels: Labels): object {
  const known = Object.entries(labels).filter(([, value]) => value !== '');
  const words = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return valuesOf(Object.fromEntries(known), { words, missing: () => null });
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
    labels: labelValues(labels),
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

function countsOf({ firing, resolved, omitted }: Notice, listed: number): object {
  const pages = firing.filter(({ severity }) => severity === 'page').length;
  const counts = { firing: firing.length, resolved: resolved.length, pages, tickets: firing.length - pages };
  const left = omitted + firing.length + resolved.length - listed;
  return named({ ...counts, omitted: left }, `${firing.length} firing, ${resolved.length} resolved`);
}

function digestOf({ digest }: Notice): object | null {
  return digest === null ? null : named({ ...digest }, `${digest.groups} groups`);
}

function alertValues(alert: Alert, { url }: Notice): object {
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
    labels: labelValues(alert.labels),
    url: modelUrl(url, alert),
  };
  return named(values, summary);
}

/** The page of its model, at the address of the notice's own link. */
function modelUrl(url: string, { tenant, model }: Alert): string {
  return `${url.replace(/\/?(#.*)?$/, '')}/#/models/${encodeURIComponent(tenant)}/${encodeURIComponent(model)}`;
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

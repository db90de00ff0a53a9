import type { Alert, Delivery, Notice, RetrainRequest } from '../model.ts';

/** What a notice says, in plain words and in an order to be read from the top; receivers only lay it out. */
export interface Message {
  /** Stable for the life of a group, so that mails stay in one conversation. */
  readonly subject: string;
  readonly title: string;
  /** Urgency in words, or that it is over. */
  readonly severity: string;
  readonly cause: string | null;
  readonly items: readonly MessageItem[];
  /** Alerts that found no room here. */
  readonly omitted: number;
  /** What is new since the message before; null on the first. */
  readonly change: string | null;
  /** What to know of the message itself: that it may be a repeat, tells of many groups, or calls nobody. */
  readonly notes: readonly string[];
  readonly url: string;
  readonly linkText: string;
  readonly footer: string;
}

export interface MessageItem {
  readonly label: string;
  readonly summary: string;
  readonly evidence: string;
}

/** Alerts a message names with their evidence. */
export const MAX_ITEMS = 15;
/** Fifteen items of these lengths stay within the 12,000 characters of a Slack message with room for the rest. */
const MAX_SUMMARY = 160;
const MAX_EVIDENCE = 360;
const MAX_TITLE = 140;
const MAX_CAUSE = 600;
const MAX_NAMED = 3;

/**
 * `mayRepeat`: an attempt before may have arrived. A notice that cannot be put into words is told by what is sure of it: a page
 * without details beats none.
 */
export function messageOf(
  notice: Notice,
  { mayRepeat = false }: { readonly mayRepeat?: boolean } = {},
): Message {
  try {
    return inWords(notice, mayRepeat);
  } catch {
    return withoutDetails(notice);
  }
}

function withoutDetails({ tenant, model, title, severity, url }: Notice): Message {
  const short = shortened(title, MAX_TITLE);
  return {
    subject: `[Leeway] ${tenant}/${model}: ${short}`,
    title: short,
    severity: urgency(severity),
    cause: null,
    items: [],
    omitted: 0,
    change: null,
    notes: ['Leeway could not put the details into words; look behind the link.'],
    url,
    linkText: 'Open Leeway',
    footer: `${tenant}/${model}`,
  };
}

function inWords(notice: Notice, mayRepeat: boolean): Message {
  const alerts = [...notice.firing, ...notice.resolved];
  const title = shortened(notice.title, MAX_TITLE);
  return {
    subject: `[Leeway] ${notice.tenant}/${notice.model}: ${title}`,
    title,
    severity: severityText(notice),
    cause: notice.cause === null ? null : shortened(notice.cause, MAX_CAUSE),
    items: alerts.slice(0, MAX_ITEMS).map(itemOf),
    omitted: notice.omitted + Math.max(0, alerts.length - MAX_ITEMS),
    change: changeText(notice),
    notes: notesOf(notice, mayRepeat),
    url: notice.url,
    linkText: notice.incidentId === null ? 'Open the model in Leeway' : 'Open the incident in Leeway',
    footer: `${notice.tenant}/${notice.model}, ${utcText(notice.atMs)}`,
  };
}

/** A delivery's payload by its kind. */
export function payloadOf(
  delivery: Delivery,
):
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'retrain'; readonly request: RetrainRequest } {
  return delivery.kind === 'notice'
    ? { kind: 'notice', notice: delivery.payload as Notice }
    : { kind: 'retrain', request: delivery.payload as RetrainRequest };
}

function notesOf({ isQuiet, digest }: Notice, mayRepeat: boolean): readonly string[] {
  return [
    ...(mayRepeat ? [POSSIBLE_REPEAT] : []),
    ...(isQuiet ? ['For the record: this message is made true again, nobody is called by it.'] : []),
    ...(digest === null
      ? []
      : [
          `Many at once: ${digest.groups} groups of alerts told as one (${digest.pages} pages, ${digest.tickets} tickets).`,
        ]),
  ];
}

const POSSIBLE_REPEAT =
  'Possible repeat: the answer to an attempt before was lost, so this may have been told already.';

function severityText(notice: Notice): string {
  if (notice.firing.length === 0 && notice.resolved.length > 0) return 'Resolved: nothing fires any more';
  return urgency(notice.severity);
}

function urgency(severity: Notice['severity']): string {
  return severity === 'page' ? 'Page: somebody is needed now' : 'Ticket: to be looked at in working hours';
}

export function itemOf(alert: Alert): MessageItem {
  return {
    label: labelOf(alert),
    summary: shortened(alert.summary, MAX_SUMMARY),
    evidence: shortened(alert.evidence.text, MAX_EVIDENCE),
  };
}

function labelOf(alert: Alert): string {
  if (alert.state === 'resolved') return 'Resolved';
  return alert.severity === 'page' ? 'Firing, page' : 'Firing, ticket';
}

function changeText(notice: Notice): string | null {
  const firing = named(notice.firing);
  const resolved = named(notice.resolved);
  switch (notice.reason) {
    case 'first':
      return null;
    case 'new_alerts':
      return `More alerts, firing now: ${firing}`;
    case 'some_resolved':
      return `Resolved: ${resolved}. Still firing: ${firing}`;
    case 'all_resolved':
      return `All resolved: ${resolved}`;
    case 'repeat':
      return `Still firing: ${firing}`;
    case 'acknowledged':
      return `Acknowledged${by(notice)}; still firing: ${firing}`;
    case 'incident_update':
    case 'silence_ending':
      return shortened(notice.update ?? `The incident changed: ${notice.title}`, MAX_CAUSE);
  }
}

function by(notice: Notice): string {
  const person = notice.firing.find((alert) => alert.acknowledgedBy !== null)?.acknowledgedBy;
  return person === undefined || person === null ? '' : ` by ${person}`;
}

/** Which alerts are over, beside a text of the receiver's own that may not say it; null: none. */
export function overText({ resolved }: Notice): string | null {
  return resolved.length === 0 ? null : `Resolved: ${named(resolved, MAX_ITEMS)}`;
}

function named(alerts: readonly Alert[], most = MAX_NAMED): string {
  if (alerts.length === 0) return 'none';
  const names = alerts.slice(0, most).map((alert) => shortened(alert.summary, MAX_SUMMARY));
  const more = alerts.length - names.length;
  return `${names.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** 2026-11-21 14:05 UTC */
export function utcText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** At most `length` characters, never half of a surrogate pair. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

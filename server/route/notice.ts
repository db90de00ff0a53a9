import type { Alert, Incident, Notice } from '../model.ts';
import { ranked } from './cause.ts';
import { shortHash } from './identity.ts';
import { highest, modelTitle } from './situation.ts';
import type { AlertSet, Group, Outgoing, RouteContext } from './types.ts';

/** Retrying longer than this would tell an old story (reference alerting.md 4.1). */
const EXPIRES_AFTER_MS = 6 * 3_600_000;
/** Of each of the two lists of a notice; the others are counted. About what a webhook has room for. */
const MOST_LISTED = 300;
/** Those after these are told without the heavy part of their evidence: no receiver shows so many in full. */
const MOST_IN_FULL = 50;

export interface NoticeView {
  readonly incident: (id: string) => Incident | undefined;
}

export interface NoticeInput {
  readonly group: Group;
  readonly receiver: string;
  readonly reason: Notice['reason'];
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  readonly believed: AlertSet;
  readonly isQuiet: boolean;
  /** What happened, in a sentence. */
  readonly update?: string;
}

/**
 * One delivery of the group's state to one receiver. Its id follows from the group, the count of notices before and the
 * time, so that a group which is forgotten and comes back never takes the id of an old one.
 */
export function noticeDelivery(input: NoticeInput, view: NoticeView, context: RouteContext): Outgoing {
  const { group, receiver } = input;
  const id = `ntc_${shortHash('notice', group.id, receiver, group.sequence + 1, context.nowMs)}`;
  const payload = noticeOf({ ...input, id }, view, context);
  return {
    tenant: payload.tenant,
    model: payload.model,
    id,
    receiver,
    kind: 'notice',
    payload,
    stream: `${group.id}/${receiver}`,
    threadKey: `${group.id}/${group.generation}/${receiver}`,
    incidentId: payload.incidentId,
    expiresAtMs: context.nowMs + EXPIRES_AFTER_MS,
  };
}

function noticeOf(
  input: NoticeInput & { readonly id: string },
  view: NoticeView,
  context: RouteContext,
): Notice {
  const { group } = input;
  const firing = ranked(input.firing, context.rules);
  const told = [...firing, ...input.resolved];
  const incident = group.digestFor === null ? incidentOf(view, told) : undefined;
  const listed = listedOf(firing);
  const ended = listedOf(input.resolved);
  return {
    tenant: group.tenant,
    model: modelOf(group, told),
    id: input.id,
    receiver: input.receiver,
    reason: input.reason,
    severity: highest((firing.length > 0 ? firing : told).map((alert) => alert.severity)),
    incidentId: incident?.id ?? null,
    labels: group.labels,
    isQuiet: input.isQuiet,
    digest: digestOf(group, firing),
    omitted: told.length - listed.length - ended.length,
    title: titleOf(input, { told, incident }, context),
    cause: incident?.cause ?? told[0]?.evidence.cause ?? null,
    url: urlOf({ told, incident }, context),
    atMs: context.nowMs,
    firing: listed,
    resolved: ended,
    believed: input.believed,
    ...(input.update === undefined ? {} : { update: input.update }),
  };
}

function listedOf(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts.slice(0, MOST_IN_FULL), ...alerts.slice(MOST_IN_FULL, MOST_LISTED).map(lightened)];
}

function lightened(alert: Alert): Alert {
  const { text, cause } = alert.evidence;
  return { ...alert, evidence: { text, ...(cause !== undefined && { cause }) } };
}

/** Empty when the group is of several models. */
function modelOf(group: Group, told: readonly Alert[]): string {
  const models = new Set(told.map((alert) => alert.model));
  const [only] = models;
  return group.labels['model'] ?? (models.size === 1 ? (only ?? '') : '');
}

function digestOf({ digestFor }: Group, firing: readonly Alert[]): Notice['digest'] {
  if (digestFor === null) return null;
  const pages = firing.filter((alert) => alert.severity === 'page').length;
  return {
    groups: new Set(firing.map((alert) => alert.model)).size,
    pages,
    tickets: firing.length - pages,
  };
}

interface About {
  readonly told: readonly Alert[];
  readonly incident: Incident | undefined;
}

function titleOf({ group, firing }: NoticeInput, { told, incident }: About, context: RouteContext): string {
  if (group.digestFor !== null) {
    const models = new Set(firing.map((alert) => alert.model)).size;
    return firing.length === 0
      ? 'A storm of alerts is over'
      : `Many alerts at once: ${firing.length} firing on ${models} ${models === 1 ? 'model' : 'models'}`;
  }
  if (incident !== undefined) return incident.title;
  const [lead] = told;
  return lead === undefined ? 'Alerts' : `${modelTitle(lead, context)}: ${lead.summary}`;
}

function incidentOf(view: NoticeView, alerts: readonly Alert[]): Incident | undefined {
  const id = alerts.find((alert) => alert.incidentId !== null)?.incidentId;
  return id === null || id === undefined ? undefined : view.incident(id);
}

function urlOf({ told, incident }: About, { settings }: RouteContext): string {
  const base = settings.publicUrl.replace(/\/$/, '');
  const [lead] = told;
  if (incident !== undefined) return `${base}/#/incidents/${incident.id}`;
  if (lead === undefined) return `${base}/#/incidents`;
  return `${base}/#/models/${encodeURIComponent(lead.tenant)}/${encodeURIComponent(lead.model)}`;
}

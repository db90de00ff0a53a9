import type { Alert, Incident, Notice } from '../model.ts';
import { ranked } from './cause.ts';
import { shortHash } from './identity.ts';
import { highest, modelTitle } from './situation.ts';
import type { Group, Outgoing, RouteContext, Situation } from './types.ts';

/** Retrying longer than this would tell an old story (reference alerting.md 4.1). */
const EXPIRES_AFTER_MS = 6 * 3_600_000;

export interface NoticeInput {
  readonly group: Group;
  readonly receiver: string;
  readonly reason: Notice['reason'];
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** What happened, in a sentence; for `incident_update`. */
  readonly update?: string;
}

/** One delivery of the group's state to one receiver. Its id follows from the group and the count of notices before. */
export function noticeDelivery(situation: Situation, input: NoticeInput, context: RouteContext): Outgoing {
  const { group, receiver } = input;
  const id = `ntc_${shortHash('notice', group.id, receiver, group.sequence + 1)}`;
  const payload = noticeOf(situation, { ...input, id }, context);
  return {
    ...situation.key,
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
  situation: Situation,
  input: NoticeInput & { readonly id: string },
  context: RouteContext,
): Notice {
  const firing = ranked(input.firing, context.rules);
  const told = [...firing, ...input.resolved];
  const incident = incidentOf(situation, told);
  return {
    ...situation.key,
    id: input.id,
    receiver: input.receiver,
    reason: input.reason,
    severity: highest((firing.length > 0 ? firing : told).map((alert) => alert.severity)),
    incidentId: incident?.id ?? null,
    labels: { ...situation.key },
    isQuiet: false,
    digest: null,
    omitted: 0,
    title: incident?.title ?? `${modelTitle(situation.key, context)}: ${told[0]?.summary ?? ''}`,
    cause: incident?.cause ?? told[0]?.evidence.cause ?? null,
    url: urlOf(situation, incident, context),
    atMs: context.nowMs,
    firing,
    resolved: input.resolved,
    ...(input.update === undefined ? {} : { update: input.update }),
  };
}

function incidentOf(situation: Situation, alerts: readonly Alert[]): Incident | undefined {
  const id = alerts.find((alert) => alert.incidentId !== null)?.incidentId;
  return id === null || id === undefined ? undefined : situation.incidents.get(id);
}

function urlOf({ key }: Situation, incident: Incident | undefined, { settings }: RouteContext): string {
  const base = settings.publicUrl.replace(/\/$/, '');
  return incident === undefined
    ? `${base}/#/models/${encodeURIComponent(key.tenant)}/${encodeURIComponent(key.model)}`
    : `${base}/#/incidents/${incident.id}`;
}

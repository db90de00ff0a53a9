import type { Alert, Incident, Mitigation } from '../model.ts';
import { LEEWAY, noted, telling, withAlert, withIncident } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

/** What ends an incident, or the harm of it: verification, time, and people's words. */

function alertsOf(situation: Situation, incidentId: string): readonly Alert[] {
  return [...situation.alerts.values()].filter((alert) => alert.incidentId === incidentId);
}

export function firingOf(situation: Situation, incidentId: string): readonly Alert[] {
  return alertsOf(situation, incidentId).filter((alert) => alert.state === 'firing');
}

export interface MitigationSaid {
  readonly incident: Incident;
  readonly by: Mitigation['by'];
  readonly text: string;
  readonly actor?: string;
}

/** Users are served well again; the first such moment counts. An incident that is mitigated or resolved stays as it is. */
export function mitigated(
  situation: Situation,
  { incident, by, text, actor = LEEWAY }: MitigationSaid,
  { nowMs }: RouteContext,
): Situation {
  if (incident.state === 'resolved' || incident.state === 'mitigated') return situation;
  const pages = firingOf(situation, incident.id).filter((alert) => alert.severity === 'page');
  const mitigation = { by, firing: pages.map((alert) => alert.id) };
  const next: Incident = { ...incident, state: 'mitigated', mitigatedAtMs: nowMs, mitigation };
  return noted(withIncident(situation, next), {
    subject: incident.id,
    actor,
    kind: 'incident_mitigated',
    text,
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
}

/** Every page of it is over while tickets remain: what users felt has ended. */
export function pagesOver(
  situation: Situation,
  incident: Incident | undefined,
  context: RouteContext,
): Situation {
  if (incident === undefined) return situation;
  const firing = firingOf(situation, incident.id);
  if (firing.length === 0 || firing.some((alert) => alert.severity === 'page')) return situation;
  const text = 'Mitigated: every page of the incident is over, tickets remain.';
  return mitigated(situation, { incident, by: 'pages_over', text }, context);
}

/** A page that did not fire when the incident was mitigated opens it again. */
export function renewed(situation: Situation, incident: Incident | undefined): Situation {
  if (incident?.state !== 'mitigated') return situation;
  const known = incident.mitigation?.firing ?? [];
  const page = firingOf(situation, incident.id).find(
    (alert) => alert.severity === 'page' && !known.includes(alert.id),
  );
  if (page === undefined) return situation;
  const next: Incident = { ...incident, state: 'open', mitigatedAtMs: null, mitigation: null };
  return noted(withIncident(situation, next), {
    subject: page.id,
    kind: 'incident_renewed',
    text: `Not mitigated any more: ${page.summary}`,
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
}

export interface IncidentWord {
  readonly incident: Incident;
  readonly actor: string;
  /** Why, or what is to be known. */
  readonly text: string;
  readonly actionable?: boolean | null;
}

export type IncidentDecision =
  { readonly ok: true; readonly situation: Situation } | { readonly ok: false; readonly message: string };

/** A person says that users are served well again; everybody who was told of the incident hears it. */
export function mitigateByHand(
  situation: Situation,
  { incident, actor, text }: IncidentWord,
  context: RouteContext,
): IncidentDecision {
  if (incident.state === 'mitigated' || incident.state === 'resolved')
    return { ok: false, message: `The incident is already ${incident.state}.` };
  const update = `Mitigated, says ${actor}: ${text}`;
  const said = mitigated(situation, { incident, by: 'person', text: update, actor }, context);
  return { ok: true, situation: toldOf(said, incident, update) };
}

function toldOf(situation: Situation, { id }: Incident, update: string): Situation {
  const alertIds = firingOf(situation, id).map((alert) => alert.id);
  return telling(situation, { reason: 'incident_update', alertIds, update });
}

/** A person ends the incident, and with it every alert of it that fires; each end is told to whoever was told of it. */
export function resolveByHand(
  situation: Situation,
  { incident, actor, text, actionable = null }: IncidentWord,
  { nowMs }: RouteContext,
): IncidentDecision {
  if (incident.state === 'resolved') return { ok: false, message: 'The incident is already resolved.' };
  const ended = firingOf(situation, incident.id).reduce(
    (before, alert) =>
      withAlert(before, { ...alert, state: 'resolved', resolvedAtMs: nowMs, resolvedBy: actor }),
    situation,
  );
  const next: Incident = {
    ...incident,
    state: 'resolved',
    resolvedAtMs: nowMs,
    resolvedBy: actor,
    mitigatedAtMs: incident.mitigatedAtMs ?? nowMs,
    ...(actionable === null ? {} : { actionable }),
  };
  const resolved = noted(withIncident(ended, next), {
    subject: incident.id,
    actor,
    kind: 'incident_resolved',
    text: `Resolved by ${actor}: ${text}${answerText(actionable)}`,
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
  return { ok: true, situation: resolved };
}

/** A person adds to the timeline; the incident itself changes only by the answer whether it was actionable. */
export function commented(
  situation: Situation,
  { incident, actor, text, actionable = null }: IncidentWord,
): Situation {
  const next = actionable === null ? incident : { ...incident, actionable };
  return noted(withIncident(situation, next), {
    subject: incident.id,
    actor,
    kind: 'comment',
    text: `${text}${answerText(actionable)}`,
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
}

function answerText(actionable: boolean | null): string {
  if (actionable === null) return '';
  return actionable ? ' (There was something to do.)' : ' (There was nothing to do.)';
}

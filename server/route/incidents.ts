import type { Alert, Incident } from '../model.ts';
import { causeOf, kindOf, ranked } from './cause.ts';
import { shortHash } from './identity.ts';
import { firingOf, pagesOver, renewed } from './incident-steps.ts';
import { firingAlerts, modelTitle, noted, openIncident, withAlert, withIncident } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

/** An incident that ended less than this ago goes on instead of a new one (reference alerting.md 6.1). */
export const REOPEN_MS = 30 * 60_000;

/** A ticket that opened at most so long before the page belongs to it; an older one has a story of its own. */
const RELATED_MS = 48 * 3_600_000;

/** Opens, joins, renames, mitigates and ends the incident of a model, from its alerts. */
export function updateIncidents(situation: Situation, context: RouteContext): Situation {
  return [opened, joined, again, described, calmed, ended].reduce(
    (before, step) => step(before, context),
    situation,
  );
}

function again(situation: Situation): Situation {
  return renewed(situation, openIncident(situation));
}

function calmed(situation: Situation, context: RouteContext): Situation {
  return pagesOver(situation, openIncident(situation), context);
}

function opened(situation: Situation, context: RouteContext): Situation {
  const page = firingAlerts(situation).find((alert) => alert.severity === 'page');
  if (page === undefined || openIncident(situation) !== undefined) return situation;
  const recent = [...situation.incidents.values()].find(
    ({ resolvedAtMs }) => resolvedAtMs !== null && context.nowMs - resolvedAtMs <= REOPEN_MS,
  );
  const incident = recent === undefined ? created(page, context) : reopened(recent);
  return noted(withIncident(situation, incident), {
    subject: incident.id,
    kind: recent === undefined ? 'incident_opened' : 'incident_reopened',
    text: recent === undefined ? `Incident opened by: ${page.summary}` : `Reopened by: ${page.summary}`,
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
}

function created(page: Alert, { nowMs }: RouteContext): Incident {
  return {
    id: `inc_${shortHash('incident', page.id, nowMs)}`,
    tenant: page.tenant,
    model: page.model,
    title: page.summary,
    severity: 'page',
    state: 'open',
    cause: null,
    openedAtMs: nowMs,
    acknowledgedAtMs: null,
    mitigatedAtMs: null,
    resolvedAtMs: null,
    openedBy: page.id,
    ...firstBadWindow(page),
    reopened: 0,
    mitigation: null,
  };
}

/**
 * Of a burn rate the shortest window that is over its limit: the long one begins before the errors do. The first of several
 * bad windows in a row is put in its place by who keeps them.
 */
function firstBadWindow(page: Alert): Pick<Incident, 'beganAtMs' | 'visibleAtMs'> {
  const visibleAtMs = page.windowToMs ?? page.startedAtMs;
  const over = (page.evidence.burn ?? []).filter(
    ({ rate, threshold }) => rate !== null && threshold !== null && rate >= threshold,
  );
  const beganAtMs =
    over.length === 0
      ? (page.windowFromMs ?? page.startedAtMs)
      : visibleAtMs - Math.min(...over.map(({ windowMs }) => windowMs));
  return { beganAtMs, visibleAtMs };
}

/** It goes on; whoever ended it before did not end it. */
function reopened(incident: Incident): Incident {
  const { resolvedBy: _endedBefore, ...kept } = incident;
  return {
    ...kept,
    state: 'open',
    acknowledgedAtMs: null,
    mitigatedAtMs: null,
    resolvedAtMs: null,
    reopened: (incident.reopened ?? 0) + 1,
    mitigation: null,
  };
}

/** Pages always, tickets near in time; never a fairness gap, which may stand for months and would keep it open. */
function belongs(alert: Alert, incident: Incident, { rules }: RouteContext): boolean {
  if (alert.severity === 'page') return true;
  return kindOf(alert, rules) !== 'fairness' && alert.startedAtMs >= incident.openedAtMs - RELATED_MS;
}

function joined(situation: Situation, context: RouteContext): Situation {
  const incident = openIncident(situation);
  if (incident === undefined) return situation;
  const joining = firingAlerts(situation).filter(
    (alert) => alert.incidentId === null && belongs(alert, incident, context),
  );
  return joining.reduce(
    (before, alert) =>
      noted(withAlert(before, { ...alert, incidentId: incident.id }), {
        subject: alert.id,
        kind: 'alert_joined',
        text: `${alert.severity === 'page' ? 'Page' : 'Ticket'}: ${alert.summary}. ${alert.evidence.text}`,
        incidentId: incident.id,
      }),
    situation,
  );
}

/** Title and likely cause follow what is known by now. */
function described(situation: Situation, context: RouteContext): Situation {
  const incident = openIncident(situation);
  if (incident === undefined) return situation;
  // What is over explains nothing that fires now, and its number would be a wrong one. When all is over, the last words stay.
  const alerts = ranked(firingOf(situation, incident.id), context.rules);
  const lead = alerts[0];
  if (lead === undefined) return situation;
  const title = `${modelTitle(situation.key, context)}: ${lead.summary}`;
  const cause = causeOf(alerts, situation.deployments, context.rules);
  if (title === incident.title && cause === incident.cause) return situation;
  const next = withIncident(situation, { ...incident, title, cause });
  if (cause === incident.cause || cause === null) return next;
  return noted(next, {
    subject: incident.id,
    kind: 'cause',
    text: `Likely cause: ${cause}`,
    incidentId: incident.id,
    event: 'incident',
  });
}

function ended(situation: Situation, context: RouteContext): Situation {
  const incident = openIncident(situation);
  if (incident === undefined) return situation;
  if (firingOf(situation, incident.id).length > 0) return situation;
  const next = {
    ...incident,
    state: 'resolved' as const,
    mitigatedAtMs: incident.mitigatedAtMs ?? context.nowMs,
    resolvedAtMs: context.nowMs,
  };
  return noted(withIncident(situation, next), {
    subject: incident.id,
    kind: 'incident_resolved',
    text: 'Every alert of the incident is resolved.',
    incidentId: incident.id,
    audited: true,
    event: 'incident',
  });
}

import { BadRequestError } from '../errors.ts';
import type { Alert, Incident } from '../model.ts';
import type { AlertExplanation, Control, PendingAlert, SilencePreview } from '../ports.ts';
import { explainRouting } from '../route/explain-alert.ts';
import { routingLabels } from '../route/labels.ts';
import { previewSilence } from '../route/silence-preview.ts';
import { matcherMistake } from '../route/silence.ts';
import type { Pending } from '../route/types.ts';
import { documentTable, pendingTable, silenceTable } from '../store/sqlite/documents.ts';
import { alertsSince, deliveriesOfAlert, scoreOfWindow } from '../store/sqlite/incident-reads.ts';
import { contextOf, type Desk } from './desk.ts';
import { routerOf } from './routing.ts';

type Explaining = Pick<Control, 'explainAlert' | 'pendingAlerts' | 'previewSilence'>;

/** Why somebody is told or not, and what a silence would do. Reads alone. */
export function explainMethods(desk: Desk): Explaining {
  return {
    explainAlert: async (id, nowMs) => desk.transaction(() => explainAlert(desk, id, nowMs)),
    pendingAlerts: async (tenant) => pendingTable<Pending>(desk.database).list(tenant).map(pendingAlert),
    previewSilence: async (input) => desk.transaction(() => preview(desk, input)),
  };
}

function explainAlert(desk: Desk, id: string, nowMs: number): AlertExplanation | null {
  const { database } = desk;
  const table = documentTable<Alert>(database, 'alerts');
  const alert = table.get(id);
  const pending = alert === null ? pendingTable<Pending>(database).get(id) : null;
  const about = alert ?? pending?.alert;
  if (about === undefined) return null;
  const router = routerOf(desk, about.tenant, nowMs);
  const routing = explainRouting(
    {
      alert: about,
      pending,
      groups: router.groupsOf(about.id),
      silences: silenceTable(database).living(about.tenant, nowMs),
      inhibitor: about.inhibitedBy === null ? null : table.get(about.inhibitedBy),
      viewFor: (groupId) => router.viewFor(groupId, contextOf(desk, nowMs)),
    },
    contextOf(desk, nowMs),
  );
  const toldAs = toldAsPage(desk, about);
  return {
    ...routing,
    toldAs,
    summary: toldAs === null ? routing.summary : [toldAs.text, ...routing.summary],
    deliveries: deliveriesOfAlert(database, about),
    scoreId: openingScore(desk, about),
  };
}

/** As routingLabels has it: the severity it is routed with, where that is not its own. */
function toldAsPage({ database }: Desk, alert: Alert): AlertExplanation['toldAs'] {
  const { incidentId, severity } = alert;
  const told = routingLabels(alert)['severity'];
  if (incidentId === null || told === severity) return null;
  const title = documentTable<Incident>(database, 'incidents').get(incidentId)?.title ?? '';
  const named = title === '' ? incidentId : `${incidentId} (${title})`;
  const text = `A ${severity}, told as a page since it is part of incident ${named}: those go where its pages go.`;
  return { severity: 'page', incidentId, text };
}

function pendingAlert({ id, sinceMs, dueAtMs, alert }: Pending): PendingAlert {
  const { tenant, model, rule, subject, severity, summary } = alert;
  return { id, tenant, model, rule, subject, severity, summary, sinceMs, dueAtMs };
}

/** The score whose window opened an alert; null: it was pruned, or the rule is gone. */
export function openingScore({ database, options }: Desk, alert: Alert): number | null {
  const detector = options.rules.find(({ id }) => id === alert.rule)?.detector;
  const { tenant, model, subject, windowToMs } = alert;
  if (detector === undefined || windowToMs === undefined) return null;
  return scoreOfWindow(database, { tenant, model, detector, subject, windowToMs });
}

const WEEK_MS = 7 * 86_400_000;

/** Matchers that no silence could have are a BadRequestError, as when it is made. */
function preview(desk: Desk, input: Parameters<Control['previewSilence']>[0]): SilencePreview {
  const { tenant, matchers, nowMs } = input;
  const mistake = matcherMistake(matchers);
  if (mistake !== null) throw new BadRequestError(mistake);
  const sinceMs = nowMs - WEEK_MS;
  const alerts = alertsSince(desk.database, tenant, sinceMs);
  const found = previewSilence(matchers, alerts, { nowMs, sinceMs });
  const those = (ids: readonly string[]) => {
    const wanted = new Set(ids);
    return alerts.filter(({ id }) => wanted.has(id));
  };
  return { firing: those(found.firing), lately: those(found.lately), warnings: found.warnings };
}

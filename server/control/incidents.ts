import type { ActionRun, Alert, Incident } from '../model.ts';
import type { Answer, Change, Control, IncidentRecord } from '../ports.ts';
import { timelineOf } from '../route/incident-evidence.ts';
import { metricsOf } from '../route/incident-metrics.ts';
import {
  commented,
  mitigateByHand,
  resolveByHand,
  type IncidentDecision,
  type IncidentWord,
} from '../route/incident-steps.ts';
import { timesOf } from '../route/incident-times.ts';
import { withIncident } from '../route/situation.ts';
import type { RouteContext, Situation } from '../route/types.ts';
import { documentTable } from '../store/sqlite/documents.ts';
import { deploymentsOf, timelineRows } from '../store/sqlite/history.ts';
import {
  factsOfIncident,
  incidentFacts,
  modelsWithHistory,
  rollbacksOf,
} from '../store/sqlite/incident-reads.ts';
import { listDeliveries } from '../store/sqlite/outbox.ts';
import { publicDelivery } from './deliveries.ts';
import { contextOf, type Desk } from './desk.ts';
import { openingScore } from './explain.ts';
import { isVisible, notFound } from './operating.ts';
import { loadSituation, saveSituation } from './situation.ts';

type Incidents = Pick<
  Control,
  'incidents' | 'incident' | 'incidentMetrics' | 'mitigateIncident' | 'resolveIncident' | 'commentIncident'
>;

/** Incidents as people read them, and what people say about them. */
export function incidentMethods(desk: Desk): Incidents {
  const { database } = desk;
  return {
    incidents: async (filter) => documentTable<Incident>(database, 'incidents').list(filter),
    incident: async (id) => desk.transaction(() => incidentRecord(desk, id)),
    incidentMetrics: async (query) => desk.transaction(() => metrics(desk, query)),
    mitigateIncident: async (input) => desk.transaction(() => decide(desk, input, mitigateByHand)),
    resolveIncident: async (input) => desk.transaction(() => decide(desk, input, resolveByHand)),
    commentIncident: async (input) =>
      desk.transaction(() =>
        decide(desk, input, (situation, word) => ({ ok: true, situation: commented(situation, word) })),
      ),
  };
}

type Said = Parameters<Control['commentIncident']>[0] | Parameters<Control['mitigateIncident']>[0];

function decide(
  desk: Desk,
  input: Said,
  decideOn: (situation: Situation, word: IncidentWord, context: RouteContext) => IncidentDecision,
): Answer<readonly Change[]> {
  const { incidentId, tenant, nowMs } = input;
  const incident = documentTable<Incident>(desk.database, 'incidents').get(incidentId);
  if (incident === null || !isVisible(tenant, incident)) return notFound('incident', incidentId);
  const before = withIncident(loadSituation(desk, incident, nowMs), incident);
  const decision = decideOn(before, { ...input, incident }, contextOf(desk, nowMs));
  if (!decision.ok) return { ok: false, reason: 'conflict', message: decision.message };
  return { ok: true, value: saveSituation(desk, { before, after: decision.situation }, nowMs) };
}

/** Receivers that pass a notice on to another router: what arrives there has reached nobody yet. */
const NO_PEOPLE: readonly string[] = ['alertmanager'];

function machinesOf({ options }: Desk): readonly string[] {
  return options.settings.receivers.filter(({ type }) => NO_PEOPLE.includes(type)).map(({ id }) => id);
}

function incidentRecord(desk: Desk, id: string): IncidentRecord | null {
  const { database } = desk;
  const facts = factsOfIncident(database, id, machinesOf(desk));
  if (facts === null) return null;
  const { incident, notices } = facts;
  const filter = { tenant: incident.tenant, incidentId: id };
  const alerts = documentTable<Alert>(database, 'alerts').list(filter);
  const runs = documentTable<ActionRun>(database, 'runs').list(filter);
  const scores = alerts.flatMap((alert): readonly (readonly [string, number])[] => {
    const score = openingScore(desk, alert);
    return score === null ? [] : [[alert.id, score]];
  });
  const timeline = timelineOf({
    incident,
    entries: timelineRows(database, id),
    alerts,
    runIds: runs.map((run) => run.id),
    scores: new Map(scores),
    deployments: deploymentsOf(database, incident),
  });
  const deliveries = listDeliveries(database, filter).map(publicDelivery);
  const found = { alerts, timeline, runs, deliveries, scores: Object.fromEntries(scores) };
  return { ...incident, times: timesOf(facts), notices, ...found };
}

function metrics(desk: Desk, query: Parameters<Control['incidentMetrics']>[0]) {
  const { database } = desk;
  const { sinceMs, nowMs: toMs } = query;
  const models = modelsWithHistory(database, query).map((key) => ({
    ...key,
    deployments: deploymentsOf(database, key),
    rollbacks: rollbacksOf(database, key),
  }));
  const facts = incidentFacts(database, { ...query, toMs: toMs + 1, machines: machinesOf(desk) });
  return metricsOf({ sinceMs, toMs, facts, models });
}

import type { ActionRun, Alert, Incident, ModelKey } from '../model.ts';
import type { Change } from '../ports.ts';
import { REOPEN_MS } from '../route/incidents.ts';
import { emptySituation } from '../route/situation.ts';
import type { Pending, RouteContext, Situation } from '../route/types.ts';
import type { Database } from '../store/sqlite/database.ts';
import { documentTable, modelDocuments, pendingTable } from '../store/sqlite/documents.ts';
import { addDeployment, deploymentsOf } from '../store/sqlite/history.ts';
import { firstBadWindow } from '../store/sqlite/incident-reads.ts';
import { contextOf, putAll, saveOutput, type Desk } from './desk.ts';
import { routerOf, runRouter } from './routing.ts';

/** Reads all that routing knows of a model. */
export function loadSituation({ database }: Desk, key: ModelKey, nowMs: number): Situation {
  const found = modelDocuments(database, key, { incidentsSinceMs: nowMs - REOPEN_MS });
  return {
    ...emptySituation(key),
    alerts: byId<Alert>(found.alerts),
    pending: byId(pendingTable<Pending>(database).ofModel(key)),
    incidents: byId(found.incidents),
    runs: byId(found.runs),
    deployments: deploymentsOf(database, key),
  };
}

function byId<T extends { readonly id: string }>(entities: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entities.map((entity) => [entity.id, entity]));
}

/**
 * Writes what differs between two situations of a model, and lets the notices follow; answers what pages and logs should
 * hear of. With `isMore` other models of the transaction come before the notices are settled.
 */
export function saveSituation(
  desk: Desk,
  { before, after, isMore = false }: SituationChange,
  nowMs: number,
): readonly Change[] {
  const { database } = desk;
  const { tenant } = after.key;
  const router = routerOf(desk, tenant, nowMs);
  const alerts = changed(before.alerts, after.alerts);
  const incidents = changed(before.incidents, after.incidents).map((incident) =>
    before.incidents.has(incident.id) ? incident : begun(database, incident, after),
  );
  putAll(documentTable<Alert>(database, 'alerts'), alerts);
  putAll(documentTable<Incident>(database, 'incidents'), incidents);
  putAll(documentTable<ActionRun>(database, 'runs'), changed(before.runs, after.runs));
  savePending(database, { before, after });
  for (const deployment of after.deployments)
    if (!before.deployments.includes(deployment))
      addDeployment(database, after.key, { ...deployment, once: false });
  router.update(alerts, incidents);
  const changes = saveOutput(desk, after, nowMs);
  for (const told of after.tellings) router.tell(told, contextOf(desk, nowMs));
  return isMore ? changes : [...changes, ...runRouter(desk, tenant, nowMs)];
}

/** A new incident began with the first of the bad windows in a row that made its page, unless they overlap (burn rates). */
function begun(database: Database, incident: Incident, { alerts }: Situation): Incident {
  const page = alerts.get(incident.openedBy ?? '');
  if (page?.windowToMs === undefined || page.evidence.burn !== undefined) return incident;
  const first = firstBadWindow(database, { ...page, windowToMs: page.windowToMs });
  const { beganAtMs = Infinity, visibleAtMs = Infinity } = incident;
  if (first === null || first.toMs >= visibleAtMs) return incident;
  return { ...incident, beganAtMs: Math.min(beganAtMs, first.fromMs), visibleAtMs: first.toMs };
}

export interface SituationChange {
  readonly before: Situation;
  readonly after: Situation;
  readonly isMore?: boolean;
}

function changed<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly T[] {
  return [...after].flatMap(([id, entity]) => (before.get(id) === entity ? [] : [entity]));
}

function savePending(database: Database, { before, after }: SituationChange): void {
  const table = pendingTable<Pending>(database);
  for (const pending of changed(before.pending, after.pending)) table.put(pending);
  for (const id of before.pending.keys()) if (!after.pending.has(id)) table.remove(id);
}

/** Loads a model, lets `step` change it, writes the difference. */
export function changeSituation(
  desk: Desk,
  { key, nowMs }: { readonly key: ModelKey; readonly nowMs: number },
  step: (situation: Situation, context: RouteContext) => Situation,
): readonly Change[] {
  const before = loadSituation(desk, key, nowMs);
  return saveSituation(desk, { before, after: step(before, contextOf(desk, nowMs)) }, nowMs);
}

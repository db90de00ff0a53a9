import type { ActionRun, Alert, Incident, ModelKey } from '../model.ts';
import type { Change, ControlOptions } from '../ports.ts';
import { REOPEN_MS } from '../route/incidents.ts';
import { emptySituation } from '../route/situation.ts';
import type { Group, RouteContext, Situation } from '../route/types.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import type { Database } from '../store/sqlite/database.ts';
import {
  documentTable,
  groupsOf,
  modelDocuments,
  silenceTable,
  type DocumentTable,
} from '../store/sqlite/documents.ts';
import { addDeployment, addTimeline, deploymentsOf } from '../store/sqlite/history.ts';
import { queueDelivery } from '../store/sqlite/outbox.ts';

/** What every call of the control thread works with. */
export interface Desk {
  readonly database: Database;
  readonly options: ControlOptions;
}

export function contextOf({ options }: Desk, nowMs: number): RouteContext {
  return { nowMs, settings: options.settings, rules: options.rules };
}

/** Reads all that routing knows of a model. */
export function loadSituation({ database }: Desk, key: ModelKey, nowMs: number): Situation {
  const groups = groupsOf<Group>(database, key);
  const alertIds = groups.flatMap((group) =>
    Object.values(group.told).flatMap((told) => [
      ...Object.keys(told.announced),
      ...Object.keys(told.delivered),
    ]),
  );
  const found = modelDocuments(database, key, { alertIds, incidentsSinceMs: nowMs - REOPEN_MS });
  return {
    ...emptySituation(key),
    alerts: byId<Alert>(found.alerts),
    incidents: byId(found.incidents),
    runs: byId(found.runs),
    groups: byId(groups),
    silences: silenceTable(database).living(key.tenant, nowMs),
    deployments: deploymentsOf(database, key),
  };
}

function byId<T extends { readonly id: string }>(entities: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entities.map((entity) => [entity.id, entity]));
}

/** Writes what differs between two situations of a model; answers what pages and logs should hear of. */
export function saveSituation(
  { database }: Desk,
  { before, after }: { readonly before: Situation; readonly after: Situation },
  nowMs: number,
): readonly Change[] {
  putChanged(documentTable<Alert>(database, 'alerts'), before.alerts, after.alerts);
  putChanged(documentTable<Incident>(database, 'incidents'), before.incidents, after.incidents);
  putChanged(documentTable<Group>(database, 'groups'), before.groups, after.groups);
  putChanged(documentTable<ActionRun>(database, 'runs'), before.runs, after.runs);
  for (const deployment of after.deployments)
    if (!before.deployments.includes(deployment))
      addDeployment(database, after.key, { ...deployment, once: false });
  for (const delivery of after.outgoing) queueDelivery(database, delivery, nowMs);
  saveNotes(database, after, nowMs);
  return changesOf(after);
}

function putChanged<T extends { readonly id: string }>(
  table: DocumentTable<T>,
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): void {
  for (const [id, entity] of after) if (before.get(id) !== entity) table.put(entity);
}

function saveNotes(database: Database, { key, notes }: Situation, atMs: number): void {
  for (const note of notes) {
    const { actor, kind, text, subject } = note;
    if (note.incidentId !== null) addTimeline(database, note.incidentId, { atMs, actor, kind, text });
    if (note.audited) appendAudit(database, { atMs, actor, kind, tenant: key.tenant, subject, text });
  }
}

function changesOf({ key, notes, outgoing }: Situation): readonly Change[] {
  const told = notes.flatMap(({ event, subject, text }): readonly Change[] =>
    event === null ? [] : [{ kind: event, ...key, id: subject, text }],
  );
  const queued = outgoing.map(({ id, receiver, kind }): Change => ({
    kind: 'delivery',
    ...key,
    id,
    text: `${kind} for ${receiver} queued`,
  }));
  return [...told, ...queued];
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

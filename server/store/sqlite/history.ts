import type { ModelKey, TimelineEntry } from '../../model.ts';
import type { ControlCounters } from '../../ports.ts';
import type { Database } from './database.ts';

export interface DeploymentRow {
  readonly version: string;
  readonly atMs: number;
  readonly source: string;
}

export function addTimeline(database: Database, incidentId: string, entry: TimelineEntry): void {
  database.run(
    'INSERT INTO timeline (incident_id, at_ms, actor, kind, text) VALUES (?, ?, ?, ?, ?)',
    incidentId,
    entry.atMs,
    entry.actor,
    entry.kind,
    entry.text,
  );
}

/** Oldest first: a story is read from its beginning. */
export function timelineOf(database: Database, incidentId: string): readonly TimelineEntry[] {
  return database.all('SELECT * FROM timeline WHERE incident_id = ? ORDER BY id', incidentId).map((row) => ({
    atMs: Number(row['at_ms']),
    actor: String(row['actor']),
    kind: String(row['kind']),
    text: String(row['text']),
  }));
}

/**
 * false: the version is known to have been deployed then or later. A late row can show that a version ran earlier than
 * thought; that is no deployment.
 */
export function addDeployment(database: Database, key: ModelKey, deployment: DeploymentRow): boolean {
  const changes = database.run(
    `INSERT INTO deployments (tenant, model, at_ms, version, source) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE NOT EXISTS (SELECT 1 FROM deployments
       WHERE tenant = ?1 AND model = ?2 AND version = ?4 AND at_ms >= ?3)`,
    key.tenant,
    key.model,
    deployment.atMs,
    deployment.version,
    deployment.source,
  );
  return changes > 0;
}

/** Newest first, at most 100. */
export function deploymentsOf(database: Database, key: ModelKey): readonly DeploymentRow[] {
  return database
    .all(
      'SELECT * FROM deployments WHERE tenant = ? AND model = ? ORDER BY at_ms DESC, version DESC LIMIT 100',
      key.tenant,
      key.model,
    )
    .map((row) => ({
      version: String(row['version']),
      atMs: Number(row['at_ms']),
      source: String(row['source']),
    }));
}

export function countersOf(database: Database): ControlCounters {
  const row = database.get(
    `SELECT (SELECT count(*) FROM scores) AS scores,
       (SELECT count(*) FROM alerts) AS alerts,
       (SELECT count(*) FROM alerts WHERE severity = 'page') AS pages,
       (SELECT count(*) FROM incidents) AS incidents,
       (SELECT count(*) FROM deliveries WHERE state = 'sent') AS sent,
       (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead,
       (SELECT min(created_at_ms) FROM deliveries WHERE state IN ('pending', 'leased')) AS oldest`,
  );
  const number = (name: string) => Number(row?.[name] ?? 0);
  return {
    scores: number('scores'),
    alertsOpened: number('alerts'),
    pagesOpened: number('pages'),
    incidents: number('incidents'),
    deliveriesSent: number('sent'),
    deliveriesDead: number('dead'),
    oldestPendingDeliveryMs:
      row?.['oldest'] === null || row?.['oldest'] === undefined ? null : number('oldest'),
  };
}

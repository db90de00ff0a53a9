import type { ModelKey } from '../../model.ts';
import type { ControlCounters } from '../../ports.ts';
import type { Database, Row } from './database.ts';

export interface DeploymentRow {
  readonly version: string;
  readonly atMs: number;
  readonly source: string;
}

export interface TimelineRow {
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  readonly text: string;
  /** What it is about; null in rows of an older Leeway. */
  readonly subject: string | null;
}

export function addTimeline(database: Database, incidentId: string, entry: TimelineRow): void {
  database.run(
    'INSERT INTO timeline (incident_id, at_ms, actor, kind, text, subject) VALUES (?, ?, ?, ?, ?, ?)',
    incidentId,
    entry.atMs,
    entry.actor,
    entry.kind,
    entry.text,
    entry.subject,
  );
}

/** Oldest first: a story is read from its beginning. */
export function timelineRows(database: Database, incidentId: string): readonly TimelineRow[] {
  return database.all('SELECT * FROM timeline WHERE incident_id = ? ORDER BY id', incidentId).map((row) => ({
    atMs: Number(row['at_ms']),
    actor: String(row['actor']),
    kind: String(row['kind']),
    text: String(row['text']),
    subject: row['subject'] === null ? null : String(row['subject']),
  }));
}

/**
 * false: the version is known to have been deployed then or later. A late row can show that a version ran earlier than
 * thought; that is no deployment. `once`: the source tells of a version a single time, whatever time it names later.
 */
export function addDeployment(
  database: Database,
  key: ModelKey,
  deployment: DeploymentRow & { readonly once: boolean },
): boolean {
  const changes = database.run(
    `INSERT INTO deployments (tenant, model, at_ms, version, source) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE NOT EXISTS (SELECT 1 FROM deployments
       WHERE tenant = ?1 AND model = ?2 AND version = ?4 AND (at_ms >= ?3 OR (?6 AND source = ?5)))`,
    key.tenant,
    key.model,
    deployment.atMs,
    deployment.version,
    deployment.source,
    Number(deployment.once),
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

/** What happened ever, how long the oldest delivery waits and a page has reached nobody; the same few rows are read however much there is. */
export function countersOf(database: Database): ControlCounters {
  const rows = database.all('SELECT name, value FROM counters');
  const counted = new Map(rows.map((row) => [row['name'], Number(row['value'])]));
  const count = (name: string) => counted.get(name) ?? 0;
  const waiting = database.get(
    `SELECT min(created_at_ms) AS oldest FROM deliveries WHERE state IN ('pending', 'leased')`,
  );
  return {
    scores: count('scores'),
    alertsOpened: count('alerts'),
    pagesOpened: count('pages'),
    incidents: count('incidents'),
    deliveriesSent: count('deliveries sent'),
    deliveriesDead: count('deliveries dead'),
    oldestPendingDeliveryMs: timeOf(waiting?.['oldest']),
    oldestUnreachedPageMs: oldestUnreached(database),
  };
}

/**
 * A group whose pages another one has told in its stead may keep its mark until it is looked at again, so that a mark counts
 * only beside a page that nobody believes firing, and not from before that began.
 */
function oldestUnreached(database: Database): number | null {
  const row = database.get(
    `SELECT min(max(m.since, a.at_ms)) AS oldest
     FROM (SELECT tenant, min(doc ->> '$.unreachedSinceMs') AS since FROM groups
         WHERE doc ->> '$.unreachedSinceMs' IS NOT NULL GROUP BY tenant) m
       JOIN alerts a ON a.tenant = m.tenant AND a.state = 'firing' AND a.severity = 'page'
     WHERE a.doc ->> '$.silencedBy' IS NULL AND a.doc ->> '$.inhibitedBy' IS NULL
       AND a.id NOT IN (SELECT d.key FROM groups t, json_each(t.doc, '$.told') r, json_each(r.value, '$.delivered') d)`,
  );
  return timeOf(row?.['oldest']);
}

function timeOf(value: Row[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

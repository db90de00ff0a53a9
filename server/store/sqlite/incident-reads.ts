import type { Alert, Incident, ModelKey } from '../../model.ts';
import type { ToldDelivery } from '../../ports.ts';
import type { Database, Row } from './database.ts';

/** What is asked across incidents, timelines, deliveries and scores. */

export interface IncidentFactsRow {
  readonly incident: Incident;
  readonly acknowledgedAtMs: number | null;
  readonly notifiedAtMs: number | null;
  readonly notices: number;
}

/** A notice that makes a message true again and calls nobody does not count. */
const CALLED = `d.incident_id = i.id AND d.kind = 'notice' AND d.state = 'sent' AND NOT coalesce(d.payload ->> '$.isQuiet', 0)`;

const FACTS = `SELECT i.doc,
    (SELECT min(t.at_ms) FROM timeline t WHERE t.incident_id = i.id AND t.kind = 'acknowledged') AS acknowledged,
    (SELECT count(*) FROM deliveries d WHERE ${CALLED}) AS notices,
    (SELECT min(t.at_ms) FROM timeline t JOIN deliveries d ON d.id = t.subject
      WHERE t.incident_id = i.id AND t.kind = 'delivery_sent' AND ${CALLED}
        AND d.receiver NOT IN (SELECT value FROM json_each(?1))) AS notified
  FROM incidents i`;

export interface FactsQuery {
  readonly tenant: string | null;
  readonly model?: string | undefined;
  readonly sinceMs: number;
  readonly toMs: number;
  /** Receivers that are no people. */
  readonly machines: readonly string[];
}

/** Incidents opened in a range, oldest first. */
export function incidentFacts(database: Database, query: FactsQuery): readonly IncidentFactsRow[] {
  const { tenant, model, sinceMs, toMs, machines } = query;
  return database
    .all(
      `${FACTS} WHERE i.at_ms >= ?2 AND i.at_ms < ?3 AND (?4 IS NULL OR i.tenant = ?4) AND (?5 IS NULL OR i.model = ?5)
       ORDER BY i.at_ms, i.id`,
      JSON.stringify(machines),
      sinceMs,
      toMs,
      tenant,
      model ?? null,
    )
    .map(factsFromRow);
}

export function factsOfIncident(
  database: Database,
  id: string,
  machines: readonly string[],
): IncidentFactsRow | null {
  const row = database.get(`${FACTS} WHERE i.id = ?2`, JSON.stringify(machines), id);
  return row === undefined ? null : factsFromRow(row);
}

function factsFromRow(row: Row): IncidentFactsRow {
  const timeOf = (name: string) => (row[name] === null ? null : Number(row[name]));
  return {
    incident: JSON.parse(String(row['doc'])) as Incident,
    acknowledgedAtMs: timeOf('acknowledged'),
    notifiedAtMs: timeOf('notified'),
    notices: Number(row['notices']),
  };
}

/** The score of one window; of two that end together, the one that begins later. null: it was pruned. */
export function scoreOfWindow(
  database: Database,
  window: ModelKey & {
    readonly detector: string;
    readonly subject: string;
    readonly windowToMs: number;
  },
): number | null {
  const row = database.get(
    `SELECT id FROM scores WHERE tenant = ? AND model = ? AND detector = ? AND subject = ? AND window_to_ms = ?
     ORDER BY window_from_ms DESC LIMIT 1`,
    window.tenant,
    window.model,
    window.detector,
    window.subject,
    window.windowToMs,
  );
  return row === undefined ? null : Number(row['id']);
}

/** The first of the bad windows that lead up to one without a clean one between; null: that one is not stored. */
export function firstBadWindow(
  database: Database,
  alert: Pick<Alert, 'tenant' | 'model' | 'rule' | 'subject'> & { readonly windowToMs: number },
): { readonly fromMs: number; readonly toMs: number } | null {
  const row = database.get(
    `SELECT s.window_from_ms, s.window_to_ms FROM levels l JOIN scores s ON s.id = l.score_id
     WHERE l.tenant = ?1 AND l.model = ?2 AND l.rule = ?3 AND l.subject = ?4 AND l.window_to_ms <= ?5
       AND l.level IN ('page', 'ticket') AND l.window_to_ms > coalesce(
         (SELECT max(window_to_ms) FROM levels
          WHERE tenant = ?1 AND model = ?2 AND rule = ?3 AND subject = ?4 AND window_to_ms < ?5 AND level = 'clean'), 0)
     ORDER BY l.window_to_ms LIMIT 1`,
    alert.tenant,
    alert.model,
    alert.rule,
    alert.subject,
    alert.windowToMs,
  );
  return row === undefined
    ? null
    : { fromMs: Number(row['window_from_ms']), toMs: Number(row['window_to_ms']) };
}

/** Alerts of a tenant that fire, or have fired since. */
export function alertsSince(database: Database, tenant: string, sinceMs: number): readonly Alert[] {
  return database
    .all(
      `SELECT doc FROM alerts WHERE tenant = ?1 AND state = 'firing'
       UNION SELECT doc FROM alerts WHERE tenant = ?1 AND (at_ms >= ?2 OR doc ->> '$.resolvedAtMs' >= ?2)`,
      tenant,
      sinceMs,
    )
    .map((row) => JSON.parse(String(row['doc'])) as Alert)
    .toSorted((first, second) => second.startedAtMs - first.startedAtMs);
}

/** Their payloads are read, so no more of the newest than this. */
const SEARCHED = 2_000;

/** Notices about an alert, the newest first, among the newest of its tenant. */
export function deliveriesOfAlert(
  database: Database,
  { tenant, id }: Pick<Alert, 'tenant' | 'id'>,
): readonly ToldDelivery[] {
  return database
    .all(
      `SELECT * FROM (SELECT * FROM deliveries WHERE tenant = ?1 ORDER BY sequence DESC LIMIT ${SEARCHED})
       WHERE kind = 'notice' AND instr(payload, ?2) > 0 LIMIT 100`,
      tenant,
      JSON.stringify(id),
    )
    .map((row) => ({
      id: String(row['id']),
      receiver: String(row['receiver']),
      reason: (JSON.parse(String(row['payload'])) as { readonly reason: string }).reason,
      state: row['state'] as ToldDelivery['state'],
      attempt: Number(row['attempt']),
      createdAtMs: Number(row['created_at_ms']),
      detail: row['detail'] === null ? null : String(row['detail']),
    }));
}

/** Models with deployments or incidents, of one tenant or all. */
export function modelsWithHistory(
  database: Database,
  { tenant, model }: { readonly tenant: string | null; readonly model?: string | undefined },
): readonly ModelKey[] {
  return database
    .all(
      `SELECT tenant, model FROM deployments WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR model = ?2)
       UNION SELECT tenant, model FROM incidents WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR model = ?2)`,
      tenant,
      model ?? null,
    )
    .map((row) => ({ tenant: String(row['tenant']), model: String(row['model']) }));
}

/** Verified rollbacks of a model. */
export function rollbacksOf(
  database: Database,
  { tenant, model }: ModelKey,
): readonly { readonly fromVersion: string; readonly atMs: number }[] {
  return database
    .all(
      `SELECT doc ->> '$.plan.fromVersion' AS version, doc ->> '$.updatedAtMs' AS at_ms FROM runs
       WHERE tenant = ? AND model = ? AND state = 'done' AND doc ->> '$.kind' = 'rollback'`,
      tenant,
      model,
    )
    .map((row) => ({ fromVersion: String(row['version']), atMs: Number(row['at_ms']) }));
}

import type { ActionRun, Alert, Incident, ModelKey, Silence } from '../../model.ts';
import type { Database, Row } from './database.ts';

/** Entities kept whole as JSON; what lists and timers ask for are columns derived from it. */

type Table = 'alerts' | 'incidents' | 'groups' | 'runs';

const NEWEST = 500;

/** States that still go on: no list leaves one of these out, however old it is. */
const GOING_ON: Readonly<Record<Table, string>> = {
  alerts: `state = 'firing'`,
  incidents: `state <> 'resolved'`,
  groups: 'TRUE',
  runs: `state IN ('requested', 'accepted', 'training', 'proposed', 'approved', 'calling', 'verifying')`,
};

interface ListFilter {
  readonly tenant: string | null;
  readonly model?: string | undefined;
  readonly state?: string | undefined;
  readonly incidentId?: string | undefined;
  /** Only what still goes on, or only what does not. */
  readonly active?: boolean | undefined;
}

export interface DocumentTable<T> {
  readonly get: (id: string) => T | null;
  readonly put: (entity: T & { readonly id: string }) => void;
  /** Newest first: all that go on, and of the others those among the newest 500. */
  readonly list: (filter: ListFilter) => readonly T[];
}

function fromRow<T>(row: Row): T {
  return JSON.parse(String(row['doc'])) as T;
}

/** One table of documents. `T` is what was put in; the store looks at no more than the derived columns. */
export function documentTable<T>(database: Database, table: Table): DocumentTable<T> {
  return {
    get: (id) => {
      const row = database.get(`SELECT doc FROM ${table} WHERE id = ?`, id);
      return row === undefined ? null : fromRow<T>(row);
    },
    put: (entity) => {
      database.run(
        `INSERT INTO ${table} (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`,
        entity.id,
        JSON.stringify(entity),
      );
    },
    list: (filter) => {
      const { where, values } = whereOf(table, filter);
      const rows = database.all(
        `SELECT doc FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${where} AND ${GOING_ON[table]})
           OR id IN (SELECT id FROM ${table} WHERE ${where} ORDER BY at_ms DESC, id LIMIT ${NEWEST})
         ORDER BY at_ms DESC, id`,
        ...values,
      );
      return rows.map(fromRow<T>);
    },
  };
}

const COLUMNS = { tenant: 'tenant', model: 'model', state: 'state', incidentId: 'incident_id' } as const;

function whereOf(
  table: Table,
  filter: ListFilter,
): { readonly where: string; readonly values: readonly string[] } {
  const asked = Object.entries(COLUMNS).flatMap(([name, column]) => {
    const value = filter[name as keyof typeof COLUMNS];
    return value === undefined || value === null ? [] : [{ column, value }];
  });
  const parts = asked.map(({ column }, index) => `${column} = ?${index + 1}`);
  const active = filter.active === undefined ? [] : [`${filter.active ? '' : 'NOT '}(${GOING_ON[table]})`];
  return {
    where: ['TRUE', ...parts, ...active].join(' AND '),
    values: asked.map(({ value }) => value),
  };
}

/** Everything the routing of one model starts from. */
export interface ModelDocuments {
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly runs: readonly ActionRun[];
}

/**
 * Firing alerts, and those of open or just resolved incidents; recent incidents; runs that go on, every rollback, and what
 * else ran lately.
 */
export function modelDocuments(
  database: Database,
  key: ModelKey,
  { incidentsSinceMs }: { readonly incidentsSinceMs: number },
): ModelDocuments {
  const incidents = database
    .all(
      `SELECT doc FROM incidents WHERE tenant = ? AND model = ? AND (state <> 'resolved' OR resolved_at_ms >= ?)`,
      key.tenant,
      key.model,
      incidentsSinceMs,
    )
    .map(fromRow<Incident>);
  const alerts = database.all(
    `SELECT doc FROM alerts WHERE tenant = ? AND model = ? AND state = 'firing'
     UNION SELECT doc FROM alerts WHERE incident_id IN (SELECT value FROM json_each(?))`,
    key.tenant,
    key.model,
    JSON.stringify(incidents.map((incident) => incident.id)),
  );
  const runs = database.all(
    `SELECT doc FROM runs WHERE tenant = ?1 AND model = ?2 AND (${GOING_ON.runs} OR doc ->> '$.kind' = 'rollback')
     UNION SELECT doc FROM (SELECT doc FROM runs WHERE tenant = ?1 AND model = ?2 ORDER BY at_ms DESC LIMIT 50)`,
    key.tenant,
    key.model,
  );
  return { alerts: alerts.map(fromRow<Alert>), incidents, runs: runs.map(fromRow<ActionRun>) };
}

/** Everything the notices of one tenant start from. */
export interface TenantDocuments<G> {
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly groups: readonly G[];
}

/** Groups; alerts that fire or that a group still tells of; the incidents of those. */
export function tenantDocuments<G>(database: Database, tenant: string): TenantDocuments<G> {
  const groups = database.all('SELECT doc FROM groups WHERE tenant = ? ORDER BY id', tenant).map(fromRow<G>);
  const alerts = database
    .all(
      `SELECT doc FROM alerts WHERE tenant = ?1 AND state = 'firing'
       UNION SELECT a.doc FROM groups g, json_each(g.doc, '$.told') t, json_tree(t.value) k
         JOIN alerts a ON a.id = k.key
         WHERE g.tenant = ?1 AND k.path IN ('$.announced', '$.delivered', '$.perhaps')`,
      tenant,
    )
    .map(fromRow<Alert>);
  const incidents = database
    .all(
      'SELECT doc FROM incidents WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify([...new Set(alerts.flatMap(({ incidentId }) => incidentId ?? []))]),
    )
    .map(fromRow<Incident>);
  return { alerts, incidents, groups };
}

interface PendingTable<T> {
  readonly get: (id: string) => T | null;
  readonly ofModel: (key: ModelKey) => readonly T[];
  readonly put: (pending: T & { readonly id: string }) => void;
  readonly remove: (id: string) => void;
  readonly list: (tenant: string | null) => readonly T[];
}

/** Breaches that do not stand long enough yet. */
export function pendingTable<T>(database: Database): PendingTable<T> {
  return {
    get: (id) => {
      const row = database.get('SELECT doc FROM pending WHERE id = ?', id);
      return row === undefined ? null : fromRow<T>(row);
    },
    ofModel: ({ tenant, model }) =>
      database
        .all('SELECT doc FROM pending WHERE tenant = ? AND model = ? ORDER BY id', tenant, model)
        .map(fromRow<T>),
    put: (pending) => {
      database.run(
        'INSERT INTO pending (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc',
        pending.id,
        JSON.stringify(pending),
      );
    },
    remove: (id) => {
      database.run('DELETE FROM pending WHERE id = ?', id);
    },
    list: (tenant) =>
      database
        .all('SELECT doc FROM pending WHERE ?1 IS NULL OR tenant = ?1 ORDER BY due_at_ms, id', tenant)
        .map(fromRow<T>),
  };
}

/** How often the alert has lived. */
export function lastEpisode(database: Database, identity: string): number {
  const row = database.get('SELECT max(episode) AS episode FROM alerts WHERE identity = ?', identity);
  return Number(row?.['episode'] ?? 0);
}

/** How often the alert opened since. */
export function episodesSince(database: Database, identity: string, sinceMs: number): number {
  const row = database.get(
    'SELECT count(*) AS count FROM alerts WHERE identity = ? AND at_ms >= ?',
    identity,
    sinceMs,
  );
  return Number(row?.['count'] ?? 0);
}

/** Models for which time alone may change something: a breach has stood long enough, an alert is over, a run may expire. */
export function modelsDue(
  database: Database,
  { nowMs, rules }: { readonly nowMs: number; readonly rules: readonly string[] },
): readonly ModelKey[] {
  return database
    .all(
      `SELECT tenant, model FROM pending WHERE due_at_ms <= ?1
       UNION SELECT tenant, model FROM runs WHERE ${GOING_ON.runs}
       UNION SELECT tenant, model FROM alerts WHERE state = 'firing'
         AND (doc ->> '$.recoversAtMs' <= ?1 OR (doc ->> '$.rule') NOT IN (SELECT value FROM json_each(?2)))`,
      nowMs,
      JSON.stringify(rules),
    )
    .map(keyFromRow);
}

/** Tenants with a group that is due, or an acknowledgement that ends. */
export function tenantsDue(database: Database, nowMs: number): readonly string[] {
  return database
    .all(
      `SELECT tenant FROM groups WHERE due_at_ms <= ?1
       UNION SELECT tenant FROM alerts WHERE state = 'firing' AND doc ->> '$.acknowledgedUntilMs' <= ?1
       UNION SELECT tenant FROM silences WHERE phase = 'active' AND to_ms <= ?1 + ${SILENCE_ENDING_MS}
         AND doc ->> '$.endToldAtMs' IS NULL`,
      nowMs,
    )
    .map((row) => String(row['tenant']));
}

/** As long before its end a silence may be told. */
const SILENCE_ENDING_MS = 15 * 60_000;

function keyFromRow(row: Row): ModelKey {
  return { tenant: String(row['tenant']), model: String(row['model']) };
}

type SilencePhase = 'waiting' | 'active' | 'ended';

export interface SilenceTable {
  readonly get: (id: string) => Silence | null;
  readonly put: (silence: Silence, phase: SilencePhase) => void;
  /** Not ended at `nowMs`, of one tenant or all. */
  readonly living: (tenant: string | null, nowMs: number) => readonly Silence[];
  /** Marks what has begun or ended by `nowMs`; answers the tenants concerned. */
  readonly advance: (nowMs: number) => readonly string[];
}

export function silenceTable(database: Database): SilenceTable {
  return {
    get: (id) => {
      const row = database.get('SELECT doc FROM silences WHERE id = ?', id);
      return row === undefined ? null : fromRow<Silence>(row);
    },
    put: (silence, phase) => {
      database.run(
        `INSERT INTO silences (id, doc, phase) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, phase = excluded.phase`,
        silence.id,
        JSON.stringify(silence),
        phase,
      );
    },
    living: (tenant, nowMs) =>
      database
        .all(
          `SELECT doc FROM silences WHERE phase <> 'ended' AND to_ms > ? AND (? IS NULL OR tenant = ?)
           ORDER BY from_ms DESC, id`,
          nowMs,
          tenant,
          tenant,
        )
        .map(fromRow<Silence>),
    advance: (nowMs) =>
      [
        ...database.all(
          `UPDATE silences SET phase = 'active' WHERE phase = 'waiting' AND from_ms <= ? AND to_ms > ? RETURNING tenant`,
          nowMs,
          nowMs,
        ),
        ...database.all(
          `UPDATE silences SET phase = 'ended' WHERE phase <> 'ended' AND to_ms <= ? RETURNING tenant`,
          nowMs,
        ),
      ].map((row) => String(row['tenant'])),
  };
}

/** Silences that ended after `sinceMs` and by `nowMs`, of one tenant or all; the last to end first, at most a thousand. */
export function endedSilences(
  database: Database,
  tenant: string | null,
  { sinceMs, nowMs }: { readonly sinceMs: number; readonly nowMs: number },
): readonly Silence[] {
  return database
    .all(
      `SELECT doc FROM silences WHERE to_ms > ?1 AND to_ms <= ?2 AND (?3 IS NULL OR tenant = ?3)
       ORDER BY to_ms DESC, id LIMIT 1000`,
      sinceMs,
      nowMs,
      tenant,
    )
    .map(fromRow<Silence>);
}

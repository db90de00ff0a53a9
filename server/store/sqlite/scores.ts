import type { Evidence, ModelKey, Score } from '../../model.ts';
import type { Control, FleetScore, ScoreQuery, StoredScore, WorstOfWindow, WorstQuery } from '../../ports.ts';
import type { Database, Row } from './database.ts';

export interface LevelRow extends ModelKey {
  readonly rule: string;
  readonly subject: string;
  readonly windowToMs: number;
  readonly scoreId: number;
  readonly level: string | null;
  readonly reason: string;
  readonly severity: string | null;
}

export type Track = Pick<LevelRow, 'tenant' | 'model' | 'rule' | 'subject' | 'windowToMs'>;

/** Stores a score; the same window scored again replaces its row and keeps its id. */
export function putScore(database: Database, score: Score, nowMs: number): number {
  const row = database.get(
    `INSERT INTO scores (tenant, model, detector, subject, window_from_ms, window_to_ms,
       value, why, lower, upper, rows, baseline_id, evidence, at_ms, is_significant, inputs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, model, detector, subject, window_to_ms, window_from_ms) DO UPDATE SET
       value = excluded.value, why = excluded.why, lower = excluded.lower, upper = excluded.upper,
       rows = excluded.rows, baseline_id = excluded.baseline_id, evidence = excluded.evidence, at_ms = excluded.at_ms,
       is_significant = excluded.is_significant, inputs = excluded.inputs
     RETURNING id`,
    score.tenant,
    score.model,
    score.detector,
    score.subject,
    score.windowFromMs,
    score.windowToMs,
    score.value,
    score.why,
    score.lower,
    score.upper,
    score.rows,
    score.baselineId,
    JSON.stringify(score.evidence),
    nowMs,
    score.isSignificant === undefined ? null : Number(score.isSignificant),
    score.inputs === undefined ? null : JSON.stringify(score.inputs),
  );
  const id = Number(row?.['id']);
  putLatest(database, score, id);
  return id;
}

function putLatest(database: Database, score: Score, id: number): void {
  database.run(
    `INSERT INTO latest_scores (tenant, model, detector, subject, window_to_ms, score_id) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, model, detector, subject) DO UPDATE
       SET window_to_ms = excluded.window_to_ms, score_id = excluded.score_id
       WHERE excluded.window_to_ms >= window_to_ms`,
    score.tenant,
    score.model,
    score.detector,
    score.subject,
    score.windowToMs,
    id,
  );
}

export function putLevel(database: Database, row: LevelRow): void {
  database.run(
    `INSERT INTO levels (tenant, model, rule, subject, window_to_ms, score_id, level, reason, severity)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, model, rule, subject, window_to_ms) DO UPDATE SET
       score_id = excluded.score_id, level = excluded.level, reason = excluded.reason, severity = excluded.severity`,
    row.tenant,
    row.model,
    row.rule,
    row.subject,
    row.windowToMs,
    row.scoreId,
    row.level,
    row.reason,
    row.severity,
  );
}

export interface TrackBefore {
  /** Of the windows before, newest first, without those of insufficient data. */
  readonly levels: readonly string[];
  /** Whether no later window of the track was judged. */
  readonly isNewest: boolean;
}

/** What is known of tracks of one rule before a window, by subject: one statement for all, which is most of its cost. */
export function tracksBefore(
  database: Database,
  asked: Omit<Track, 'subject'> & { readonly subjects: readonly string[]; readonly most: number },
): ReadonlyMap<string, TrackBefore> {
  const rows = database.all(
    `SELECT s.value AS subject,
       (SELECT json_group_array(level ORDER BY window_to_ms DESC) FROM (
         SELECT level, window_to_ms FROM levels WHERE tenant = ?1 AND model = ?2 AND rule = ?3 AND subject = s.value
           AND window_to_ms < ?4 AND level IS NOT NULL ORDER BY window_to_ms DESC LIMIT ?5)) AS levels,
       EXISTS (SELECT 1 FROM levels WHERE tenant = ?1 AND model = ?2 AND rule = ?3 AND subject = s.value
         AND window_to_ms > ?4) AS later
     FROM json_each(?6) s`,
    asked.tenant,
    asked.model,
    asked.rule,
    asked.windowToMs,
    asked.most,
    JSON.stringify(asked.subjects),
  );
  return new Map(
    rows.map((row) => [
      String(row['subject']),
      { levels: JSON.parse(String(row['levels'])) as readonly string[], isNewest: row['later'] === 0 },
    ]),
  );
}

/** Whether a window that ended after `sinceMs` was clean. */
export function hasBeenClean(database: Database, track: Track, sinceMs: number): boolean {
  const clean = database.get(
    `SELECT 1 AS clean FROM levels WHERE tenant = ? AND model = ? AND rule = ? AND subject = ? AND window_to_ms > ? AND level = 'clean' LIMIT 1`,
    track.tenant,
    track.model,
    track.rule,
    track.subject,
    sinceMs,
  );
  return clean !== undefined;
}

/** The newest window of a detector's subject, and how far its windows lie apart: at most a window's length. */
export function lastJudged(
  database: Database,
  { tenant, model, detector, subject }: Pick<Score, 'tenant' | 'model' | 'detector' | 'subject'>,
): { readonly windowToMs: number; readonly atMs: number; readonly paceMs: number } | null {
  const row = database.get(
    `SELECT s.window_to_ms, s.at_ms, min(s.window_to_ms - s.window_from_ms, s.window_to_ms - coalesce((
         SELECT max(p.window_to_ms) FROM scores p WHERE p.tenant = s.tenant AND p.model = s.model
           AND p.detector = s.detector AND p.subject = s.subject AND p.window_to_ms < s.window_to_ms), 0)) AS pace_ms
     FROM latest_scores l JOIN scores s ON s.id = l.score_id
     WHERE l.tenant = ? AND l.model = ? AND l.detector = ? AND l.subject = ?`,
    tenant,
    model,
    detector,
    subject,
  );
  if (row === undefined) return null;
  return {
    windowToMs: Number(row['window_to_ms']),
    atMs: Number(row['at_ms']),
    paceMs: Number(row['pace_ms']),
  };
}

/** How many different windows of a model end after `afterMs`, of one detector or (null) of any; counts up to `most`. */
export function windowsAfter(
  database: Database,
  key: ModelKey,
  asked: { readonly detector: string | null; readonly afterMs: number; readonly most: number },
): number {
  return database.all(
    `SELECT DISTINCT window_to_ms FROM scores
     WHERE tenant = ?1 AND model = ?2 AND window_to_ms > ?3 AND (?4 IS NULL OR detector = ?4) LIMIT ?5`,
    key.tenant,
    key.model,
    asked.afterMs,
    asked.detector,
    asked.most,
  ).length;
}

const STORED = `SELECT s.*, (
    SELECT json_group_array(json_object('rule', l.rule, 'reason', l.reason, 'severity', l.severity))
    FROM levels l WHERE l.score_id = s.id) AS verdicts FROM scores s`;

/** The newest score of every detector and subject of a model. */
export function latestScores(database: Database, key: ModelKey): readonly StoredScore[] {
  return database
    .all(
      `${STORED} WHERE s.id IN (SELECT score_id FROM latest_scores WHERE tenant = ? AND model = ?)
       ORDER BY s.detector, s.subject`,
      key.tenant,
      key.model,
    )
    .map(storedScore);
}

/** Scores whose window ends in (fromMs, toMs], newest first. */
export function scoresBetween(database: Database, query: ScoreQuery): readonly StoredScore[] {
  const asked = [
    { sql: 's.tenant = ?', value: query.tenant },
    { sql: 's.model = ?', value: query.model },
    { sql: 's.detector = ?', value: query.detector },
    { sql: 's.subject = ?', value: query.subject },
    { sql: 's.window_to_ms > ?', value: query.fromMs },
    { sql: 's.window_to_ms <= ?', value: query.toMs },
  ].flatMap(({ sql, value }) => (value === undefined ? [] : [{ sql, value }]));
  return database
    .all(
      `${STORED} WHERE ${asked.map(({ sql }) => sql).join(' AND ')} ORDER BY s.window_to_ms DESC, s.id DESC`,
      ...asked.map(({ value }) => value),
    )
    .map(storedScore);
}

/** The largest value of each window's scores, 0 for what chance explains; null where none has a value. Oldest first. */
export function worstOfWindows(database: Database, query: WorstQuery): readonly WorstOfWindow[] {
  return database
    .all(
      `SELECT window_from_ms, max(CASE WHEN rows < ?8 THEN NULL WHEN is_significant = 0 THEN min(value, 0) ELSE value END) AS worst
       FROM scores WHERE tenant = ?1 AND model = ?2 AND detector = ?3 AND window_to_ms - window_from_ms = ?4
         AND window_to_ms > ?5 AND window_to_ms <= ?6
         AND (?7 IS NULL OR subject IN (SELECT value FROM json_each(?7)))
       GROUP BY window_from_ms ORDER BY window_from_ms`,
      query.tenant,
      query.model,
      query.detector,
      query.windowMs,
      query.fromMs,
      query.toMs,
      query.subjects === null ? null : JSON.stringify(query.subjects),
      query.minRows,
    )
    .map((row) => ({
      fromMs: Number(row['window_from_ms']),
      value: row['worst'] === null ? null : Number(row['worst']),
    }));
}

export function scoreById(database: Database, id: number): StoredScore | null {
  const row = database.get(`${STORED} WHERE s.id = ?`, id);
  return row === undefined ? null : storedScore(row);
}

/** The newest scores of every model a tenant (null: all) has, and the later history of one detector; oldest window first. */
export function fleetScores(
  database: Database,
  query: Parameters<Control['fleetScores']>[0],
): readonly FleetScore[] {
  return database
    .all(
      `SELECT *, evidence -> '$.numbers' AS numbers, evidence -> '$.burn' AS burn,
         evidence -> '$.sloState' AS sloState FROM scores WHERE id IN (
         SELECT score_id FROM latest_scores WHERE ?1 IS NULL OR tenant = ?1
         UNION SELECT id FROM scores WHERE detector = ?2 AND window_to_ms > ?3 AND (?1 IS NULL OR tenant = ?1))
       ORDER BY window_to_ms, id`,
      query.tenant,
      query.historyOf,
      query.fromMs,
    )
    .map((row) => ({
      ...plainScore(row),
      evidence: { ...parsed(row, 'numbers'), ...parsed(row, 'burn'), ...parsed(row, 'sloState') },
    }));
}

function parsed(row: Row, name: keyof FleetScore['evidence']): FleetScore['evidence'] {
  const text = row[name];
  return typeof text === 'string' ? { [name]: JSON.parse(text) as unknown } : {};
}

function storedScore(row: Row): StoredScore {
  return {
    ...plainScore(row),
    id: Number(row['id']),
    atMs: Number(row['at_ms']),
    why: row['why'] === null ? null : String(row['why']),
    evidence: JSON.parse(String(row['evidence'])) as Evidence,
    ...(row['inputs'] !== null && {
      inputs: JSON.parse(String(row['inputs'])) as Readonly<Record<string, string>>,
    }),
    verdicts: JSON.parse(String(row['verdicts'])) as StoredScore['verdicts'],
  };
}

function plainScore(row: Row): Omit<Score, 'evidence' | 'why' | 'inputs'> {
  const number = (name: string) => (row[name] === null ? null : Number(row[name]));
  return {
    tenant: String(row['tenant']),
    model: String(row['model']),
    detector: String(row['detector']),
    subject: String(row['subject']),
    windowFromMs: Number(row['window_from_ms']),
    windowToMs: Number(row['window_to_ms']),
    value: number('value'),
    lower: number('lower'),
    upper: number('upper'),
    rows: Number(row['rows']),
    baselineId: row['baseline_id'] === null ? null : String(row['baseline_id']),
    ...(row['is_significant'] !== null && { isSignificant: row['is_significant'] === 1 }),
  };
}

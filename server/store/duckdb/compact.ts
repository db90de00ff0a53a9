import type { Session } from './database.ts';
import { HOUR_MS } from './deltas.ts';
import { storedSql } from './recount-sql.ts';
import type { ModelState } from './registry.ts';
import { compactSchemaSql } from './schema-queries.ts';

/** Counts are kept by five minutes this long, then by the hour. */
export const FINE_MS = 2 * 24 * HOUR_MS;

/** The models that have counts older than two days which were not yet summed up, or outcomes, which change long after. */
export async function compactable(session: Session, nowMs: number): Promise<readonly number[]> {
  const old = (table: string, column: string) => `SELECT DISTINCT model FROM ${table} t
    LEFT JOIN (SELECT model, max(before_ms) AS before_ms FROM compactions GROUP BY model) c USING (model)
    WHERE t.${column} < ${borderOf(nowMs)} AND t.${column} >= coalesce(c.before_ms, 0)`;
  const rows = await session.rows(
    [
      old('counts', 'bucket_ms'),
      old('slo_minutes', 'minute_ms'),
      old('violations', 'bucket_ms'),
      old('repeated_ids', 'bucket_ms'),
      'SELECT DISTINCT model FROM outcome_counts',
    ].join(' UNION '),
  );
  return rows.map(([model]) => Number(model));
}

function borderOf(nowMs: number): number {
  return Math.floor((nowMs - FINE_MS) / HOUR_MS) * HOUR_MS;
}

/**
 * Sums a model's older deltas up to one row an hour, and those of its objectives to one a minute. Runs inside an open
 * transaction; the state is told by the caller once that is committed. Returns the new border. Rows keep the newest
 * batch they were made of: what was compacted has not changed.
 */
export async function compactModel(
  session: Session,
  state: ModelState,
  given: { readonly nowMs: number; readonly batch: bigint },
): Promise<number> {
  const beforeMs = borderOf(given.nowMs);
  const fromMs = state.compactedBeforeMs;
  if (beforeMs <= fromMs) return fromMs;
  const hour = `bucket_ms // ${HOUR_MS} * ${HOUR_MS}`;
  const range = (column: string) =>
    `model = ${state.model} AND ${column} >= ${fromMs} AND ${column} < ${beforeMs} AND batch < ${given.batch}`;
  await session.run(`CREATE OR REPLACE TEMP TABLE compacted AS
    SELECT newest.batch, ${state.model}, version, dataset, group_entry, group_code, hour_ms,
      sum(n) FILTER (cell = -1),
      coalesce(list(cell ORDER BY cell) FILTER (cell >= 0), []),
      coalesce(list(n ORDER BY cell) FILTER (cell >= 0), [])
    FROM (SELECT version, dataset, group_entry, group_code, ${hour} AS hour_ms, cell, sum(n) AS n
      FROM (${storedSql(state, range('bucket_ms'))}) GROUP BY ALL)
    JOIN (SELECT version, dataset, group_entry, group_code, ${hour} AS hour_ms, max(batch) AS batch
      FROM counts WHERE ${range('bucket_ms')} GROUP BY ALL) newest USING (version, dataset, group_entry, group_code, hour_ms)
    GROUP BY newest.batch, version, dataset, group_entry, group_code, hour_ms`);
  await session.run(`DELETE FROM counts WHERE ${range('bucket_ms')}`);
  await session.run('INSERT INTO counts SELECT * FROM compacted');
  await session.run(`INSERT INTO slo_minutes
    SELECT ${given.batch}, model, slo, minute_ms, sum(good), sum(bad), sum(excluded), sum(nanos) FROM slo_minutes
    WHERE ${range('minute_ms')} GROUP BY model, slo, minute_ms`);
  await session.run(`DELETE FROM slo_minutes WHERE ${range('minute_ms')}`);
  const schemas = { fromMs, beforeMs, batch: given.batch };
  for (const sql of compactSchemaSql(state, schemas)) await session.run(sql);
  await session.run('INSERT INTO compactions VALUES (?, ?)', [state.model, BigInt(beforeMs)]);
  return beforeMs;
}

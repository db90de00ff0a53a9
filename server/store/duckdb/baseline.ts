import { randomUUID } from 'node:crypto';
import {
  categoryLayout,
  EDGE_QUANTILES,
  featureCounts,
  modelLayout,
  quantileLayout,
  VALUE_CELLS,
  valueLayout,
} from '../../../detectors/cells.ts';
import type { FeatureLayout } from '../../../detectors/types.ts';
import type { Baseline, BaselineSource } from '../../model.ts';
import type { Session } from './database.ts';
import { attachLayouts } from './load.ts';
import { rebuildSql, recountSql } from './recount-sql.ts';
import type { RowFilter } from './recount-sql.ts';
import type { Entry, ModelState } from './registry.ts';
import { valueColumn, valuesSql } from './rows-sql.ts';

/** Above this many rows quantiles are estimated: their rank is then off by less than a thousandth. */
const EXACT_ROWS = 500_000;
/** Reference rows come in many requests: so long after the last one the upload is taken to be over. */
const QUIET_MS = 5 * 60_000;

interface BaselineRows extends RowFilter {
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Freezes a baseline, in the place of the one there may be, and counts every stored row of the model into its cells.
 * Runs inside an open transaction. null, and nothing changed, while the source has too few rows or is still arriving.
 */
export async function buildBaseline(
  session: Session,
  state: ModelState,
  given: { readonly source: BaselineSource; readonly nowMs: number; readonly batch: bigint },
): Promise<Baseline | null> {
  const found = await baselineRows(session, state, given);
  if (found === null) return null;
  const layouts = await layoutsOf(session, state, found);
  attachLayouts(state, layouts);
  const cells = await session.rows(
    `SELECT cell, sum(n)::DOUBLE FROM (${recountSql(state, found)}) WHERE group_entry = -1 AND cell >= 0 GROUP BY cell`,
  );
  const baseline: Baseline = {
    id: randomUUID(),
    tenant: state.tenant,
    model: state.name,
    source: given.source,
    fromMs: found.fromMs,
    toMs: found.toMs,
    rows: found.rows,
    createdAtMs: given.nowMs,
    layouts,
    counts: featureCounts(modelLayout(layouts), {
      cells: cells.map((row) => Number(row[0])),
      counts: cells.map((row) => Number(row[1])),
    }),
  };
  for (const sql of rebuildSql(state, given.batch)) await session.run(sql);
  await session.run(`DELETE FROM baselines WHERE model = ${state.model}`);
  await insert(session, state, baseline);
  return baseline;
}

async function insert(session: Session, state: ModelState, baseline: Baseline): Promise<void> {
  await session.run('INSERT INTO baselines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    state.model,
    baseline.id,
    JSON.stringify(baseline.source),
    BigInt(Math.trunc(baseline.fromMs)),
    BigInt(Math.trunc(baseline.toMs)),
    BigInt(baseline.rows),
    BigInt(Math.trunc(baseline.createdAtMs)),
    JSON.stringify(baseline.layouts),
    JSON.stringify(baseline.counts),
  ]);
}

async function baselineRows(
  session: Session,
  state: ModelState,
  given: { readonly source: BaselineSource; readonly nowMs: number },
): Promise<BaselineRows | null> {
  const { source } = given;
  if (source.kind === 'period' && given.nowMs < source.toMs) return null;
  const filter = await filterOf(session, state, source);
  if (filter === null) return null;
  const [row] = await session.rows(
    `SELECT count(*), min(epoch_ns(p.event_time)) // 1000000, max(epoch_ns(p.event_time)) // 1000000, max(p.received_ms)
      FROM ${valuesSql(state, [], filter.range)} p WHERE ${filter.where}`,
  );
  const rows = Number(row?.[0] ?? 0);
  if (rows < Math.max(1, source.kind === 'reference' ? source.minRows : 0)) return null;
  if (source.kind === 'reference' && given.nowMs - Number(row?.[3]) < QUIET_MS) return null;
  const range = source.kind === 'period' ? source : { fromMs: Number(row?.[1]), toMs: Number(row?.[2]) + 1 };
  return { ...filter, rows, fromMs: range.fromMs, toMs: range.toMs };
}

async function filterOf(
  session: Session,
  state: ModelState,
  source: BaselineSource,
): Promise<RowFilter | null> {
  if (source.kind === 'reference') return { where: 'p.dataset = 1' };
  if (source.kind === 'period') {
    const where = `p.dataset = 0 AND epoch_ns(p.event_time) >= ${Math.trunc(source.fromMs)}000000
      AND epoch_ns(p.event_time) < ${Math.trunc(source.toMs)}000000`;
    return { where, range: source };
  }
  const [last] = await session.rows(
    `SELECT batch, ordinal FROM ${valuesSql(state, [])} WHERE dataset = 0
      ORDER BY batch, ordinal LIMIT 1 OFFSET ${Math.max(0, source.rows - 1)}`,
  );
  if (last === undefined) return null;
  const [batch, ordinal] = last;
  const where = `p.dataset = 0 AND (p.batch, p.ordinal) <= (${String(batch)}, ${String(ordinal)})`;
  return { where, ...(typeof batch === 'bigint' && { range: { lastBatch: batch } }) };
}

async function layoutsOf(
  session: Session,
  state: ModelState,
  found: BaselineRows,
): Promise<Record<string, FeatureLayout>> {
  const layouts: Record<string, FeatureLayout> = {};
  for (const entry of state.byRole.feature.values()) {
    const from = `FROM ${valuesSql(state, [entry], found.range)} p WHERE ${found.where}`;
    const layout =
      entry.kind === 'number'
        ? await numberLayoutOf(session, `p.${valueColumn(entry)}`, { from, rows: found.rows })
        : await categoryLayoutOf(session, entry, from);
    if (layout !== null) layouts[entry.name] = layout;
  }
  return layouts;
}

async function numberLayoutOf(
  session: Session,
  x: string,
  of: { readonly from: string; readonly rows: number },
): Promise<FeatureLayout | null> {
  const finite = `${of.from} AND ${x} IS NOT NULL AND NOT isnan(${x}) AND NOT isinf(${x})`;
  const distinct = await session.rows(`SELECT DISTINCT ${x} AS x ${finite} LIMIT ${VALUE_CELLS + 1}`);
  if (distinct.length === 0) return null;
  if (distinct.length <= VALUE_CELLS)
    return valueLayout(distinct.map((row) => Number(row[0])).sort((a, b) => a - b));
  const quantile = of.rows > EXACT_ROWS ? 'approx_quantile' : 'quantile_disc';
  const rows = await session.rows(
    `SELECT unnest([min(x), max(x)] || ${quantile}(x, [${EDGE_QUANTILES.join(',')}])) FROM (SELECT ${x} AS x ${finite})`,
  );
  const [min = NaN, max = NaN, ...quantiles] = rows.map((row) => Number(row[0]));
  return quantileLayout({ quantiles: quantiles.sort((a, b) => a - b), min, max });
}

async function categoryLayoutOf(session: Session, entry: Entry, from: string): Promise<FeatureLayout | null> {
  const x = `p.${valueColumn(entry)}`;
  const rows = await session.rows(`SELECT ${x}, count(*) ${from} AND ${x} IS NOT NULL GROUP BY ALL`);
  if (rows.length === 0) return null;
  return categoryLayout(
    rows.map((row) => ({ value: entry.values[Number(row[0])] ?? '', rows: Number(row[1]) })),
  );
}

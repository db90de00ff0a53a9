import type { BaselineSource } from '../../model.ts';
import type { Session } from './database.ts';
import { FIRST_SET, PRODUCTION, REFERENCE } from './datasets.ts';
import type { RowFilter } from './recount-sql.ts';
import { setDataset } from './registry.ts';
import type { ModelState } from './registry.ts';
import { timeSql, valuesSql } from './rows-sql.ts';

/** Which stored rows a baseline is made of. */

/** Reference rows come in many requests: so long after the last one the upload is taken to be over. */
const QUIET_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Rows that are counted at a time, about: a second of work. */
const PIECE_ROWS = 100_000;

export interface BaselineRows extends RowFilter {
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Asked {
  readonly source: BaselineSource;
  readonly nowMs: number;
  /** Rows of later commits are not looked at. */
  readonly lastBatch: bigint;
}

/** Whether looking at rows is of any use: what is in memory may say that the source has too few, or is not over. */
export function mayBeReady(state: ModelState, { source, nowMs }: Omit<Asked, 'lastBatch'>): boolean {
  if (source.kind === 'period') return nowMs >= source.toMs;
  if (source.kind === 'reference') return state.referenceRows >= Math.max(1, source.minRows);
  return source.kind === 'uploaded'
    ? setDataset(state, source.set) !== null
    : state.predictions >= source.rows;
}

/** null while the source has too few rows or is still arriving. */
export async function baselineRows(
  session: Session,
  state: ModelState,
  asked: Asked,
): Promise<BaselineRows | null> {
  const { source } = asked;
  if (!mayBeReady(state, asked)) return null;
  const filter = await filterOf(session, state, asked);
  if (filter === null) return null;
  const [row] = await session.rows(
    `SELECT count(*), min(epoch_ns(p.event_time)) // 1000000, max(epoch_ns(p.event_time)) // 1000000, max(p.received_ms)
      FROM ${valuesSql(state, [], filter.range)} p WHERE ${filter.where}`,
  );
  const rows = Number(row?.[0] ?? 0);
  if (rows < Math.max(1, source.kind === 'reference' ? source.minRows : 0)) return null;
  if (source.kind === 'reference' && asked.nowMs - Number(row?.[3]) < QUIET_MS) return null;
  const range = source.kind === 'period' ? source : { fromMs: Number(row?.[1]), toMs: Number(row?.[2]) + 1 };
  return { ...filter, rows, fromMs: range.fromMs, toMs: range.toMs };
}

/** The code in `predictions.dataset` of the rows that a source takes. */
export function sourceDataset(state: ModelState, source: BaselineSource): number {
  if (source.kind === 'reference') return REFERENCE;
  return source.kind === 'uploaded' ? (setDataset(state, source.set) ?? FIRST_SET - 1) : PRODUCTION;
}

async function filterOf(session: Session, state: ModelState, asked: Asked): Promise<RowFilter | null> {
  const { source, lastBatch } = asked;
  const known = `p.dataset = ${sourceDataset(state, source)} AND p.batch <= ${lastBatch}`;
  if (source.kind === 'reference' || source.kind === 'uploaded')
    return { where: known, range: { lastBatch } };
  if (source.kind === 'period') {
    const without = (source.exclude ?? []).map((span) => ` AND NOT (${withinSql(span)})`).join('');
    const { fromMs, toMs } = source;
    return { where: `${known} AND ${withinSql(source)}${without}`, range: { fromMs, toMs, lastBatch } };
  }
  return firstRows(session, state, { known, rows: source.rows, lastBatch });
}

interface FirstRows {
  readonly known: string;
  readonly rows: number;
  readonly lastBatch: bigint;
}

/** The earliest by the time they tell, whatever came first: one stray row of today must not make a baseline last until today. */
async function firstRows(
  session: Session,
  state: ModelState,
  { known, rows, lastBatch }: FirstRows,
): Promise<RowFilter | null> {
  const place = 'epoch_ns(p.event_time), p.batch, p.ordinal';
  const [last] = await session.rows(
    `SELECT ${place} FROM ${valuesSql(state, [], { lastBatch })} p WHERE ${known}
      ORDER BY ${place} LIMIT 1 OFFSET ${Math.max(0, rows - 1)}`,
  );
  if (last === undefined) return null;
  const [timeNs, batch, ordinal] = last.map(String);
  const where = `${known} AND (${place}) <= (${timeNs}, ${batch}, ${ordinal})`;
  return { where, range: { toMs: Number(BigInt(timeNs ?? 0) / 1_000_000n) + 1, lastBatch } };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows of alias `p` in [fromMs, toMs). */
function withinSql({ fromMs, toMs }: Span): string {
  return `p.event_time >= ${timeSql(fromMs)} AND p.event_time < ${timeSql(toMs)}`;
}

/** The rows of a filter in pieces of whole days in UTC. */
export async function piecesOf(
  session: Session,
  state: ModelState,
  filter: RowFilter,
): Promise<readonly RowFilter[]> {
  const days = await session.rows(
    `SELECT epoch_ns(p.event_time) // ${DAY_MS}000000 * ${DAY_MS} AS day_ms, count(*)
      FROM ${valuesSql(state, [], filter.range)} p WHERE ${filter.where} GROUP BY ALL ORDER BY day_ms`,
  );
  const spans: (Span & { readonly rows: number })[] = [];
  for (const [day, count] of days) {
    const [fromMs, rows] = [Number(day), Number(count)];
    const last = spans.at(-1);
    if (last !== undefined && last.rows + rows <= PIECE_ROWS)
      spans[spans.length - 1] = { fromMs: last.fromMs, toMs: fromMs + DAY_MS, rows: last.rows + rows };
    else spans.push({ fromMs, toMs: fromMs + DAY_MS, rows });
  }
  return spans.map(({ fromMs, toMs }) => ({
    where: `${filter.where} AND ${withinSql({ fromMs, toMs })}`,
    range: { ...filter.range, fromMs, toMs },
  }));
}

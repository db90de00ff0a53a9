import duckdb from '@duckdb/node-bindings';
import { BadRequestError } from '../../errors.ts';
import { sourceDataset } from './baseline-rows.ts';
import type { CountWindows, CountWindowsQuery, Span } from '../../ports-counts.ts';
import type { Session } from './database.ts';
import { PRODUCTION } from './datasets.ts';
import { BUCKET_MS, HOUR_MS } from './deltas.ts';
import type { ModelState } from './registry.ts';

/** Counts of many windows in one read: what DuckDB finds is summed as it lies in its vectors. */

/** 512 MB. */
const MOST_CELLS = 64_000_000;

export interface CountWindowsRead {
  readonly state: ModelState;
  readonly query: CountWindowsQuery;
}

/** Of one read that is shared: 4 MB. */
const MOST_SHARED_CELLS = 500_000;

/** Reads that differ by the model alone; null: its windows take too much memory to be read for many models at once. */
export function sharedWindows({ state, query }: CountWindowsRead): string | null {
  const { key: _key, ...asked } = query;
  const everyMs = query.slot?.everyMs ?? query.windowMs ?? Infinity;
  const windows = 1 + Math.max(0, query.toMs - query.fromMs) / everyMs;
  const isSmall = windows * (state.layout?.cells ?? 0) <= MOST_SHARED_CELLS;
  return isSmall && query.version === undefined ? JSON.stringify(asked) : null;
}

/** The same windows of some models, in one read. */
export async function readCountWindows(
  session: Session,
  reads: readonly CountWindowsRead[],
): Promise<readonly CountWindows[]> {
  // Told when the read begins and not before: until then the baseline may be replaced.
  let found: ReadonlyMap<number, Found> = new Map();
  await session.visit(
    () => {
      found = new Map(reads.map(({ state }) => [state.model, foundOf(state)]));
      return windowsSql(reads);
    },
    (chunk) => addChunk(found, chunk),
  );
  return reads.map(({ state, query }) => {
    const { sums, baselineId } = found.get(state.model) ?? foundOf(state);
    return { baselineId, ...sums.told(query.fromMs, query.windowMs ?? 0) };
  });
}

function foundOf({ layout, baseline }: ModelState): Found {
  return { sums: new WindowSums(layout?.cells ?? 0), baselineId: baseline?.id ?? null };
}

interface Found {
  readonly sums: WindowSums;
  readonly baselineId: string | null;
}

/** The answer of a model that nobody has sent. */
export function noWindows(): CountWindows {
  return { baselineId: null, ...new WindowSums(0).told(0, 0) };
}

/** Throws BadRequestError for windows that are none. */
export function checkWindows({ fromMs, toMs, windowMs, slot }: CountWindowsQuery): void {
  if (windowMs !== null && !(windowMs >= BUCKET_MS))
    throw new BadRequestError(`Windows of ${windowMs} ms were asked for; ask for five minutes or more.`);
  if (slot !== undefined && !(slot.everyMs > 0))
    throw new BadRequestError(`A slot every ${slot.everyMs} ms was asked for; ask for more than 0.`);
  if (slot !== undefined && windowMs === null)
    throw new BadRequestError('A slot was asked for without a length of windows; give one.');
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs))
    throw new BadRequestError(`Windows from ${fromMs} to ${toMs} were asked for; give both in milliseconds.`);
}

/** Conditions may differ where baselines or compaction do, if only by a moment: one part for each text of them. */
function windowsSql(reads: readonly CountWindowsRead[]): string {
  const texts = Map.groupBy(reads, (read) => conditionsSql(read));
  const parts = [...texts].map(([conditions, same]) => {
    const models = [...new Set(same.map(({ state }) => state.model))].join(',');
    const window = windowSql((same[0] as CountWindowsRead).query);
    return `SELECT model, (${window})::INTEGER, row_count, cells, cell_counts FROM counts
      WHERE model IN (${models}) AND ${conditions}`;
  });
  return parts.join(' UNION ALL ');
}

function windowSql({ fromMs, windowMs }: CountWindowsQuery): string {
  return windowMs === null ? '0' : `(bucket_ms - ${Math.trunc(fromMs)}) // ${windowMs}`;
}

function conditionsSql({ state, query }: CountWindowsRead): string {
  const { windowMs, slot } = query;
  const fromMs = Math.trunc(query.fromMs);
  const toMs =
    windowMs === null ? query.toMs : fromMs + Math.floor((query.toMs - fromMs) / windowMs) * windowMs;
  const version = query.version === undefined ? null : (state.versions.get(query.version)?.version ?? -1);
  const startsMs = `${windowSql(query)} * ${windowMs} + ${fromMs - Math.trunc(slot?.atMs ?? 0)}`;
  return [
    'group_entry = -1',
    `bucket_ms >= ${fromMs} AND bucket_ms < ${Math.trunc(toMs)}`,
    query.dataset === 'baseline' ? baselineSql(state) : `dataset = ${PRODUCTION}`,
    ...(version === null ? [] : [`version = ${version}`]),
    ...(query.without ?? []).map((span) => `NOT (${touchedSql(state, span)})`),
    ...(slot === undefined ? [] : [`(${startsMs}) % ${Math.trunc(slot.everyMs)} = 0`]),
  ].join(' AND ');
}

/** Narrows counts to the rows of the baseline. */
function baselineSql(state: ModelState): string {
  const { baseline } = state;
  if (baseline === null) return 'false';
  const { source, fromMs, toMs } = baseline;
  const excluded = source.kind === 'period' ? (source.exclude ?? []) : [];
  return [
    `dataset = ${sourceDataset(state, source)} AND bucket_ms + ${BUCKET_MS} > ${fromMs} AND bucket_ms < ${toMs}`,
    ...excluded.map((span) => `NOT (${touchedSql(state, span)})`),
  ].join(' AND ');
}

/** Counts of the five minutes, or of the hour where they were compacted, that overlap a span. */
function touchedSql({ compactedBeforeMs }: ModelState, { fromMs, toMs }: Span): string {
  const spanMs = `CASE WHEN bucket_ms < ${compactedBeforeMs} THEN ${HOUR_MS} ELSE ${BUCKET_MS} END`;
  return `bucket_ms < ${Math.trunc(toMs)} AND bucket_ms + ${spanMs} > ${Math.trunc(fromMs)}`;
}

const WORD = 4_294_967_296;

/** Adds a chunk of (model INTEGER, window INTEGER, row_count INTEGER, cells INTEGER[], cell_counts BIGINT[]). */
function addChunk(found: ReadonlyMap<number, Found>, chunk: duckdb.DataChunk): void {
  const size = duckdb.data_chunk_get_size(chunk);
  const column = (index: number) => duckdb.data_chunk_get_vector(chunk, index);
  const [models, windows, rows] = [words(column(0), size), words(column(1), size), words(column(2), size)];
  const lists = { cells: listOf(column(3), size, 1), counts: listOf(column(4), size, 2) };
  for (let at = 0; at < size; at += 1) {
    const sums = found.get(models[at] as number)?.sums;
    if (sums !== undefined) addList(sums.add(windows[at] as number, rows[at] as number), lists, at);
  }
}

/** Rows and cells by window. */
class WindowSums {
  readonly #width: number;
  readonly #rows = new Map<number, number>();
  readonly #cells = new Map<number, Float64Array>();

  constructor(width: number) {
    this.#width = width;
  }

  /** Adds rows; the cells they are counted in are for the caller to add. */
  add(window: number, rows: number): Float64Array {
    this.#rows.set(window, (this.#rows.get(window) ?? 0) + rows);
    return this.#of(window);
  }

  #of(window: number): Float64Array {
    const known = this.#cells.get(window);
    if (known !== undefined) return known;
    if ((this.#cells.size + 1) * this.#width > MOST_CELLS)
      throw new BadRequestError(
        `More than ${Math.floor(MOST_CELLS / this.#width)} windows of ${this.#width} cells were asked for; ask for a shorter time or longer windows.`,
      );
    const made = new Float64Array(this.#width);
    this.#cells.set(window, made);
    return made;
  }

  told(fromMs: number, windowMs: number): Omit<CountWindows, 'baselineId'> {
    const windows = [...this.#rows.keys()].sort((a, b) => a - b);
    const cells = new Float64Array(windows.length * this.#width);
    windows.forEach((window, at) => cells.set(this.#cells.get(window) ?? [], at * this.#width));
    return {
      startsMs: Float64Array.from(windows, (window) => Math.trunc(fromMs) + window * windowMs),
      rows: Float64Array.from(windows, (window) => this.#rows.get(window) ?? 0),
      cells,
    };
  }
}

interface List {
  /** First place and length of every row, each as two words. */
  readonly entries: Int32Array;
  readonly values: Int32Array;
}

function listOf(vector: duckdb.Vector, size: number, width: 1 | 2): List {
  const values = words(duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector) * width);
  return { entries: words(vector, size * 4), values };
}

/** The first `count` words of 32 bits of a vector. */
function words(vector: duckdb.Vector, count: number): Int32Array {
  if (count === 0) return new Int32Array(0);
  const bytes = duckdb.vector_get_data(vector, count * 4);
  return new Int32Array(bytes.buffer, bytes.byteOffset, count);
}

/** A loop over every cell of every row: no value is copied, no bigint made. */
function addList(
  into: Float64Array,
  { cells, counts }: { readonly cells: List; readonly counts: List },
  row: number,
): void {
  const first = cells.entries[row * 4] as number;
  const firstCount = counts.entries[row * 4] as number;
  const length = cells.entries[row * 4 + 2] as number;
  for (let at = 0; at < length; at += 1) {
    const low = counts.values[(firstCount + at) * 2] as number;
    const high = counts.values[(firstCount + at) * 2 + 1] as number;
    (into[cells.values[first + at] as number] as number) += high * WORD + (low >>> 0);
  }
}

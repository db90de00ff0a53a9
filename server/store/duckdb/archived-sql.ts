import { DATASETS } from '../../batch.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { ArchiveFile } from './archived.ts';
import type { ArchiveKind } from './archive-path.ts';
import type { Entry, ModelState } from './registry.ts';

/** How a row in Parquet becomes a row of the hot tables again: names to codes, columns to places in lists. */

const DAY_MS = 86_400_000;

export interface RowRange {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Files of later commits alone are not opened. */
  readonly lastBatch?: bigint;
  /** Nor are files of earlier commits alone. */
  readonly firstBatch?: bigint;
}

export interface RowsAsked {
  /** Files of days outside are not opened; rows are not narrowed by it. */
  readonly range?: RowRange;
  /** Values of others may be null where rows are in Parquet: a column that is not asked for is not read. */
  readonly entries?: readonly Entry[];
  /** SQL of keys: rows of other ids are left out. */
  readonly keys?: string;
}

/** Files of a kind that may hold rows of the range. */
export function filesOf(state: ModelState, kind: ArchiveKind, range: RowRange = {}): readonly ArchiveFile[] {
  const { fromMs = -Infinity, toMs = Infinity, firstBatch, lastBatch } = range;
  return state.archived.files.filter(
    (file) =>
      file.kind === kind &&
      file.dayMs < toMs &&
      file.dayMs + DAY_MS > fromMs &&
      (lastBatch === undefined || file.firstBatch <= lastBatch) &&
      (firstBatch === undefined || file.lastBatch >= firstBatch),
  );
}

export function readSql(folder: string, files: readonly Pick<ArchiveFile, 'file'>[]): string {
  const paths = files.map(({ file }) => text(`${folder}${file}`));
  return `read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = false)`;
}

export function text(value: string): string {
  const parts = value.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  // A statement of SQL ends at a NUL.
  return parts.length === 1 ? String(parts[0]) : `(${parts.join(' || chr(0) || ')})`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What a file says of an id: its text, and its key where the text is not that. */
const KEY_SQL = 'coalesce(r.id_key, TRY_CAST(r.prediction_id AS UUID))';
const ID_TEXT_SQL = 'CASE WHEN r.id_key IS NOT NULL THEN r.prediction_id END';

/** A SELECT of a model's predictions in Parquet in the shape of the table; null when no file can have any. */
export function archivedPredictionsSql(state: ModelState, asked: RowsAsked): string | null {
  const files = filesOf(state, 'predictions', asked.range);
  if (files.length === 0) return null;
  const columns = new Columns(state, files);
  const feature = (name: string) => asFeature(columns, state.byRole.feature.get(name), asked);
  const prediction = feature(PREDICTION);
  const isNumber = state.byRole.feature.get(PREDICTION)?.kind === 'number';
  const placed = [...state.byRole.feature.values()].filter(({ slot }) => slot >= 0);
  const list = (entries: readonly Entry[]) => columns.list(entries, asked.entries);
  const version = `v${state.model}`;
  columns.joins.push(
    `LEFT JOIN versions ${version} ON ${version}.model = ${state.model} AND ${version}.name = r.model_version`,
  );
  return `SELECT r.batch, r.ordinal, ${state.model} AS model, ${version}.version,
      list_position([${DATASETS.map(text).join(', ')}], r.dataset)::INTEGER - 1 AS dataset, r.event_time,
      epoch_ms(r.received_time) AS received_ms, ${KEY_SQL} AS id_key, ${ID_TEXT_SQL} AS id_text,
      ${isNumber ? prediction : 'NULL::DOUBLE'} AS prediction, ${isNumber ? 'NULL::INTEGER' : prediction} AS prediction_code,
      ${feature(SCORE)} AS score, r.duration_ms, ${columns.code('$error', 'r.error')} AS error, r.input_tokens,
      r.output_tokens, r.cost, ${columns.code('$currency', 'r.currency')} AS currency,
      ${list([...state.byRole.segment.values()])}::INTEGER[] AS segments,
      ${list(placed.filter(({ kind }) => kind === 'number'))}::DOUBLE[] AS num,
      ${list(placed.filter(({ kind }) => kind !== 'number'))}::INTEGER[] AS cat
    FROM ${columns.from(asked.keys)}`;
}

function asFeature(columns: Columns, entry: Entry | undefined, { entries }: RowsAsked): string {
  if (entry === undefined || entries?.includes(entry) === false) return 'NULL';
  return columns.value(entry);
}

/** A SELECT of the protected attributes of a model's predictions in Parquet, in the shape of the table. */
export function archivedProtectedSql(state: ModelState, asked: RowsAsked): string | null {
  const files = filesOf(state, 'protected', asked.range);
  if (files.length === 0) return null;
  const columns = new Columns(state, files);
  const codes = columns.list([...state.byRole.protected.values()], asked.entries);
  return `SELECT r.batch, r.ordinal, ${state.model} AS model, ${codes}::INTEGER[] AS codes FROM ${columns.from(asked.keys)}`;
}

/** A SELECT of a model's labels in Parquet in the shape of the table. */
export function archivedLabelsSql(state: ModelState, asked: RowsAsked): string | null {
  const files = filesOf(state, 'labels', asked.range);
  if (files.length === 0) return null;
  const columns = new Columns(state, files);
  return `SELECT r.batch, r.ordinal, ${state.model} AS model, ${KEY_SQL} AS id_key, ${ID_TEXT_SQL} AS id_text, r.event_time,
      epoch_ms(r.received_time) AS received_ms, r.value, ${columns.code('$label', 'r.value_text')} AS value_code,
      ${columns.code('$source', 'r.source')} AS source
    FROM ${columns.from(asked.keys)}`;
}

/** Columns of files of alias `r`, and the joins with the dictionary that their texts need. */
class Columns {
  readonly joins: string[] = [];
  readonly #state: ModelState;
  readonly #files: readonly ArchiveFile[];

  constructor(state: ModelState, files: readonly ArchiveFile[]) {
    this.#state = state;
    this.#files = files;
  }

  /** Rows are narrowed before they are joined. */
  from(keys: string | undefined): string {
    const files = readSql(this.#state.archived.folder, this.#files);
    const rows = keys === undefined ? files : `(SELECT * FROM ${files} r WHERE ${KEY_SQL} IN (${keys}))`;
    return `${rows} r ${this.joins.join('\n')}`;
  }

  /** A number as it stands, a text by its code; NULL where no file has the entry. */
  value(entry: Entry): string {
    const name = this.#state.archived.columns.get(entry.entry);
    if (name === undefined || !this.#files.some(({ entryCount }) => entryCount > entry.entry)) return 'NULL';
    const column = `r.${quoted(name)}`;
    if (entry.role === 'feature' && entry.kind === 'number') return column;
    return this.#codeOf(entry, column);
  }

  code(name: string, column: string): string {
    const entry = this.#state.byRole.code.get(name);
    return entry === undefined ? 'NULL::INTEGER' : this.#codeOf(entry, column);
  }

  #codeOf({ entry }: Entry, column: string): string {
    const known = `d${entry}`;
    this.joins.push(`LEFT JOIN dictionary ${known}
      ON ${known}.model = ${this.#state.model} AND ${known}.entry = ${entry} AND ${known}.value = ${column}`);
    return `${known}.code`;
  }

  /** Values by slot. */
  list(entries: readonly Entry[], asked: readonly Entry[] | undefined): string {
    const values = Array.from({ length: entries.length }, () => 'NULL');
    for (const entry of entries)
      if (asked === undefined || asked.includes(entry)) values[entry.slot] = this.value(entry);
    return `[${Array.from(values, (value) => value ?? 'NULL').join(', ')}]`;
  }
}

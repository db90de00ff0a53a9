import { PREDICTION, SCORE } from '../../model.ts';
import { DATASETS } from '../../batch.ts';
import type { ArchiveFile } from './archived.ts';
import type { ArchiveKind } from './archive-path.ts';
import type { Entry, ModelState } from './registry.ts';

/** A model's stored rows as one table, hot ones and those in Parquet alike. */

const DAY_MS = 86_400_000;

export interface RowRange {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Files of later commits alone are not opened. */
  readonly lastBatch?: bigint;
}

/** The text of a prediction's id, of table alias `table`. */
export function idSql(table: string): string {
  return `coalesce(${table}.id_text, ${table}.id_key::VARCHAR)`;
}

/** The column of an entry's value in `rowsSql`: a number, or a code of the entry's dictionary. */
export function valueColumn(entry: Entry): string {
  return `v${entry.entry}`;
}

/**
 * A table expression of a model's rows: batch, ordinal, version, dataset, event_time, received_ms, and a value column
 * for each of `entries` (features, segments, protected attributes). Files of days outside `range` are not opened; rows
 * are not narrowed by it.
 */
export function rowsSql(state: ModelState, entries: readonly Entry[], range: RowRange = {}): string {
  const archived = archivedSql(state, entries, range);
  return `(${hotSql(state, entries)}${archived === null ? '' : ` UNION ALL ${archived}`})`;
}

function hotSql(state: ModelState, entries: readonly Entry[]): string {
  const values = entries.map((entry) => `, ${hotValueSql(entry)} AS ${valueColumn(entry)}`);
  const isProtected = entries.some(({ role }) => role === 'protected');
  return `SELECT r.batch, r.ordinal, r.version, r.dataset, r.event_time, r.received_ms${values.join('')}
    FROM predictions r ${isProtected ? protectedJoin(state) : ''} WHERE r.model = ${state.model}`;
}

/** Joins the protected attributes of rows of alias `r` as `pa`. */
export function protectedJoin(state: ModelState): string {
  return `LEFT JOIN protected_attributes pa
    ON pa.batch = r.batch AND pa.ordinal = r.ordinal AND pa.model = ${state.model}`;
}

/** Where the value of an entry stands in a hot row of alias `row`, its protected attributes in `pa`. */
export function hotValueSql(entry: Entry, row = 'r'): string {
  const { role, name, kind, slot } = entry;
  if (role === 'protected') return `pa.codes[${slot + 1}]`;
  if (role === 'segment') return `${row}.segments[${slot + 1}]`;
  if (name === PREDICTION) return kind === 'number' ? `${row}.prediction` : `${row}.prediction_code`;
  if (name === SCORE) return `${row}.score`;
  return kind === 'number' ? `${row}.num[${slot + 1}]` : `${row}.cat[${slot + 1}]`;
}

/** Files of a kind that may hold rows of the range. */
export function filesOf(state: ModelState, kind: ArchiveKind, range: RowRange = {}): readonly ArchiveFile[] {
  const { fromMs = -Infinity, toMs = Infinity, lastBatch } = range;
  return state.archived.files.filter(
    (file) =>
      file.kind === kind &&
      file.dayMs < toMs &&
      file.dayMs + DAY_MS > fromMs &&
      (lastBatch === undefined || file.firstBatch <= lastBatch),
  );
}

export function readSql(folder: string, files: readonly Pick<ArchiveFile, 'file'>[]): string {
  const paths = files.map(({ file }) => text(`${folder}${file}`));
  return `read_parquet([${paths.join(', ')}], union_by_name = true, hive_partitioning = false)`;
}

/** A moment as SQL, in milliseconds since 1970. */
export function timeSql(ms: number): string {
  return `make_timestamp_ns(${Math.trunc(ms)}000000)`;
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function archivedSql(state: ModelState, entries: readonly Entry[], range: RowRange): string | null {
  const files = filesOf(state, 'predictions', range);
  if (files.length === 0) return null;
  const apart = filesOf(state, 'protected', range);
  const told = entries.map((entry) =>
    archivedValue(state, entry, entry.role === 'protected' ? apart : files),
  );
  const values = told.map(({ value }, index) => `, ${value} AS ${valueColumn(entries[index] as Entry)}`);
  const isProtected = apart.length > 0 && entries.some(({ role }) => role === 'protected');
  const datasets = `[${DATASETS.map(text).join(', ')}]`;
  return `SELECT r.batch, r.ordinal, version.version, list_position(${datasets}, r.dataset) - 1, r.event_time,
      epoch_ms(r.received_time)${values.join('')}
    FROM ${readSql(state.archived.folder, files)} r
    ${isProtected ? `LEFT JOIN ${readSql(state.archived.folder, apart)} pa ON pa.batch = r.batch AND pa.ordinal = r.ordinal` : ''}
    LEFT JOIN versions version ON version.model = ${state.model} AND version.name = r.model_version
    ${told.map(({ join }) => join).join('\n')}`;
}

/** A number as it stands, a text by its code; NULL where no file has the entry. */
function archivedValue(
  state: ModelState,
  entry: Entry,
  files: readonly ArchiveFile[],
): { readonly value: string; readonly join: string } {
  const name = state.archived.columns.get(entry.entry);
  const number = entry.role === 'feature' && entry.kind === 'number';
  if (name === undefined || !files.some(({ entryCount }) => entryCount > entry.entry))
    return { value: number ? 'NULL::DOUBLE' : 'NULL::INTEGER', join: '' };
  const column = `${entry.role === 'protected' ? 'pa' : 'r'}.${quoted(name)}`;
  if (number) return { value: column, join: '' };
  const known = `d${entry.entry}`;
  return {
    value: `${known}.code`,
    join: `LEFT JOIN dictionary ${known}
      ON ${known}.model = ${state.model} AND ${known}.entry = ${entry.entry} AND ${known}.value = ${column}`,
  };
}

import { PREDICTION, SCORE } from '../../model.ts';
import { archivedLabelsSql, archivedPredictionsSql, archivedProtectedSql } from './archived-sql.ts';
import type { RowRange, RowsAsked } from './archived-sql.ts';
import type { Entry, ModelState } from './registry.ts';

/** Models' stored rows as one table, hot ones and those in Parquet alike. Every read of rows goes through here. */

/** Predictions of the models, with the columns of the table. */
export function rowsSql(states: readonly ModelState[], asked: RowsAsked = {}): string {
  const hot = `SELECT * FROM predictions WHERE ${narrowedSql(states, asked)}`;
  return unionSql(
    hot,
    states.map((state) => archivedPredictionsSql(state, asked)),
  );
}

/** Protected attributes of the models' predictions, by model, batch and ordinal. */
export function protectedSql(states: readonly ModelState[], asked: Omit<RowsAsked, 'keys'> = {}): string {
  const hot = `SELECT * FROM protected_attributes WHERE ${narrowedSql(states, {})}`;
  return unionSql(
    hot,
    states.map((state) => archivedProtectedSql(state, asked)),
  );
}

export function labelsSql(states: readonly ModelState[], asked: RowsAsked = {}): string {
  const hot = `SELECT * FROM labels WHERE ${narrowedSql(states, asked)}`;
  return unionSql(
    hot,
    states.map((state) => archivedLabelsSql(state, asked)),
  );
}

function narrowedSql(states: readonly ModelState[], { keys }: RowsAsked): string {
  const models = states.length === 0 ? 'NULL' : states.map(({ model }) => model).join(',');
  return `model IN (${models})${keys === undefined ? '' : ` AND id_key IN (${keys})`}`;
}

function unionSql(hot: string, archived: readonly (string | null)[]): string {
  return `(${[hot, ...archived.filter((sql) => sql !== null)].join(' UNION ALL BY NAME ')})`;
}

/** The text of a prediction's id, of table alias `table`. */
export function idSql(table: string): string {
  return `coalesce(${table}.id_text, ${table}.id_key::VARCHAR)`;
}

/** The column of an entry's value in `valuesSql`: a number, or a code of the entry's dictionary. */
export function valueColumn(entry: Entry): string {
  return `v${entry.entry}`;
}

/**
 * A table expression of a model's rows: batch, ordinal, version, dataset, event_time, received_ms, and a value column
 * for each of `entries` (features, segments, protected attributes). Files of days outside `range` are not opened.
 */
export function valuesSql(state: ModelState, entries: readonly Entry[], range: RowRange = {}): string {
  const values = entries.map((entry) => `, ${rowValueSql(entry)} AS ${valueColumn(entry)}`);
  const asked = { entries, range };
  const isProtected = entries.some(({ role }) => role === 'protected');
  const apart = `LEFT JOIN ${protectedSql([state], asked)} pa ON pa.batch = r.batch AND pa.ordinal = r.ordinal`;
  return `(SELECT r.batch, r.ordinal, r.version, r.dataset, r.event_time, r.received_ms${values.join('')}
    FROM ${rowsSql([state], asked)} r ${isProtected ? apart : ''})`;
}

/** Joins the protected attributes of hot rows of alias `r` as `pa`. */
export function protectedJoin(state: ModelState): string {
  return `LEFT JOIN protected_attributes pa
    ON pa.batch = r.batch AND pa.ordinal = r.ordinal AND pa.model = ${state.model}`;
}

/** Where the value of an entry stands in a row of alias `row`, its protected attributes in `pa`. */
export function rowValueSql(entry: Entry, row = 'r'): string {
  const { role, name, kind, slot } = entry;
  if (role === 'protected') return `pa.codes[${slot + 1}]`;
  if (role === 'segment') return `${row}.segments[${slot + 1}]`;
  if (name === PREDICTION) return kind === 'number' ? `${row}.prediction` : `${row}.prediction_code`;
  if (name === SCORE) return `${row}.score`;
  return kind === 'number' ? `${row}.num[${slot + 1}]` : `${row}.cat[${slot + 1}]`;
}

/** A moment as SQL, in milliseconds since 1970. */
export function timeSql(ms: number): string {
  return `make_timestamp_ns(${Math.trunc(ms)}000000)`;
}

import { DATASETS } from '../../batch.ts';
import type { ArchiveKind } from './archive-path.ts';
import { namedEntries } from './archived.ts';
import type { Entry, ModelState, Role } from './registry.ts';
import { quoted, text } from './archived-sql.ts';
import { idSql, protectedJoin, rowValueSql } from './rows-sql.ts';

/** Hot rows as people read them: real names for columns, texts for codes. Columns are named in `archive_columns`. */

/** The id as text, and its key where that is not the id itself. */
const ID_SQL = `${idSql('r')} AS prediction_id, CASE WHEN r.id_text IS NOT NULL THEN r.id_key END AS id_key`;

/** Predictions of alias `r` that `where` lets through, features and segments as columns of their own. */
function namedPredictionsSql(state: ModelState, where: string): string {
  const entries = namedOf(state, (role) => role === 'feature' || role === 'segment');
  const told = entries.map((entry) => namedValue(state, entry));
  const error = codeText(state, state.byRole.code.get('$error'), 'r.error');
  const currency = codeText(state, state.byRole.code.get('$currency'), 'r.currency');
  return `SELECT r.batch, r.ordinal, r.event_time, make_timestamp_ms(r.received_ms) AS received_time,
      ${ID_SQL}, version.name AS model_version,
      ([${DATASETS.map(text).join(', ')}])[r.dataset + 1] AS dataset, r.duration_ms, ${error.value} AS error,
      r.input_tokens, r.output_tokens, r.cost, ${currency.value} AS currency${columnsOf(told)}
    FROM predictions r
    LEFT JOIN versions version ON version.model = ${state.model} AND version.version = r.version
    ${[error, currency, ...told].map(({ join }) => join).join('\n')}
    WHERE r.model = ${state.model} AND ${where}`;
}

/** Protected attributes of the same rows. */
function namedProtectedSql(state: ModelState, where: string): string {
  const told = namedOf(state, (role) => role === 'protected').map((entry) => namedValue(state, entry));
  return `SELECT r.batch, r.ordinal, r.event_time, ${ID_SQL}${columnsOf(told)}
    FROM predictions r ${protectedJoin(state)}
    ${told.map(({ join }) => join).join('\n')}
    WHERE r.model = ${state.model} AND pa.batch IS NOT NULL AND ${where}`;
}

/** Labels of alias `r`. */
function namedLabelsSql(state: ModelState, where: string): string {
  const value = codeText(state, state.byRole.code.get('$label'), 'r.value_code');
  const source = codeText(state, state.byRole.code.get('$source'), 'r.source');
  return `SELECT r.batch, r.ordinal, r.event_time, make_timestamp_ms(r.received_ms) AS received_time,
      ${ID_SQL}, r.value, ${value.value} AS value_text, ${source.value} AS source
    FROM labels r ${value.join} ${source.join}
    WHERE r.model = ${state.model} AND ${where}`;
}

function namedOf(state: ModelState, isAsked: (role: Role) => boolean): readonly Entry[] {
  return state.entries.slice(0, namedEntries(state)).filter(({ role }) => isAsked(role));
}

interface Told {
  readonly name: string;
  readonly value: string;
  readonly join: string;
}

function columnsOf(told: readonly Told[]): string {
  return told.map(({ name, value }) => `, ${value} AS ${quoted(name)}`).join('');
}

function namedValue(state: ModelState, entry: Entry): Told {
  const name = state.archived.columns.get(entry.entry) ?? entry.name;
  if (entry.role === 'feature' && entry.kind === 'number')
    return { name, value: rowValueSql(entry), join: '' };
  return { name, ...codeText(state, entry, rowValueSql(entry)) };
}

function codeText(
  state: ModelState,
  entry: Entry | undefined,
  code: string,
): { readonly value: string; readonly join: string } {
  if (entry === undefined) return { value: 'NULL::VARCHAR', join: '' };
  const known = `d${entry.entry}`;
  return {
    value: `${known}.value`,
    join: `LEFT JOIN dictionary ${known}
      ON ${known}.model = ${state.model} AND ${known}.entry = ${entry.entry} AND ${known}.code = ${code}`,
  };
}

/** Each kind of file by the rows it holds, of alias `r`. */
export const NAMED: Readonly<Record<ArchiveKind, (state: ModelState, where: string) => string>> = {
  predictions: namedPredictionsSql,
  protected: namedProtectedSql,
  labels: namedLabelsSql,
};

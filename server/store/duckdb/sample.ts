import { BadRequestError } from '../../errors.ts';
import type { Plain, RowSample } from '../../model.ts';
import type { EdgesQuery, SampleQuery } from '../../ports-rows.ts';
import { SAMPLE_FACTORS, SAMPLE_ROUNDS } from '../sample-key.ts';
import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';
import { millisecondsSql, numberColumnSql, scopeSql, valueSql } from './reads-sql.ts';

/** Rows drawn by their sample key: the same ones at every ask. */

const MOST_ROWS = 100_000;

/** Up to `rows` rows, in the order of their keys. Throws BadRequestError for unknown columns and more than 100,000 rows. */
export async function readSample(
  session: Session,
  state: ModelState | undefined,
  query: SampleQuery,
): Promise<RowSample> {
  if (!Number.isInteger(query.rows) || query.rows < 0 || query.rows > MOST_ROWS)
    throw new BadRequestError(`A sample of ${query.rows} rows was asked for; ask for 0 to ${MOST_ROWS}.`);
  const rows = state === undefined ? [] : await session.rows(sampleSql(state, query));
  const valuesOf = (name: string) => state?.byRole.feature.get(name)?.values;
  const columns = query.columns.map((name, index) => {
    const texts = isText(state, name) ? valuesOf(name) : undefined;
    return [name, rows.map((row) => plain(row[index + 1], texts))] as const;
  });
  return {
    rows: rows.length,
    times: rows.map((row) => Number(row[0])),
    columns: Object.fromEntries(columns),
  };
}

function isText(state: ModelState | undefined, name: string): boolean {
  const entry = state?.byRole.feature.get(name);
  return entry !== undefined && entry.kind !== 'number';
}

function plain(value: unknown, texts: readonly string[] | undefined): Plain {
  if (value === null || value === undefined) return null;
  return texts === undefined ? Number(value) : (texts[Number(value)] ?? null);
}

function sampleSql(state: ModelState, query: SampleQuery): string {
  const columns = query.columns.map((name, index) => {
    const entry = state.byRole.feature.get(name);
    const x = entry !== undefined && isText(state, name) ? valueSql(entry) : numberColumnSql(state, name);
    return `, ${x} AS x${index}`;
  });
  const shown = query.columns.map((_, index) => `, x${index}`).join('');
  const rows = `SELECT p.batch, p.ordinal, ${millisecondsSql('p.event_time')} AS time_ms${columns.join('')} ${scopeSql(state, { ...query, read: query.columns })}`;
  return `SELECT time_ms${shown} FROM (${withSampleKeySql(rows)}) ORDER BY sample_key LIMIT ${query.rows}`;
}

/** The rows of a SELECT with columns `batch` and `ordinal`, and `sample_key` beside. Aliases of one level would multiply. */
export function withSampleKeySql(rows: string): string {
  const [first, second] = SAMPLE_FACTORS;
  const low = '& 4294967295';
  const rounds = SAMPLE_ROUNDS.flatMap((constant) => [
    `* REPLACE (key_right AS key_left), key_left AS key_old, (key_right + ${constant}) ${low} AS mixed`,
    `* REPLACE ((xor(mixed, mixed >> 16) * ${first}) ${low} AS mixed)`,
    `* REPLACE ((xor(mixed, mixed >> 13) * ${second}) ${low} AS mixed)`,
    '* EXCLUDE (key_old, mixed) REPLACE (xor(key_old, xor(mixed, mixed >> 16)) AS key_right)',
  ]);
  const keyed = `SELECT *, (batch & 4294967295)::UBIGINT AS key_left, ordinal::UBIGINT AS key_right FROM (${rows})`;
  const mixed = rounds.reduce((inner, columns) => `SELECT ${columns} FROM (${inner})`, keyed);
  return `SELECT * EXCLUDE (key_left, key_right), (key_left << 32) | key_right AS sample_key FROM (${mixed})`;
}

/**
 * Edges that part a sample of the column into bins of about equal rows; fewer where values repeat, none without finite
 * values. Throws BadRequestError like `readSample`, and for less than 2 bins.
 */
export async function readEdges(
  session: Session,
  state: ModelState | undefined,
  query: EdgesQuery,
): Promise<readonly number[]> {
  if (!Number.isInteger(query.bins) || query.bins < 2 || query.bins > 1000)
    throw new BadRequestError(`Edges of ${query.bins} bins were asked for; ask for 2 to 1000.`);
  const sample = await readSample(session, state, { ...query, columns: [query.column] });
  const values = (sample.columns[query.column] ?? [])
    .filter((value) => typeof value === 'number' && Number.isFinite(value))
    .toSorted((a, b) => Number(a) - Number(b)) as readonly number[];
  const last = values.at(-1) ?? -Infinity;
  const edges = Array.from({ length: query.bins - 1 }, (_, index) => {
    const rank = Math.ceil(((index + 1) / query.bins) * values.length);
    return values[Math.max(0, rank - 1)] ?? last;
  });
  return edges.filter((edge, index) => edge < last && edge !== edges[index - 1]);
}

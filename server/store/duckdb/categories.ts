import { BadRequestError } from '../../errors.ts';
import type { CategoryRow } from '../../model.ts';
import type { CategoryQuery } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';
import { categoryColumn, isWhole, scopeSql, splitSql, valueSql } from './reads-sql.ts';

/** Values of a column of texts over stored rows. */

const MOST_VALUES = 10_000;

/** Throws BadRequestError for a column that is unknown or holds numbers, and for a topK that is not 0 to 10,000. */
export async function readCategories(
  session: Session,
  state: ModelState | undefined,
  query: CategoryQuery,
): Promise<readonly CategoryRow[]> {
  const { topK } = query;
  if (!Number.isInteger(topK) || topK < 0 || topK > MOST_VALUES)
    throw new BadRequestError(`topK is ${topK}; ask for a whole number from 0 to ${MOST_VALUES}.`);
  const rows = state === undefined ? [] : await session.rows(categorySql(state, query));
  if (rows.length === 0) return isWhole(query) ? [emptyRow(query)] : [];
  return rows.map((row) => {
    const values = (JSON.parse(String(row[3])) as readonly Value[]).map(({ value, n }) => ({
      value,
      rows: n,
    }));
    const [rowsOfAll, nulls, distinct] = [row[2], row[4], row[5]].map(Number) as [number, number, number];
    const shown = values.reduce((sum, { rows }) => sum + rows, 0);
    return {
      group: row[0] === null ? null : String(row[0]),
      fromMs: Number(row[1]),
      rows: rowsOfAll,
      values,
      other: rowsOfAll - nulls - shown,
      nulls,
      distinct,
    };
  });
}

interface Value {
  readonly value: string;
  readonly n: number;
}

function categorySql(state: ModelState, query: CategoryQuery): string {
  const entry = categoryColumn(state, query.column);
  return `
    WITH counted AS (
      SELECT group_name, step_ms, code, count(*)::INTEGER AS n
      FROM (SELECT ${splitSql(state, query, query)}, ${valueSql(entry)} AS code ${scopeSql(state, { ...query, read: [query.column] })}) GROUP BY ALL
    ),
    named AS (
      SELECT c.*, d.value, row_number() OVER (PARTITION BY group_name, step_ms ORDER BY c.code IS NULL, n DESC, d.value) AS place
      FROM counted c LEFT JOIN dictionary d ON d.model = ${state.model} AND d.entry = ${entry.entry} AND d.code = c.code
    )
    SELECT group_name, step_ms, sum(n)::BIGINT,
      coalesce(to_json(list({'value': value, 'n': n} ORDER BY place) FILTER (code IS NOT NULL AND place <= ${query.topK})), '[]'),
      coalesce(sum(n) FILTER (code IS NULL), 0)::BIGINT, count(code)
    FROM named GROUP BY group_name, step_ms ORDER BY step_ms, group_name`;
}

function emptyRow(query: CategoryQuery): CategoryRow {
  return {
    group: null,
    fromMs: Math.trunc(query.fromMs),
    rows: 0,
    values: [],
    other: 0,
    nulls: 0,
    distinct: 0,
  };
}

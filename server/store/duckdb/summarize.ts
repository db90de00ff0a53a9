import { BadRequestError } from '../../errors.ts';
import type { BinnedColumn, NumberSummary, SummaryRow } from '../../model.ts';
import type { SummaryQuery } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import { double } from './recount-sql.ts';
import type { ModelState } from './registry.ts';
import { isWhole, numberColumnSql, quoted, scopeSql, splitSql } from './reads-sql.ts';

/** Bins and sums of numeric columns over stored rows, for any edges and window. */

/** Throws BadRequestError for a column that is unknown or holds texts, and for edges that do not rise. */
export async function readSummary(
  session: Session,
  state: ModelState | undefined,
  query: SummaryQuery,
): Promise<readonly SummaryRow[]> {
  query.columns.forEach(checkEdges);
  if (state === undefined) return isWhole(query) ? [emptyRow(query)] : [];
  const rows = await session.rows(summarySql(state, query));
  if (rows.length === 0) return isWhole(query) ? [emptyRow(query)] : [];
  return rows.map((row) => ({
    group: row[0] === null ? null : String(row[0]),
    fromMs: Number(row[1]),
    rows: Number(row[2]),
    columns: Object.fromEntries(
      query.columns.map((column, index) => [
        column.name,
        summaryOf(column, row.slice(3 + index * FIELDS), Number(row[2])),
      ]),
    ),
  }));
}

/** Bins, finite values, nulls, sum, sum of squares, min, max. */
const FIELDS = 7;

/**
 * Cleaning in a subquery costs nothing; a FILTER on every aggregate costs ten times. `histogram` is right-closed, leaves
 * the last bin out where it is empty, and is null over nothing.
 */
function summarySql(state: ModelState, query: SummaryQuery): string {
  const raw = query.columns.map(({ name }, index) => `${numberColumnSql(state, name)} AS r${index}`);
  const clean = query.columns.map(
    (_, index) => `CASE WHEN isfinite(r${index}) THEN r${index} END AS x${index}`,
  );
  const nulls = query.columns.map((_, index) => `r${index} IS NULL AS n${index}`);
  const told = query.columns.map(
    (
      { edges },
      at,
    ) => `map_values(histogram(x${at}, [${edges.map(double).join(',')}]::DOUBLE[]))::DOUBLE[]::VARCHAR, count(x${at}),
      count_if(n${at}), coalesce(sum(x${at}), 0), coalesce(sum(x${at} * x${at}), 0), min(x${at}), max(x${at})`,
  );
  return `SELECT group_name, step_ms, count(*)${list(told)} FROM (SELECT group_name, step_ms${list(clean)}${list(nulls)}
      FROM (SELECT ${splitSql(state, query, query)}${list(raw)} ${scopeSql(state, { ...query, read: query.columns.map(({ name }) => name) })}))
    GROUP BY group_name, step_ms ORDER BY step_ms, group_name`;
}

/** Parts that follow others. */
function list(parts: readonly string[]): string {
  return parts.map((part) => `, ${part}`).join('');
}

function summaryOf(column: BinnedColumn, told: readonly unknown[], rows: number): NumberSummary {
  const [bins, finite, nulls, sum, squareSum, min, max] = told;
  const counts = typeof bins === 'string' ? (JSON.parse(bins) as readonly number[]) : [];
  return {
    bins: Array.from({ length: column.edges.length + 1 }, (_, bin) => counts[bin] ?? 0),
    finite: Number(finite),
    nulls: Number(nulls),
    nonFinite: rows - Number(finite) - Number(nulls),
    sum: Number(sum),
    squareSum: Number(squareSum),
    min: min === null ? null : Number(min),
    max: max === null ? null : Number(max),
  };
}

function emptyRow(query: SummaryQuery): SummaryRow {
  const nothing = [null, 0, 0, 0, 0, null, null];
  const columns = query.columns.map((column) => [column.name, summaryOf(column, nothing, 0)] as const);
  return { group: null, fromMs: Math.trunc(query.fromMs), rows: 0, columns: Object.fromEntries(columns) };
}

function checkEdges({ name, edges }: BinnedColumn): void {
  const rises = edges.every(
    (edge, index) => Number.isFinite(edge) && (index === 0 || edge > (edges[index - 1] ?? -Infinity)),
  );
  if (!rises)
    throw new BadRequestError(
      `The edges of column ${quoted(name)} must be finite and rise; sort them and drop repeats.`,
    );
}

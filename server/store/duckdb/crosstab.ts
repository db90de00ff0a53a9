import { allCells, missingCell } from '../../../detectors/cells.ts';
import type { LaidOutColumn } from '../../model.ts';
import type { CrosstabQuery } from '../../ports-rows.ts';
import { CellFinder } from './cell-finder.ts';
import type { Session } from './database.ts';
import { numberSql } from './recount-sql.ts';
import type { ModelState } from './registry.ts';
import { categoryColumn, numberColumnSql, scopeSql, valueSql } from './reads-sql.ts';

/** Joint counts of two columns over stored rows. */

/**
 * `answer[a][b]` counts the rows in cell a of the first and b of the second column, known cells and sides, as `cellOf`
 * numbers them. Throws BadRequestError for a column that is unknown or of another kind than its layout.
 */
export async function readCrosstab(
  session: Session,
  state: ModelState | undefined,
  query: CrosstabQuery,
): Promise<readonly (readonly number[])[]> {
  const [first, second] = query.columns;
  const counts = Array.from({ length: allCells(first.layout) }, () =>
    Array.from({ length: allCells(second.layout) }, () => 0),
  );
  if (state === undefined) return counts;
  const rows = await session.rows(
    `SELECT ${columnSql(state, first)} AS a, ${columnSql(state, second)} AS b, count(*) ${scopeSql(state, { ...query, read: [first.name, second.name] })} GROUP BY ALL`,
  );
  for (const [a, b, count] of rows) {
    const line = counts[Number(a)];
    if (line !== undefined) line[Number(b)] = Number(count);
  }
  return counts;
}

/** The cell of a row's value, of alias `p`. */
export function columnSql(state: ModelState, { name, layout }: LaidOutColumn): string {
  const placed = { name, layout, offset: 0 };
  if (layout.kind === 'number') return numberSql(placed, numberColumnSql(state, name));
  const entry = categoryColumn(state, name);
  const x = valueSql(entry);
  return `CASE WHEN ${x} IS NULL THEN ${missingCell(layout)}
    ELSE ([${new CellFinder(placed).cellsOf(entry.values).join(',')}]::INTEGER[])[${x} + 1] END`;
}

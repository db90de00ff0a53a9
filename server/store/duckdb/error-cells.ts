import { knownCells } from '../../../detectors/cells.ts';
import { PREDICTION } from '../../model.ts';
import type { LaidOutColumn } from '../../model.ts';
import type { CellErrors, ErrorCellsQuery } from '../../ports-rows.ts';
import { columnSql } from './crosstab.ts';
import type { Session } from './database.ts';
import type { Entry, ModelState } from './registry.ts';
import { idKeySql, scopeSql } from './reads-sql.ts';
import { labelsSql } from './rows-sql.ts';

/** How wrong predictions were in each cell of some features: what a shift between cells does to the error. */

/** More rows change the third digit and cost seconds; the newest labels are taken. */
const MOST_LABELS = 100_000;

/**
 * Sums of the error of labelled rows by known cell of each column: 1 for a wrong class, |prediction - label| where the
 * model is a regression. Rows whose prediction or label is missing or not finite are left out.
 */
export async function readErrorCells(
  session: Session,
  state: ModelState | undefined,
  query: ErrorCellsQuery,
): Promise<Readonly<Record<string, readonly CellErrors[]>>> {
  const answers = query.columns.map(async (column) => {
    const known = knownCells(column.layout);
    const cells = Array.from({ length: known }, (): CellErrors => ({ rows: 0, sum: 0, squares: 0 }));
    const rows = state === undefined ? [] : await session.rows(errorsSql(state, query, column));
    for (const row of rows) {
      const [cell = 0, count = 0, sum = 0, squares = 0] = row.map(Number);
      if (cell < known) cells[cell] = { rows: count, sum, squares };
    }
    return [column.name, cells] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

function errorsSql(state: ModelState, query: ErrorCellsQuery, column: LaidOutColumn): string {
  const label = `{'value': l.value, 'code': l.value_code}`;
  const latest = `SELECT l.id_key, arg_max(${label}, l.received_ms) AS label, max(l.received_ms) AS received_ms
    FROM ${labelsSql([state])} l WHERE l.received_ms >= ${Math.trunc(query.fromMs)} AND l.id_key IS NOT NULL
    GROUP BY l.id_key ORDER BY received_ms DESC, l.id_key LIMIT ${MOST_LABELS}`;
  const scope = scopeSql(state, { ...query, read: [column.name, PREDICTION] });
  const rows = `SELECT p.id_key, ${columnSql(state, column)} AS cell, p.prediction, p.prediction_code ${scope}`;
  return `SELECT cell, count(*), sum(error), sum(error * error) FROM (
      SELECT r.cell, ${errorSql(state)} AS error FROM (${rows}) r JOIN (${latest}) l ON ${idKeySql('r')} = ${idKeySql('l')})
    WHERE error IS NOT NULL AND isfinite(error) GROUP BY cell`;
}

function errorSql(state: ModelState): string {
  if (state.settings?.task === 'regression') return 'abs(r.prediction - l.label.value)';
  const prediction = state.byRole.feature.get(PREDICTION);
  const isTruth = prediction?.kind === 'boolean';
  const predicted = textSql(prediction, { code: 'r.prediction_code', value: 'r.prediction', isTruth });
  const label = state.byRole.code.get('$label');
  const told = textSql(label, { code: 'l.label.code', value: 'l.label.value', isTruth });
  return `(${predicted} <> ${told})::INTEGER::DOUBLE`;
}

/** A class as text, so that codes of two dictionaries, and numbers, can be told to be the same; as `className` does. */
function textSql(
  entry: Entry | undefined,
  { code, value, isTruth }: { readonly code: string; readonly value: string; readonly isTruth: boolean },
): string {
  const texts = (entry?.values ?? []).map((text) => `'${text.replaceAll("'", "''")}'`);
  const number = isTruth
    ? `CASE ${value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE ${value}::VARCHAR END`
    : `${value}::VARCHAR`;
  return `coalesce(([${texts.join(',')}]::VARCHAR[])[${code} + 1], ${number})`;
}

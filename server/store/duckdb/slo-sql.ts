import { ERROR_EDGES, errorCell, NO_ERROR } from '../../../detectors/outcome-cells.ts';
import { PREDICTION } from '../../model.ts';
import type { SloSettings } from '../../settings.ts';
import { PRODUCTION } from './datasets.ts';
import { SLO_ENTRY } from './registry.ts';
import type { ModelState } from './registry.ts';
import { className, CLASSES, NO_CLASS, NUMBER_CLASS, OTHER_CLASS } from './resolve-sql.ts';

/** Good and bad of objectives as one table expression, wherever they are counted. */

/** -1: never counted. */
export function sloCode(state: ModelState, id: string): number {
  return state.byRole.code.get(SLO_ENTRY)?.codes.get(id) ?? -1;
}

/** Rows (slo, minute_ms, good, bad, excluded, waiting, nanos) of some objectives; `slo` is the place in `slos`. */
export function sloRowsSql(state: ModelState, slos: readonly SloSettings[]): string {
  const stored: Placed[] = [];
  const parts: string[] = [];
  for (const [place, slo] of slos.entries()) {
    if (slo.kind === 'quality') parts.push(qualitySql(state, slo, place));
    else stored.push({ place, code: sloCode(state, slo.id) });
  }
  if (stored.length > 0) parts.push(storedSql(state, stored));
  return `(${parts.join(' UNION ALL ')})`;
}

interface Placed {
  readonly place: number;
  readonly code: number;
}

/** All in one look at the table. */
function storedSql(state: ModelState, stored: readonly Placed[]): string {
  const places = stored.map(({ place, code }) => `WHEN ${code} THEN ${place}`).join(' ');
  return `SELECT CASE slo ${places} END AS slo, minute_ms, good, bad, excluded, 0 AS waiting, nanos FROM slo_minutes
    WHERE model = ${state.model} AND slo IN (${stored.map(({ code }) => code).join(',')}) AND minute_ms > 0`;
}

/** Of outcome counts, which change with every label; by the time of predictions. Those without a label wait. */
function qualitySql(
  state: ModelState,
  slo: Extract<SloSettings, { kind: 'quality' }>,
  place: number,
): string {
  const where = `model = ${state.model} AND dataset = ${PRODUCTION} AND group_entry = -1`;
  const verdict = slo.tolerance === null ? classesSql(state) : errorsSql(slo.tolerance);
  return `SELECT ${place} AS slo, bucket_ms AS minute_ms, ${counted('good')}, ${counted('bad')}, ${counted('excluded')},
      -row_count AS waiting, 0 AS nanos
    FROM (SELECT bucket_ms, row_count, ${verdict} AS verdict FROM outcome_counts WHERE ${where})
    UNION ALL SELECT ${place}, bucket_ms, 0, 0, 0, row_count, 0 FROM counts WHERE ${where}`;
}

function counted(verdict: 'good' | 'bad' | 'excluded'): string {
  return `CASE WHEN verdict = '${verdict}' THEN row_count ELSE 0 END AS ${verdict}`;
}

function errorsSql(tolerance: number): string {
  const most = errorCell(Math.min(tolerance, ERROR_EDGES.at(-1) ?? tolerance));
  return `CASE WHEN error_cell = ${NO_ERROR} THEN 'excluded' WHEN abs(error_cell) <= ${most} THEN 'good' ELSE 'bad' END`;
}

/** Both codes as one number. */
const CODE_SPAN = 100_000;

/** Beyond the first hundred classes are not told apart, so that two of those may or may not agree. */
function classesSql(state: ModelState): string {
  const same = sameClasses(state).map(([predicted, label]) => predicted * CODE_SPAN + label);
  const agree = same.length === 0 ? 'false' : `predicted * ${CODE_SPAN} + label IN (${same.join(', ')})`;
  const isUnknown = `predicted = ${NO_CLASS} OR label = ${NO_CLASS} OR (predicted = ${OTHER_CLASS} AND label = ${OTHER_CLASS})`;
  return `CASE WHEN ${isUnknown} THEN 'excluded' WHEN (predicted >= ${NUMBER_CLASS} AND predicted = label) OR ${agree} THEN 'good' ELSE 'bad' END`;
}

/** Codes of predictions and of labels that mean one class, but for whole numbers, whose codes are the same. */
function sameClasses(state: ModelState): readonly (readonly [number, number])[] {
  const named = (of: 'predicted' | 'label') =>
    codesOf(state, of).map((code) => [code, className(state, code, of)] as const);
  const labels = Map.groupBy(named('label'), ([, name]) => name);
  return named('predicted').flatMap(([code, name]) =>
    name === null || name === ''
      ? []
      : (labels.get(name) ?? [])
          .filter(([label]) => code < NUMBER_CLASS || label < NUMBER_CLASS)
          .map(([label]) => [code, label] as const),
  );
}

function codesOf(state: ModelState, of: 'predicted' | 'label'): readonly number[] {
  const entry = of === 'predicted' ? state.byRole.feature.get(PREDICTION) : state.byRole.code.get('$label');
  const texts = Math.min(entry?.values.length ?? 0, CLASSES);
  const numbers = Array.from({ length: CLASSES }, (_, number) => NUMBER_CLASS + number);
  return [...Array.from({ length: texts }, (_, code) => code), ...numbers];
}

/** Deletes minutes by their age; what they counted stays in one row, so that totals only grow. */
export function retainSlosSql(beforeMs: number): readonly string[] {
  const old = `minute_ms < ${beforeMs} AND minute_ms > 0`;
  return [
    `INSERT INTO slo_minutes SELECT max(batch), model, slo, 0, sum(good), sum(bad), sum(excluded), sum(nanos)
      FROM slo_minutes WHERE ${old} GROUP BY model, slo`,
    `DELETE FROM slo_minutes WHERE ${old}`,
  ];
}

import { ERROR_EDGES, errorCell, NO_ERROR } from '../../../detectors/outcome-cells.ts';
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
  const parts = slos.map((slo, place) =>
    slo.kind === 'quality' ? qualitySql(state, slo, place) : storedSql(state, slo, place),
  );
  return `(${parts.join(' UNION ALL ')})`;
}

function storedSql(state: ModelState, slo: SloSettings, place: number): string {
  return `SELECT ${place} AS slo, minute_ms, good, bad, excluded, 0 AS waiting, nanos FROM slo_minutes
    WHERE model = ${state.model} AND slo = ${sloCode(state, slo.id)} AND minute_ms > 0`;
}

/** Of outcome counts, which change with every label; by the time of predictions. Those without a label wait. */
function qualitySql(
  state: ModelState,
  slo: Extract<SloSettings, { kind: 'quality' }>,
  place: number,
): string {
  const where = `model = ${state.model} AND dataset = ${PRODUCTION} AND group_entry = -1`;
  const { good, excluded } = slo.tolerance === null ? classesSql(state) : errorsSql(slo.tolerance);
  return `SELECT ${place} AS slo, bucket_ms AS minute_ms, CASE WHEN ${good} THEN row_count ELSE 0 END AS good,
      CASE WHEN NOT (${good}) AND NOT (${excluded}) THEN row_count ELSE 0 END AS bad,
      CASE WHEN ${excluded} THEN row_count ELSE 0 END AS excluded, -row_count AS waiting, 0 AS nanos
    FROM outcome_counts WHERE ${where}
    UNION ALL SELECT ${place}, bucket_ms, 0, 0, 0, row_count, 0 FROM counts WHERE ${where}`;
}

interface Condition {
  readonly good: string;
  readonly excluded: string;
}

function errorsSql(tolerance: number): Condition {
  const most = errorCell(Math.min(tolerance, ERROR_EDGES.at(-1) ?? tolerance));
  return {
    good: `abs(error_cell) <= ${most}`,
    excluded: `error_cell = ${NO_ERROR}`,
  };
}

/** Beyond the first hundred classes are not told apart, so that two of those may or may not agree. */
function classesSql(state: ModelState): Condition {
  const same = sameClasses(state).map(
    ([predicted, label]) => `(predicted = ${predicted} AND label = ${label})`,
  );
  return {
    good: same.length === 0 ? 'false' : `(${same.join(' OR ')})`,
    excluded: `(predicted = ${NO_CLASS} OR label = ${NO_CLASS} OR (predicted = ${OTHER_CLASS} AND label = ${OTHER_CLASS}))`,
  };
}

/** Codes of predictions and of labels that mean one class. */
function sameClasses(state: ModelState): readonly (readonly [number, number])[] {
  const named = (of: 'predicted' | 'label') =>
    codesOf(state, of).map((code) => [code, className(state, code, of)] as const);
  const labels = Map.groupBy(named('label'), ([, name]) => name);
  return named('predicted').flatMap(([code, name]) =>
    name === null || name === '' ? [] : (labels.get(name) ?? []).map(([label]) => [code, label] as const),
  );
}

function codesOf(state: ModelState, of: 'predicted' | 'label'): readonly number[] {
  const entry =
    of === 'predicted' ? state.byRole.feature.get('$prediction') : state.byRole.code.get('$label');
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

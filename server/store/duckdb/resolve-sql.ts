import {
  DELAY_EDGES,
  ERROR_EDGES,
  LARGEST_ERROR,
  NO_ERROR,
  NON_FINITE_ERROR,
  SCORE_LAYOUT,
} from '../../../detectors/outcome-cells.ts';
import { missingCell, sideCell } from '../../../detectors/cells.ts';
import type { NumberLayout } from '../../../detectors/types.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import { BUCKET_MS, GROUP_VALUES, HOUR_MS, OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import { double } from './recount-sql.ts';
import type { Entry, ModelState } from './registry.ts';
import { idKeySql, labelsSql, millisecondsSql, protectedSql, rowsSql } from './rows-sql.ts';

/**
 * What labels make of predictions, as one function of two bounds: all labels up to one, all predictions up to the
 * other. A step writes the difference between two pairs of bounds, a recount that between nothing and one pair; so
 * no order, repeat or crash can change the sum.
 */

/** Predictions told so long after their label no longer find it. */
export const LABEL_WAITS_MS = 30 * 24 * HOUR_MS;

export const NO_CLASS = -1;
export const OTHER_CLASS = -2;
/** Classes told apart: this many texts of a model, and whole numbers below it. */
export const CLASSES = 100;
/** A whole number k is class NUMBER_CLASS + k. */
export const NUMBER_CLASS = 1000;

export interface Bounds {
  readonly labelBatch: bigint;
  readonly labelOrdinal: number;
  readonly predictionBatch: bigint;
}

/** The cells of `$score`: those of the baseline, else equal ones. */
export function scoreLayout(state: ModelState): NumberLayout {
  const layout = state.baseline?.layouts[SCORE];
  return layout?.kind === 'number' ? layout : SCORE_LAYOUT;
}

/** Everything the cells of a model's outcomes depend on. */
export function cellsSignature(state: ModelState): string {
  return JSON.stringify([scoreLayout(state), [...state.byRole.group.keys()], state.settings?.task ?? null]);
}

/** Labels of `l` up to the bounds. */
export function labelsUpTo(bounds: Bounds): string {
  return `(l.batch < ${bounds.labelBatch} OR (l.batch = ${bounds.labelBatch} AND l.ordinal <= ${bounds.labelOrdinal}))`;
}

/**
 * Fills the temporary table `changes` for the ids in `touched (model, id_key)`: a row with sign -1 for what a label made
 * of its prediction within `from`, and one with sign 1 for what it makes within `to`; none where nothing changed.
 */
export function changesSql(
  states: readonly ModelState[],
  from: Bounds | null,
  to: Bounds,
): readonly string[] {
  return [
    `CREATE OR REPLACE TEMP TABLE joined AS ${joinedSql(states, from, to)}`,
    `CREATE OR REPLACE TEMP TABLE changes AS ${signedSql(states, from)}`,
  ];
}

/** One row an id: the labels that stood and stand, when the first came, and the prediction, or null. */
function joinedSql(states: readonly ModelState[], from: Bounds | null, to: Bounds): string {
  const isOld = from === null ? 'false' : labelsUpTo(from);
  const label = `{'received_ms': l.received_ms, 'batch': l.batch, 'ordinal': l.ordinal, 'value': l.value, 'code': l.value_code}`;
  return `
    WITH winners AS (
      SELECT t.model, t.id_key, max(${label}) FILTER (${isOld}) AS old, max(${label}) AS new,
        min(l.event_time) FILTER (${isOld}) AS old_first, min(l.event_time) AS new_first
      FROM ${labelsSql(...states)} l JOIN touched t ON t.model = l.model AND t.id_key = ${idKeySql('l')}
      WHERE ${labelsUpTo(to)} GROUP BY t.model, t.id_key
    ),
    found AS (
      SELECT t.model, t.id_key, min({'batch': p.batch, 'ordinal': p.ordinal}) AS place
      FROM ${rowsSql(...states)} p JOIN touched t ON t.model = p.model AND t.id_key = ${idKeySql('p')}
      WHERE p.batch <= ${to.predictionBatch} GROUP BY t.model, t.id_key
    )
    SELECT w.model, w.id_key, w.old, w.new, w.old_first, w.new_first, f.place.batch AS batch, f.place.ordinal AS ordinal
    FROM winners w LEFT JOIN found f ON f.model = w.model AND f.id_key = w.id_key`;
}

function signedSql(states: readonly ModelState[], from: Bounds | null): string {
  const applied = `coalesce(j.batch <= ${from?.predictionBatch ?? -1n} AND j.old IS NOT NULL AND ${inTimeSql('j.old')}, false)`;
  const changed = 'old.batch <> new.batch OR old.ordinal <> new.ordinal OR old_first <> new_first';
  return `
    WITH layouts(model, compacted_ms, edges, low, high, missing, classes, errors, groups) AS (VALUES ${states.map(layoutSql).join(',\n')}),
    pairs AS (
      SELECT p.model, p.version, p.dataset, ${millisecondsSql('p.event_time')} AS event_ms, p.prediction, p.prediction_code, p.score,
        p.segments, pa.codes, j.old, j.new, j.old_first, j.new_first, ${applied} AS was, ${inTimeSql('j.new')} AS is_now
      FROM joined j JOIN ${rowsSql(...states)} p ON p.model = j.model AND p.batch = j.batch AND p.ordinal = j.ordinal
      LEFT JOIN ${protectedSql(...states)} pa ON pa.model = j.model AND pa.batch = j.batch AND pa.ordinal = j.ordinal
    ),
    signed AS (
      SELECT *, -1 AS sign, old.value AS label_value, old.code AS label_code, old_first AS first FROM pairs
        WHERE was AND (NOT is_now OR ${changed})
      UNION ALL
      SELECT *, 1 AS sign, new.value AS label_value, new.code AS label_code, new_first AS first FROM pairs
        WHERE is_now AND (NOT was OR ${changed})
    )
    SELECT s.model, s.version, s.dataset, s.sign, y.groups, s.segments, s.codes,
      CASE WHEN s.event_ms < y.compacted_ms THEN s.event_ms // ${HOUR_MS} * ${HOUR_MS} ELSE s.event_ms // ${BUCKET_MS} * ${BUCKET_MS} END AS bucket_ms,
      ${scoreCellSql()} AS score_cell, CASE WHEN isfinite(s.score) THEN s.score ELSE 0 END AS score,
      CASE WHEN y.classes THEN ${classSql('s.prediction', 's.prediction_code')} ELSE ${NO_CLASS} END AS predicted,
      CASE WHEN y.classes THEN ${classSql('s.label_value', 's.label_code')} ELSE ${NO_CLASS} END AS label,
      CASE WHEN y.errors THEN s.prediction - s.label_value END AS error, s.label_value,
      ${logCellSql(DELAY_EDGES, `(${millisecondsSql('s.first')} - s.event_ms)::DOUBLE`, DELAY_START)} AS delay_cell
    FROM signed s JOIN layouts y ON y.model = s.model`;
}

function layoutSql(state: ModelState): string {
  const layout = scoreLayout(state);
  const task = state.settings?.task;
  const groups = [...state.byRole.group.values()].map((group) => groupSql(state, group));
  const everyRow = groupStruct({
    entry: -1,
    protectedSlot: null,
    segmentSlot: null,
    protectedCodes: [],
    segmentCodes: [],
  });
  return `(${state.model}, ${state.compactedBeforeMs}::BIGINT, [${layout.edges.map(double).join(',')}]::DOUBLE[], ${double(layout.min)},
    ${double(layout.max)}, ${missingCell(layout)}, ${task !== 'regression'}, ${task === undefined || task === 'regression'},
    [${[everyRow, ...groups].join(', ')}])`;
}

interface GroupSource {
  readonly entry: number;
  readonly protectedSlot: number | null;
  readonly protectedCodes: readonly number[];
  readonly segmentSlot: number | null;
  readonly segmentCodes: readonly number[];
}

function groupSql(state: ModelState, group: Entry): string {
  const codesOf = (source: Entry | undefined) =>
    (source?.values ?? []).map((text) => {
      const code = group.codes.get(text);
      return code === undefined || code >= GROUP_VALUES ? OTHER_GROUP : code;
    });
  const own = state.byRole.protected.get(group.name);
  const segment = state.byRole.segment.get(group.name);
  return groupStruct({
    entry: group.entry,
    protectedSlot: own?.slot ?? null,
    protectedCodes: codesOf(own),
    segmentSlot: segment?.slot ?? null,
    segmentCodes: codesOf(segment),
  });
}

function groupStruct(source: GroupSource): string {
  return `{'entry': ${source.entry}, 'protected_place': ${placeSql(source.protectedSlot)}, 'protected_codes': [${source.protectedCodes.join(',')}]::INTEGER[],
    'segment_place': ${placeSql(source.segmentSlot)}, 'segment_codes': [${source.segmentCodes.join(',')}]::INTEGER[]}`;
}

/** The same rule as `numberCell`; the sides stand behind the known cells in the order of `sideCell`. */
function scoreCellSql(): string {
  return `CASE WHEN s.score IS NULL THEN y.missing WHEN NOT isfinite(s.score) THEN ${scoreSideSql('non_finite')}
    WHEN s.score < y.low THEN ${scoreSideSql('below_min')} WHEN s.score > y.high THEN ${scoreSideSql('above_max')}
    ELSE len(list_filter(y.edges, lambda edge: edge < s.score)) END`;
}

function classSql(value: string, code: string): string {
  return `CASE WHEN ${code} IS NOT NULL THEN CASE WHEN ${code} < ${CLASSES} THEN ${code} ELSE ${OTHER_CLASS} END
    WHEN ${value} IS NULL THEN ${NO_CLASS}
    WHEN ${value} >= 0 AND ${value} < ${CLASSES} AND ${value} = floor(${value}) THEN ${NUMBER_CLASS} + ${value}::INTEGER
    ELSE ${OTHER_CLASS} END`;
}

/** The exponent of ten at which edges begin; they are eight a decade. */
const DELAY_START = 3;
const ERROR_START = -9;
const PER_DECADE = 8;

/** Guesses the cell by its logarithm and corrects by the edges themselves, so that a value on an edge is counted right. */
function logCellSql(edges: readonly number[], x: string, start: number): string {
  const last = edges.length - 1;
  const list = `[${edges.map(double).join(',')}]::DOUBLE[]`;
  const guess = `ceil((log10(${x}) - (${start})) * ${PER_DECADE})::INTEGER`;
  return `CASE WHEN ${x} <= ${double(edges[0] ?? 0)} THEN 0 WHEN ${x} > ${double(edges[last] ?? 0)} THEN ${edges.length}
    WHEN ${x} > (${list})[${guess} + 1] THEN ${guess} + 1 WHEN ${x} <= (${list})[${guess}] THEN ${guess} - 1 ELSE ${guess} END`;
}

/** Rows (version, dataset, group_entry, group_code, bucket_ms, cells, sums) by model from `changes`. */
export const OUTCOMES_SQL = `
  SELECT model, version, dataset, g.entry AS group_entry,
    CASE WHEN g.entry = -1 THEN 0
      ELSE coalesce(g.protected_codes[codes[g.protected_place] + 1], g.segment_codes[segments[g.segment_place] + 1], ${UNKNOWN_GROUP}) END AS group_code,
    bucket_ms, score_cell, predicted, label, error_cell, sum(sign)::BIGINT AS row_count,
    sum(sign * score) AS score_sum, sum(sign * score * score) AS score_square_sum,
    sum(sign * e) AS error_sum, sum(sign * abs(e)) AS error_absolute_sum, sum(sign * e * e) AS error_square_sum,
    sum(sign * l) AS label_sum, sum(sign * l * l) AS label_square_sum
  FROM (SELECT *, unnest(groups) AS g,
      CASE WHEN error_cell IN (${NO_ERROR}, ${NON_FINITE_ERROR}) THEN 0 ELSE error END AS e,
      CASE WHEN error_cell IN (${NO_ERROR}, ${NON_FINITE_ERROR}) THEN 0 ELSE label_value END AS l
    FROM (SELECT *, CASE WHEN error IS NULL THEN ${NO_ERROR}
        WHEN NOT (abs(error) < ${double(LARGEST_ERROR)} AND abs(label_value) < ${double(LARGEST_ERROR)}) THEN ${NON_FINITE_ERROR}
        ELSE sign(error)::INTEGER * (${logCellSql(ERROR_EDGES, 'abs(error)', ERROR_START)}) END AS error_cell
      FROM changes))
  GROUP BY model, version, dataset, group_entry, group_code, bucket_ms, score_cell, predicted, label, error_cell`;

export const DELAYS_SQL = `
  SELECT model, version, dataset, bucket_ms, delay_cell, sum(sign)::BIGINT AS row_count
  FROM changes GROUP BY model, version, dataset, bucket_ms, delay_cell`;

/** A model whose `$prediction` is true or false tells its labels 1 and 0 so, too. */
export function className(state: ModelState, code: number, of: 'predicted' | 'label'): string | null {
  if (code === NO_CLASS) return null;
  if (code === OTHER_CLASS) return 'other';
  const prediction = state.byRole.feature.get(PREDICTION);
  if (code < NUMBER_CLASS) {
    const entry = of === 'predicted' ? prediction : state.byRole.code.get('$label');
    return entry?.values[code] ?? '';
  }
  const value = code - NUMBER_CLASS;
  if (prediction?.kind === 'boolean' && value < 2) return value === 1 ? 'true' : 'false';
  return String(value);
}

function inTimeSql(label: string): string {
  return `p.received_ms <= ${label}.received_ms + ${LABEL_WAITS_MS}`;
}

function placeSql(slot: number | null): string {
  return `${slot === null ? 'NULL' : slot + 1}::INTEGER`;
}

function scoreSideSql(name: Parameters<typeof sideCell>[1]): string {
  return `y.missing + ${sideCell(SCORE_LAYOUT, name) - missingCell(SCORE_LAYOUT)}`;
}

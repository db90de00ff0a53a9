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
import { FIRST_SET } from './datasets.ts';
import { double } from './recount-sql.ts';
import type { Entry, ModelState } from './registry.ts';
import { idKeySql, millisecondsSql } from './reads-sql.ts';
import { labelsSql, protectedSql, rowsSql } from './rows-sql.ts';

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
export function scoreLayout(state: Pick<ModelState, 'baseline'>): NumberLayout {
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

/** (batch, ordinal) as one number; a commit of sixteen million rows is beyond any limit of a request. */
const PLACE_SPAN = 2 ** 24;

/**
 * One row for each of the ids in the table `touched (model, id_key)` of the session: the labels that stood and stand,
 * when the first came, and the prediction as `p` with its protected attributes, or null.
 */
export function joinedSql(states: readonly ModelState[], from: Bounds | null, to: Bounds): string {
  const isOld = from === null ? 'false' : labelsUpTo(from);
  const label = `{'received_ms': l.received_ms, 'batch': l.batch, 'ordinal': l.ordinal, 'value': l.value, 'code': l.value_code}`;
  const received = `l.received_ms::HUGEINT * 18446744073709551616 + (l.batch * ${PLACE_SPAN} + l.ordinal)`;
  const row = `{'version': p.version, 'dataset': p.dataset, 'event_time': p.event_time, 'received_ms': p.received_ms,
    'prediction': p.prediction, 'prediction_code': p.prediction_code, 'score': p.score, 'segments': p.segments}`;
  const place = `p.batch * ${PLACE_SPAN} + p.ordinal`;
  const keys = 'SELECT id_key FROM touched';
  const entries = states.flatMap(entriesOf);
  const hasProtected = states.some(({ protectedSlots }) => protectedSlots > 0);
  const apart = `LEFT JOIN ${protectedSql(states)} pa ON pa.model = f.model AND pa.batch = f.place // ${PLACE_SPAN}
    AND pa.ordinal = f.place % ${PLACE_SPAN}`;
  return `
    WITH winners AS (
      SELECT t.model, t.id_key, arg_max(${label}, ${received}) FILTER (${isOld}) AS old, arg_max(${label}, ${received}) AS new,
        min(l.event_time) FILTER (${isOld}) AS old_first, min(l.event_time) AS new_first
      FROM ${labelsSql(states, { keys })} l JOIN touched t ON t.model = l.model AND t.id_key = ${idKeySql('l')}
      WHERE ${labelsUpTo(to)} GROUP BY t.model, t.id_key
    ),
    found AS (
      SELECT t.model, t.id_key, min(${place}) AS place, arg_min(${row}, ${place}) AS p
      FROM ${rowsSql(states, { keys, entries, range: { lastBatch: to.predictionBatch } })} p JOIN touched t ON t.model = p.model AND t.id_key = ${idKeySql('p')}
      WHERE p.batch <= ${to.predictionBatch} AND p.dataset < ${FIRST_SET} GROUP BY t.model, t.id_key
    )
    SELECT w.*, f.place // ${PLACE_SPAN} AS batch, f.place % ${PLACE_SPAN} AS ordinal, f.p,
      ${hasProtected ? 'pa.codes' : 'NULL::INTEGER[] AS codes'}
    FROM winners w LEFT JOIN found f ON f.model = w.model AND f.id_key = w.id_key ${hasProtected ? apart : ''}`;
}

/** What of a prediction its outcome depends on. */
function entriesOf({ byRole }: ModelState): readonly Entry[] {
  const values = [byRole.feature.get(PREDICTION), byRole.feature.get(SCORE)];
  const groups = [...byRole.group.keys()].map((name) => byRole.segment.get(name));
  return [...values, ...groups].filter((entry) => entry !== undefined);
}

/**
 * What changes between two bounds, of the table `joined`: a row with sign -1 for what a label made of its prediction
 * within `from`, and one with sign 1 for what it makes within the later ones; none where nothing changed.
 */
export function signedSql(
  states: readonly ModelState[],
  from: Bounds | null,
  layoutOf: (state: ModelState) => NumberLayout = scoreLayout,
): string {
  const applied = `coalesce(j.batch <= ${from?.predictionBatch ?? -1n} AND j.old IS NOT NULL AND ${inTimeSql('j.old')}, false)`;
  const changed = 'old.batch <> new.batch OR old.ordinal <> new.ordinal OR old_first <> new_first';
  return `
    WITH layouts(model, compacted_ms, edges, low, high, missing, classes, errors) AS (VALUES ${states.map((state) => layoutSql(state, layoutOf(state))).join(',\n')}),
    pairs AS (
      SELECT j.model, p.version, p.dataset, ${millisecondsSql('p.event_time')} AS event_ms, p.prediction, p.prediction_code, p.score,
        p.segments, j.codes, j.old, j.new, j.old_first, j.new_first, ${applied} AS was, ${inTimeSql('j.new')} AS is_now
      FROM joined j WHERE j.batch IS NOT NULL
    ),
    signed AS (
      SELECT *, -1 AS sign, old.value AS label_value, old.code AS label_code, old_first AS first FROM pairs
        WHERE was AND (NOT is_now OR ${changed})
      UNION ALL
      SELECT *, 1 AS sign, new.value AS label_value, new.code AS label_code, new_first AS first FROM pairs
        WHERE is_now AND (NOT was OR ${changed})
    )
    SELECT s.model, s.version, s.dataset, s.sign, s.segments, s.codes,
      CASE WHEN s.event_ms < y.compacted_ms THEN s.event_ms // ${HOUR_MS} * ${HOUR_MS} ELSE s.event_ms // ${BUCKET_MS} * ${BUCKET_MS} END AS bucket_ms,
      ${scoreCellSql()} AS score_cell, CASE WHEN isfinite(s.score) THEN s.score ELSE 0 END AS score,
      CASE WHEN y.classes THEN ${classSql('s.prediction', 's.prediction_code')} ELSE ${NO_CLASS} END AS predicted,
      CASE WHEN y.classes THEN ${classSql('s.label_value', 's.label_code')} ELSE ${NO_CLASS} END AS label,
      CASE WHEN y.errors THEN s.prediction - s.label_value END AS error, s.label_value,
      ${logCellSql(DELAY_EDGES, `(${millisecondsSql('s.first')} - s.event_ms)::DOUBLE`, DELAY_START)} AS delay_cell
    FROM signed s JOIN layouts y ON y.model = s.model`;
}

function layoutSql(state: ModelState, layout: NumberLayout): string {
  const task = state.settings?.task;
  return `(${state.model}, ${state.compactedBeforeMs}::BIGINT, [${layout.edges.map(double).join(',')}]::DOUBLE[], ${double(layout.min)},
    ${double(layout.max)}, ${missingCell(layout)}, ${task !== 'regression'}, ${task === undefined || task === 'regression'})`;
}

/** All rows of a model, and one source a group: where its texts stand among protected attributes and segments. */
function sourcesSql(state: ModelState): readonly string[] {
  const groups = [...state.byRole.group.values()].map((group) => {
    const sources = [state.byRole.protected.get(group.name), state.byRole.segment.get(group.name)];
    return [group.entry, ...sources.flatMap((source) => [source?.entry ?? null, placeSql(source)])];
  });
  return [[-1, null, placeSql(undefined), null, placeSql(undefined)], ...groups].map(
    (source) => `(${[state.model, ...source].map((value) => value ?? 'NULL::INTEGER').join(', ')})`,
  );
}

function placeSql(source: Entry | undefined): string {
  return source === undefined ? 'NULL::INTEGER' : String(source.slot + 1);
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

const MEASURED_SQL = `
  SELECT *, CASE WHEN error_cell IN (${NO_ERROR}, ${NON_FINITE_ERROR}) THEN 0 ELSE error END AS e,
    CASE WHEN error_cell IN (${NO_ERROR}, ${NON_FINITE_ERROR}) THEN 0 ELSE label_value END AS l
  FROM (SELECT *, CASE WHEN error IS NULL THEN ${NO_ERROR}
      WHEN NOT (abs(error) < ${double(LARGEST_ERROR)} AND abs(label_value) < ${double(LARGEST_ERROR)}) THEN ${NON_FINITE_ERROR}
      ELSE sign(error)::INTEGER * (${logCellSql(ERROR_EDGES, 'abs(error)', ERROR_START)}) END AS error_cell
    FROM changes)`;

/** Rows (model, version, dataset, group_entry, group_code, bucket_ms, cells, sums) from `changes`. */
export function outcomesSql(states: readonly ModelState[]): string {
  return `
    WITH sources(model, group_entry, protected_entry, protected_place, segment_entry, segment_place) AS (VALUES ${states.flatMap(sourcesSql).join(', ')}),
    codes AS (
      SELECT s.model, s.group_entry, d.entry, d.code, coalesce(g.code, ${OTHER_GROUP}) AS told_as
      FROM sources s JOIN dictionary d ON d.model = s.model AND (d.entry = s.protected_entry OR d.entry = s.segment_entry)
      LEFT JOIN dictionary g ON g.model = s.model AND g.entry = s.group_entry AND g.value = d.value AND g.code < ${GROUP_VALUES}
    ),
    grouped AS (
      SELECT c.*, s.group_entry, s.protected_entry, s.segment_entry,
        c.codes[s.protected_place] AS protected_code, c.segments[s.segment_place] AS segment_code
      FROM (${MEASURED_SQL}) c JOIN sources s ON s.model = c.model
    )
    SELECT x.model, version, dataset, x.group_entry,
      CASE WHEN x.group_entry = -1 THEN 0 ELSE coalesce(a.told_as, b.told_as, ${UNKNOWN_GROUP}) END AS group_code,
      bucket_ms, score_cell, predicted, label, error_cell, sum(sign)::BIGINT AS row_count,
      sum(sign * score) AS score_sum, sum(sign * score * score) AS score_square_sum,
      sum(sign * e) AS error_sum, sum(sign * abs(e)) AS error_absolute_sum, sum(sign * e * e) AS error_square_sum,
      sum(sign * l) AS label_sum, sum(sign * l * l) AS label_square_sum
    FROM grouped x
    LEFT JOIN codes a ON a.model = x.model AND a.group_entry = x.group_entry AND a.entry = x.protected_entry AND a.code = x.protected_code
    LEFT JOIN codes b ON b.model = x.model AND b.group_entry = x.group_entry AND b.entry = x.segment_entry AND b.code = x.segment_code
    GROUP BY x.model, version, dataset, x.group_entry, group_code, bucket_ms, score_cell, predicted, label, error_cell`;
}

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

function scoreSideSql(name: Parameters<typeof sideCell>[1]): string {
  return `y.missing + ${sideCell(SCORE_LAYOUT, name) - missingCell(SCORE_LAYOUT)}`;
}

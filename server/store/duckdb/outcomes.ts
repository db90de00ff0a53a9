import { DELAY_EDGES, delayQuantile, NO_ERROR, SCORE_LAYOUT } from '../../../detectors/outcome-cells.ts';
import { BadRequestError } from '../../errors.ts';
import type {
  AgeCoverage,
  ClassCount,
  ErrorCount,
  LabelDelays,
  OutcomeCounts,
  OutcomeQuery,
  OutcomeRow,
} from '../../model.ts';
import type { DelayQuery } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import { groupName } from './queries.ts';
import type { Entry, ModelState } from './registry.ts';
import { className, NO_CLASS, scoreLayout } from './resolve-sql.ts';
import { datasetCode } from './reads-sql.ts';

/** Reads what labels made of predictions: sums of deltas. */

type Row = readonly unknown[];

export function emptyOutcomes(query: OutcomeQuery, layout = SCORE_LAYOUT): OutcomeCounts {
  checkStep(query);
  const isWhole = query.by === undefined && query.stepMs === undefined;
  const nothing = { predictions: 0, labelled: 0, waiting: 0, expired: 0, classes: [], errors: [] };
  const row: OutcomeRow = { group: null, fromMs: Math.trunc(query.fromMs), ...nothing };
  return { scoreLayout: layout, rows: isWhole ? [row] : [] };
}

function checkStep({ stepMs }: OutcomeQuery): void {
  if (stepMs !== undefined && !(stepMs >= 1))
    throw new BadRequestError(`A step of ${stepMs} ms was asked for; ask for 1 or more.`);
}

/** One row over all, also when there is nothing; or one row a group value and step that has predictions. */
export async function readOutcomes(
  session: Session,
  state: ModelState,
  query: OutcomeQuery,
): Promise<OutcomeCounts> {
  const empty = emptyOutcomes(query, scoreLayout(state));
  const where = outcomesWhere(state, query);
  if (where === null) return empty;
  const rows = await outcomeRows(session, state, { query, where });
  return rows.length === 0 ? empty : { ...empty, rows };
}

/** Conditions on counts and on outcome counts; null where nothing is known of what is asked for. */
export function outcomesWhere(state: ModelState, query: OutcomeQuery): string | null {
  const version = query.version === undefined ? null : state.versions.get(query.version);
  const group = query.by === undefined ? null : state.byRole.group.get(query.by.attribute);
  if (version === undefined || group === undefined) return null;
  return [
    `model = ${state.model} AND dataset = ${datasetCode(query.dataset)} AND group_entry = ${group?.entry ?? -1}`,
    `bucket_ms >= ${Math.trunc(query.fromMs)} AND bucket_ms < ${Math.trunc(query.toMs)}`,
    ...(version === null ? [] : [`version = ${version.version}`]),
  ].join(' AND ');
}

/** By steps, then by groups; those without any prediction are left out. */
export async function outcomeRows(
  session: Session,
  state: ModelState,
  { query, where }: { readonly query: OutcomeQuery; readonly where: string },
): Promise<readonly OutcomeRow[]> {
  const group = query.by === undefined ? null : (state.byRole.group.get(query.by.attribute) ?? null);
  const cells = await session.rows(outcomesSql(query, where));
  const rows = Map.groupBy(cells, (row) => `${Number(row[0])} ${Number(row[1])}`).values();
  return [...rows].map((of) => {
    const row = outcomeRow(state, group, of);
    return query.detail === 'sums' ? { ...row, errors: asOne(row.errors) } : row;
  });
}

/** Added up in their order, as whoever asked for each would. */
function asOne(errors: readonly ErrorCount[]): readonly ErrorCount[] {
  if (errors.length === 0) return [];
  const total = (of: keyof ErrorCount) => errors.reduce((sum, error) => sum + error[of], 0);
  return [
    {
      cell: 0,
      rows: total('rows'),
      sum: total('sum'),
      absoluteSum: total('absoluteSum'),
      squareSum: total('squareSum'),
      labelSum: total('labelSum'),
      labelSquareSum: total('labelSquareSum'),
    },
  ];
}

/**
 * In one statement, so that all is of one moment. Rows (group, step, past the wait, score cell, predicted, label, error
 * cell, predictions, labelled, sums …): one a cell, and one without a cell that has the predictions.
 */
function outcomesSql(query: OutcomeQuery, where: string): string {
  const { stepMs, maturity } = query;
  const step = stepMs === undefined ? Math.trunc(query.fromMs) : `bucket_ms // ${stepMs} * ${stepMs}`;
  const over =
    maturity === undefined
      ? 'false'
      : `bucket_ms + 300000 <= ${Math.trunc(maturity.nowMs - maturity.waitMs)}`;
  const sums = [
    'score_sum',
    'score_square_sum',
    'error_sum',
    'error_absolute_sum',
    'error_square_sum',
    'label_sum',
    'label_square_sum',
  ];
  const noSums = sums.map((name) => `0 AS ${name}`);
  return `SELECT group_code, (${step})::BIGINT AS step_ms, (${over}) AS is_over, score_cell, predicted, label, error_cell,
      sum(predictions)::DOUBLE, sum(labelled)::DOUBLE, ${sums.map((name) => `sum(${name})`).join(', ')}
    FROM (SELECT group_code, bucket_ms, NULL::INTEGER AS score_cell, ${NO_CLASS} AS predicted, ${NO_CLASS} AS label, ${NO_ERROR} AS error_cell,
        row_count AS predictions, 0 AS labelled, ${noSums.join(', ')} FROM counts WHERE ${where}
      UNION ALL SELECT group_code, bucket_ms, ${placesOf(query)}, 0, row_count, ${(query.detail === 'totals' ? noSums : sums).join(', ')}
        FROM outcome_counts WHERE ${where})
    GROUP BY ALL HAVING sum(predictions) <> 0 OR sum(labelled) <> 0
    ORDER BY step_ms, group_code, score_cell, predicted, label, error_cell, is_over`;
}

function placesOf({ detail = 'scores' }: OutcomeQuery): string {
  const scoreCell = detail === 'scores' ? 'score_cell' : '-1';
  return detail === 'totals'
    ? `${scoreCell}, ${NO_CLASS}, ${NO_CLASS}, ${NO_ERROR}`
    : `${scoreCell}, predicted, label, error_cell`;
}

function outcomeRow(state: ModelState, group: Entry | null, cells: readonly Row[]): OutcomeRow {
  const [first = []] = cells;
  const total = (at: number, of = cells) => of.reduce((sum, row) => sum + Number(row[at]), 0);
  const over = cells.filter((row) => row[2] === true);
  const [predictions, labelled] = [total(7), total(8)];
  const expired = total(7, over) - total(8, over);
  const classes = cells.filter((row) => Number(row[5]) !== NO_CLASS || Number(row[4]) !== NO_CLASS);
  const errors = cells.filter((row) => Number(row[6]) !== NO_ERROR);
  return {
    group: group === null ? null : groupName(group, Number(first[0])),
    fromMs: Number(first[1]),
    predictions,
    labelled,
    waiting: predictions - labelled - expired,
    expired,
    classes: summed(classes, [3, 4, 5], [8, 9, 10]).map((row) => classCount(state, row)),
    errors: summed(errors, [6], [8, 11, 12, 13, 14, 15]).map(errorCount),
  };
}

/** One row a combination of the columns `keys`, followed by the sums of the columns `sums`. */
function summed(
  rows: readonly Row[],
  keys: readonly number[],
  sums: readonly number[],
): readonly (readonly number[])[] {
  const byKey = Map.groupBy(rows, (row) => keys.map((at) => Number(row[at])).join(' '));
  return [...byKey.values()].map((same) => [
    ...keys.map((at) => Number(same[0]?.[at])),
    ...sums.map((at) => same.reduce((sum, row) => sum + Number(row[at]), 0)),
  ]);
}

function classCount(state: ModelState, row: readonly number[]): ClassCount {
  const [scoreCell = 0, predicted = 0, label = 0, rows = 0, scoreSum = 0, scoreSquareSum = 0] = row;
  return {
    scoreCell,
    predicted: className(state, predicted, 'predicted'),
    label: className(state, label, 'label'),
    rows,
    scoreSum,
    scoreSquareSum,
  };
}

function errorCount(row: readonly number[]): ErrorCount {
  const [cell = 0, rows = 0, sum = 0, absoluteSum = 0, squareSum = 0, labelSum = 0, labelSquareSum = 0] = row;
  return { cell, rows, sum, absoluteSum, squareSum, labelSum, labelSquareSum };
}

export function noDelays(): LabelDelays {
  return { labelled: 0, counts: DELAY_EDGES.map(() => 0).concat(0), p50Ms: null, p95Ms: null };
}

export interface DelayRead {
  readonly state: ModelState;
  readonly query: DelayQuery;
}

/** How long the first labels of the predictions in the window took, of some models in the same window. */
export async function readDelays(
  session: Session,
  reads: readonly DelayRead[],
): Promise<readonly LabelDelays[]> {
  const [first] = reads;
  if (first === undefined) return [];
  const { fromMs, toMs, dataset, version } = first.query;
  const code = version === undefined ? null : first.state.versions.get(version)?.version;
  if (code === undefined) return reads.map(noDelays);
  const models = [...new Set(reads.map(({ state }) => state.model))].join(',');
  const rows = await session.rows(
    `SELECT delay_cell, sum(row_count)::DOUBLE, model FROM label_delays
      WHERE model IN (${models}) AND dataset = ${datasetCode(dataset)} AND bucket_ms >= ${Math.trunc(fromMs)}
        AND bucket_ms < ${Math.trunc(toMs)} AND ${code === null ? 'true' : `version = ${code}`}
      GROUP BY ALL`,
  );
  const byModel = Map.groupBy(rows, (row) => Number(row[2]));
  return reads.map(({ state }) => delaysOf(byModel.get(state.model) ?? []));
}

/** Codes of versions are a model's own. */
export function sharedDelays({
  query: { tenant: _tenant, model: _model, ...asked },
}: DelayRead): string | null {
  return asked.version === undefined ? JSON.stringify(asked) : null;
}

function delaysOf(rows: readonly Row[]): LabelDelays {
  const byCell = new Map(rows.map((row) => [Number(row[0]), Number(row[1])]));
  const counts = Array.from({ length: DELAY_EDGES.length + 1 }, (_, cell) => byCell.get(cell) ?? 0);
  return {
    labelled: counts.reduce((sum, count) => sum + count, 0),
    counts,
    p50Ms: delayQuantile(counts, 0.5),
    p95Ms: delayQuantile(counts, 0.95),
  };
}

/** By the start of the five minutes, or hours where compacted; one read for all ages. */
export async function readCoverage(
  session: Session,
  state: ModelState | undefined,
  query: { readonly nowMs: number; readonly agesMs: readonly number[] },
): Promise<readonly AgeCoverage[]> {
  const { nowMs, agesMs } = query;
  if (agesMs.some((age, index) => index > 0 && age <= (agesMs[index - 1] ?? 0)))
    throw new BadRequestError('Ages must rise; sort them and drop repeats.');
  const where = `model = ${state?.model ?? -1} AND dataset = 0 AND group_entry = -1`;
  const rows = await session.rows(
    `SELECT len(list_filter([${agesMs.map(Math.trunc).join(',')}]::BIGINT[], lambda age: age <= ${Math.trunc(nowMs)} - bucket_ms)) AS place,
        sum(predictions)::DOUBLE, sum(labelled)::DOUBLE
      FROM (SELECT bucket_ms, row_count AS predictions, 0 AS labelled FROM counts WHERE ${where}
        UNION ALL SELECT bucket_ms, 0, row_count FROM outcome_counts WHERE ${where})
      GROUP BY place`,
  );
  const byPlace = new Map(rows.map((row) => [Number(row[0]), row]));
  return agesMs.slice(1).map((toAgeMs, index) => {
    const row = byPlace.get(index + 1);
    const fromAgeMs = agesMs[index] ?? 0;
    return { fromAgeMs, toAgeMs, predictions: Number(row?.[1] ?? 0), labelled: Number(row?.[2] ?? 0) };
  });
}

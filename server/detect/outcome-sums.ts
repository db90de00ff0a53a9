import type { ErrorHour } from '../../detectors/error-hours.ts';
import type { LabelSums } from '../../detectors/target-drift.ts';
import type { ClassCount, OutcomeRow } from '../model.ts';
import type { ModelSettings } from '../settings.ts';

/** What detectors take out of outcome counts: errors by hour, labels by class, sums of numbers. Pure. */

/** Errors of one hour: wrong classes, or for a regression the sums of the error. */
export function errorHour(row: OutcomeRow, task: ModelSettings['task']): ErrorHour {
  const { fromMs } = row;
  if (task === 'regression') {
    const total = (of: 'rows' | 'absoluteSum' | 'squareSum') =>
      row.errors.reduce((sum, error) => sum + error[of], 0);
    return { fromMs, rows: total('rows'), absoluteSum: total('absoluteSum'), squareSum: total('squareSum') };
  }
  const told = row.classes.filter(({ predicted, label }) => predicted !== null && label !== null);
  const wrong = told.filter(({ predicted, label }) => predicted !== label);
  return { fromMs, rows: rowsOf(told), errors: rowsOf(wrong) };
}

/** Labelled predictions by label. */
export function labelCounts(rows: readonly OutcomeRow[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { label, rows: count } of rows.flatMap(({ classes }) => classes))
    if (label !== null) counts[label] = (counts[label] ?? 0) + count;
  return counts;
}

/** Sums of labels that are numbers. */
export function labelSums(rows: readonly OutcomeRow[]): LabelSums {
  const errors = rows.flatMap((row) => row.errors);
  return {
    rows: errors.reduce((sum, error) => sum + error.rows, 0),
    sum: errors.reduce((sum, error) => sum + error.labelSum, 0),
    squareSum: errors.reduce((sum, error) => sum + error.labelSquareSum, 0),
  };
}

/** Labelled predictions by score cell and label; what was predicted does not matter to a calibration. */
export function scoreCounts(rows: readonly OutcomeRow[]): readonly Omit<ClassCount, 'predicted'>[] {
  const byPlace = Map.groupBy(
    rows.flatMap(({ classes }) => classes),
    ({ scoreCell, label }) => JSON.stringify([scoreCell, label]),
  );
  return [...byPlace.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return {
      scoreCell: first.scoreCell,
      label: first.label,
      rows: rowsOf(same),
      scoreSum: same.reduce((sum, one) => sum + one.scoreSum, 0),
      scoreSquareSum: same.reduce((sum, one) => sum + one.scoreSquareSum, 0),
    };
  });
}

function rowsOf(counts: readonly { readonly rows: number }[]): number {
  return counts.reduce((sum, { rows }) => sum + rows, 0);
}

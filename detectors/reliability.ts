import { knownCells, sideCell } from './cells.ts';
import { sum } from './math.ts';
import type { NumberLayout } from './types.ts';

/** Scores against what came true, in bins of score cells: counts and sums only. */

/** Labelled predictions of one score cell and label; as the store counts them. */
export interface ScoreCount {
  readonly scoreCell: number;
  readonly label: string | null;
  readonly rows: number;
  readonly scoreSum: number;
  readonly scoreSquareSum: number;
}

/** Rows of one bin, and what they add up to. */
export interface Bin {
  readonly rows: number;
  readonly positives: number;
  readonly scoreSum: number;
  readonly scoreSquareSum: number;
  /** Of the positive rows alone. */
  readonly positiveScoreSum: number;
}

const EMPTY: Bin = { rows: 0, positives: 0, scoreSum: 0, scoreSquareSum: 0, positiveScoreSum: 0 };

export function addBins(one: Bin, two: Bin): Bin {
  return {
    rows: one.rows + two.rows,
    positives: one.positives + two.positives,
    scoreSum: one.scoreSum + two.scoreSum,
    scoreSquareSum: one.scoreSquareSum + two.scoreSquareSum,
    positiveScoreSum: one.positiveScoreSum + two.positiveScoreSum,
  };
}

/** A bin a score cell, in the order of the scores: below the range, the known cells, above it. Rows without a label or a
 * finite score are left out. */
export function scoreBins(
  counts: readonly ScoreCount[],
  { layout, positive }: { readonly layout: NumberLayout; readonly positive: string },
): readonly Bin[] {
  const known = knownCells(layout);
  const places = new Map<number, number>([
    [sideCell(layout, 'below_min'), 0],
    ...Array.from({ length: known }, (_, cell) => [cell, cell + 1] as const),
    [sideCell(layout, 'above_max'), known + 1],
  ]);
  // In place: a hundred labels in thirty cells would else be copied once each.
  const bins = Array.from({ length: known + 2 }, () => EMPTY);
  for (const { scoreCell, label, rows, scoreSum, scoreSquareSum } of counts) {
    if (!(rows >= 0) || !Number.isFinite(scoreSum + scoreSquareSum))
      throw new Error('Expected finite sums of scores over at least 0 rows.');
    const place = places.get(scoreCell);
    if (place === undefined || label === null) continue;
    const isPositive = label === positive;
    const [positives, positiveScoreSum] = isPositive ? [rows, scoreSum] : [0, 0];
    bins[place] = addBins(bins[place] ?? EMPTY, {
      rows,
      positives,
      scoreSum,
      scoreSquareSum,
      positiveScoreSum,
    });
  }
  return bins;
}

/** Which of `most` bins of about as many rows each cell goes to; cells are never cut. */
export function evenBins(cells: readonly Bin[], most: number): readonly number[] {
  const total = sum(cells.map((cell) => cell.rows));
  let before = 0;
  return cells.map(({ rows }) => {
    const middle = (before + rows / 2) / total;
    before += rows;
    return Math.min(most - 1, Math.floor(most * middle));
  });
}

/** Puts cells together as told; bins that no cell goes to are empty. */
export function gather(cells: readonly Bin[], places: readonly number[]): readonly Bin[] {
  const count = Math.max(-1, ...places) + 1;
  return Array.from({ length: count }, (_, bin) =>
    cells.filter((_cell, index) => places[index] === bin).reduce(addBins, EMPTY),
  );
}

/** How far the share of positives lies above the mean score. */
export function gapOf({ rows, positives, scoreSum }: Bin): number {
  return rows === 0 ? 0 : (positives - scoreSum) / rows;
}

/** Sum of (outcome - score)². */
export function squaredError({ positives, positiveScoreSum, scoreSquareSum }: Bin): number {
  return positives - 2 * positiveScoreSum + scoreSquareSum;
}

/**
 * Variance of a bin's gap: from the rows themselves, or what the scores promise if that is more. Without the latter a bin
 * where nothing came true yet would seem to be known without any doubt.
 */
export function gapVariance(bin: Bin): number {
  const { rows, scoreSum, scoreSquareSum } = bin;
  const seen = Math.max(0, squaredError(bin) / rows - gapOf(bin) ** 2) / rows;
  return Math.max(seen, (scoreSum - scoreSquareSum) / rows ** 2);
}

/** Expected calibration error: the mean size of the gaps, by rows. */
export function expectedCalibrationError(bins: readonly Bin[]): number {
  const rows = sum(bins.map((bin) => bin.rows));
  return sum(bins.map((bin) => bin.rows * Math.abs(gapOf(bin)))) / rows;
}

/** Brier score: the mean of (outcome - score)². */
export function brierScore(bins: readonly Bin[]): number {
  return sum(bins.map(squaredError)) / sum(bins.map((bin) => bin.rows));
}

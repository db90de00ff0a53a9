import { sum } from './math.ts';
import type { FeatureCounts, FeatureLayout } from './types.ts';

/**
 * Mean and standard deviation of the finite values, from exact sums of whole units q = floor((x - center) / unit + 1/2).
 *
 *   mean = center + unit S/N,   variance = unit² (Q - S²/N) / (N-1) - unit²/12
 *
 * The last term is Sheppard's correction for rounding to units; few values are no even spread, and get none. Standard errors:
 * deviation / sqrt(N) of the mean, deviation / sqrt(2 (N-1)) of the deviation, as of a normal.
 * Values a thousand deviations off are held there. Reference: Sheppard 1898; Kendall and Stuart, vol. 1, 3.18.
 * Example: 1, 2, 3 in units of 1/64: mean 2, deviation 1.
 */
export interface Moments {
  readonly rows: number;
  readonly mean: number;
  readonly meanError: number | null;
  readonly deviation: number | null;
  readonly deviationError: number | null;
}

/** null without a finite value, for categories, and for layouts that were frozen before moments were counted. */
export function momentsOf(layout: FeatureLayout, counts: FeatureCounts): Moments | null {
  if (layout.kind === 'category' || layout.moments === undefined || counts.moments === undefined) return null;
  const rows = sum(counts.known) + counts.sides.below_min + counts.sides.above_max;
  if (rows === 0) return null;
  const { center, unit } = layout.moments;
  const inUnits = counts.moments.sum / rows;
  const mean = center + unit * inUnits;
  if (rows === 1) return { rows, mean, meanError: null, deviation: null, deviationError: null };
  const scatter = Math.max(0, counts.moments.squares - counts.moments.sum * inUnits) / (rows - 1);
  const rounding = layout.isDiscrete === true ? 0 : 1 / 12;
  const deviation = unit * Math.sqrt(Math.max(0, scatter - rounding));
  return {
    rows,
    mean,
    meanError: deviation / Math.sqrt(rows),
    deviation,
    deviationError: deviation / Math.sqrt(2 * (rows - 1)),
  };
}

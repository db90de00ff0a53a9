import { sum, wilson } from './math.ts';
import type { FeatureCounts, Measured } from './types.ts';

/**
 * Share of rows without the feature, judged against the share the baseline had.
 *
 *   ratio = Wilson lower bound (95 %) of missing / rows, over allowed = baseline + max(1 point, 1 x baseline)
 *
 * At 1 even the low end of the interval is beyond what is allowed, so that eight rows with four missing do not alarm and a
 * real burst does. Reference: Wilson 1927. Example: 4 of 8 missing against a baseline of 19.9 % gives 0.54.
 */
export function missingRate(baseline: FeatureCounts, current: FeatureCounts): MissingRate {
  const [before, now] = [missingShare(baseline), missingShare(current)];
  if (now.value === null || before.value === null)
    return { share: now, ratio: { value: null, why: now.why ?? before.why ?? '' }, allowed: null };
  const allowed = before.value + Math.max(0.01, before.value);
  const { lower } = wilson(current.sides.missing, rowsOf(current), Z_95);
  return { share: now, ratio: { value: lower / allowed }, allowed };
}

export interface MissingRate {
  readonly share: Measured;
  readonly ratio: Measured;
  readonly allowed: number | null;
}

const Z_95 = 1.959963984540054;

/** All rows of a feature, known cells and side cells together. */
export function rowsOf(counts: FeatureCounts): number {
  return sum(counts.known) + sum(Object.values(counts.sides));
}

function missingShare(counts: FeatureCounts): Measured {
  const rows = rowsOf(counts);
  return rows === 0 ? { value: null, why: 'no rows' } : { value: counts.sides.missing / rows };
}

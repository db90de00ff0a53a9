import { sum, wilson } from './math.ts';
import type { FeatureCounts, FeatureLayout, Measured, Side } from './types.ts';

/**
 * Shares of rows in the side cells, judged apart from drift: missing, unseen, out of range, not finite.
 *
 *   ratio = Wilson lower bound (95 %) of the share / allowed
 *   allowed = baseline + max(least rise, baseline), at most half way from the baseline to all rows
 *
 * At 1 even the low end of the interval is beyond what is allowed, so that eight rows with four missing do not alarm and a
 * real burst does. The least rise is 1 point, 5 points for unseen categories, which trickle in with normal life.
 * Reference: Wilson 1927. Example: 4 of 8 missing against a baseline of 19.9 % gives 0.54.
 */
export interface SideRate {
  readonly id: 'missing-rate' | 'unseen-rate' | 'range-rate' | 'non-finite-rate';
  readonly words: string;
  readonly sides: readonly Side[];
  readonly kinds: readonly FeatureLayout['kind'][];
  readonly leastRise: number;
}

/** One line adds one. */
export const sideRates: readonly SideRate[] = [
  {
    id: 'missing-rate',
    words: 'is missing',
    sides: ['missing'],
    kinds: ['number', 'category'],
    leastRise: 0.01,
  },
  {
    id: 'unseen-rate',
    words: 'has a value never seen before',
    sides: ['unseen'],
    kinds: ['category'],
    leastRise: 0.05,
  },
  {
    id: 'range-rate',
    words: 'is outside the range ever seen',
    sides: ['below_min', 'above_max'],
    kinds: ['number'],
    leastRise: 0.01,
  },
  {
    id: 'non-finite-rate',
    words: 'is not a finite number',
    sides: ['non_finite'],
    kinds: ['number'],
    leastRise: 0.01,
  },
];

export interface SideShare {
  readonly share: Measured;
  readonly ratio: Measured;
  readonly allowed: number | null;
}

export function sideShare(rate: SideRate, baseline: FeatureCounts, current: FeatureCounts): SideShare {
  const [before, now] = [shareOf(rate.sides, baseline), shareOf(rate.sides, current)];
  if (now.value === null || before.value === null)
    return { share: now, ratio: { value: null, why: now.why ?? before.why ?? '' }, allowed: null };
  const allowed = Math.min(before.value + Math.max(rate.leastRise, before.value), (1 + before.value) / 2);
  return { share: now, ratio: { value: lowerBound(rate.sides, current) / allowed }, allowed };
}

/**
 * Share of rows that cannot be compared with the baseline any more, of those that could: from the Wilson lower bound (95 %)
 * of all the given side cells together and the baseline's own share b, (lower - b) / (1 - b). Drift is blind to them: a category renamed in every row leaves no known cell.
 * A handful of rows pages nobody: fifty are needed, as for drift.
 * Example: 100 of 100 rows unseen, none in the baseline: 0.963.
 */
export function lostRate(sides: readonly Side[], baseline: FeatureCounts, current: FeatureCounts): Measured {
  const [before, now] = [shareOf(sides, baseline), shareOf(sides, current)];
  if (now.value === null || before.value === null) return { value: null, why: now.why ?? before.why ?? '' };
  const rows = rowsOf(current);
  if (rows < LEAST_ROWS) return { value: null, why: `needs ${LEAST_ROWS} rows, has ${rows}` };
  if (before.value === 1)
    return { value: null, why: 'the baseline has no row that could be compared either' };
  return { value: Math.max(0, (lowerBound(sides, current) - before.value) / (1 - before.value)) };
}

const LEAST_ROWS = 50;
const Z_95 = 1.959963984540054;

function lowerBound(sides: readonly Side[], counts: FeatureCounts): number {
  return wilson(sum(sides.map((side) => counts.sides[side])), rowsOf(counts), Z_95).lower;
}

/** All rows of a feature, known cells and side cells together. */
export function rowsOf(counts: FeatureCounts): number {
  return sum(counts.known) + sum(Object.values(counts.sides));
}

/**
 * Whether a category is an identifier or free text: every window brings values that no window had before, and that is normal.
 * More than one different value in five rows, or more than the layout can list, is judgement.
 */
export function looksLikeIdentifier(layout: FeatureLayout, baseline: FeatureCounts): boolean {
  if (layout.kind !== 'category') return false;
  const distinct = layout.values.length + layout.rare.length;
  return layout.rare.length >= MOST_RARE || (distinct > 20 && distinct > 0.2 * rowsOf(baseline));
}

/** As many rare values as a layout keeps; see `cells.ts`. */
const MOST_RARE = 10_000;

function shareOf(sides: readonly Side[], counts: FeatureCounts): Measured {
  const rows = rowsOf(counts);
  return rows === 0
    ? { value: null, why: 'no rows' }
    : { value: sum(sides.map((side) => counts.sides[side])) / rows };
}

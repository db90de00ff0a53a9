import { cellName } from './explain.ts';
import { sum, wilson } from './math.ts';
import { momentsOf } from './moments.ts';
import { nameOf } from './share-ratio.ts';
import { looksLikeIdentifier } from './side-rates.ts';
import type { Detector, FeatureCounts, FeatureInput } from './types.ts';

/**
 * A feature that varied in the baseline and now stands still: a default, a stuck sensor, a join that found nothing.
 *
 *   value = m ln(p) / ln(alpha),  p the Wilson upper bound (95 %) of the baseline's share of the one cell all m rows are in
 *
 * 1 or more: by chance so many rows fall into that cell less than once in 1 / alpha windows. 0 as soon as two cells hold
 * rows. Values never seen before are not told apart, so they are left to the unseen rate.
 * Reference: reference detectors.md 5.11. Example: 100 rows in a cell of 5 %, alpha .0001: 32; 8 rows: not judged.
 */
export const constantValue: Detector<FeatureInput> = {
  id: 'constant-value',
  title: 'A value that stands still',
  unit: 'proof over the proof asked for',
  score: (input) => {
    const { feature, current } = input;
    const now = ranged(current);
    const rows = sum(now);
    const why = whyNot(input, rows);
    if (why !== null) return { value: null, why, rows, text: `${feature}: ${why}` };
    const used = now.findIndex((count) => count > 0);
    if ((now[used] ?? 0) < rows) return { value: 0, why: null, rows, text: `${nameOf(feature)} varies` };
    const before = ranged(input.baseline);
    const { upper } = wilson(before[used] ?? 0, sum(before), Z_95);
    const value = (rows * Math.log(upper)) / Math.log(ALPHA);
    const text = `${nameOf(feature)} ${standing(input, used)} in all ${rows} rows`;
    return {
      value,
      why: null,
      rows,
      text,
      numbers: { baselineShare: (before[used] ?? 0) / sum(before) },
      ...(value >= 1 && { cause: text }),
    };
  },
};

/** Once in ten thousand windows: about once a year of hours (judgement). */
const ALPHA = 0.0001;
const LEAST_ROWS = 30;
const Z_95 = 1.959963984540054;

/** Cells in the order of the values: below the range, known, above it. */
function ranged({ known, sides }: FeatureCounts): readonly number[] {
  return [sides.below_min, ...known, sides.above_max];
}

function whyNot({ layout, baseline, current }: FeatureInput, rows: number): string | null {
  const before = ranged(baseline);
  if (looksLikeIdentifier(layout, baseline)) return 'nearly every value is a new one, as in an identifier';
  if (sum(before) === 0) return 'the baseline has no value that could be compared';
  if (before.filter((count) => count > 0).length === 1) return 'it stood still in the baseline too';
  if (current.sides.unseen > 0 && rows === 0) return 'all values are new; see the unseen rate';
  return rows < LEAST_ROWS ? `needs ${LEAST_ROWS} rows with a value, has ${rows}` : null;
}

function standing({ layout, baseline, current }: FeatureInput, used: number): string {
  if (layout.kind === 'category') return `is ${cellName(layout, used - 1)}`;
  const known = baseline.known.length;
  const isInRange = used >= 1 && used <= known;
  const spread = momentsOf(layout, current);
  if (isInRange && spread?.deviation === 0) return `has one value, ${Number(spread.mean.toPrecision(4))},`;
  const place =
    used === 0 ? 'below its range' : used > known ? 'above its range' : cellName(layout, used - 1);
  return `lies in one cell, ${place},`;
}

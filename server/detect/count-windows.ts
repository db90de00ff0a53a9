import { countsInRow, type ModelLayout } from '../../detectors/cells.ts';
import type { FeatureCounts } from '../../detectors/types.ts';
import type { CountWindows } from '../ports.ts';

/** Counts of many windows in one block of numbers: what detectors take out of it. */

export type CountsByFeature = Readonly<Record<string, FeatureCounts>>;

/** All windows together, by feature. */
export function summedCounts(layout: ModelLayout, windows: CountWindows): CountsByFeature {
  return byFeature(layout, summedRow(windows.cells, layout.cells), 0);
}

function byFeature(layout: ModelLayout, rows: Float64Array, start: number): CountsByFeature {
  return Object.fromEntries(
    layout.features.map((feature) => [feature.name, countsInRow(feature, rows, start)] as const),
  );
}

/** A hot loop: a month of hours of a hundred features is three million numbers. */
function summedRow(cells: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < cells.length; at += width)
    for (let cell = 0; cell < width; cell += 1) (sums[cell] as number) += cells[at + cell] as number;
  return sums;
}

/** The counts of one time less those of a part of it. */
export function withoutPart(whole: CountsByFeature, part: CountsByFeature): CountsByFeature {
  return Object.fromEntries(
    Object.entries(whole).map(([feature, counts]) => {
      const less = part[feature];
      return [feature, less === undefined ? counts : difference(counts, less)] as const;
    }),
  );
}

function difference(counts: FeatureCounts, part: FeatureCounts): FeatureCounts {
  const { missing, non_finite, below_min, above_max, unseen } = counts.sides;
  return {
    known: counts.known.map((count, cell) => count - (part.known[cell] ?? 0)),
    sides: {
      missing: missing - part.sides.missing,
      non_finite: non_finite - part.sides.non_finite,
      below_min: below_min - part.sides.below_min,
      above_max: above_max - part.sides.above_max,
      unseen: unseen - part.sides.unseen,
    },
    ...(counts.moments !== undefined &&
      part.moments !== undefined && {
        moments: {
          sum: counts.moments.sum - part.moments.sum,
          squares: counts.moments.squares - part.moments.squares,
        },
      }),
  };
}

import { linearScale, type Scale, ticks } from './geometry.ts';

export interface Interval {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface ForestMark {
  readonly x: number;
  readonly fromX: number;
  readonly toX: number;
}

export interface Forest {
  readonly scale: Scale;
  readonly ticks: readonly number[];
  /** One entry per row; null where there is no value to draw. */
  readonly marks: readonly (ForestMark | null)[];
}

/** Points with intervals on one axis that starts at zero and always holds `limit`. */
export function forest(
  rows: readonly Interval[],
  box: { readonly left: number; readonly right: number; readonly limit: number | null },
): Forest {
  const ends = rows.flatMap((row) => [row.value, row.lower, row.upper]).filter((end) => end !== null);
  const most = Math.max(...ends, box.limit ?? 0, 0.01);
  const least = Math.min(...ends, 0);
  const scale = linearScale([least, most * 1.08], [box.left, box.right]);
  const marks = rows.map(({ value, lower, upper }) =>
    value === null
      ? null
      : { x: scale.at(value), fromX: scale.at(lower ?? value), toX: scale.at(upper ?? value) },
  );
  return { scale, ticks: ticks(least, most * 1.08, 4), marks };
}

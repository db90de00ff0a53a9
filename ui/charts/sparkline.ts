import { areaPath, largest, linearScale, linePath, type Point, round } from './geometry.ts';

export interface Sparkline {
  readonly line: string;
  readonly area: string;
  readonly last: { readonly x: number; readonly y: number } | null;
  readonly thresholdY: number | null;
}

/** A small line from zero up; nulls are gaps; the threshold is always inside the picture. */
export function sparkline(
  values: readonly (number | null)[],
  size: { readonly width: number; readonly height: number; readonly threshold: number | null },
): Sparkline {
  const inset = 2;
  const top = largest([...values, size.threshold === null ? null : size.threshold * 1.25], 1e-9);
  const y = linearScale([0, top], [size.height - inset, inset]);
  const step = values.length > 1 ? (size.width - 2 * inset) / (values.length - 1) : 0;
  const points: readonly Point[] = values.map((value, index) => ({
    x: round(inset + index * step),
    y: value === null ? null : y.at(value),
  }));
  const last = points.at(-1);
  return {
    line: linePath(points),
    area: areaPath(points, size.height - inset),
    last: last === undefined || last.y === null ? null : { x: last.x, y: last.y },
    thresholdY: size.threshold === null ? null : y.at(size.threshold),
  };
}

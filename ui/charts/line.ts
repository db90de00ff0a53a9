import { areaPath, linearScale, linePath, type Point, type Scale, timeTicks } from './geometry.ts';

export interface TimeLine {
  readonly line: string;
  readonly area: string;
  readonly points: readonly Point[];
  readonly x: Scale;
  readonly y: Scale;
  readonly timeTicks: readonly number[];
}

/** A value over time. The vertical domain always holds `include`, so that its lines can be drawn. */
export function timeLine(
  values: readonly { readonly fromMs: number; readonly value: number | null }[],
  box: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
    readonly include: readonly number[];
  },
): TimeLine {
  const known = [...values.map((entry) => entry.value).filter((value) => value !== null), ...box.include];
  const first = values[0]?.fromMs ?? 0;
  const last = values.at(-1)?.fromMs ?? first;
  const x = linearScale([first, last], [box.left, box.right]);
  const y = linearScale([Math.min(...known), Math.max(...known)], [box.bottom, box.top]);
  const points = values.map((entry) => ({
    x: x.at(entry.fromMs),
    y: entry.value === null ? null : y.at(entry.value),
  }));
  const zero = y.at(Math.max(0, y.from));
  return {
    line: linePath(points),
    area: areaPath(points, zero),
    points,
    x,
    y,
    timeTicks: timeTicks(first, last, 5),
  };
}

import { divergenceUpTo } from './jensen-shannon.ts';
import { sum } from './math.ts';
import type { DriftInput, Measured, NumberLayout } from './types.ts';

/**
 * Finds a feature that arrives in another unit: the window looks like the baseline multiplied by a known factor.
 *
 *   F_k(x) = F_baseline(x / k) by piecewise-linear interpolation of the frozen cells, out-of-range cells included;
 *   found when the distance to the window falls to 40 % or less of the distance to the unscaled baseline for one k, and to
 *   what chance and 0.10 explain, and when no factor a tenth beside k fits better.
 *
 * A price that falls to a third is near some factor too; a unit is exact, so it fits well and best at its own factor.
 * At least a fifth of the rows must lie in known cells: beyond the range every large factor fits as well.
 * A wrong unit is a broken feed, not a change of the world, and a retraining must not learn it.
 * The 40 %, the tenth and the least distance of 0.15 are judgement, checked on flight distances (0.30 falls to below 0.10).
 * Reference: conversion factors of the International System (BIPM brochure, 2019) and NIST SP 811.
 * Example: miles logged as kilometres: factor 1.609344 is named.
 */
export function unitChange({ layout, baseline, current }: DriftInput): UnitChange {
  if (layout.kind !== 'number')
    return { found: null, distance: { value: null, why: 'only numbers have a unit' } };
  const [before, now] = [ranged(baseline), ranged(current)];
  if (sum(now) < LEAST_ROWS || sum(before) < LEAST_ROWS)
    return { found: null, distance: { value: null, why: `needs ${LEAST_ROWS} rows, has ${sum(now)}` } };
  if (sum(current.known) < LEAST_KNOWN * sum(now))
    return {
      found: null,
      distance: { value: null, why: 'too few rows are in the range of the baseline to tell a unit' },
    };
  const distance = distanceOf(before, now);
  if (distance < LEAST_DISTANCE) return { found: null, distance: { value: distance } };
  const rescaled = rescaling(layout, before, now);
  const most = MOST_RESIDUAL * distance;
  const best = nearest(rescaled, most);
  if (best === null || best.residual > most || !isNear(best.residual, before, now))
    return { found: null, distance: { value: distance } };
  const isExact = [BESIDE, 1 / BESIDE].every(
    (beside) => rescaled(best.factor * beside, best.residual) > best.residual,
  );
  return { found: isExact ? best : null, distance: { value: distance } };
}

/** The factor that fits best, of those that may leave no more than `most`. */
function nearest(rescaled: Rescaled, most: number): UnitChange['found'] {
  let best: UnitChange['found'] = null;
  for (const factor of FACTORS) {
    const least = best?.residual ?? Infinity;
    const residual = rescaled(factor.factor, Math.min(least, most));
    if (residual < least) best = { ...factor, residual };
  }
  return best;
}

/** Whether a distance is what chance explains, or little more. */
function isNear(residual: number, before: readonly number[], now: readonly number[]): boolean {
  const used = before.filter((count, cell) => count + (now[cell] ?? 0) > 0).length;
  const chance = ((used - 1) * (1 / sum(before) + 1 / sum(now))) / 8 / Math.LN2;
  return residual ** 2 <= NEAR ** 2 + chance;
}

export interface UnitChange {
  readonly found: (UnitFactor & { readonly residual: number }) | null;
  readonly distance: Measured;
}

export interface UnitFactor {
  readonly factor: number;
  /** Reads as "looks like kilometres where miles were learned". */
  readonly text: string;
}

const LEAST_ROWS = 200;
const LEAST_KNOWN = 0.2;
const LEAST_DISTANCE = 0.15;
const MOST_RESIDUAL = 0.4;
const NEAR = 0.1;
const BESIDE = 1.1;

const PAIRS = [
  [1.609344, 'kilometres', 'miles'],
  [3.280839895, 'feet', 'metres'],
  [2.2046226218, 'pounds', 'kilograms'],
  [2.54, 'centimetres', 'inches'],
  [100, 'hundredths', 'units'],
  [1000, 'thousandths', 'units'],
  [60, 'minutes', 'hours'],
  [3600, 'seconds', 'hours'],
] as const;

export const FACTORS: readonly UnitFactor[] = PAIRS.flatMap(([factor, small, large]) => [
  { factor, text: `${small} where ${large} were learned` },
  { factor: 1 / factor, text: `${large} where ${small} were learned` },
]);

function ranged(counts: DriftInput['baseline']): readonly number[] {
  return [counts.sides.below_min, ...counts.known, counts.sides.above_max];
}

function distanceOf(first: readonly number[], second: readonly number[]): number {
  return Math.sqrt(Math.max(0, divergenceUpTo(first, second, Infinity)) / Math.LN2);
}

type Rescaled = (factor: number, most: number) => number;

/** The distance to the window after multiplying every value of the baseline by a factor; Infinity where it is above `most`. */
function rescaling(layout: NumberLayout, before: readonly number[], now: readonly number[]): Rescaled {
  const bounds = [layout.min, ...layout.edges, layout.max];
  const below = cumulative(before);
  const rows = sum(before);
  return (factor, most) => {
    const cells = scaled({ bounds, below, rows }, factor);
    const divergence = divergenceUpTo(cells, now, most ** 2 * Math.LN2 * (1 + ROUNDING) + ROUNDING);
    return Math.sqrt(Math.max(0, divergence) / Math.LN2);
  };
}

/** So much a sum of shares may be off by rounding, and much more; what lies so near above the most is compared as it is. */
const ROUNDING = 1e-9;

interface Ranged {
  readonly bounds: readonly number[];
  /** Rows below each bound. */
  readonly below: readonly number[];
  readonly rows: number;
}

/** The baseline's cells after multiplying every value by `factor`. One walk along the bounds, which rise: a hot loop. */
function scaled({ bounds, below, rows }: Ranged, factor: number): readonly number[] {
  const cells: number[] = [];
  let [next, last] = [0, 0];
  for (const bound of bounds) {
    const x = bound / factor;
    while (next < bounds.length && (bounds[next] as number) < x) next += 1;
    const mark = interpolate(bounds, below, { x, next });
    cells.push(Math.max(0, mark - last));
    last = mark;
  }
  cells.push(Math.max(0, rows - last));
  return cells;
}

function cumulative(counts: readonly number[]): readonly number[] {
  let total = 0;
  return counts.slice(0, -1).map((count) => (total += count));
}

interface Place {
  readonly x: number;
  /** The first bound that is not below it. */
  readonly next: number;
}

function interpolate(bounds: readonly number[], below: readonly number[], { x, next }: Place): number {
  if (next === 0) return x < (bounds[0] ?? 0) ? 0 : (below[0] ?? 0);
  if (next === bounds.length) return below.at(-1) ?? 0;
  const [left, right] = [bounds[next - 1] ?? 0, bounds[next] ?? 0];
  const share = right === left ? 1 : (x - left) / (right - left);
  return (below[next - 1] ?? 0) + share * ((below[next] ?? 0) - (below[next - 1] ?? 0));
}

import { sum } from './math.ts';
import { momentsOf } from './moments.ts';
import type { DriftInput, NumberLayout } from './types.ts';

/**
 * Wasserstein distance (earth mover's) of the values in known cells, per standard deviation of the baseline.
 *
 *   W = integral |F_baseline - F_window| dx / sigma
 *
 * F is straight between the edges, from the least to the largest value of the baseline; where the baseline takes few values
 * it steps at each. Catches a wider spread sooner than the distance over cells does.
 * Reference: Vallender 1974. Example: everything moved by half a deviation is 0.5.
 */
export function wasserstein(input: DriftInput): number | null {
  const { layout, baseline, current } = input;
  const [n, m] = [sum(baseline.known), sum(current.known)];
  if (layout.kind === 'category' || n === 0 || m === 0) return null;
  const moved = distanceMoved(layout, input, [n, m]);
  if (moved === 0) return 0;
  const deviation = momentsOf(layout, baseline)?.deviation ?? null;
  const value = deviation === null ? NaN : moved / deviation;
  return Number.isFinite(value) ? value : null;
}

function distanceMoved(
  layout: NumberLayout,
  { baseline, current }: DriftInput,
  [n, m]: readonly [number, number],
): number {
  const bounds = [layout.min, ...layout.edges, layout.max];
  let [left, total] = [0, 0];
  for (const [cell, count] of baseline.known.entries()) {
    const right = left + count / n - (current.known[cell] ?? 0) / m;
    const width = (bounds[cell + 1] ?? 0) - (bounds[cell] ?? 0);
    if (width > 0) total += width * (layout.isDiscrete === true ? Math.abs(left) : meanSize(left, right));
    left = right;
  }
  return total;
}

/** Mean of |d| over a cell in which d runs straight from left to right. */
function meanSize(left: number, right: number): number {
  const [a, b] = [Math.abs(left), Math.abs(right)];
  if (a + b === 0) return 0;
  return left * right >= 0 ? (a + b) / 2 : (a * a + b * b) / (2 * (a + b));
}

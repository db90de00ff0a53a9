import { sum } from './math.ts';
import type { Interval } from './math.ts';
import type { DriftInput } from './types.ts';

/**
 * Bounds of the Kolmogorov-Smirnov distance of the values behind the known cells.
 *
 *   D_B <= D <= max over cells of max(d_left + p, q - d_left),   d = F_baseline - F_window at the edges, D_B = max |d|
 *
 * p and q are a cell's shares: within it either side may rise before the other. Where the baseline takes few values, a cell
 * is one value, and both ends are D_B.
 * Reference: Smirnov 1939; the bounds follow from monotony. Example: [5, 5] against [5, 5]: 0 to 0.5.
 */
export function kolmogorovSmirnov({ layout, baseline, current }: DriftInput): Interval | null {
  const [n, m] = [sum(baseline.known), sum(current.known)];
  if (layout.kind === 'category' || n === 0 || m === 0) return null;
  const isPoint = (cell: number) =>
    layout.isDiscrete === true || (cell === 0 && layout.min === layout.edges[0]);
  let [left, lower, upper] = [0, 0, 0];
  for (const [cell, count] of baseline.known.entries()) {
    const [p, q] = [count / n, (current.known[cell] ?? 0) / m];
    const right = left + p - q;
    lower = Math.max(lower, Math.abs(right));
    if (!isPoint(cell)) upper = Math.max(upper, left + p, q - left);
    left = right;
  }
  return { lower: Math.min(1, lower), upper: Math.min(1, Math.max(lower, upper)) };
}

import { sum } from './math.ts';
import type { DriftDetector } from './types.ts';

/**
 * Population stability index over the known cells, each side smoothed by half a row a cell.
 *
 *   P = (a + 1/2) / (n + K/2),  Q = (b + 1/2) / (m + K/2),  PSI = sum (P - Q) ln(P / Q)
 *
 * The half row keeps an empty cell from sending the index to hundreds. Shown beside the distance for people who think in
 * PSI; decisions use the distance, because PSI's familiar 0.1 and 0.2 hold for one sample size only.
 * Reference: Yurdakul 2018 (null law). Example: [50, 50] against [50, 50] is 0.
 */
export const psi: DriftDetector = {
  id: 'psi',
  title: 'Population stability index',
  unit: 'index',
  score: ({ baseline, current }) => {
    const [n, m, cells] = [sum(baseline.known), sum(current.known), baseline.known.length];
    if (n === 0 || m === 0)
      return {
        value: null,
        why: n === 0 ? 'the baseline has no row in a known cell' : 'the window has no row in a known cell',
      };
    const terms = baseline.known.map((count, cell) => {
      const p = (count + 0.5) / (n + cells / 2);
      const q = ((current.known[cell] ?? 0) + 0.5) / (m + cells / 2);
      return (p - q) * Math.log(p / q);
    });
    return { value: sum(terms) };
  },
};

import { sum } from './math.ts';
import type { DriftDetector } from './types.ts';

/**
 * Largest change of any one known cell's share.
 *
 *   max over cells of |a/n - b/m|
 *
 * Names the single category that moved most. Reference: TFDV's L-infinity norm for categories.
 * Example: [50, 50] against [80, 20] is 0.3.
 */
export const lInfinity: DriftDetector = {
  id: 'l_infinity',
  title: 'Largest change of one share',
  unit: 'share',
  score: ({ baseline, current }) => {
    const [n, m] = [sum(baseline.known), sum(current.known)];
    if (n === 0 || m === 0)
      return {
        value: null,
        why: n === 0 ? 'the baseline has no row in a known cell' : 'the window has no row in a known cell',
      };
    return {
      value: Math.max(
        0,
        ...baseline.known.map((count, cell) => Math.abs(count / n - (current.known[cell] ?? 0) / m)),
      ),
    };
  },
};

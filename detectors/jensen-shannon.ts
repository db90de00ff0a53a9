import { sum } from './math.ts';
import type { DriftDetector, DriftInput, Measured } from './types.ts';

/**
 * Jensen-Shannon distance between the known cells of baseline and window, base 2, in 0..1.
 *
 *   JSD = 1/2 sum p ln(2p/(p+q)) + 1/2 sum q ln(2q/(p+q)),   distance = sqrt(JSD / ln 2)
 *
 * One statistic for every type and size: empty cells need no floor. Missing, unseen and out-of-range rows are not in it,
 * because mass d on a new cell alone gives sqrt(d/2): 1 % already scores 0.07.
 * Reference: Lin 1991, IEEE Trans. Inf. Theory 37; Endres and Schindelin 2003 (the root is a metric).
 * Example: [10, 0] against [0, 10] scores 1; [10, 10] against [100, 100] scores 0.
 */
export const jensenShannon: DriftDetector = {
  id: 'js',
  title: 'Jensen-Shannon distance',
  unit: 'distance, base 2',
  score: (input) => {
    const divergence = divergenceNats(input);
    return divergence.value === null
      ? divergence
      : { value: Math.sqrt(Math.max(0, divergence.value) / Math.LN2) };
  },
};

/** The divergence in nats; undefined when one side has no row in a known cell. */
export function divergenceNats({ baseline, current }: Pick<DriftInput, 'baseline' | 'current'>): Measured {
  const [n, m] = [sum(baseline.known), sum(current.known)];
  if (n === 0) return { value: null, why: 'the baseline has no row in a known cell' };
  if (m === 0) return { value: null, why: 'the window has no row in a known cell' };
  return { value: divergenceUpTo(baseline.known, current.known, Infinity) };
}

/** The divergence in nats of two lists of counts; Infinity as soon as the cells so far add up to more than `most`. */
export function divergenceUpTo(
  baseline: readonly number[],
  current: readonly number[],
  most: number,
): number {
  const [n, m] = [sum(baseline), sum(current)];
  let total = 0;
  for (let cell = 0; cell < baseline.length; cell += 1) {
    total += contribution((baseline[cell] as number) / n, (current[cell] ?? 0) / m);
    if (total > most) return Infinity;
  }
  return total;
}

/** What each cell adds to the divergence in nats; never negative. A plain loop: every score of every feature runs it. */
export function contributions(baseline: readonly number[], current: readonly number[]): readonly number[] {
  const [n, m] = [sum(baseline), sum(current)];
  const found: number[] = [];
  for (let cell = 0; cell < baseline.length; cell += 1)
    found.push(contribution((baseline[cell] as number) / n, (current[cell] ?? 0) / m));
  return found;
}

/** Of a cell that holds the shares p and q. */
function contribution(p: number, q: number): number {
  const middle = (p + q) / 2;
  return (p === 0 ? 0 : (p * Math.log(p / middle)) / 2) + (q === 0 ? 0 : (q * Math.log(q / middle)) / 2);
}

import { clopperPearsonLower } from './math.ts';
import type { Measured } from './types.ts';

/**
 * How fast an error budget is spent, judged over a long and a short window together.
 *
 *   burn = bad / total / (1 - target);  budget left = 1 - bad / ((1 - target) total) over the period
 *   a pair fires when the 95 % Clopper-Pearson lower bound of bad / total exceeds factor x (1 - target) in both windows
 *
 * The long window says it matters, the short one that it still goes on; the bound keeps one failure among twenty requests
 * from paging; fewer than two bad events in a window prove nothing, however few there were. A factor that no error share could reach is lowered to 0.5 / (1 - target).
 * Reference: Google SRE workbook, chapter 5 (alerting on SLOs); low-traffic bound: Clopper and Pearson 1934.
 * Example: target 99.9 %, 14.4x: 2 bad of 20 fire (bound 1.81 % > 1.44 %), 2 of 50 do not.
 */
export function burnRate(count: GoodBad, target: number): Measured {
  const total = count.good + count.bad;
  return total === 0 ? { value: null, why: 'no traffic' } : { value: count.bad / total / (1 - target) };
}

export interface GoodBad {
  readonly good: number;
  readonly bad: number;
}

const LEAST_BAD = 2;

/** Burn proven beyond chance, over the factor: 1 or more in both windows means the pair fires. */
export function pairRatio(
  pair: { readonly long: GoodBad; readonly short: GoodBad; readonly factor: number },
  target: number,
): Measured {
  const threshold = pair.factor * (1 - target);
  const ratios = [pair.long, pair.short].map((count) => {
    const total = count.good + count.bad;
    if (total === 0) return null;
    return count.bad < LEAST_BAD ? 0 : clopperPearsonLower(count.bad, total, 0.05) / threshold;
  });
  const [long, short] = ratios;
  if (long === null || long === undefined) return { value: null, why: 'no traffic in the long window' };
  return { value: Math.min(long, short ?? 0) };
}

/** The factor that can be reached with this target. */
export function reachableFactor(factor: number, target: number): number {
  return Math.min(factor, 0.5 / (1 - target));
}

/** Share of the period's error budget that is left; below 0 when overspent. */
export function budgetRemaining(count: GoodBad, target: number): Measured {
  const burn = burnRate(count, target);
  return burn.value === null ? burn : { value: 1 - burn.value };
}

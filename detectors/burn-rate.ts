import { clopperPearsonLower } from './math.ts';
import type { Measured } from './types.ts';

/**
 * How fast an error budget is spent, judged over a long and a short window together.
 *
 *   burn = bad / total / (1 - target);  budget left = 1 - bad / ((1 - target) total) over the period
 *   a pair fires when the 95 % Clopper-Pearson lower bound of bad / total exceeds factor x (1 - target) in both windows
 *
 * The long window says it matters, the short one that it still goes on; the bound keeps one failure among twenty requests
 * from paging; fewer than two bad events in a window prove nothing, however few there were. A factor that no error share could
 * reach is lowered to 0.5 / (1 - target).
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

/** How windows are read. */
export interface Proof {
  /** So many bad events need no bound: the share itself decides. */
  readonly minBad?: number | undefined;
  /** Slices were judged one by one, and are taken as they are. Absent: events, which are a sample. */
  readonly slices?: { readonly long: number; readonly short: number };
}

export interface Pair {
  readonly long: GoodBad;
  readonly short: GoodBad;
  readonly factor: number;
}

const LEAST_BAD = 2;
const ALPHA = 0.05;

/** Slices that a long window has at least; with fewer one bad slice would be a burn. */
export const LEAST_SLICES = 12;

/** Burn proven beyond chance, over the factor: 1 or more in both windows means the pair fires. */
export function pairRatio(pair: Pair, target: number, proof: Proof = {}): Measured {
  const threshold = pair.factor * (1 - target);
  const unknown = whyUnknown(pair, proof);
  if (unknown !== null) return { value: null, why: unknown };
  const ratioOf = (count: GoodBad) => provenShare(count, proof) / threshold;
  return { value: Math.min(ratioOf(pair.long), ratioOf(pair.short)) };
}

function whyUnknown({ long, short }: Pair, { slices }: Proof): string | null {
  const [inLong, inShort] = [totalOf(long), totalOf(short)];
  if (slices === undefined) {
    if (inLong === 0) return 'no traffic in the long window';
    return inShort === 0 ? 'no traffic in the short window' : null;
  }
  if (2 * inLong < slices.long) return `${inLong} of ${slices.long} slices known in the long window`;
  return inShort === 0 ? `none of ${slices.short} slices known in the short window` : null;
}

function totalOf({ good, bad }: GoodBad): number {
  return good + bad;
}

/** The share of bad events that is sure to be there; grows with every bad one. */
function provenShare(count: GoodBad, { minBad, slices }: Proof): number {
  const share = count.bad / totalOf(count);
  if (slices !== undefined || (minBad !== undefined && count.bad >= minBad)) return share;
  return count.bad < LEAST_BAD ? 0 : clopperPearsonLower(count.bad, totalOf(count), ALPHA);
}

/**
 * Where traffic is too little for any short window: 1 or more when the budget of the whole period is overspent for sure and
 * the last events still burn for sure at `factor`.
 */
export function lowVolumeRatio(
  given: { readonly period: GoodBad; readonly recent: GoodBad; readonly factor: number },
  target: number,
): number {
  const [overspent, burning] = [provenShare(given.period, {}), provenShare(given.recent, {})];
  return Math.min(overspent / (1 - target), burning / (given.factor * (1 - target)));
}

/** The factor that can be reached with this target, and fires only beyond the even pace. */
export function reachableFactor(factor: number, target: number): number {
  return Math.max(1, Math.min(factor, 0.5 / (1 - target)));
}

/** Share of the period's error budget that is left; below 0 when overspent. */
export function budgetRemaining(count: GoodBad, target: number): Measured {
  const burn = burnRate(count, target);
  return burn.value === null ? burn : { value: 1 - burn.value };
}

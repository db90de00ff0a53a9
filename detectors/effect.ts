import { divergenceNats } from './jensen-shannon.ts';
import { chiSquareQuantile, sum } from './math.ts';
import type { DriftInput, FeatureCounts, Measured } from './types.ts';

/**
 * Size of a drift once chance is taken out: the Jensen-Shannon distance after bias correction.
 *
 *   d = sqrt(max(0, JSD - phi (K-1)(1/n + 1/m) / 8) / ln 2)
 *
 * Under no drift 8 JSD / (1/n + 1/m) follows chi-square with K-1 degrees of freedom, so the mean of pure noise is
 * subtracted; phi is how much wider than chance the baseline's own windows vary. K counts cells that hold a row.
 * What chance explains in 999 windows of 1000 (that chi-square's quantile, times phi) is no effect at all: 0.
 * Reference: Yurdakul 2018; levels 0.05 show, 0.10 ticket, 0.25 page.
 * Example: two samples of 100 from one distribution over 20 cells score 0 in 999 of 1000 cases, the raw distance 0.2.
 */
export function effect(input: DriftInput, phi: number): Measured {
  const divergence = divergenceNats(input);
  if (divergence.value === null) return divergence;
  const needed = minimumRows(input.baseline);
  const [n, m] = [sum(input.baseline.known), sum(input.current.known)];
  if (m < needed) return { value: null, why: `needs ${needed} rows in known cells, has ${m}` };
  const freedom = cellsInUse(input) - 1;
  const unit = (phi * (1 / n + 1 / m)) / 8;
  if (freedom === 0 || divergence.value / unit < chiSquareQuantile(SIGNIFICANCE, freedom))
    return { value: 0 };
  const noise = freedom * unit;
  return { value: Math.sqrt(Math.max(0, divergence.value - noise) / Math.LN2) };
}

const SIGNIFICANCE = 0.999;

/** Rows a window needs before it is judged: five for each effective cell of the baseline, at least fifty. */
export function minimumRows(baseline: FeatureCounts): number {
  const rows = sum(baseline.known);
  const entropy = sum(
    baseline.known.map((count) => (count === 0 ? 0 : (-count / rows) * Math.log(count / rows))),
  );
  return Math.max(50, Math.ceil(5 * Math.exp(entropy)));
}

function cellsInUse({ baseline, current }: Pick<DriftInput, 'baseline' | 'current'>): number {
  return Math.max(1, baseline.known.filter((count, cell) => count + (current.known[cell] ?? 0) > 0).length);
}

/**
 * How much more the baseline's own windows vary than chance allows: mean of 8 JSD / (1/n + 1/m) / (K-1) over its windows,
 * each against all the others, at least 1. Fewer than five windows cannot tell: 1, `calibrated: false`.
 * `isSteady`: known not to move by itself, as a counter or a time stamp does; the mean distance stays below the page level.
 */
export function overdispersion(windows: readonly FeatureCounts[]): Overdispersion {
  const used = windows.filter((window) => sum(window.known) >= 50);
  if (used.length < 5) return { phi: 1, calibrated: false, isSteady: false };
  const whole = used[0]?.known.map((_, cell) => sum(used.map((window) => window.known[cell] ?? 0))) ?? [];
  const parts = used.map((current) => againstOthers(whole, current));
  const distance = sum(parts.map((part) => Math.sqrt(part.divergence / Math.LN2))) / parts.length;
  return {
    phi: Math.max(1, sum(parts.map((part) => part.ratio)) / parts.length),
    calibrated: true,
    isSteady: distance < 0.25,
  };
}

export interface Overdispersion {
  readonly phi: number;
  readonly calibrated: boolean;
  readonly isSteady: boolean;
}

function againstOthers(
  whole: readonly number[],
  current: FeatureCounts,
): { readonly ratio: number; readonly divergence: number } {
  const baseline = {
    known: whole.map((count, cell) => count - (current.known[cell] ?? 0)),
    sides: current.sides,
  };
  const divergence = Math.max(0, divergenceNats({ baseline, current }).value ?? 0);
  const chance = (1 / sum(baseline.known) + 1 / sum(current.known)) / 8;
  return { divergence, ratio: divergence / chance / Math.max(1, cellsInUse({ baseline, current }) - 1) };
}

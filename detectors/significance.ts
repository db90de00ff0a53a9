import { divergenceNats } from './jensen-shannon.ts';
import { fSurvival, sum } from './math.ts';
import type { Calibration, DriftInput, DriftParameters, FeatureInput } from './types.ts';

/**
 * Gate 1: whether chance, as wide as the baseline's own windows show it, explains a change.
 *
 *   T = 8 JSD / (1/n + 1/m),   T / ((K-1) phi) ~ F(K-1, (W-1)(K-1))
 *
 * Without drift T follows chi-square with K-1 degrees of freedom, K counting the cells that hold a row; W and what phi is made
 * of come from the calibration. Fewer windows than it takes to tell: chi-square, phi 1. With many windows T must also be among the
 * largest of the baseline's own, because a jitter bends the tail of F: no more quiet windows than the asked share get by,
 * whatever makes them vary.
 * Reference: Yurdakul 2018 (null law); Davison and Hinkley 1997, 4.2 (the rank with its + 1).
 * Example: 560 and 440 against 5000 and 5000 gives T 13.1 with one degree of freedom, p 0.0003.
 */
export interface Significance {
  readonly statistic: number;
  readonly freedom: number;
  readonly p: number;
  /** (1 + baseline windows with a T at least as large) / (W + 1). null: too few windows, or not among their largest. */
  readonly rankP: number | null;
}

/** null when one side has no row in a known cell. */
export function significance(input: Omit<FeatureInput, 'feature' | 'layout'>): Significance | null {
  const divergence = divergenceNats(input);
  if (divergence.value === null) return null;
  const { calibration, parameters } = input;
  const freedom = cellsInUse(input) - 1;
  if (freedom === 0) return { statistic: 0, freedom, p: 1, rankP: rankOf(0, calibration, parameters) };
  const statistic = divergence.value / chanceOf(input);
  return {
    statistic,
    freedom,
    p: tail(statistic, freedom, { windows: calibration, phi: phiFor(input) }),
    rankP: rankOf(statistic, calibration, parameters),
  };
}

/** What one degree of freedom adds to the divergence by chance alone, in nats: (1/n + 1/m) / 8. */
export function chanceOf({ baseline, current }: Pick<DriftInput, 'baseline' | 'current'>): number {
  return (1 / sum(baseline.known) + 1 / sum(current.known)) / 8;
}

/**
 * How much wider than chance windows of this size vary. Chance shrinks with rows, what moves a baseline from window to window
 * does not: a phi learned from thousands of rows would hide every change of a hundred.
 */
export function phiFor(
  input: Pick<DriftInput, 'baseline' | 'current'> & { readonly calibration: Calibration },
): number {
  const { phi, excess } = input.calibration;
  return excess === undefined ? phi : 1 + excess / chanceOf(input);
}

/** Known cells that hold a row of either side. */
export function cellsInUse({ baseline, current }: Pick<DriftInput, 'baseline' | 'current'>): number {
  return baseline.known.filter((count, cell) => count + (current.known[cell] ?? 0) > 0).length;
}

interface Wideness {
  readonly windows: Calibration;
  readonly phi: number;
}

function tail(
  statistic: number,
  freedom: number,
  { windows: { isCalibrated, windows }, phi }: Wideness,
): number {
  const second = isCalibrated ? (windows - 1) * freedom : Infinity;
  return fSurvival(statistic / (freedom * phi), freedom, second);
}

function rankOf(statistic: number, calibration: Calibration, parameters: DriftParameters): number | null {
  const { largest, windows } = calibration;
  if (windows < parameters.rankWindows) return null;
  const above = largest.filter((one) => one >= statistic).length;
  return above === largest.length && above < windows ? null : (1 + above) / (windows + 1);
}

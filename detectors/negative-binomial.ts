import { chiSquareSurvival, incompleteBeta } from './math.ts';

/**
 * Counts that vary more than chance: mean m, variance m + a m².
 *
 *   P(X <= x) = I_p(r, x + 1),  r = 1 / a,  p = r / (r + m);  without dispersion Poisson, P(X <= x) = P(chi2_{2x+2} > 2m)
 *
 * Reference: Johnson, Kemp and Kotz, Univariate Discrete Distributions, 4.6 and 5.6.
 * Example: mean 10, a 0.5: P(X <= 5) is 0.330 (Poisson 0.067).
 */
export interface CountLaw {
  readonly mean: number;
  readonly dispersion: number;
}

/** P(X <= x) for a whole x. */
export function countCdf(x: number, { mean, dispersion }: CountLaw): number {
  if (x < 0) return 0;
  if (mean === 0) return 1;
  if (isPoisson({ mean, dispersion })) return chiSquareSurvival(2 * mean, 2 * (x + 1));
  const r = 1 / dispersion;
  return incompleteBeta(r / (r + mean), r, x + 1);
}

/** P(X >= x) for a whole x. */
export function countSurvival(x: number, { mean, dispersion }: CountLaw): number {
  if (x <= 0) return 1;
  if (mean === 0) return 0;
  if (isPoisson({ mean, dispersion })) return Math.max(0, 1 - chiSquareSurvival(2 * mean, 2 * x));
  const r = 1 / dispersion;
  return incompleteBeta(mean / (r + mean), x, r);
}

/** Whether dispersion adds less than a thousandth to the variance. */
function isPoisson({ mean, dispersion }: CountLaw): boolean {
  return dispersion * mean < 0.001;
}

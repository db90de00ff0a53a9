/** Sum of a list of numbers; 0 for an empty one. */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index] as number;
  return total;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Wilson score interval of a share `hits / rows` at standard-normal quantile `z`.
 * Source: Wilson 1927, JASA 22; 3 of 10 at z = 1.96 gives 0.108..0.603.
 */
export function wilson(hits: number, rows: number, z: number): Interval {
  if (rows === 0) return { lower: 0, upper: 1 };
  const share = hits / rows;
  const weight = 1 + (z * z) / rows;
  const middle = share + (z * z) / (2 * rows);
  const spread = z * Math.sqrt((share * (1 - share)) / rows + (z * z) / (4 * rows * rows));
  return { lower: Math.max(0, (middle - spread) / weight), upper: Math.min(1, (middle + spread) / weight) };
}

/**
 * Newcombe's interval of a difference of two shares, built from their Wilson intervals.
 * Source: Newcombe 1998, Statistics in Medicine 17, method 10; 56/70 against 48/80 gives 0.0524..0.3339.
 */
export function newcombe(first: Share, second: Share, z: number): Interval {
  const [one, two] = [wilson(first.hits, first.rows, z), wilson(second.hits, second.rows, z)];
  const [p1, p2] = [first.hits / first.rows, second.hits / second.rows];
  return {
    lower: p1 - p2 - Math.hypot(p1 - one.lower, two.upper - p2),
    upper: p1 - p2 + Math.hypot(one.upper - p1, p2 - two.lower),
  };
}

export interface Share {
  readonly hits: number;
  readonly rows: number;
}

/**
 * One-sided lower Clopper-Pearson bound of `hits / rows`: the smallest share under which so many hits still have
 * probability `alpha`. 3 of 50 at 0.05 gives 0.0166.
 */
export function clopperPearsonLower(hits: number, rows: number, alpha: number): number {
  if (hits === 0) return 0;
  let [low, high] = [0, hits / rows];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, hits, rows - hits + 1) < alpha) low = middle;
    else high = middle;
  }
  return low;
}

/** Regularised incomplete beta function I_x(a, b). Source: Lentz's continued fraction, Numerical Recipes 6.4. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front * betaFraction(x, a, b)) / a;
}

const TINY = 1e-300;
const MOST_STEPS = 10_000;
const PRECISION = 1e-15;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= MOST_STEPS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const step of [even, odd]) {
      d = 1 / awayFromZero(1 + step * d);
      c = awayFromZero(1 + step / c);
      change = d * c;
      result *= change;
    }
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return result;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Lanczos coefficients for g = 7, n = 9. Source: Godfrey 2001; relative error below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

/** Natural logarithm of the gamma function for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  const series = LANCZOS.reduce(
    (total, coefficient, index) => (index === 0 ? coefficient : total + coefficient / (shifted + index)),
    0,
  );
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(series);
}

/** Coefficients of the rational approximations below. Source: Acklam 2003; relative error below 1.15e-9. */
const CENTRE_TOP = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
] as const;
const CENTRE_BOTTOM = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
] as const;
const TAIL_TOP = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const;
const TAIL_BOTTOM = [
  0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1,
] as const;

/** Standard-normal quantile of a probability in (0, 1). */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(TAIL_TOP, q) / polynomial(TAIL_BOTTOM, q);
  }
  const q = probability - 0.5;
  return (polynomial(CENTRE_TOP, q * q) * q) / polynomial(CENTRE_BOTTOM, q * q);
}

/**
 * Probability that a value of the F distribution lies above `x`, right far into the tail; `second` may be Infinity, where it
 * is chi-square over its degrees of freedom. 3 with 4 and 20 degrees of freedom gives 0.0434.
 */
export function fSurvival(x: number, first: number, second: number): number {
  if (x <= 0) return 1;
  if (second === Infinity) return chiSquareSurvival(x * first, first);
  return incompleteBeta(second / (second + first * x), second / 2, first / 2);
}

/** Probability that a chi-square value lies above `x`. 10.828 with one degree of freedom gives 0.001. */
export function chiSquareSurvival(x: number, freedom: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const [shape, scaled] = [freedom / 2, x / 2];
  const front = Math.exp(shape * Math.log(scaled) - scaled - logGamma(shape));
  return scaled < shape + 1 ? 1 - front * gammaSeries(shape, scaled) : front * gammaFraction(shape, scaled);
}

/** Source: Numerical Recipes 6.2, the series of the lower incomplete gamma function. */
function gammaSeries(shape: number, x: number): number {
  let term = 1 / shape;
  let total = term;
  for (let step = 1; step <= MOST_STEPS && term > total * PRECISION; step += 1) {
    term *= x / (shape + step);
    total += term;
  }
  return total;
}

/** Source: Numerical Recipes 6.2, Lentz's continued fraction of the upper incomplete gamma function. */
function gammaFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1 / TINY;
  let d = 1 / awayFromZero(b);
  let result = d;
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / awayFromZero(a * d + b);
    c = awayFromZero(b + a / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return result;
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((total, coefficient) => total * x + coefficient, 0);
}

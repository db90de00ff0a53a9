import { describe, expect, it } from 'vitest';
import {
  chiSquareQuantile,
  clopperPearsonLower,
  incompleteBeta,
  logGamma,
  newcombe,
  normalQuantile,
  wilson,
} from '../../detectors/math.ts';

describe('clopperPearsonLower', () => {
  // Source: the low-traffic table of the SLO reference, one-sided 95 %.
  it.each([
    [1, 20, 0.0026],
    [2, 20, 0.0181],
    [2, 50, 0.0072],
    [3, 50, 0.0166],
    [6, 200, 0.0131],
    [7, 200, 0.0165],
  ])('bounds %d of %d from below by %d', (hits, rows, expected) => {
    expect(clopperPearsonLower(hits, rows, 0.05)).toBeCloseTo(expected, 4);
  });

  it('is zero without a hit and alpha^(1/n) when all are hits', () => {
    expect(clopperPearsonLower(0, 10, 0.05)).toBe(0);
    expect(clopperPearsonLower(10, 10, 0.05)).toBeCloseTo(0.05 ** 0.1, 9);
  });
});

describe('intervals', () => {
  it('agrees with the published Wilson interval of 3 in 10', () => {
    const { lower, upper } = wilson(3, 10, 1.959964);
    expect(lower).toBeCloseTo(0.1078, 4);
    expect(upper).toBeCloseTo(0.6032, 4);
  });

  it("agrees with Newcombe's own example, 56/70 against 48/80", () => {
    const { lower, upper } = newcombe({ hits: 56, rows: 70 }, { hits: 48, rows: 80 }, 1.959964);
    expect(lower).toBeCloseTo(0.0524, 4);
    expect(upper).toBeCloseTo(0.3339, 4);
  });

  it('says nothing about a share of no rows', () => {
    expect(wilson(0, 0, 1.96)).toEqual({ lower: 0, upper: 1 });
  });
});

describe('special functions', () => {
  // Exact values from tables.
  it.each([
    [0.999, 1, 10.828],
    [0.999, 10, 29.588],
    [0.99, 27, 46.963],
  ])(
    'the chi-square quantile %d with %d degrees of freedom is %d within 4 %',
    (probability, freedom, exact) => {
      expect(Math.abs(chiSquareQuantile(probability, freedom) / exact - 1)).toBeLessThan(0.04);
    },
  );

  it.each([
    [0.975, 1.959964],
    [0.5, 0],
    [0.001, -3.090232],
    [0.9999, 3.719016],
  ])('the normal quantile of %d is %d', (probability, expected) => {
    expect(normalQuantile(probability)).toBeCloseTo(expected, 6);
  });

  it.each([
    [1, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [100, 359.1342053695754],
  ])('ln gamma of %d', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });

  it('the incomplete beta function of equal parameters is one half in the middle', () => {
    expect(incompleteBeta(0.5, 7, 7)).toBeCloseTo(0.5, 12);
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 12);
  });
});

import { describe, expect, it } from 'vitest';
import {
  chiSquareSurvival,
  clopperPearsonLower,
  fSurvival,
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
  // Source of the four tables: scipy 1.17.1, stats.f.sf, stats.chi2.sf, stats.norm.ppf, special.betainc.
  it.each([
    [1, 1, 1, 0.5000000000000001],
    [3, 4, 20, 0.04320099833421409],
    [0.5, 27, 18117, 0.9856403759215303],
    [1, 27, 18117, 0.4638751573227562],
    [2, 27, 18117, 0.0015400197021009454],
    [4, 27, 18117, 1.3263382798352541e-11],
    [6, 27, 18117, 4.254083818455474e-21],
    [9, 27, 108, 2.8801711818665095e-17],
    [40, 3, 8, 3.659959038092366e-5],
    [1.2, 59, 250_000, 0.1397178063414971],
    [1.9, 59, 250_000, 3.752943791368568e-5],
    [0.001, 1, 5, 0.9759963654373662],
    [700, 1, 671, 3.3351067371317286e-106],
    [30, 1, 4, 0.005408478864762573],
    [5, 9, 5_000_000, 9.22730067741594e-7],
  ])('F above %d with %d and %d degrees of freedom: %d', (x, first, second, expected) => {
    expect(fSurvival(x, first, second) / expected).toBeCloseTo(1, 7);
  });

  it.each([
    [0.001, 1, 0.9747728793699604],
    [10.828, 1, 0.0009997657195830916],
    [3, 2, 0.22313016014842982],
    [29.588, 10, 0.0010001119410634836],
    [46.963, 27, 0.009999853944092113],
    [27, 27, 0.46379481562055863],
    [150, 27, 5.13913092591323e-19],
    [400, 59, 3.74404780369949e-52],
    [5, 59, 1],
    [1000, 1, 1.7958327848007363e-219],
    [300, 300, 0.4891417702506403],
  ])('chi-square above %d with %d degrees of freedom: %d', (x, freedom, expected) => {
    expect(chiSquareSurvival(x, freedom) / expected).toBeCloseTo(1, 11);
    expect(fSurvival(x / freedom, freedom, Infinity) / expected).toBeCloseTo(1, 11);
  });

  it.each([
    [1e-12, -7.034483825301131],
    [0.000001, -4.753424308822899],
    [0.001, -3.090232306167813],
    [0.02425, -1.972961051311885],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.9999, 3.719016485455709],
  ])('the normal quantile of %d is %d', (probability, expected) => {
    expect(normalQuantile(probability)).toBeCloseTo(expected, 7);
  });

  it.each([
    [0.3, 1, 1, 0.3],
    [0.5, 7, 7, 0.5],
    [0.01, 0.5, 13.5, 0.39423320294435305],
    [0.9, 2.5, 300, 1],
    [0.0001, 0.5, 9000, 0.8202923414081658],
    [0.998, 9058.5, 13.5, 0.10899099158329922],
    [0.6, 1200, 700, 0.0023492622942040916],
    [1e-10, 0.5, 0.5, 0.000006366197723781918],
  ])('the incomplete beta function at %d with %d and %d is %d', (x, a, b, expected) => {
    expect(incompleteBeta(x, a, b) / expected).toBeCloseTo(1, 9);
  });

  it('nothing lies below zero, and nothing beyond infinity', () => {
    expect([fSurvival(0, 3, 5), fSurvival(-1, 3, 5), chiSquareSurvival(0, 3)]).toEqual([1, 1, 1]);
    expect([
      fSurvival(Infinity, 3, 5),
      fSurvival(1e308, 9, Infinity),
      chiSquareSurvival(Infinity, 2),
    ]).toEqual([0, 0, 0]);
  });

  it.each([
    [1, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [100, 359.1342053695754],
  ])('ln gamma of %d', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberLayout } from '../../detectors/cells.ts';
import { kolmogorovSmirnov } from '../../detectors/kolmogorov-smirnov.ts';
import { momentsOf } from '../../detectors/moments.ts';
import { wasserstein } from '../../detectors/wasserstein.ts';
import type { DriftInput, NumberLayout } from '../../detectors/types.ts';
import { countValues, featureInput } from './kit.ts';

function layoutOf(values: readonly number[]): NumberLayout {
  const layout = numberLayout(values.toSorted((a, b) => a - b));
  if (layout === null) throw new Error('no values');
  return layout;
}

function inputOf(before: readonly number[], now: readonly number[]): DriftInput {
  const layout = layoutOf(before);
  return { layout, baseline: countValues(layout, before), current: countValues(layout, now) };
}

const many = (size: number, of: (index: number) => number) => Array.from({ length: size }, (_, i) => of(i));
const mean = (values: readonly number[]) => values.reduce((all, one) => all + one, 0) / values.length;
const deviation = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(values.reduce((all, one) => all + (one - middle) ** 2, 0) / (values.length - 1));
};

describe('moments', () => {
  const even = many(2000, (i) => 100 + i / 10);
  it.each([
    ['an even spread', even, even],
    ['a window moved and wider', even, many(700, (i) => 130 + i / 3)],
    ['a window partly out of range', even, many(500, (i) => i)],
    ['truth values', [0, 1], many(900, (i) => (i % 3 === 0 ? 1 : 0))],
    ['tiny values', many(300, (i) => i * 1e-300), many(300, (i) => 5e-299 + i * 1e-300)],
    ['huge values', many(300, (i) => (i - 150) * 1e300), many(200, (i) => (i - 90) * 1e300)],
  ])('of %s are those of the values, to a hundredth of a deviation', (_name, before, now) => {
    const layout = layoutOf(before);
    const found = momentsOf(layout, countValues(layout, now));
    const scale = 2 ** Math.ceil(Math.log2(Math.max(...now.map(Math.abs))));
    const scaled = now.map((value) => value / scale);
    const sigma = deviation(scaled);
    expect(found?.rows).toBe(now.length);
    expect(Math.abs((found?.mean ?? NaN) / scale - mean(scaled))).toBeLessThan(sigma / 100);
    expect((found?.deviation ?? NaN) / scale / sigma).toBeCloseTo(1, 2);
    expect((found?.meanError ?? NaN) / (found?.deviation ?? NaN)).toBeCloseTo(now.length ** -0.5, 12);
    expect((found?.deviationError ?? NaN) / (found?.deviation ?? NaN)).toBeCloseTo(
      (2 * (now.length - 1)) ** -0.5,
      12,
    );
  });

  it("are right for units as wide as a deviation, by Sheppard's correction", () => {
    const layout: NumberLayout = { ...layoutOf(even), moments: { center: 0, unit: 8 } };
    const normal = many(
      20_000,
      (i) => 8 * Math.sqrt(-2 * Math.log((i + 0.5) / 20_000)) * Math.cos(i * 2.399963),
    );
    const found = momentsOf(layout, countValues(layout, normal));
    expect((found?.deviation ?? NaN) / deviation(normal)).toBeCloseTo(1, 2);
    const rounded = normal.map((value) => 8 * Math.floor(value / 8 + 0.5));
    expect(deviation(rounded) / deviation(normal)).toBeGreaterThan(1.03);
  });

  it('of one row have a mean and no deviation, of a constant a deviation of zero', () => {
    const layout = layoutOf(even);
    expect(momentsOf(layout, countValues(layout, [150]))).toMatchObject({
      rows: 1,
      deviation: null,
      meanError: null,
    });
    expect(momentsOf(layoutOf([7]), countValues(layoutOf([7]), [7, 7, 7]))).toMatchObject({
      mean: 7,
      deviation: 0,
    });
  });

  it('do not exist without a finite value, for categories, and for older layouts', () => {
    const layout = layoutOf(even);
    expect(momentsOf(layout, countValues(layout, [NaN, Infinity]))).toBeNull();
    const category = featureInput([1, 1], [1, 1]);
    expect(momentsOf(category.layout, category.current)).toBeNull();
    const { moments: _, ...older } = layout;
    expect(momentsOf(older, category.current)).toBeNull();
  });

  it('hold what lies a thousand deviations away', () => {
    const layout = layoutOf(even);
    const found = momentsOf(layout, countValues(layout, [1e300, 1e300]))?.mean ?? NaN;
    expect(found).toBeGreaterThan(1000);
    expect(found).toBeLessThan(1e6);
  });
});

describe('the Kolmogorov-Smirnov bounds', () => {
  /** By its definition, over the values themselves. */
  function exact(before: readonly number[], now: readonly number[]): number {
    const share = (values: readonly number[], x: number) =>
      values.filter((value) => value <= x).length / values.length;
    return Math.max(...[...before, ...now].map((x) => Math.abs(share(before, x) - share(now, x))));
  }

  it('hold the exact distance of the values in known cells, whatever they are', () => {
    const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(values, values, (before, more) => {
        const layout: NumberLayout = { kind: 'number', edges: [-20, -5, 0, 0.5, 9, 30], min: -50, max: 50 };
        const input = { layout, baseline: countValues(layout, before), current: countValues(layout, more) };
        const distance = exact(before, more);
        const bounds = kolmogorovSmirnov(input);
        expect(bounds?.lower).toBeLessThanOrEqual(distance + 1e-12);
        expect(bounds?.upper).toBeGreaterThanOrEqual(distance - 1e-12);
        expect(bounds?.upper).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('meet where the baseline takes few values', () => {
    const bounds = kolmogorovSmirnov(inputOf([0, 0, 1, 1], [0, 1, 1, 1]));
    expect(bounds).toEqual({ lower: 0.25, upper: 0.25 });
  });

  it('do not exist for categories, nor without rows', () => {
    expect(kolmogorovSmirnov(featureInput([1, 1], [1, 1]))).toBeNull();
    expect(kolmogorovSmirnov(inputOf([1, 2], []))).toBeNull();
    expect(
      kolmogorovSmirnov({ ...inputOf([1, 2], [1]), baseline: countValues(layoutOf([1, 2]), []) }),
    ).toBeNull();
  });
});

describe('the Wasserstein distance per deviation', () => {
  const normal = many(4000, (i) => Math.sqrt(-2 * Math.log((i + 0.5) / 4000)) * Math.cos(i * 2.399963));
  const sigma = deviation(normal);

  it.each([
    ['nothing', (value: number) => value, 0],
    ['a shift of half a deviation', (value: number) => value + 0.5 * sigma, 0.5],
    ['a shift of a tenth, down', (value: number) => value - 0.1 * sigma, 0.1],
    // The mean of |x| of a normal is 0.798 deviations.
    ['a spread of a quarter more', (value: number) => value * 1.25, 0.2],
  ])('of %s', (_name, change, expected) => {
    const now = normal.map(change).filter((value) => Math.abs(value) < 3.3);
    expect(wasserstein(inputOf(normal, now))).toBeCloseTo(expected, 1);
  });

  it('of truth values is the change of the share, per deviation', () => {
    const before = many(1000, (i) => i % 2);
    const now = many(1000, (i) => (i % 4 === 0 ? 0 : 1));
    expect(wasserstein(inputOf(before, now))).toBeCloseTo(0.25 / deviation(before), 6);
  });

  it('of a constant is 0, and undefined against a baseline without spread', () => {
    expect(wasserstein(inputOf([5, 5], [5]))).toBe(0);
    const layout: NumberLayout = { ...layoutOf([5, 6]), moments: { center: 5, unit: 1 } };
    expect(
      wasserstein({ layout, baseline: countValues(layout, [5, 5]), current: countValues(layout, [5, 6]) }),
    ).toBeNull();
  });

  it.each([
    ['categories', featureInput([1, 1], [1, 1])],
    ['a window without rows', inputOf([1, 2], [])],
    [
      'a range that overflows',
      inputOf(
        many(40, (i) => (i - 20) * 8e306),
        [-1.5e308, 1.5e308],
      ),
    ],
  ])('of %s is finite or undefined', (_name, input) => {
    const found = wasserstein(input);
    expect(found === null || Number.isFinite(found)).toBe(true);
  });
});

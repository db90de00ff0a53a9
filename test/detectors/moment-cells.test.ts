import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCounts,
  allCells,
  categoryLayout,
  countsInRow,
  denseRow,
  emptyCounts,
  featureCounts,
  knownCells,
  modelLayout,
  momentCell,
  momentUnits,
  MOST_UNITS,
  numberLayout,
} from '../../detectors/cells.ts';
import type { NumberLayout } from '../../detectors/types.ts';
import { countValues } from './kit.ts';

function layoutOf(values: readonly number[]): NumberLayout {
  const layout = numberLayout(values.toSorted((a, b) => a - b));
  if (layout === null) throw new Error('no values');
  return layout;
}

function scaleOf(values: readonly number[]) {
  const { moments } = layoutOf(values);
  if (moments === undefined) throw new Error('no scale');
  return moments;
}

const steps = (from: number, to: number) =>
  Array.from({ length: 1000 }, (_, i) => from + ((to - from) * i) / 999);
const isPowerOfTwo = (value: number) => Number.isInteger(Math.log2(value)) && value > 0;

describe('the scale of moments', () => {
  it.each([
    ['an even spread', steps(0, 1), 0.5],
    ['far from zero', steps(1e9, 1e9 + 100), 50],
    ['mostly zero, seldom large', steps(-1900, 100).map((value) => Math.max(0, value)), 13],
  ])('%s: a power of two, between a tenth and a hundredth of the deviation', (_name, values, deviation) => {
    const { unit } = scaleOf(values);
    expect(isPowerOfTwo(unit)).toBe(true);
    expect(unit).toBeLessThan(deviation / 10);
    expect(unit).toBeGreaterThan(deviation / 200);
  });

  it.each([
    ['a constant', [5, 5, 5]],
    ['nothing but zero', [0]],
    ['huge values of both signs', [-1.7e308, 0, 1.7e308]],
    ['huge values, many of them', steps(-1e300, 1e300).map((value) => value * 1e8)],
    ['tiny values', [1e-300, 3e-300]],
    ['the smallest number there is', [0, 5e-324]],
    ['truth values', [0, 1]],
    [
      'one value and a hundred rare ones',
      [...Array.from({ length: 1e5 }, () => 3), ...steps(0, 6).slice(0, 100)],
    ],
  ])('%s: finite, and every value of the baseline keeps its place', (_name, values) => {
    const scale = scaleOf(values);
    expect(Number.isFinite(scale.center)).toBe(true);
    expect(Number.isFinite(scale.unit) && scale.unit > 0).toBe(true);
    for (const value of values) expect(Math.abs(momentUnits(scale, value))).toBeLessThan(MOST_UNITS);
  });

  it('holds what lies a thousand deviations away, and what overflows', () => {
    const scale = scaleOf(steps(0, 1));
    expect(momentUnits(scale, 1e6)).toBe(MOST_UNITS);
    expect(momentUnits(scale, -1e300)).toBe(-MOST_UNITS);
    expect(momentUnits({ center: -1.7e308, unit: 2 ** -1022 }, 1.7e308)).toBe(MOST_UNITS);
  });

  it('gives whole numbers for any finite value and any baseline', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), finite, (values, value) => {
        const units = momentUnits(scaleOf(values), value);
        expect(Number.isInteger(units) && Math.abs(units) <= MOST_UNITS).toBe(true);
      }),
    );
  });
});

describe('moments among the counts', () => {
  const layout = layoutOf(steps(0, 10));
  const values = fc.array(fc.double({ min: -20, max: 30, noNaN: true }));

  it('stand behind the sides, and only for numbers with a scale', () => {
    expect([knownCells(layout), momentCell(layout), allCells(layout)]).toEqual([28, 33, 35]);
    const { moments: _, ...older } = layout;
    const category = categoryLayout([{ value: 'a', rows: 1 }]);
    expect([momentCell(older), allCells(older)]).toEqual([null, 33]);
    expect([momentCell(category), allCells(category)]).toEqual([null, 7]);
    expect(emptyCounts(layout).moments).toEqual({ sum: 0, squares: 0 });
    expect(emptyCounts(older).moments).toBeUndefined();
  });

  it('of parts add up to those of the whole, in any order', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const whole = countValues(layout, [...second, ...first]);
        expect(addCounts(countValues(layout, first), countValues(layout, second))).toEqual(whole);
      }),
    );
  });

  it('are read back from a row of cells, sparse or dense', () => {
    const placed = modelLayout({ first: layout, second: layout });
    const sparse = { cells: [0, 33, 34, 35, 68, 69, 35], counts: [2, -7, 50, 1, 9, 81, 1] };
    const byFeature = featureCounts(placed, sparse);
    expect(byFeature['first']?.moments).toEqual({ sum: -7, squares: 50 });
    expect(byFeature['second']).toMatchObject({ moments: { sum: 9, squares: 81 } });
    expect(byFeature['second']?.known[0]).toBe(2);
    const rows = new Float64Array(2 * placed.cells);
    rows.set(denseRow(placed, sparse), placed.cells);
    expect(placed.features.map((feature) => countsInRow(feature, rows, placed.cells))).toEqual(
      Object.values(byFeature),
    );
  });
});

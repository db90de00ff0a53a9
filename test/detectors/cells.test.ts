import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCounts,
  allCells,
  categoryLayout,
  cellOf,
  EDGE_QUANTILES,
  emptyCounts,
  featureCounts,
  knownCells,
  modelLayout,
  numberLayout,
  quantileLayout,
  sideCell,
} from '../../detectors/cells.ts';
import { SIDES } from '../../detectors/types.ts';
import type { FeatureCounts, FeatureLayout } from '../../detectors/types.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function layoutOf(values: readonly number[]): FeatureLayout {
  const layout = numberLayout(values.toSorted((a, b) => a - b));
  if (layout === null) throw new Error('no values');
  return layout;
}

function count(layout: FeatureLayout, values: readonly (number | string | null)[]): FeatureCounts {
  const placed = modelLayout({ x: layout });
  const cells = values.map((value) => cellOf(layout, value));
  return featureCounts(placed, { cells, counts: cells.map(() => 1) })['x'] as FeatureCounts;
}

describe('cells of a number', () => {
  it('are cut at the 27 tail-refined quantiles, each the smallest value with that share at or below it', () => {
    expect(EDGE_QUANTILES).toHaveLength(27);
    const layout = layoutOf(numbers(1000));
    expect(layout).toMatchObject({ min: 1, max: 1000 });
    expect(layout).toMatchObject({
      edges: EDGE_QUANTILES.map((share) => Math.ceil(Number((share * 1000).toFixed(6)))),
    });
    expect(knownCells(layout)).toBe(28);
  });

  it('merge edges that fall on the same value, and drop an edge on the largest', () => {
    const quantiles = EDGE_QUANTILES.map((share) => (share < 0.5 ? 0 : share < 0.9 ? 7 : 9));
    expect(quantileLayout({ quantiles, min: 0, max: 9 })).toMatchObject({ edges: [0, 7] });
  });

  it('give up to 30 distinct values a cell each', () => {
    const layout = layoutOf([...numbers(30), ...numbers(30)]);
    expect(knownCells(layout)).toBe(30);
    expect(count(layout, numbers(30)).known).toEqual(numbers(30).map(() => 1));
    expect(knownCells(layoutOf(numbers(31)))).toBeLessThan(31);
  });

  it('are closed at the right, and tell the sides apart', () => {
    const layout: FeatureLayout = { kind: 'number', edges: [1, 2], min: 0, max: 3 };
    const cells: readonly (readonly [number | string | null | undefined, number])[] = [
      [0, 0],
      [1, 0],
      [1.0000001, 1],
      [2, 1],
      [2.5, 2],
      [3, 2],
      [-0.1, sideCell(layout, 'below_min')],
      [3.1, sideCell(layout, 'above_max')],
      [NaN, sideCell(layout, 'non_finite')],
      [Infinity, sideCell(layout, 'non_finite')],
      [-Infinity, sideCell(layout, 'non_finite')],
      [null, sideCell(layout, 'missing')],
      [undefined, sideCell(layout, 'missing')],
      ['text', sideCell(layout, 'missing')],
    ];
    for (const [value, cell] of cells) expect([value, cellOf(layout, value)]).toEqual([value, cell]);
    expect(SIDES.map((side) => sideCell(layout, side))).toEqual([3, 4, 5, 6, 7]);
  });

  it('do not exist without a value', () => {
    expect(numberLayout([])).toBeNull();
  });

  it('hold every value they were made from in a known cell', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (values) => {
          const layout = layoutOf(values);
          const counts = count(layout, values);
          expect(counts.known.reduce((sum, one) => sum + one, 0)).toBe(values.length);
        },
      ),
    );
  });
});

describe('cells of a category', () => {
  const values = [
    ...Array.from({ length: 60 }, (_, index) => ({ value: `v${index}`, rows: 1000 - index })),
    { value: 'seldom', rows: 1 },
  ];
  const layout = categoryLayout(values);

  it('are the 50 commonest values, then one for all others known, then the sides', () => {
    expect(layout.values).toHaveLength(50);
    expect(layout.values[0]).toBe('v0');
    expect(layout.rare).toContain('seldom');
    expect(cellOf(layout, 'v49')).toBe(49);
    expect(cellOf(layout, 'v50')).toBe(50);
    expect(cellOf(layout, 'seldom')).toBe(50);
    expect(cellOf(layout, 'new')).toBe(sideCell(layout, 'unseen'));
    expect(cellOf(layout, null)).toBe(51);
  });

  it('leave values below a thousandth to the rare ones', () => {
    const few = categoryLayout([
      { value: 'a', rows: 997_999 },
      { value: 'b', rows: 999 },
      { value: 'c', rows: 1002 },
    ]);
    expect(few).toMatchObject({ values: ['a', 'c'], rare: ['b'] });
  });

  it('do not depend on the order the values were told in', () => {
    expect(categoryLayout(values.toReversed())).toEqual(layout);
  });

  it('read numbers and truth values as text', () => {
    const booleans = categoryLayout([
      { value: 'true', rows: 2 },
      { value: '5', rows: 1 },
    ]);
    expect([cellOf(booleans, true), cellOf(booleans, 5)]).toEqual([0, 1]);
  });
});

describe('counts', () => {
  const layout: FeatureLayout = { kind: 'number', edges: [1, 2], min: 0, max: 3 };
  const value = fc.oneof(fc.double({ min: -1, max: 4 }), fc.constantFrom(null, NaN));
  const counted = fc.array(value).map((values) => ({ values, counts: count(layout, values) }));

  it('of parts add up to the counts of the whole, in any order and grouping', () => {
    fc.assert(
      fc.property(counted, counted, counted, (a, b, c) => {
        const whole = count(layout, [...a.values, ...b.values, ...c.values]);
        expect(addCounts(addCounts(a.counts, b.counts), c.counts)).toEqual(whole);
        expect(addCounts(a.counts, addCounts(c.counts, b.counts))).toEqual(whole);
      }),
    );
  });

  it('do not change by adding nothing', () => {
    const some = count(layout, [0, 1.5, null]);
    expect(addCounts(some, emptyCounts(layout))).toEqual(some);
  });

  it('of several features stand one behind the other in one row of cells', () => {
    const category = categoryLayout([{ value: 'a', rows: 1 }]);
    const placed = modelLayout({ x: layout, kind: category });
    expect(placed.features.map(({ offset }) => offset)).toEqual([0, allCells(layout)]);
    expect(placed.cells).toBe(allCells(layout) + allCells(category));
    const counts = featureCounts(placed, { cells: [0, 0, allCells(layout)], counts: [1, 2, 5] });
    expect(counts['x']?.known).toEqual([3, 0, 0]);
    expect(counts['kind']).toMatchObject({ known: [5, 0], sides: { missing: 0, unseen: 0 } });
  });
});

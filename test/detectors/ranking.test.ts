import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coMoving, coMovingGroups } from '../../detectors/co-moving.ts';
import { impact, rankByImpact, type FeatureCells, type MovedFeature } from '../../detectors/impact.ts';
import { mulberry32 } from './kit.ts';

const counted = (rows: number, errors: number) => ({ rows, sum: errors, squares: errors });
/** 10 % errors, 40 % in the second cell. */
const errors = [counted(9000, 900 - 200), counted(500, 200), counted(500, 100)];
const moved = (feature: string, changed: Partial<MovedFeature> = {}): MovedFeature => ({
  feature,
  effect: 0.2,
  importance: null,
  cells: null,
  ...changed,
});
const cells = (current: readonly number[]): FeatureCells => ({ baseline: [900, 50, 50], current, errors });

describe('the ranking of features', () => {
  it('goes by what each does to the error, when labels can tell', () => {
    const ranked = rankByImpact({
      features: [
        moved('quiet', { cells: cells([800, 50, 150]), effect: 0.9 }),
        moved('costly', { cells: cells([800, 150, 50]) }),
      ],
    });
    expect(ranked.map((one) => [one.feature, one.by])).toEqual([
      ['costly', 'the estimated error'],
      ['quiet', 'the estimated error'],
    ]);
    // The cell's error is .4 where .1 is usual; a tenth of the rows came to it: .03, a little drawn to the mean.
    expect(ranked[0]?.impact).toBeCloseTo(0.03, 2);
    expect(ranked[0]?.doubt).toBeGreaterThan(0);
  });

  it('goes by effect and importance when some feature has no labelled cells', () => {
    const ranked = rankByImpact({
      features: [
        moved('a', { cells: cells([800, 150, 50]), importance: 0.1 }),
        moved('b', { importance: 0.7 }),
      ],
    });
    expect(ranked.map((one) => [one.feature, one.by])).toEqual([
      ['b', 'effect and importance'],
      ['a', 'effect and importance'],
    ]);
  });

  it('goes by the effect alone when nothing else is known, and leaves out what did not move', () => {
    const features = [
      moved('a', { effect: 0.1 }),
      moved('b', { effect: 0.3 }),
      moved('c', { effect: 0 }),
      moved('d', { effect: null }),
    ];
    expect(rankByImpact({ features }).map((one) => one.feature)).toEqual(['b', 'a']);
    expect(impact.score({ features })).toMatchObject({
      value: 0.3,
      text: 'by effect: b 0.3, a 0.1',
      numbers: { a: 0.1, b: 0.3 },
    });
  });

  it('does not trust a cell with few labels', () => {
    const few = { ...cells([800, 150, 50]), errors: [counted(9000, 900), counted(2, 2), counted(0, 0)] };
    const [one] = rankByImpact({ features: [moved('a', { cells: few })] });
    expect(Math.abs(one?.impact ?? 1)).toBeLessThan(0.01);
  });

  it('is undefined without a feature that moved, in words', () => {
    expect(impact.score({ features: [] })).toMatchObject({ value: null, why: 'no feature has an effect' });
  });

  it('refuses counts below 0 and cells that do not fit', () => {
    const bad = (changed: Partial<FeatureCells>) => () =>
      rankByImpact({ features: [moved('a', { cells: { ...cells([1, 1, 1]), ...changed } })] });
    expect(bad({ current: [-1, 1, 1] })).toThrow('at least 0');
    expect(bad({ current: [1, 1] })).toThrow('the same cells');
  });
});

describe('features that move together', () => {
  const random = mulberry32(9);
  const series = (length: number) => Array.from({ length }, () => random());
  const parameters = { leastCorrelation: 0.8, leastWindows: 12 };
  const amount = series(24);
  const fee = amount.map((value) => 3 * value + 0.05 * random());
  const inverse = amount.map((value) => 1 - value);
  const alone = series(24);
  const input = {
    features: ['amount', 'age', 'fee', 'rest'],
    statistics: [amount, alone, fee, inverse],
    parameters,
  };

  it('are one group, whichever way they move', () => {
    expect(coMovingGroups(input)).toEqual([['amount', 'fee', 'rest'], ['age']]);
    expect(coMoving.score(input)).toMatchObject({
      value: 3,
      text: 'amount, fee, rest move together',
      numbers: { amount: 0, fee: 0, rest: 0, age: 1 },
    });
  });

  it('are bound by a third that both move with', () => {
    const [a, b] = [series(24), series(24)];
    const statistics = [a, a.map((value, index) => value + (b[index] ?? 0)), b].map((row) =>
      row.map((value, index) => (index === 0 ? 50 : value)),
    );
    const features = ['a', 'both', 'b'];
    expect(coMovingGroups({ features, statistics, parameters })).toEqual([features]);
  });

  it('are judged in the windows that both have', () => {
    const holes = fee.map((value, index) => (index % 2 === 0 ? null : value));
    const features = ['amount', 'fee'];
    expect(coMovingGroups({ features, statistics: [amount, holes], parameters })).toHaveLength(1);
    const mostly = fee.map((value, index) => (index > 5 ? null : value));
    expect(coMovingGroups({ features, statistics: [amount, mostly], parameters })).toHaveLength(2);
  });

  it('are seldom bound by chance: at most one pair in a hundred', () => {
    const pairs = Array.from({ length: 500 }, () =>
      coMovingGroups({ features: ['a', 'b'], statistics: [series(12), series(12)], parameters }),
    );
    expect(pairs.filter((groups) => groups.length === 1).length).toBeLessThanOrEqual(5);
  });

  it.each([
    ['no features', [], [], 'no features'],
    ['one window', ['a'], [[1]], 'needs 12 windows, has 1'],
  ])('are not judged with %s', (_name, features, statistics, why) => {
    expect(coMoving.score({ features, statistics, parameters })).toMatchObject({ value: null, why });
  });

  it('stand alone when they do not vary', () => {
    const still = Array.from({ length: 24 }, () => 1);
    expect(coMovingGroups({ features: ['a', 'b'], statistics: [still, still], parameters })).toHaveLength(2);
  });

  it('are in exactly one group each, whatever comes', () => {
    const row = fc.array(fc.option(fc.double({ min: 0, max: 100, noNaN: true })), {
      minLength: 14,
      maxLength: 14,
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (statistics) => {
        const features = statistics.map((_, index) => `f${index}`);
        const groups = coMovingGroups({ features, statistics, parameters });
        expect(groups.flat().toSorted()).toEqual(features.toSorted());
      }),
      { numRuns: 50 },
    );
  });

  it('refuses rows of other windows', () => {
    const statistics = [[1, 2], [1]];
    expect(() => coMovingGroups({ features: ['a', 'b'], statistics, parameters })).toThrow(
      'of the same windows',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { budgetRemaining, burnRate, pairRatio, reachableFactor } from '../../detectors/burn-rate.ts';
import { fairnessGap } from '../../detectors/fairness-gap.ts';
import { numberLayout } from '../../detectors/cells.ts';
import type { NumberLayout } from '../../detectors/types.ts';
import { FACTORS, unitChange } from '../../detectors/unit-change.ts';
import { countValues } from './kit.ts';

describe('burn rate', () => {
  // Source: the low-traffic table of the SLO reference, target 99.9 %, factor 14.4.
  it.each([
    [1, 20, false],
    [2, 20, true],
    [2, 50, false],
    [3, 50, true],
    [6, 200, false],
    [7, 200, true],
  ])('%d bad of %d fires: %s', (bad, total, fires) => {
    const count = { bad, good: total - bad };
    const ratio = pairRatio({ long: count, short: count, factor: 14.4 }, 0.999).value ?? 0;
    expect(ratio >= 1).toBe(fires);
  });

  it.each([
    [1, 1, 0.999],
    [1, 3, 0.999],
    [1, 30, 0.9999],
  ])('%d bad of %d proves nothing at a target of %d', (bad, total, target) => {
    const count = { bad, good: total - bad };
    expect(pairRatio({ long: count, short: count, factor: 14.4 }, target).value).toBe(0);
  });

  it('does not fire once the short window is clean', () => {
    expect(
      pairRatio({ long: { bad: 500, good: 500 }, short: { bad: 0, good: 100 }, factor: 14.4 }, 0.999).value,
    ).toBe(0);
  });

  it('calls no traffic by its name', () => {
    expect(burnRate({ good: 0, bad: 0 }, 0.99)).toEqual({ value: null, why: 'no traffic' });
    expect(
      pairRatio({ long: { good: 0, bad: 0 }, short: { good: 0, bad: 0 }, factor: 1 }, 0.99).value,
    ).toBeNull();
  });

  it('counts the budget by events, and lets it go below zero', () => {
    expect(budgetRemaining({ good: 995, bad: 5 }, 0.99).value).toBeCloseTo(0.5, 12);
    expect(budgetRemaining({ good: 980, bad: 20 }, 0.99).value).toBeCloseTo(-1, 12);
  });

  it('is undefined, not calm, while the short window is empty', () => {
    const short = { good: 0, bad: 0 };
    expect(pairRatio({ long: { bad: 500, good: 500 }, short, factor: 14.4 }, 0.999)).toEqual({
      value: null,
      why: 'no traffic in the short window',
    });
  });

  it('takes slices as they are, and a number of bad events as proof where it is asked to', () => {
    const count = { bad: 1, good: 3 };
    const of = (proof: Parameters<typeof pairRatio>[2]) =>
      pairRatio({ long: count, short: count, factor: 2.5 }, 0.9, proof).value;
    expect([of({}), of({ minBad: 1 }), of({ slices: { long: 4, short: 4 } })]).toEqual([
      0,
      expect.closeTo(1, 12),
      expect.closeTo(1, 12),
    ]);
  });

  it('lowers a factor that no error share could reach, and raises one below the even pace', () => {
    expect(reachableFactor(0.9, 0.999)).toBe(1);
    expect(reachableFactor(14.4, 0.2)).toBe(1);
    expect(reachableFactor(14.4, 0.9)).toBeCloseTo(5, 12);
    expect(reachableFactor(14.4, 0.999)).toBe(14.4);
  });
});

describe('fairness gap', () => {
  it('gives value and interval of two groups', () => {
    const { gap, lower, upper } = fairnessGap([
      { group: 'north', rows: 1000, selected: 300 },
      { group: 'south', rows: 1000, selected: 200 },
    ]);
    expect(gap.value).toBeCloseTo(0.1, 12);
    expect(lower).toBeCloseTo(0.0623, 3);
    expect(upper).toBeCloseTo(0.1372, 3);
  });

  it('names a small group and leaves it out', () => {
    const { gap, rates } = fairnessGap([
      { group: 'a', rows: 500, selected: 100 },
      { group: 'b', rows: 500, selected: 110 },
      { group: 'c', rows: 5, selected: 5 },
    ]);
    expect(gap.value).toBeCloseTo(0.02, 12);
    expect(rates[2]).toMatchObject({ group: 'c', rate: null, why: 'needs 100 rows, has 5' });
  });

  it('widens with the number of pairs, so that noise among many groups is not a gap', () => {
    const groups = Array.from({ length: 10 }, (_, index) => ({
      group: `g${index}`,
      rows: 200,
      selected: 40 + (index % 3),
    }));
    expect(fairnessGap(groups).lower).toBe(0);
  });

  it('is undefined for one group', () => {
    expect(fairnessGap([{ group: 'a', rows: 500, selected: 1 }]).gap).toEqual({
      value: null,
      why: 'needs two groups of 100 rows, has 1',
    });
  });
});

describe('unit change', () => {
  const trips = Array.from({ length: 5000 }, (_, index) => 1 + ((index * 7919) % 997) * ((index % 13) / 13));
  const layout = numberLayout(trips.toSorted((first, second) => first - second)) as NumberLayout;
  const count = (values: readonly number[]) => countValues(layout, values);
  const baseline = count(trips);

  it.each(
    FACTORS.filter(({ factor }) => factor > 1.5 && factor < 4).map(
      (factor) => [factor.text, factor.factor] as const,
    ),
  )('finds %s', (text, factor) => {
    const { found } = unitChange({ layout, baseline, current: count(trips.map((value) => value * factor)) });
    expect(found?.text).toBe(text);
  });

  it.each([0.28, 0.35, 0.43, 0.55, 0.7, 1.35, 2, 2.8])(
    'does not take a multiplication by %f for a unit',
    (factor) => {
      const { found } = unitChange({
        layout,
        baseline,
        current: count(trips.map((value) => value * factor)),
      });
      expect(found).toBeNull();
    },
  );

  it('names no unit when all is out of range: every large factor would fit', () => {
    const { found, distance } = unitChange({
      layout,
      baseline,
      current: count(trips.map((value) => value * 10_000)),
    });
    expect(found).toBeNull();
    expect(distance.why).toContain('too few rows are in the range');
  });

  it.each([
    ['no change', (value: number) => value],
    ['a shift', (value: number) => Math.min(1000, value + 200)],
    ['one value taking over', (value: number, index: number) => (index % 2 === 0 ? 950 : value)],
  ])('does not find a unit in %s', (_name, change) => {
    expect(unitChange({ layout, baseline, current: count(trips.map(change)) }).found).toBeNull();
  });
});

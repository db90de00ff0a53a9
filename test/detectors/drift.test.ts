import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effect } from '../../detectors/effect.ts';
import { cellName, explainingCells, explanation } from '../../detectors/explain.ts';
import { driftDetectors } from '../../detectors/index.ts';
import { jensenShannon } from '../../detectors/jensen-shannon.ts';
import { looksLikeIdentifier, lostRate, sideRates, sideShare } from '../../detectors/side-rates.ts';
import { psi } from '../../detectors/psi.ts';
import type { CategoryLayout, FeatureCounts, NumberLayout } from '../../detectors/types.ts';
import { counts, featureInput } from './kit.ts';

const LAYOUT: CategoryLayout = { kind: 'category', values: ['a', 'b'], rare: [] };
const input = (baseline: readonly number[], current: readonly number[]) => ({
  layout: LAYOUT,
  baseline: counts(baseline),
  current: counts(current),
});

describe('Jensen-Shannon distance', () => {
  it.each([
    ['equal shares', [10, 10], [100, 100], 0],
    ['nothing in common', [10, 0], [0, 10], 1],
    // JSD in bits of p = (1/2, 1/2) against q = (1, 0): 0.311278, its root 0.557923.
    ['half against all', [50, 50], [100, 0], 0.5579230452841438],
  ])('%s', (_name, baseline, current, expected) => {
    expect(jensenShannon.score(input(baseline, current)).value).toBeCloseTo(expected, 12);
  });

  // Mass d on a brand-new cell alone scores about sqrt(d / 2): why missing rows are kept out of the distance.
  it.each([
    [0.01, 0.07],
    [0.02, 0.1],
  ])('mass %d on a new cell scores about %d', (mass, expected) => {
    const value = jensenShannon.score(input([10_000, 0], [10_000 * (1 - mass), 10_000 * mass])).value ?? 0;
    expect(value).toBeCloseTo(expected, 2);
  });

  it('ignores missing rows', () => {
    const current = counts([10, 10], { missing: 500 });
    expect(jensenShannon.score({ layout: LAYOUT, baseline: counts([5, 5]), current }).value).toBe(0);
  });
});

describe('every drift statistic', () => {
  const shares = fc.array(fc.nat(1000), { minLength: 2, maxLength: 30 });
  it.each(driftDetectors.map((detector) => [detector.id, detector] as const))(
    '%s is finite or says why, and is the same twice',
    (_id, detector) => {
      fc.assert(
        fc.property(shares, shares, (first, second) => {
          const width = Math.min(first.length, second.length);
          const drift = Object.freeze(
            input(Object.freeze(first.slice(0, width)), Object.freeze(second.slice(0, width))),
          );
          const score = detector.score(drift);
          expect(
            score.value === null ? score.why.length > 0 : Number.isFinite(score.value) && score.value >= 0,
          ).toBe(true);
          expect(detector.score(drift)).toEqual(score);
        }),
      );
    },
  );
});

describe('PSI', () => {
  it('is 8 times the divergence in nats for a small change', () => {
    const drift = input([5000, 5000], [5200, 4800]);
    const divergence = (jensenShannon.score(drift).value ?? 0) ** 2 * Math.LN2;
    expect((psi.score(drift).value ?? 0) / (8 * divergence)).toBeCloseTo(1, 2);
  });
});

describe('side rates', () => {
  const rate = (id: string) => sideRates.find((each) => each.id === id)!;

  it('do not alarm on eight rows of which four are missing', () => {
    const { ratio } = sideShare(
      rate('missing-rate'),
      counts([713], { missing: 177 }),
      counts([4], { missing: 4 }),
    );
    expect(ratio.value).toBeCloseTo(0.54, 2);
  });

  it.each([
    ['missing-rate', { missing: 100 }],
    ['unseen-rate', { unseen: 100 }],
    ['range-rate', { above_max: 60, below_min: 40 }],
    ['non-finite-rate', { non_finite: 100 }],
  ])('%s alarms on a real burst', (id, sides) => {
    expect(sideShare(rate(id), counts([1000]), counts([900], sides)).ratio.value).toBeGreaterThan(1);
    expect(sideShare(rate(id), counts([1000]), counts([1000])).ratio.value).toBeCloseTo(0, 9);
  });

  it('can alarm on a feature that was missing in half of the baseline', () => {
    const { ratio } = sideShare(
      rate('missing-rate'),
      counts([500], { missing: 500 }),
      counts([0], { missing: 1000 }),
    );
    expect(ratio.value).toBeGreaterThan(1);
  });

  it('say when there are no rows', () => {
    expect(sideShare(rate('missing-rate'), counts([10]), counts([0])).ratio).toEqual({
      value: null,
      why: 'no rows',
    });
  });

  it('a feature half missing in the baseline can still be lost whole', () => {
    expect(
      lostRate(['missing'], counts([500], { missing: 500 }), counts([0], { missing: 5000 })).value,
    ).toBeGreaterThan(0.99);
  });

  it.each([
    ['order numbers', 1000, 1000, true],
    ['two hundred airports', 200, 100_000, false],
    ['more values than can be listed', 10_050, 5_000_000, true],
    ['ten values in thirty rows', 10, 30, false],
  ])('%s: identifier %s', (_name, distinct, rows, expected) => {
    const names = Array.from({ length: distinct }, (_, index) => `v${index}`);
    const layout: CategoryLayout = { kind: 'category', values: names.slice(0, 50), rare: names.slice(50) };
    expect(looksLikeIdentifier(layout, counts([rows]))).toBe(expected);
  });

  it('a handful of lost rows is not enough to page', () => {
    expect(lostRate(['unseen'], counts([50, 50]), counts([0, 0], { unseen: 8 }))).toEqual({
      value: null,
      why: 'needs 50 rows, has 8',
    });
  });

  it('a category renamed in every row is lost, though no known cell tells', () => {
    const current = counts([0, 0], { unseen: 100 });
    expect(effect(featureInput([50, 50], [], { current })).value).toBeNull();
    expect(lostRate(['missing', 'unseen'], counts([50, 50]), current).value).toBeCloseTo(0.963, 3);
  });
});

describe('the explanation', () => {
  it('names the cell that changed most', () => {
    const cells = explainingCells(input([90, 10], [60, 40]));
    expect(explanation('channel', cells)).toBe('channel b rose from 10.0 to 40.0 %');
  });

  const sided = (known: readonly number[], sides: Partial<FeatureCounts['sides']>) => counts(known, sides);

  it('names a side first when it moved more than any known cell', () => {
    const moved = { ...input([500, 500], [265, 285]), current: sided([265, 285], { above_max: 450 }) };
    const [first, ...others] = explainingCells(moved);
    expect(first).toMatchObject({ cell: 'above the range', baselineShare: 0, currentShare: 0.45 });
    expect(others.map(({ cell }) => cell)).not.toContain('above the range');
    expect(explanation('distance', explainingCells(moved))).toBe(
      'distance above the range rose from 0.0 to 45.0 %',
    );
  });

  it('leaves a side out that moved less than a known cell', () => {
    const moved = { ...input([90, 10], [60, 40]), current: sided([60, 40], { missing: 3 }) };
    expect(explainingCells(moved)[0]?.cell).toBe('b');
  });

  it('names no cell that is printed alike before and now', () => {
    const alike = input([30_100, 69_900], [30_099, 69_901]);
    expect(explainingCells(alike)).toEqual([]);
    expect(explanation('channel', explainingCells(alike))).toBe(
      'channel: no cell moved by a tenth of a point',
    );
  });

  it('never says the same share twice, whatever the counts', () => {
    const cells = fc.array(fc.nat(5000), { minLength: 2, maxLength: 2 });
    const side = fc.record({ missing: fc.nat(5000), unseen: fc.nat(5000) });
    fc.assert(
      fc.property(cells, cells, side, side, (before, now, sidesBefore, sidesNow) => {
        const moved = {
          ...input([1, 1], [1, 1]),
          baseline: sided(before, sidesBefore),
          current: sided(now, sidesNow),
        };
        for (const { baselineShare, currentShare } of explainingCells(moved))
          expect((baselineShare * 100).toFixed(1)).not.toBe((currentShare * 100).toFixed(1));
      }),
    );
  });

  it.each([
    [0, '<= 1'],
    [1, '1 to 2.5'],
    [2, '> 2.5'],
  ])('names cell %d of a number %s', (cell, name) => {
    const layout: NumberLayout = { kind: 'number', edges: [1, 2.5], min: 0, max: 9 };
    expect(cellName(layout, cell)).toBe(name);
  });

  it('names the value of a cell that holds one', () => {
    const layout: NumberLayout = { kind: 'number', edges: [1, 2.5], min: 1, max: 9, isDiscrete: true };
    expect([0, 1, 2].map((cell) => cellName(layout, cell))).toEqual(['= 1', '= 2.5', '= 9']);
  });
});

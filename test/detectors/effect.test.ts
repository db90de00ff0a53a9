import { describe, expect, it } from 'vitest';
import { effect, minimumRows } from '../../detectors/effect.ts';
import { jensenShannon } from '../../detectors/jensen-shannon.ts';
import { significance } from '../../detectors/significance.ts';
import { counts, featureInput, mulberry32, PARAMETERS, UNCALIBRATED } from './kit.ts';

const uniform = Array.from({ length: 20 }, () => 500);

describe('the effect', () => {
  it('takes the mean of chance away', () => {
    const noisy = featureInput(
      uniform,
      uniform.map((_, cell) => 20 + (cell % 2 === 0 ? 2 : -2)),
    );
    expect(jensenShannon.score(noisy).value).toBeGreaterThan(0.04);
    expect(effect(noisy).value).toBe(0);
  });

  it('keeps a real change', () => {
    const change = featureInput(
      uniform,
      uniform.map((_, cell) => (cell < 10 ? 40 : 10)),
    );
    expect(effect(change).value).toBeGreaterThan(0.25);
    expect(effect(featureInput([5000, 5000], [560, 440])).value).toBeCloseTo(0.0491, 4);
  });

  it('takes more away where the baseline varies more by itself', () => {
    const change = featureInput([5000, 5000], [560, 440]);
    const wide = { ...UNCALIBRATED, isCalibrated: true, windows: 50, phi: 20 };
    expect(effect({ ...change, calibration: wide }).value).toBe(0);
  });

  it.each([
    [
      'a window with few rows',
      featureInput(
        uniform,
        uniform.map(() => 1),
      ),
      'needs 100 rows in known cells, has 20',
    ],
    ['a window without a row', featureInput([5000, 5000], [0, 0]), 'needs 50 rows in known cells, has 0'],
    [
      'a window that is all missing',
      featureInput([5000, 5000], [0, 0], { current: counts([0, 0], { missing: 900 }) }),
      'needs 50 rows in known cells, has 0; 900 missing',
    ],
    [
      'a window of unseen and infinite values',
      featureInput([5000, 5000], [], { current: counts([20, 12], { unseen: 7, non_finite: 3 }) }),
      'needs 50 rows in known cells, has 32; 3 not finite, 7 never seen before',
    ],
    [
      'a baseline without rows',
      featureInput([0, 0], [500, 500]),
      'the baseline needs 50 rows in known cells, has 0',
    ],
    [
      'a baseline of one row',
      featureInput([1, 0], [500, 500]),
      'the baseline needs 50 rows in known cells, has 1',
    ],
    [
      'a baseline that is all missing',
      featureInput([], [], { baseline: counts([0], { missing: 5000 }), current: counts([90]) }),
      'the baseline needs 50 rows in known cells, has 0; 5000 missing',
    ],
  ])('of %s is undefined, and says what is missing', (_name, input, why) => {
    expect(effect(input)).toEqual({ value: null, why });
  });

  it.each([
    ['one cell', [9000], 50],
    ['twenty even cells', uniform, 100],
    ['a thousand even cells', Array.from({ length: 1000 }, () => 7), 5000],
  ])('of %s needs five rows an effective cell, fifty at least', (_name, known, rows) => {
    expect(minimumRows(counts(known), PARAMETERS)).toBe(rows);
  });
});

describe('the significance', () => {
  // A change of shares, one degree of freedom: 8 JSD is close to the chi-square of the four-field table.
  it.each([
    [540, 5.7617, 0.0164],
    [560, 12.9923, 0.00031],
    [600, 36.27, 1.71e-9],
  ])('of %d of 1000 against one half: T %d, p %d', (first, statistic, p) => {
    const found = significance(featureInput([5000, 5000], [first, 1000 - first]));
    expect(found?.freedom).toBe(1);
    expect((found?.statistic ?? 0) / statistic).toBeCloseTo(1, 1);
    expect((found?.p ?? 0) / p).toBeCloseTo(1, 0);
  });

  it('of a constant feature is none: T 0, p 1', () => {
    expect(significance(featureInput([9000], [100]))).toEqual({
      statistic: 0,
      freedom: 0,
      p: 1,
      rankP: null,
    });
    expect(significance(featureInput([0, 9000, 0], [0, 100, 0]))?.p).toBe(1);
  });

  it('does not exist without rows', () => {
    expect(significance(featureInput([0, 0], [1, 1]))).toBeNull();
  });

  it('falls with a calibration that varies more', () => {
    const at = (phi: number) =>
      significance(
        featureInput([5000, 5000], [560, 440], {
          calibration: { ...UNCALIBRATED, isCalibrated: true, windows: 99, phi },
        }),
      )?.p ?? NaN;
    expect(at(1)).toBeLessThan(at(2));
    expect(at(2)).toBeLessThan(at(8));
    expect(at(8)).toBeGreaterThan(0.1);
  });

  it.each([
    ['none as large', [9, 8, 7], 150, 1 / 151],
    ['two as large', [90, 20, 7], 150, 3 / 151],
    ['all that are kept as large', [90, 20, 18], 150, null],
    ['too few windows', [9, 8, 7], 99, null],
    ['all windows as large', Array.from({ length: 3 }, () => 90), 3, null],
  ])('ranks T among the baseline: %s', (_name, largest, windows, expected) => {
    const calibration = { ...UNCALIBRATED, windows, largest };
    expect(significance(featureInput([5000, 5000], [560, 440], { calibration }))?.rankP).toBe(expected);
  });

  it('is as rare in calm data as it says', () => {
    const random = mulberry32(7);
    const sample = (size: number) => {
      const known = Array.from({ length: 20 }, () => 0);
      for (let row = 0; row < size; row += 1) known[Math.floor(random() * 20)]! += 1;
      return known;
    };
    const baseline = sample(20_000);
    const tests = Array.from(
      { length: 2000 },
      () => significance(featureInput(baseline, sample(300)))?.p ?? 1,
    );
    for (const level of [0.5, 0.1, 0.02])
      expect(tests.filter((p) => p < level).length / 2000).toBeLessThan(2 * level);
    expect(tests.filter((p) => p < 0.5).length / 2000).toBeGreaterThan(0.4);
  });
});

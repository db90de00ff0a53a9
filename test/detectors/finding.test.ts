import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../detectors/calibration.ts';
import { categoryLayout, modelLayout, numberLayout } from '../../detectors/cells.ts';
import { drift } from '../../detectors/drift.ts';
import { judgeFamily } from '../../detectors/false-discovery.ts';
import type { FeatureInput } from '../../detectors/types.ts';
import { counts, countValues, featureInput, PARAMETERS, UNCALIBRATED } from './kit.ts';

type Value = number | string | null;

/** Freezes a layout from the values of a baseline and counts both sides in it. */
function inputOf(before: readonly Value[], now: readonly Value[]): FeatureInput {
  const finite = before.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const texts = before.filter((value) => typeof value === 'string');
  const distinct = [...new Set(texts)].map((value) => ({
    value,
    rows: texts.filter((one) => one === value).length,
  }));
  const layout = numberLayout(finite.toSorted((a, b) => a - b)) ?? categoryLayout(distinct);
  return {
    feature: 'x',
    layout,
    baseline: countValues(layout, before),
    current: countValues(layout, now),
    calibration: UNCALIBRATED,
    parameters: PARAMETERS,
  };
}

const many = (size: number, of: (index: number) => Value) => Array.from({ length: size }, (_, i) => of(i));
/** Between 0 and 1, evenly and out of order. */
const even = (index: number) => ((index * 7919) % 9973) / 9973;

describe('drift', () => {
  it('tells size, chance, shape and the cells that explain it', () => {
    const found = drift.score(
      inputOf(
        many(9000, even),
        many(900, (i) => even(i) ** 2),
      ),
    );
    expect(found.value).toBeGreaterThan(0.25);
    expect(found.text).toMatch(/^x <= 0\.001\d* rose from 0\.1 to|^x \S+ (to \S+ )?(rose|fell) from/);
    expect(found.cells?.length).toBe(5);
    expect(found.rows).toBe(900);
    expect(found.isSignificant).toBeUndefined();
    const { numbers = {} } = found;
    const names =
      'js psi l_infinity ks_lower ks_upper wasserstein mean_before mean_now mean_error deviation_before ' +
      'deviation_now deviation_error statistic freedom p rank_p phi windows calibrated';
    expect(Object.keys(numbers).toSorted()).toEqual(names.split(' ').toSorted());
    expect(numbers['mean_before']).toBeCloseTo(0.5, 2);
    expect(numbers['mean_now']).toBeCloseTo(1 / 3, 2);
    // F(x) is x against its root: 1/4 apart at most.
    expect(numbers['ks_lower']).toBeGreaterThan(0.23);
    expect(numbers['ks_upper']).toBeLessThan(0.31);
    expect(numbers['wasserstein']).toBeCloseTo(1 / 6 / Math.sqrt(1 / 12), 1);
    expect(numbers['p']).toBeLessThan(1e-12);
    expect(numbers).toMatchObject({ freedom: 27, phi: 1, windows: 0, calibrated: 0, rank_p: null });
  });

  it('has no shape of a number for categories: null, never 0', () => {
    const { numbers } = drift.score(featureInput([500, 500], [90, 10]));
    expect(numbers).toMatchObject({ ks_lower: null, ks_upper: null, wasserstein: null, mean_now: null });
    expect(numbers?.['js']).toBeGreaterThan(0.3);
  });

  it('names the category that explains a change', () => {
    const found = drift.score(
      inputOf(
        many(5000, (i) => `c${i % 10}`),
        many(500, (i) => (i % 4 === 0 ? 'c3' : `c${i % 10}`)),
      ),
    );
    expect(found.text).toMatch(/^x c3 rose from 10\.0 to 3\d\.\d %$/);
  });

  it.each<[string, readonly Value[], readonly Value[], string | null]>([
    ['constant, and still so', many(900, () => 5), many(200, () => 5), null],
    [
      'constant, and now another value',
      many(900, () => 5),
      many(200, () => 6),
      'x: needs 50 rows in known cells, has 0; 200 above the range',
    ],
    [
      'all missing',
      many(900, () => null),
      many(200, () => null),
      'x: the baseline needs 50 rows in known cells, has 0; 900 missing',
    ],
    [
      'missing now',
      many(900, even),
      many(200, () => null),
      'x: needs 113 rows in known cells, has 0; 200 missing',
    ],
    [
      'one row in the baseline',
      [7],
      many(200, () => 7),
      'x: the baseline needs 50 rows in known cells, has 1',
    ],
    ['one row in the window', many(900, even), [0.5], 'x: needs 113 rows in known cells, has 1'],
    ['no rows at all', [], [], 'x: the baseline needs 50 rows in known cells, has 0'],
    [
      'a number that turned to text',
      many(900, even),
      many(300, () => 'high'),
      'x: needs 113 rows in known cells, has 0; 300 missing',
    ],
    [
      'infinite now',
      many(900, even),
      many(300, () => Infinity),
      'x: needs 113 rows in known cells, has 0; 300 not finite',
    ],
    [
      'a category renamed',
      many(900, (i) => `c${i % 3}`),
      many(300, (i) => `C${i % 3}`),
      'x: needs 50 rows in known cells, has 0; 300 never seen before',
    ],
    [
      'a thousand categories',
      many(9000, (i) => `c${i % 1000}`),
      many(900, (i) => `c${(i * 7) % 1000}`),
      null,
    ],
    ['negative', many(900, (i) => -even(i)), many(300, (i) => -even(i)), null],
    [
      'huge and of both signs',
      many(900, (i) => (even(i) - 0.5) * 1e308),
      many(300, (i) => (even(i) - 0.5) * 1e308),
      null,
    ],
    ['tiny', many(900, (i) => even(i) * 1e-300), many(300, (i) => even(i) * 1e-300), null],
  ])('of a feature that is %s is calm or says why not', (_name, before, now, why) => {
    const found = drift.score(inputOf(before, now));
    if (why === null) {
      expect(found).toMatchObject({ why: null });
      expect(found.value).toBeLessThan(0.05);
      expect(found.numbers?.['p']).toBeGreaterThan(0.01);
    } else {
      expect(found).toMatchObject({ value: null, text: why });
      expect(found.numbers?.['p']).toBeNull();
    }
    for (const number of Object.values(found.numbers ?? {}))
      expect(number === null || Number.isFinite(number)).toBe(true);
  });

  it('is finite or null in every number, and the same twice, also after JSON', () => {
    const known = fc.array(fc.nat(500), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(known, known, fc.nat(300), (before, now, missing) => {
        const input = featureInput(before, [], { current: counts(now, { missing }) });
        const found = drift.score(Object.freeze(input));
        for (const number of [found.value, ...Object.values(found.numbers ?? {})])
          expect(number === null || Number.isFinite(number)).toBe(true);
        expect((found.value === null) === (found.why !== null)).toBe(true);
        expect(drift.score(JSON.parse(JSON.stringify(input)) as FeatureInput)).toEqual(found);
      }),
    );
  });

  it('of a thousand quiet features with their calibration is significant nowhere', () => {
    const layout = modelLayout(
      Object.fromEntries(many(1000, String).map((name) => [String(name), inputOf(['a', 'b'], []).layout])),
    );
    const windows = 40;
    const rows = new Float64Array(windows * layout.cells);
    for (let window = 0; window < windows; window += 1)
      for (const [index, { offset }] of layout.features.entries()) {
        const first = 500 + Math.round(60 * (even(window * 1009 + index) - 0.5));
        rows.set([first, 1000 - first], window * layout.cells + offset);
      }
    const calibrations = calibrate({ layout, rows, slots: many(windows, () => 0) as number[] }, PARAMETERS);
    const findings = layout.features.map((feature, index) => {
      const first = 500 + Math.round(60 * (even(91 * 1009 + index) - 0.5));
      return drift.score(
        featureInput([20_000, 20_000], [first, 1000 - first], {
          feature: feature.name,
          calibration: calibrations[feature.name] ?? UNCALIBRATED,
        }),
      );
    });
    expect(judgeFamily(findings, PARAMETERS).filter((finding) => finding.isSignificant)).toEqual([]);
  });
});

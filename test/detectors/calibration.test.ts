import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../detectors/calibration.ts';
import { modelLayout } from '../../detectors/cells.ts';
import { effect } from '../../detectors/effect.ts';
import { phiFor, significance } from '../../detectors/significance.ts';
import { categoryOf, featureInput, mulberry32, PARAMETERS } from './kit.ts';

/** Calibrates one category from the counts of its windows. */
function calibrated(windows: readonly (readonly number[])[], slots = windows.map(() => 0)) {
  const layout = modelLayout({ before: categoryOf(3), x: categoryOf(windows[0]?.length ?? 1) });
  const offset = layout.features[1]?.offset ?? 0;
  const rows = new Float64Array(windows.length * layout.cells);
  for (const [index, window] of windows.entries()) rows.set(window, index * layout.cells + offset);
  const found = calibrate({ layout, rows, slots }, PARAMETERS)['x'];
  if (found === undefined) throw new Error('no calibration');
  return found;
}

const turns = (count: number) =>
  Array.from({ length: count }, (_, index) => (index % 2 === 0 ? [600, 400] : [400, 600]));

describe('the calibration', () => {
  it('of windows that vary as chance does is 1', () => {
    const random = mulberry32(3);
    const windows = Array.from({ length: 200 }, () => {
      const known = Array.from({ length: 12 }, () => 0);
      for (let row = 0; row < 400; row += 1) known[Math.floor(random() * 12)]! += 1;
      return known;
    });
    const { phi, windows: used, isCalibrated, isSteady } = calibrated(windows);
    expect(phi).toBeLessThan(1.06);
    expect([used, isCalibrated, isSteady]).toEqual([200, true, true]);
  });

  it('learns from windows that vary more than chance', () => {
    expect(calibrated(turns(8)).phi).toBeGreaterThan(10);
  });

  it('is 1 within the slots of a season', () => {
    const slots = turns(8).map((_, index) => index % 2);
    expect(calibrated(turns(8), slots)).toMatchObject({ phi: 1, windows: 8, isCalibrated: true });
  });

  it('hides a change of few rows no more than one of many', () => {
    const quarters = Array.from({ length: 8 }, (_, index) => [index % 2 === 0 ? 5200 : 4800, 5000]);
    const calibration = calibrated(quarters);
    expect(calibration.phi).toBeGreaterThan(3);
    const of = (known: readonly number[]) => ({ ...featureInput([40_000, 40_000], known), calibration });
    expect(phiFor(of([5000, 5000]))).toBeCloseTo(calibration.phi, 0);
    expect(phiFor(of([50, 50]))).toBeLessThan(1.1);
    expect(phiFor(of([50_000, 50_000]))).toBeGreaterThan(calibration.phi);
    expect(significance(of([80, 20]))?.p).toBeLessThan(1e-3);
    expect(effect(of([80, 20])).value).toBeGreaterThan(0.2);
    expect(significance(of([5200, 4800]))?.p).toBeGreaterThan(0.05);
  });

  it('with fewer windows than it takes says so', () => {
    expect(calibrated(turns(4))).toMatchObject({ phi: 1, isCalibrated: false, isSteady: false, windows: 4 });
    expect(calibrated(turns(5)).isCalibrated).toBe(true);
  });

  it('leaves out windows with few rows, and the only window of a slot', () => {
    const few = [...turns(6), [20, 10], [0, 0]];
    expect(calibrated(few)).toEqual(calibrated(turns(6)));
    expect(calibrated([...turns(6), [1, 999]], [0, 0, 0, 0, 0, 0, 1])).toEqual(calibrated(turns(6)));
  });

  it('of a constant feature is calm', () => {
    const windows = Array.from({ length: 6 }, () => [300, 0, 0]);
    expect(calibrated(windows)).toMatchObject({ phi: 1, largest: [0, 0, 0, 0, 0, 0], isSteady: true });
  });

  it('of no windows, and of windows that are all missing, is none', () => {
    for (const windows of [[], [[0, 0]], turns(9).map(() => [0, 0])])
      expect(calibrated(windows)).toMatchObject({ windows: 0, isCalibrated: false, largest: [] });
  });

  it('tells a baseline that moves by itself, as a counter does, from one that has a season', () => {
    const counter = Array.from({ length: 8 }, (_, index) =>
      Array.from({ length: 8 }, (_unused, cell) => (cell === index ? 500 : 0)),
    );
    expect([turns(8), counter].map((windows) => calibrated(windows).isSteady)).toEqual([true, false]);
  });

  it('keeps the 32 largest T, falling', () => {
    const windows = Array.from({ length: 100 }, (_, index) => [500 + 2 * index, 500]);
    const { largest } = calibrated(windows);
    expect(largest).toHaveLength(32);
    expect(largest).toEqual(largest.toSorted((a, b) => b - a));
  });

  it('computes T as the judgement of a window does, and does not depend on the order of windows', () => {
    const row = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 12 }), (windows) => {
        const enough = windows.filter((window) => window.reduce((a, b) => a + b, 0) >= 50);
        const expected =
          enough.length < 2
            ? []
            : enough.map((window, index) => {
                const others = window.map((_, cell) =>
                  enough.reduce((all, one, at) => (at === index ? all : all + (one[cell] ?? 0)), 0),
                );
                return significance(featureInput(others, window))?.statistic ?? 0;
              });
        const { largest } = calibrated(windows);
        expect(largest).toHaveLength(expected.length);
        for (const [index, one] of expected.toSorted((a, b) => b - a).entries())
          expect(largest[index]).toBeCloseTo(one, 6);
        const turned = calibrated(windows.toReversed());
        expect(turned.largest).toEqual(largest);
        expect(turned.phi).toBeCloseTo(calibrated(windows).phi, 9);
      }),
    );
  });

  it('of a hundred features over four weeks of hours takes well under a second', () => {
    const layout = modelLayout(
      Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, categoryOf(30)])),
    );
    const rows = new Float64Array(672 * layout.cells).map((_, at) => 1 + ((at * 7919) % 40));
    const slots = Array.from({ length: 672 }, (_, index) => index % 168);
    const startedAt = performance.now();
    calibrate({ layout, rows, slots }, PARAMETERS);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

import { describe, expect, it } from 'vitest';
import { numberLayout, valueLayout } from '../../detectors/cells.ts';
import { jensenShannon } from '../../detectors/jensen-shannon.ts';
import { kolmogorovSmirnov } from '../../detectors/kolmogorov-smirnov.ts';
import { lInfinity } from '../../detectors/l-infinity.ts';
import { momentsOf } from '../../detectors/moments.ts';
import { psi } from '../../detectors/psi.ts';
import { wasserstein } from '../../detectors/wasserstein.ts';
import type { DriftInput, NumberLayout } from '../../detectors/types.ts';
import fixtures from './fixtures/reference.json' with { type: 'json' };
import { countValues, featureInput } from './kit.ts';

/** Values that other libraries publish in their own tests, from the same numbers; reference detectors.md, 3.2. */

function inputOf(layout: NumberLayout, reference: readonly number[], window: readonly number[]): DriftInput {
  return { layout, baseline: countValues(layout, reference), current: countValues(layout, window) };
}

describe('Jensen-Shannon distance, as NannyML publishes it', () => {
  const { continuous, quasiContinuous, categorical } = fixtures.nannymlJensenShannon;
  it.each([
    ['continuous', continuous, 0.05],
    ['few values', quasiContinuous, 0.73],
    ['categories', categorical, 0.5],
  ])('%s', (_name, [reference = [], window = []], expected) => {
    expect(jensenShannon.score(featureInput(reference, window)).value).toBeCloseTo(expected, 2);
  });
});

describe('Jensen-Shannon divergence, as TFDV publishes it', () => {
  // tensorflow_data_validation/anomalies/metrics_test.cc: bits, after aligning the buckets.
  it.each([
    ['other bucket boundaries', [2, 2, 0, 0], [0, 1, 1, 2], 0.65563906222],
    ['a bucket of its own for NaN', [1, 3], [0, 4], 0.13792538096],
    ['no overlap', [2, 2, 0, 0], [0, 0, 2, 2], 1],
    ['the same', [3, 1, 2], [3, 1, 2], 0],
  ])('%s', (_name, reference, window, expected) => {
    const distance = jensenShannon.score(featureInput(reference, window)).value ?? NaN;
    expect(distance ** 2).toBeCloseTo(expected, 10);
  });
});

describe('largest change of one share, as NannyML and TFDV publish it', () => {
  it.each([
    ['a new category', [2, 2, 2, 0], [2, 2, 2, 1], 0.14],
    ['no change', [2, 2, 2], [2, 2, 2], 0],
    ['one category left', [2, 2, 2], [0, 5, 0], 0.67],
    ['hello and world', [1, 9], [3, 7], 0.2],
    ['a missing value in both', [0, 9, 1], [3, 7, 0], 0.3],
  ])('%s', (_name, reference, window, expected) => {
    expect(lInfinity.score(featureInput(reference, window)).value).toBeCloseTo(expected, 2);
  });
});

describe('the Kolmogorov-Smirnov interval on the stream of NannyML', () => {
  const words = (text: string) => [...new Uint16Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)];
  const ranks = words(fixtures.nannymlDrift.ranks);
  const reference = ranks.slice(0, 10_080);
  const everywhere = { min: -1, max: 20_160 };
  const tenThousand: NumberLayout = {
    kind: 'number',
    edges: words(fixtures.nannymlDrift.edges),
    ...everywhere,
  };
  const shipped: NumberLayout = {
    ...(numberLayout(reference.toSorted((a, b) => a - b)) as NumberLayout),
    ...everywhere,
  };
  const parts = (rows: number) =>
    Array.from({ length: Math.ceil(20_160 / rows) }, (_, part) =>
      ranks.slice(part * rows, (part + 1) * rows),
    );

  // Published in the form of 10,000 equal cells; the exact distances are scipy's.
  it.each([
    [5000, 0, 0.004968, 0.005067],
    [5000, 1, 0.004833, 0.004933],
    [5000, 2, 0.01186, 0.01186],
    [5000, 3, 0.243595, 0.243595],
    [5000, 4, 0.210516, 0.210615],
    [2016, 0, 0.011012, 0.011012],
    [2016, 1, 0.017163, 0.017361],
    [2016, 2, 0.015675, 0.015774],
    [2016, 3, 0.010813, 0.011012],
    [2016, 4, 0.016865, 0.016865],
    [2016, 5, 0.014683, 0.014683],
    [2016, 6, 0.018552, 0.018651],
    [2016, 7, 0.113889, 0.113988],
    [2016, 8, 0.254861, 0.25496],
    [2016, 9, 0.253075, 0.253075],
  ])('of %d rows, part %d: published %d, exact %d', (rows, part, published, exact) => {
    const window = parts(rows)[part] ?? [];
    const fine = kolmogorovSmirnov(inputOf(tenThousand, reference, window));
    expect(fine?.lower).toBeCloseTo(published, 5);
    for (const layout of [tenThousand, shipped]) {
      const bounds = kolmogorovSmirnov(inputOf(layout, reference, window));
      expect(bounds?.lower).toBeLessThan(exact + 1e-6);
      expect(bounds?.upper).toBeGreaterThan(exact - 1e-6);
    }
    // Twentieths of the baseline: the bounds lie no further apart than a cell is wide.
    const coarse = kolmogorovSmirnov(inputOf(shipped, reference, window));
    expect((coarse?.upper ?? 1) - (coarse?.lower ?? 0)).toBeLessThan(0.051);
  });
});

describe('the Wasserstein distance', () => {
  it('of exact values is the one frouros publishes', () => {
    const { reference, window } = fixtures.frouros;
    const layout = valueLayout([...reference, ...window].toSorted((a, b) => a - b));
    const input = inputOf(layout, reference, window);
    const deviation = momentsOf(layout, input.baseline)?.deviation ?? NaN;
    expect((wasserstein(input) ?? NaN) * deviation).toBeCloseTo(3.85346006, 6);
  });

  it.each([
    ['small', 1.01],
    ['medium', 3.99],
  ] as const)('of a %s shift is the one NannyML publishes, over 200 equal cells', (name, expected) => {
    const { min, max, reference, window, mean, deviation } = fixtures.nannymlWasserstein[name];
    const edges = Array.from({ length: 199 }, (_, edge) => min + ((edge + 1) * (max - min)) / 200);
    const unit = 2 ** -6;
    const rows = reference.reduce((all, one) => all + one, 0);
    const sum = Math.round((rows * mean) / unit);
    const squares = Math.round(((rows - 1) * deviation ** 2 + rows * mean ** 2) / unit ** 2);
    const input = featureInput(reference, window);
    const found = wasserstein({
      layout: { kind: 'number', edges, min, max, moments: { center: 0, unit } },
      baseline: { ...input.baseline, moments: { sum, squares } },
      current: input.current,
    });
    expect((found ?? NaN) * deviation).toBeCloseTo(expected, 2);
  });
});

describe('the population stability index', () => {
  it('of the cells of frouros is bounded, where a floor near zero makes it 461', () => {
    const [reference = [], window = []] = fixtures.frouros.cells;
    const floor = 2.2250738585072014e-308;
    const theirs = reference
      .map(
        (count, cell) => [Math.max(count / 100, floor), Math.max((window[cell] ?? 0) / 100, floor)] as const,
      )
      .reduce((all, [p, q]) => all + (p - q) * Math.log(p / q), 0);
    expect(theirs).toBeCloseTo(461.20379435, 6);
    const ours = psi.score(featureInput(reference, window)).value ?? NaN;
    expect(ours).toBeGreaterThan(1);
    expect(ours).toBeLessThan(10);
  });
});

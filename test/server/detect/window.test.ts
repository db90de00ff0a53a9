import { describe, expect, it } from 'vitest';
import { defaultModel } from '../../../server/config.ts';
import type { CountsSource } from '../../../server/detect/types.ts';
import { blocksEnding } from '../../../server/detect/blocks.ts';
import { scoreWindow } from '../../../server/detect/window.ts';
import { PREDICTION, type Baseline } from '../../../server/model.ts';
import type { DriftSettings } from '../../../server/settings.ts';
import { detectContext, PARAMETERS } from './context.ts';
import { countsSource, type StoredWindow } from './stored-counts.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 5, 8);
const key = { tenant: 'acme', model: 'fraud' };
const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };
const baseline: Baseline = {
  ...key,
  id: 'b1',
  source: { kind: 'reference', minRows: 500 },
  fromMs: START_MS - 24 * HOUR_MS,
  toMs: START_MS,
  rows: 2400,
  createdAtMs: 0,
  layouts: { channel: { kind: 'category', values: ['web', 'app'], rare: [] } },
  counts: { channel: { known: [1200, 1200, 0], sides: NO_SIDES } },
};
const hours = (count: number, known: readonly number[]): readonly StoredWindow[] =>
  Array.from({ length: count }, (_, index) => ({ fromMs: START_MS + index * HOUR_MS, known }));

interface Given {
  readonly production: readonly StoredWindow[];
  readonly hour: number;
  readonly drift?: Partial<DriftSettings>;
  readonly mostSummed?: number;
  readonly groups?: readonly string[];
  readonly replacing?: Partial<CountsSource>;
}

async function scoresOf({ production, hour, drift, mostSummed = 4, groups = [], replacing }: Given) {
  const stored = { windowMs: HOUR_MS, production, baseline: [] };
  const source = { ...countsSource(baseline, stored).source, ...replacing };
  const settings = { ...defaultModel(key), windowMs: HOUR_MS, positive: 'fraud', groups };
  const fromMs = START_MS + hour * HOUR_MS;
  const { scores } = await scoreWindow({
    ...detectContext(source, fromMs + 2 * HOUR_MS),
    parametersOf: () => ({ ...PARAMETERS.all, windows: { mostSummed } }),
    model: { ...settings, drift: { ...settings.drift, ...drift } },
    baseline,
    window: { fromMs, toMs: fromMs + HOUR_MS },
  });
  return scores;
}
const named = (scores: Awaited<ReturnType<typeof scoresOf>>, detector: string) =>
  scores.find((score) => score.detector === detector);

describe('a window of few rows', () => {
  it.each([
    [4, 3, 20, 80],
    [2, 3, 20, null],
    [1, 3, 20, null],
    [4, 7, 8, null],
    [8, 7, 8, 64],
  ])('of at most %i is summed; hour %i of %i rows each has %s', async (mostSummed, hour, each, rows) => {
    const production = hours(8, [each / 2, each / 2, 0]);
    const drift = named(await scoresOf({ production, hour, mostSummed }), 'drift');
    expect(drift?.value === null ? null : drift?.rows).toBe(rows);
  });

  it('ends a block of each length that divides its number', () => {
    expect([1, 2, 4, 6, 8].map((end) => blocksEnding(end, 4))).toEqual([[], [2], [2, 4], [2], [2, 4]]);
    expect(blocksEnding(8, 1)).toEqual([]);
    expect(blocksEnding(8, 7)).toEqual([2, 4]);
  });
});

describe('a window with two comparisons', () => {
  const against = ['moving', 'fixed'] as const;

  it('is told twice, each with what it was judged against', async () => {
    const scores = await scoresOf({ production: hours(200, [500, 500, 0]), hour: 199, drift: { against } });
    expect(
      scores.filter(({ detector }) => detector.startsWith('drift')).map((one) => one.evidence.against),
    ).toEqual([expect.stringContaining('the weeks before'), expect.stringContaining('the training rows')]);
  });

  it.each([
    ['another one', against],
    ['the frozen baseline', ['moving']],
  ] as const)('has its quality judged against %s while the first has no past', async (_name, chosen) => {
    const scores = await scoresOf({
      production: hours(1, [500, 500, 0]),
      hour: 0,
      drift: { against: chosen },
    });
    expect(named(scores, 'drift-moving')?.why).toContain('needs 5 earlier windows to judge against');
    expect(named(scores, 'missing-rate')).toMatchObject({ value: expect.any(Number) });
  });
});

describe('a baseline that is replaced while a window is judged', () => {
  it('is no mixture of two layouts, neither of features nor of groups', async () => {
    const counts = { ...baseline.counts, [PREDICTION]: { known: [], sides: NO_SIDES } };
    const replacing = {
      counts: async () => [{ group: 'north', rows: 100, features: counts }],
      baseline: async () => ({ ...baseline, id: 'b2' }),
    };
    const given = { production: hours(1, [500, 500, 0]), hour: 0, groups: ['region'] };
    await expect(scoresOf({ ...given, replacing })).rejects.toThrow('Baseline b1 of fraud was replaced');
    const still = { ...replacing, baseline: async () => baseline };
    expect(named(await scoresOf({ ...given, replacing: still }), 'fairness-gap')).toMatchObject({
      subject: expect.any(String),
    });
  });
});

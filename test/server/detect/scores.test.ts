import { describe, expect, it } from 'vitest';
import { defaultModel } from '../../../server/config.ts';
import { absenceScore } from '../../../server/detect/absence.ts';
import { driftScores, type FeatureWindow } from '../../../server/detect/feature-scores.ts';
import { fairnessScore } from '../../../server/detect/fairness.ts';
import { qualityScores } from '../../../server/detect/quality.ts';
import type { Reference } from '../../../server/detect/references.ts';
import { runJob } from '../../../server/detect/run.ts';
import type { CountsSource } from '../../../server/detect/types.ts';
import {
  PREDICTION,
  type Baseline,
  type CountsRow,
  type ModelEntry,
  type ScheduledJob,
} from '../../../server/model.ts';
import { countWindowsOf, detectContext, PARAMETERS } from './context.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };
const key = { tenant: 'acme', model: 'fraud' };
const window = { fromMs: 0, toMs: DAY_MS };
const counted = (known: readonly number[], missing = 0) => ({ known, sides: { ...NO_SIDES, missing } });
const row = (channel: ReturnType<typeof counted>, prediction = counted([800, 200, 0])): CountsRow => ({
  group: null,
  rows: 1000,
  features: { channel, [PREDICTION]: prediction },
});
const baseline: Baseline = {
  ...key,
  id: 'b1',
  source: { kind: 'reference', minRows: 500 },
  fromMs: -DAY_MS,
  toMs: 0,
  rows: 1000,
  createdAtMs: 0,
  layouts: {
    channel: { kind: 'category', values: ['web', 'app'], rare: [] },
    [PREDICTION]: { kind: 'category', values: ['ok', 'fraud'], rare: [] },
  },
  counts: { channel: counted([500, 500, 0]), [PREDICTION]: counted([800, 200, 0]) },
};
const featureWindow = (changes: Partial<FeatureWindow>): FeatureWindow => ({
  key,
  baseline,
  window,
  blocks: [],
  versions: { v1: 1000 },
  unmonitored: [],
  parameters: PARAMETERS.all.drift,
  ...changes,
});
const fixed = ({ counts }: Pick<Baseline, 'counts'>): Reference => ({
  comparison: 'fixed',
  season: 'whole',
  baselineId: 'b1',
  text: 'the training rows',
  counts,
  calibrations: {},
});
const judged = (changes: Partial<FeatureWindow>) => {
  const input = featureWindow(changes);
  const reference = fixed(input.baseline);
  return [...driftScores(input, reference).scores, ...qualityScores(input, reference).scores];
};
const drift = (current: readonly CountsRow[], unmonitored: readonly string[] = []) =>
  judged({ blocks: current.map(({ features }) => features), unmonitored });
const named = (scores: ReturnType<typeof drift>, detector: string, subject = 'channel') =>
  scores.find((score) => score.detector === detector && score.subject === subject);

describe('driftScores', () => {
  it('scores drift and missing rows of a feature, and drift of the prediction', () => {
    expect(drift([row(counted([500, 500, 0]))]).map((score) => `${score.detector} ${score.subject}`)).toEqual(
      [
        'drift channel',
        'drift $prediction',
        'missing-rate channel',
        'unseen-rate channel',
        'lost-rate channel',
        'constant-value channel',
        'unseen-rate $prediction',
        'lost-rate $prediction',
        'constant-value $prediction',
      ],
    );
  });

  it('names what changed and keeps all it was computed from', () => {
    const [score] = drift([row(counted([900, 100, 0]))]);
    expect(score?.value).toBeGreaterThan(0.25);
    expect(score?.evidence).toMatchObject({
      text: 'channel app fell from 50.0 to 10.0 %',
      current: counted([900, 100, 0]),
      versions: { v1: 1000 },
    });
    expect(score?.baselineId).toBe('b1');
  });

  it('sums over earlier windows when one has too few rows', () => {
    const scores = drift([row(counted([20, 20, 0])), row(counted([40, 40, 0]))]);
    expect(scores[0]).toMatchObject({ value: 0, rows: 80, isSignificant: false });
    expect(scores[0]?.evidence.numbers?.['blocks']).toBe(2);
  });

  it('says what is missing when even that is too little', () => {
    expect(drift([row(counted([5, 5, 0]))])[0]).toMatchObject({
      value: null,
      why: 'needs 50 rows in known cells, has 10',
    });
  });

  it('pages for a feature whose values the baseline does not know, where drift is blind', () => {
    const renamed = { known: [0, 0, 0], sides: { ...NO_SIDES, unseen: 1000 } };
    const scores = drift([row(renamed)]);
    const [unseen, lost] = [named(scores, 'unseen-rate'), named(scores, 'lost-rate')];
    expect(unseen?.value).toBeGreaterThan(1);
    expect(lost).toMatchObject({ detector: 'lost-rate', value: expect.closeTo(0.996, 3) });
    expect(lost?.evidence.cause).toBe(
      'at least 99.6 % of channel cannot be compared with the baseline (unseen 100.0 %)',
    );
  });

  it('does not take the new values of an identifier for a loss', () => {
    const names = Array.from({ length: 400 }, (_, index) => `order-${index}`);
    const order = { kind: 'category', values: names.slice(0, 50), rare: names.slice(50) } as const;
    const scores = judged({
      baseline: {
        ...baseline,
        layouts: { order },
        counts: { order: counted([...Array.from({ length: 50 }, () => 2), 900]) },
      },
      blocks: [
        { order: { known: Array.from({ length: 51 }, () => 0), sides: { ...NO_SIDES, unseen: 1000 } } },
      ],
    });
    expect(scores.map(({ detector, value }) => [detector, value])).toEqual([
      ['drift', null],
      ['missing-rate', expect.closeTo(0, 9)],
      ['unseen-rate', null],
      ['lost-rate', expect.closeTo(0, 9)],
      ['constant-value', null],
    ]);
  });

  it('asks for thirty rows before one odd row is a ticket', () => {
    const scores = drift([{ ...row({ known: [10, 10, 0], sides: { ...NO_SIDES, missing: 1 } }), rows: 21 }]);
    expect(named(scores, 'missing-rate')).toMatchObject({
      detector: 'missing-rate',
      value: null,
      why: 'needs 30 rows, has 21',
    });
  });

  it('leaves out what is not monitored', () => {
    expect(new Set(drift([row(counted([500, 500, 0]))], ['channel']).map((score) => score.subject))).toEqual(
      new Set(['$prediction']),
    );
  });
});

describe('fairnessScore', () => {
  const score = (positive: string) =>
    fairnessScore({
      key,
      baseline,
      window,
      attribute: 'region',
      positive,
      groups: [
        { ...row(counted([]), counted([700, 300, 0])), group: 'north' },
        { ...row(counted([]), counted([900, 100, 0])), group: 'south' },
      ],
    });

  it('measures the gap of the positive prediction between groups', () => {
    expect(score('fraud').value).toBeCloseTo(0.2, 12);
    expect(score('fraud').evidence.text).toBe('"fraud" for 30.0 % of north and 10.0 % of south');
  });

  it('is undefined, in words, for a prediction that the baseline does not know', () => {
    expect(score('yes')).toMatchObject({
      value: null,
      why: 'the positive prediction "yes" is not in the baseline; the baseline knows ok, fraud',
    });
  });
});

describe('absenceScore', () => {
  const entry: ModelEntry = {
    ...key,
    features: [],
    versions: [],
    predictions: 9,
    referenceRows: 0,
    labels: 0,
    lastEventMs: 0,
    lastReceivedMs: 0,
  };
  it.each([
    ['half the time allowed', entry, 12 * HOUR_MS, 0.5, null],
    ['beyond it', entry, 36 * HOUR_MS, 1.5, null],
    [
      'a late import is a sign of life',
      { ...entry, lastReceivedMs: 35 * HOUR_MS },
      36 * HOUR_MS,
      1 / 24,
      null,
    ],
    ['never seen', undefined, 36 * HOUR_MS, null, 'no prediction has arrived yet'],
  ])('%s', (_name, seen, nowMs, value, why) => {
    expect(absenceScore(defaultModel(key), seen, { nowMs, startedMs: 0 })).toMatchObject({ value, why });
  });
});

describe('the first minutes after a start', () => {
  const seen: ModelEntry = {
    ...key,
    features: [],
    versions: [],
    predictions: 9,
    referenceRows: 0,
    labels: 0,
    lastEventMs: 0,
    lastReceivedMs: 0,
  };
  it.each([
    ['are not the silence of a model', 5, null],
    ['are over after a quarter of an hour', 15, 1.5],
  ])('%s', (_name, minutes, value) => {
    const nowMs = 36 * HOUR_MS;
    expect(absenceScore(defaultModel(key), seen, { nowMs, startedMs: nowMs - minutes * 60_000 }).value).toBe(
      value,
    );
  });
});

describe('runJob', () => {
  const catalog = (firstEventMs = 1): readonly ModelEntry[] => [
    {
      ...key,
      features: [],
      versions: [{ version: 'v1', firstEventMs, lastEventMs: DAY_MS, predictions: 1000 }],
      predictions: 1000,
      referenceRows: 0,
      labels: 0,
      lastEventMs: DAY_MS,
      lastReceivedMs: DAY_MS,
    },
  ];
  const source = (frozen: Baseline | null): CountsSource => ({
    qualityCounts: async () => [],
    summarize: async () => [],
    outcomeCounts: () => Promise.reject(new Error('no labels here')),
    labelDelays: () => Promise.reject(new Error('no labels here')),
    errorCells: async () => ({}),
    freshness: async () => [],
    categories: async () => [],
    baseline: async () => null,
    freezeBaseline: async () => frozen,
    replaceBaseline: async () => null,
    countWindows: async ({ dataset }) =>
      countWindowsOf(
        baseline,
        dataset === 'baseline'
          ? []
          : [{ fromMs: 0, features: row(counted([500, 500, 0]), counted([800, 200, 0])).features }],
      ),
    dirtyBuckets: async () => [],
    newestBatch: async () => 0,
    counts: async () => [],
    sloWindows: async () => [],
    sloCounts: async () => [],
    putSlices: async () => {},
    volume: async () => [{ fromMs: 0, version: 'v1', rows: 1000 }],
  });
  const run = (frozen: Baseline | null, nowMs: number) =>
    runJob(
      { id: 'windows/acme/fraud', dueAtMs: 0, lastRunMs: null },
      { ...detectContext(source(frozen), nowMs, catalog()), models: [defaultModel(key)] },
    );

  it('freezes the baseline, then scores the closed windows', async () => {
    const result = await run(baseline, DAY_MS + HOUR_MS);
    expect(result?.scores).toHaveLength(12);
    expect(result?.next.lastRunMs).toBe(DAY_MS + HOUR_MS);
  });

  it('judges a long past a part at a time, every window once', async () => {
    const seen: number[] = [];
    let job: ScheduledJob = { id: 'windows/acme/fraud', dueAtMs: 0, lastRunMs: null };
    const nowMs = 30 * DAY_MS + HOUR_MS;
    while (job.dueAtMs <= nowMs) {
      const result = await runJob(job, {
        ...detectContext(source(baseline), nowMs, catalog()),
        models: [defaultModel(key)],
      });
      const windows = new Set(result?.scores.map((score) => score.windowFromMs));
      expect(windows.size).toBeLessThanOrEqual(4);
      seen.push(...windows);
      job = result!.next;
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index * DAY_MS));
  });

  it.each([
    ['in its first minutes is whole', HOUR_MS, [0, DAY_MS]],
    ['in the afternoon is not judged', 15 * HOUR_MS, [DAY_MS]],
  ])('a first day that begins %s', async (_name, firstEventMs, expected) => {
    const result = await runJob(
      { id: 'windows/acme/fraud', dueAtMs: 0, lastRunMs: null },
      {
        ...detectContext(source(baseline), 2 * DAY_MS + HOUR_MS, catalog(firstEventMs)),
        models: [defaultModel(key)],
      },
    );
    expect([...new Set(result?.scores.map((score) => score.windowFromMs))]).toEqual(expected);
  });

  it.each([
    ['replaced when the configuration names another source', { kind: 'first', rows: 300 }, 'b2'],
    ['kept when it still is the configured one', { kind: 'reference', minRows: 500 }, 'b1'],
  ] as const)('a stored baseline is %s', async (_name, configured, expected) => {
    const result = await runJob(
      { id: 'windows/acme/fraud', dueAtMs: 0, lastRunMs: null },
      {
        ...detectContext(
          {
            ...source(null),
            baseline: async () => baseline,
            replaceBaseline: async () => ({ ...baseline, id: 'b2' }),
            countWindows: async () => countWindowsOf({ ...baseline, id: expected }, []),
          },
          DAY_MS + HOUR_MS,
          catalog(),
        ),
        models: [{ ...defaultModel(key), baseline: configured }],
      },
    );
    expect(result?.scores[0]?.baselineId).toBe(expected);
  });

  it('forgets no window while it waits for a baseline', async () => {
    const result = await run(null, DAY_MS + HOUR_MS);
    expect(result?.scores).toEqual([]);
    expect(result?.next).toEqual({
      id: 'windows/acme/fraud',
      dueAtMs: DAY_MS + HOUR_MS + 60_000,
      lastRunMs: null,
    });
  });
});

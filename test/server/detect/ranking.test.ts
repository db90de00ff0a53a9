import { describe, expect, it } from 'vitest';
import { driftScores, type FeatureWindow } from '../../../server/detect/feature-scores.ts';
import { withRanking, type Ranking } from '../../../server/detect/ranking.ts';
import type { Reference } from '../../../server/detect/references.ts';
import { scoreAgain } from '../../../server/explain/again.ts';
import { SCORERS } from '../../../server/explain/scorers.ts';
import type { Baseline, Score } from '../../../server/model.ts';
import { defaultModel } from '../../../server/config.ts';
import type { Comparison } from '../../../server/settings.ts';
import { PARAMETERS } from './context.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const END_MS = Date.UTC(2026, 5, 10);
const key = { tenant: 'acme', model: 'fraud' };
const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };
const counted = (known: readonly number[]) => ({ known, sides: NO_SIDES });
const layout = { kind: 'category', values: ['low', 'high'], rare: [] } as const;
const EVEN = counted([5000, 5000, 0]);

/** A window in which features stand as given; each stood evenly in the baseline. */
function windowOf(features: Readonly<Record<string, readonly number[]>>, comparison: Comparison = 'fixed') {
  const names = Object.keys(features);
  const baseline = {
    ...key,
    id: 'b1',
    layouts: Object.fromEntries(names.map((name) => [name, layout])),
    counts: Object.fromEntries(names.map((name) => [name, EVEN])),
  } as unknown as Baseline;
  const input: FeatureWindow = {
    key,
    baseline,
    window: { fromMs: END_MS - HOUR_MS, toMs: END_MS },
    blocks: [Object.fromEntries(names.map((name) => [name, counted(features[name] ?? [])]))],
    versions: {},
    unmonitored: [],
    parameters: PARAMETERS.all.drift,
  };
  const reference: Reference = {
    comparison,
    season: 'whole',
    baselineId: 'b1',
    text: 'the training rows',
    counts: baseline.counts,
    calibrations: {},
  };
  return { input, reference };
}

interface Given {
  readonly features: Readonly<Record<string, readonly number[]>>;
  readonly comparison?: Comparison;
  readonly importance?: Readonly<Record<string, number>>;
  readonly errors?: Awaited<ReturnType<Ranking['source']['errorCells']>>;
  readonly before?: readonly Score[];
}

async function rankedOf({ features, comparison, importance = {}, errors = {}, before = [] }: Given) {
  const asked: object[] = [];
  const { input, reference } = windowOf(features, comparison);
  const { scores, documents } = await withRanking(driftScores(input, reference), {
    source: {
      errorCells: async (query) => {
        asked.push(query);
        return errors;
      },
    },
    input,
    reference,
    settings: { ...defaultModel(key).drift, importance },
    parameters: PARAMETERS.all.ranking,
    history: async (query) => {
      asked.push(query);
      return before;
    },
  });
  const impacts = scores.map(({ subject, evidence }) => [subject, evidence.numbers?.['impact']] as const);
  return { scores, documents, asked, impacts: Object.fromEntries(impacts) };
}

/** Stored scores of the hours before, of features that moved as given. */
const past = (statistics: Readonly<Record<string, readonly number[]>>): readonly Score[] =>
  Object.entries(statistics).flatMap(([subject, own]) =>
    own.map((statistic, index) => {
      const windowToMs = END_MS - (own.length - index) * HOUR_MS;
      return {
        subject,
        windowToMs,
        detector: 'drift',
        evidence: { text: '', numbers: { statistic } },
      } as unknown as Score;
    }),
  );

describe('the ranking of what drifted', () => {
  it('reads nothing and adds nothing while no feature has drifted', async () => {
    const { scores, asked } = await rankedOf({ features: { amount: [505, 495, 0], fee: [500, 500, 0] } });
    expect(asked).toEqual([]);
    expect(scores.map(({ detector }) => detector)).toEqual(['drift', 'drift']);
  });

  it('tells a feature that drifted alone its impact, and looks for nothing that moves with it', async () => {
    const { scores, asked, impacts } = await rankedOf({
      features: { amount: [800, 200, 0], fee: [500, 500, 0] },
    });
    expect(scores.map(({ detector, subject }) => `${detector} ${subject}`)).toEqual([
      'drift amount',
      'drift fee',
      'impact ',
    ]);
    expect(impacts['amount']).toBe(scores[0]?.value);
    expect(impacts['fee']).toBeUndefined();
    expect(asked).toEqual([
      {
        ...key,
        fromMs: END_MS - HOUR_MS - 28 * DAY_MS,
        toMs: END_MS - HOUR_MS,
        columns: [{ name: 'amount', layout }],
      },
    ]);
  });

  it('ranks neither the prediction nor its score', async () => {
    const { scores } = await rankedOf({ features: { $prediction: [800, 200, 0], $score: [800, 200, 0] } });
    expect(scores.map(({ subject }) => subject)).toEqual(['$prediction', '$score']);
  });

  it('goes by what the owner says of importance', async () => {
    const features = { amount: [800, 200, 0], fee: [700, 300, 0] };
    const { scores, impacts } = await rankedOf({ features, importance: { amount: 0.1, fee: 5 } });
    expect(impacts['fee']).toBeCloseTo(5 * (scores[1]?.value ?? 0), 12);
    expect(scores.find(({ detector }) => detector === 'impact')?.evidence.text).toMatch(
      /^by effect and importance: fee .*, amount /,
    );
  });

  it('goes by what each does to the error where labels tell', async () => {
    const errors = {
      amount: [
        { rows: 1000, sum: 100, squares: 100 },
        { rows: 1000, sum: 100, squares: 100 },
        { rows: 0, sum: 0, squares: 0 },
      ],
      fee: [
        { rows: 1000, sum: 200, squares: 200 },
        { rows: 1000, sum: 0, squares: 0 },
        { rows: 0, sum: 0, squares: 0 },
      ],
    };
    const features = { amount: [900, 100, 0], fee: [700, 300, 0] };
    const { impacts } = await rankedOf({ features, errors });
    // A fifth of the rows came to a cell with 20 % errors from one with none: .04, drawn to the mean by 30 rows of 1030.
    expect(impacts['fee']).toBeCloseTo((0.2 * 0.1 + 0.2 * 0.1) * (1000 / 1030), 12);
    expect(impacts['amount']).toBeCloseTo(0, 12);
  });

  it('names the features that have moved together, not one that had moved before by itself', async () => {
    const features = { amount: [800, 200, 0], fee: [790, 210, 0], hour: [700, 300, 0] };
    const windows = PARAMETERS.all.ranking.comovingWindows;
    const swing = Array.from({ length: windows }, (_, index) => (index % 3) + 1);
    const against = Array.from({ length: windows }, (_, index) => 300 * (((index * 7) % 5) + 1));
    const before = past({ amount: swing, fee: swing.map((one) => 2 * one), hour: against });
    const { scores, asked } = await rankedOf({ features, before });
    expect(scores.slice(0, 3).map(({ evidence }) => evidence.together)).toEqual([
      ['fee'],
      ['amount'],
      undefined,
    ]);
    expect(scores.find(({ detector }) => detector === 'co-moving')?.evidence.text).toContain('amount, fee');
    expect(asked[1]).toEqual({
      ...key,
      detector: 'drift',
      fromMs: END_MS - 2 * windows * HOUR_MS,
      toMs: END_MS - HOUR_MS,
    });
  });

  it('says how many windows it needs before it tells what moves together', async () => {
    const features = { amount: [800, 200, 0], fee: [790, 210, 0] };
    const { scores } = await rankedOf({ features, before: past({ amount: [1, 2], fee: [1, 2] }) });
    expect(scores[0]?.evidence.together).toBeUndefined();
    expect(scores.find(({ detector }) => detector === 'co-moving')?.why).toMatch(
      /^needs \d+ windows, has 3$/,
    );
  });

  it('keeps the answers of two comparisons apart', async () => {
    const features = { amount: [800, 200, 0], fee: [790, 210, 0] };
    const ids = async (comparison: Comparison) =>
      (await rankedOf({ features, comparison })).scores
        .filter(({ subject }) => subject === '')
        .map(({ detector }) => detector);
    const [fixed, moving] = [await ids('fixed'), await ids('moving')];
    expect(fixed).toHaveLength(2);
    expect(new Set([...fixed, ...moving]).size).toBe(4);
  });

  it.each(['fixed', 'moving'] as const)('is computed again bit for bit, %s', async (comparison) => {
    const features = { amount: [800, 200, 0], fee: [790, 210, 0] };
    const { scores, documents } = await rankedOf({ features, comparison });
    for (const [id, own] of scores.entries()) {
      const stored = { ...own, id, atMs: 0, verdicts: [] };
      const family = scores
        .filter(({ detector }) => detector === own.detector)
        .map((one) => ({ ...one, id: scores.indexOf(one), atMs: 0, verdicts: [] }));
      expect(scoreAgain({ score: stored, family, documents }, SCORERS)).toMatchObject({ differences: [] });
    }
  });
});

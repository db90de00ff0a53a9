import { describe, expect, it } from 'vitest';
import { DETECTOR_NAMES } from '../../../../server/explain/scorers.ts';
import type { Document } from '../../../../server/model.ts';
import type { BaselineEntry } from '../../../../server/ports.ts';
import { baselineCard } from '../../../../server/show/views/baseline-card.ts';
import { checksOf } from '../../../../server/show/views/checks.ts';
import { labelCharts } from '../../../../server/show/views/label-charts.ts';
import {
  BASELINE,
  DAY_MS,
  entryOf,
  HOUR_MS,
  KEY,
  modelSettings,
  NOW_MS,
  RULES,
  scoreOf,
} from '../fixtures.ts';

const NOTHING = new Map<string, Document>();

function documentsOf(parts: Readonly<Record<string, unknown>>) {
  return {
    inputs: Object.fromEntries(Object.keys(parts).map((part) => [part, part])),
    documents: new Map(Object.entries(parts).map(([id, part]) => [id, { id, body: JSON.stringify(part) }])),
  };
}

describe('checks beside drift', () => {
  const base = { latest: [], history: [], rules: RULES, detectors: DETECTOR_NAMES };

  it('tell a detector nobody has heard of like any other', () => {
    const shown = [scoreOf({ detector: 'shape-of-things', subject: '', value: 4 })];
    expect(checksOf({ ...base, shown })).toMatchObject([
      { title: 'shape-of-things', unit: '', about: 'feed', level: 'within', value: 4, limit: null },
    ]);
  });

  it('leave out what is told elsewhere', () => {
    const shown = ['drift', 'drift-moving', 'fairness-gap', 'burn-rate-page', 'absence'].map((detector) =>
      scoreOf({ detector }),
    );
    expect(checksOf({ ...base, shown })).toEqual([]);
  });

  it('take what labels tell from the latest, whatever window is shown', () => {
    const early = { windowFromMs: NOW_MS - 9 * DAY_MS, windowToMs: NOW_MS - 8 * DAY_MS };
    const latest = [
      scoreOf({ detector: 'target-drift', subject: '', ...early }),
      scoreOf({ detector: 'volume', subject: '', ...early }),
    ];
    expect(checksOf({ ...base, shown: [], latest }).map(({ detector, about }) => [detector, about])).toEqual([
      ['target-drift', 'labels'],
    ]);
  });

  it('judge the lower end where the rule does, and put what is over its limit first', () => {
    const error = {
      ...RULES[2]!,
      id: 'error',
      detector: 'error-change',
      ticket: { atLeast: 0.2, use: 'lower' },
    };
    const shown = [
      scoreOf({ detector: 'missing-rate', value: null, why: 'needs 30 rows, has 8' }),
      scoreOf({ detector: 'missing-rate', subject: 'age', value: 2 }),
    ];
    const latest = [
      scoreOf({ detector: 'error-change', subject: '', value: 0.5, lower: 0.1, isSignificant: true }),
    ];
    const told = checksOf({ ...base, rules: [...RULES, error as (typeof RULES)[number]], shown, latest });
    expect(told.map(({ detector, level }) => [detector, level])).toEqual([
      ['missing-rate', 'ticket'],
      ['missing-rate', 'undecided'],
      ['error-change', 'within'],
    ]);
    expect(told[1]?.why).toBe('needs 30 rows, has 8');
  });
});

describe('what labels draw', () => {
  it('is the error by day, and when it rose only if chance does not explain it', () => {
    const hour = (index: number) => ({
      fromMs: NOW_MS + index * HOUR_MS,
      rows: 10,
      errors: index < 24 ? 1 : 2,
    });
    const { inputs, documents } = documentsOf({
      'hours[0]': Array.from({ length: 24 }, (_, index) => hour(index)),
      'hours[1]': [hour(24)],
    });
    const numbers = { sinceMs: NOW_MS + DAY_MS };
    const score = scoreOf({
      detector: 'error-change',
      subject: '',
      inputs,
      isSignificant: true,
      evidence: { text: '', numbers },
    });
    expect(labelCharts([score], documents).error).toEqual({
      unit: 'share',
      sinceMs: NOW_MS + DAY_MS,
      days: [
        { fromMs: NOW_MS, rows: 240, value: 0.1 },
        { fromMs: NOW_MS + DAY_MS, rows: 10, value: 0.2 },
      ],
    });
    const quiet = { ...score, isSignificant: false };
    expect(labelCharts([quiet], documents).error?.sinceMs).toBeNull();
  });

  it('is how often scores came true, bin by bin', () => {
    const cell = (scoreCell: number, label: string, rows: number, mean: number) => ({
      scoreCell,
      label,
      rows,
      scoreSum: rows * mean,
      scoreSquareSum: rows * mean * mean,
    });
    const { inputs, documents } = documentsOf({
      scoreLayout: { kind: 'number', edges: [0.5], min: 0, max: 1 },
      positive: 'yes',
      baseline: [cell(0, 'no', 90, 0.1), cell(0, 'yes', 10, 0.1)],
      current: [cell(0, 'no', 50, 0.1), cell(0, 'yes', 50, 0.1)],
    });
    const score = scoreOf({ detector: 'calibration-error', subject: '', inputs });
    const { reliability } = labelCharts([score], documents);
    expect(reliability?.before).toMatchObject([{ rows: 100, share: 0.1 }]);
    expect(reliability?.now).toMatchObject([{ rows: 100, share: 0.5 }]);
    expect(reliability?.now[0]?.score).toBeCloseTo(0.1);
  });

  it('is nothing where nothing is stored', () => {
    expect(labelCharts([scoreOf({ detector: 'error-change', subject: '' })], NOTHING)).toEqual({
      error: null,
      reliability: null,
    });
  });
});

describe('the baseline card', () => {
  const facts = { ...KEY, settings: modelSettings({ unmonitored: ['note'] }), entry: entryOf() };
  const { layouts: _layouts, counts: _counts, ...frozen } = BASELINE;
  const entry: BaselineEntry = { ...frozen, features: 1, cells: 12, isCurrent: true };
  const base = { facts, shown: [], documents: NOTHING };

  it.each([
    [{ kind: 'first', rows: 5000 }, 'Needs 5,000 predictions, has 1,000.'],
    [{ kind: 'reference', minRows: 200 }, 'Needs 200 reference rows, has 0.'],
    [{ kind: 'uploaded', set: 'train' }, 'Needs the set train to be uploaded: ./leeway baseline import.'],
  ] as const)('without one says what %j waits for', (baseline, waiting) => {
    const settings = modelSettings({ baseline });
    const card = baselineCard({ ...base, facts: { ...facts, settings }, baselines: [] });
    expect(card).toMatchObject({ current: null, waiting });
  });

  it('tells who chose it, what was before, and what is not judged', () => {
    const choice = { by: 'ada', atMs: NOW_MS, instead: null, withdrawnAtMs: null };
    const earlier = { ...entry, id: 'base-0', isCurrent: false };
    const shown = [scoreOf({ subject: 'country' })];
    const card = baselineCard({ ...base, shown, baselines: [{ ...entry, choice }, earlier] });
    expect(card).toMatchObject({
      current: { id: 'base-1', description: 'the first 5,000 predictions', chosenBy: 'ada' },
      waiting: null,
      before: [{ id: 'base-0' }],
      unmonitored: ['note'],
      unknown: ['amount'],
    });
  });

  it('says how many features are not calibrated', () => {
    const { inputs, documents } = documentsOf({ parameters: { leastWindows: 5 } });
    const evidence = (calibrated: number) => ({
      text: '',
      against: 'the first rows, 2 to 3 May, all its windows',
      numbers: { calibrated, windows: calibrated === 1 ? 9 : 2 },
    });
    const shown = [
      scoreOf({ inputs, evidence: evidence(0) }),
      scoreOf({ subject: 'b', inputs, evidence: evidence(1) }),
    ];
    const card = baselineCard({ ...base, shown, documents, baselines: [entry] });
    expect(card.comparisons).toEqual([
      {
        comparison: 'fixed',
        text: 'the first rows, 2 to 3 May, all its windows',
        why: null,
        features: 2,
        uncalibrated: 1,
        windows: 9,
        leastWindows: 5,
      },
    ]);
  });
});

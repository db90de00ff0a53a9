import { describe, expect, it } from 'vitest';
import { feedScores, type FeedWindow } from '../../../server/detect/feed.ts';
import type { Baseline } from '../../../server/model.ts';
import type { QualityCounts } from '../../../server/ports.ts';
import { PARAMETERS } from './context.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONDAY_MS = Date.UTC(2026, 5, 1);
const key = { tenant: 'acme', model: 'fraud' };
const sides = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };
const of = (rows: number) => ({ known: [rows, 0], sides });
const baseline = {
  ...key,
  id: 'b1',
  rows: 2000,
  layouts: {
    amount: { kind: 'number', edges: [1], min: 0, max: 2 },
    $prediction: { kind: 'number', edges: [1], min: 0, max: 2 },
  },
  counts: { amount: of(2000), $prediction: of(2000) },
} as unknown as Baseline;

const step = (fromMs: number, rows: number, changes: Partial<QualityCounts> = {}): QualityCounts => ({
  fromMs,
  rows,
  repeatedIds: 0,
  violations: [],
  ...changes,
});
/** Hours from a Monday on: 400 rows by day, 100 by night, each a little different. */
const hours = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    step(MONDAY_MS + index * HOUR_MS, (index % 24 < 8 ? 100 : 400) + ((index * 7) % 13)),
  );
const wrong = (rows: number) => ({ violations: [{ feature: 'amount', kind: 'wrong_kind', rows }] as const });

function judged(
  changes: Partial<FeedWindow> & Pick<FeedWindow, 'history'>,
  hour = changes.history.length - 1,
) {
  const fromMs = MONDAY_MS + hour * HOUR_MS;
  const { scores } = feedScores({
    key,
    baseline,
    window: { fromMs, toMs: fromMs + HOUR_MS },
    versions: {},
    unmonitored: [],
    current: { amount: of(400), $prediction: of(400) },
    unknown: [],
    episodes: [],
    seasonWeeks: 4,
    parameters: PARAMETERS.all.quality,
    ...changes,
  });
  return (detector: string, subject = '') =>
    scores.find((score) => score.detector === detector && score.subject === subject);
}

describe('the volume of a window', () => {
  const past = hours(14 * 24 + 12);

  it('is judged by windows of its own time of the day', () => {
    expect(judged({ history: past })('volume')?.value).toBeLessThan(1);
    const night = [...past.slice(0, -1), step(MONDAY_MS + (past.length - 1) * HOUR_MS, 100)];
    expect(judged({ history: night })('volume')?.value).toBeGreaterThan(1);
  });

  it('is nothing at all when no row came, and that is told', () => {
    const none = past.slice(0, -1);
    expect(judged({ history: none }, past.length - 1)('volume')).toMatchObject({ rows: 0 });
    expect(judged({ history: none }, past.length - 1)('volume')?.value).toBeGreaterThan(1);
  });

  it('does not learn from an outage that was an incident', () => {
    const out = { fromMs: MONDAY_MS + 3 * DAY_MS, toMs: MONDAY_MS + 10 * DAY_MS };
    const silent = past.filter(({ fromMs }) => fromMs < out.fromMs || fromMs >= out.toMs);
    const half = [...silent.slice(0, -1), step(MONDAY_MS + (past.length - 1) * HOUR_MS, 160)];
    const hour = past.length - 1;
    expect(judged({ history: half, episodes: [out] }, hour)('volume')?.value).toBeGreaterThan(1);
    expect(judged({ history: half }, hour)('volume')?.value).toBeLessThan(1);
  });

  it('says what it needs while there is little past', () => {
    expect(judged({ history: hours(4) })('volume')?.why).toMatch(/^needs \d+ windows/);
  });
});

describe('ids that repeat', () => {
  it('are a share of all that came, against the windows before', () => {
    const past = hours(20);
    const last = step(MONDAY_MS + 20 * HOUR_MS, 300, { repeatedIds: 100 });
    expect(judged({ history: [...past, last] })('duplicate-ids')).toMatchObject({
      rows: 400,
      value: expect.any(Number),
    });
    expect(judged({ history: [...past, last] })('duplicate-ids')?.value).toBeGreaterThan(1);
    expect(judged({ history: past })('duplicate-ids')?.value).toBeLessThan(1);
  });
});

describe('values of another kind', () => {
  const past = hours(20);
  const at = MONDAY_MS + 20 * HOUR_MS;

  it('are told of the feature, and of none that never had any', () => {
    const score = judged({ history: [...past, step(at, 400, wrong(60))] });
    expect(score('type-mismatch', 'amount')?.value).toBeGreaterThan(1);
    expect(judged({ history: past })('type-mismatch', 'amount')).toBeUndefined();
  });

  it('are judged clean when they are over', () => {
    const history = [...past, step(at, 400, wrong(60)), step(at + HOUR_MS, 400)];
    expect(judged({ history })('type-mismatch', 'amount')?.value).toBeLessThan(1);
  });

  it('are no more than the rows of their window, whatever was counted', () => {
    const history = [...past, step(at, 100, wrong(160))];
    expect(judged({ history })('type-mismatch', 'amount')?.value).toBeGreaterThan(1);
    expect(
      judged({ history: [...past, step(at, 0, wrong(5))] })('type-mismatch', 'amount')?.value,
    ).toBeNull();
  });

  it('are not told of a feature that is not monitored', () => {
    const given = { history: [...past, step(at, 400, wrong(60))], unmonitored: ['amount'] };
    expect(judged(given)('type-mismatch', 'amount')).toBeUndefined();
  });
});

describe('the columns of a window', () => {
  const history = [...hours(20), step(MONDAY_MS + 20 * HOUR_MS, 400)];

  it.each([
    ['as they were', {}, 0],
    ['one gone', { current: { amount: { known: [0, 0], sides: { ...sides, missing: 400 } } } }, 1],
    ['one new', { unknown: [{ feature: 'fee', kind: 'number', rows: 400 }] }, 1],
    ['one new, of rows that came meanwhile', { unknown: [{ feature: 'fee', kind: 'number', rows: 412 }] }, 1],
    ['one new in few rows', { unknown: [{ feature: 'fee', kind: 'number', rows: 1 }] }, 0],
  ])('%s', (_name, changes, value) => {
    expect(judged({ history, ...changes })('schema-change')?.value).toBe(value);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Score } from '../../server/model.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, startFlow, type Flow } from './appliance.ts';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'fraud' };
const TRAINING_HOURS = 120;

type Value = string | number | null | undefined;

/** What each feature is in its n-th row: in training and the first day, and from the second day on. */
const FEATURES: Readonly<Record<string, (row: number, isLater: boolean) => Value>> = {
  constant: () => 5,
  neverThere: () => null,
  goneMissing: (row, isLater) => (isLater ? null : row % 50),
  categories: (row) => `c${(row * 7919) % 1000}`,
  turnsText: (row, isLater) => (isLater ? 'low' : row % 50),
  huge: (row) => [1e300, -1e308, 5e-324, 0, 1.7e308][row % 5],
  negative: (row) => -((row * 31) % 97) * 1e-7,
  identifier: (row, isLater) => `${isLater ? 'b' : 'a'}${row}`,
  appears: (row, isLater) => (isLater ? row % 3 : undefined),
  vanishes: (row, isLater) => (isLater ? undefined : row % 9),
  steady: (row) => ['a', 'b', 'c'][row % 3],
};

let flow: Flow;
let rows = 0;

function rowsOf(fromMs: number, count: number, { isLater = false, dataset = 'production' } = {}) {
  return Array.from({ length: count }, (_, index) => {
    const row = rows++;
    const features = Object.entries(FEATURES).map(([name, value]) => [name, value(row, isLater)]);
    return {
      model: 'fraud',
      version: 'v1',
      id: `row-${row}`,
      time: fromMs + Math.floor((index * HOUR_MS) / count),
      dataset,
      features: Object.fromEntries(features) as object,
      value: row % 5 ? 'ok' : 'fraud',
      score: (row % 100) / 100,
    };
  });
}

async function day(number: number, hours: number, options?: { readonly isLater: boolean }): Promise<void> {
  const fromMs = START_MS + number * DAY_MS;
  for (let hour = 0; hour < hours; hour += 1) {
    await flow.send(rowsOf(fromMs + hour * HOUR_MS, 60, options));
    await flow.until(fromMs + (hour + 1) * HOUR_MS);
  }
  await flow.until(fromMs + DAY_MS + 20 * MINUTE_MS, 20 * MINUTE_MS);
}

/** What one detector says of one feature on a day: why it says nothing, or its sentence. */
async function sentence(number: number, detector: string, subject = ''): Promise<string | undefined> {
  const fromMs = START_MS + number * DAY_MS;
  const scores = await flow.control.scores({ ...KEY, detector, fromMs, toMs: fromMs + DAY_MS });
  return told(scores.find((score) => score.subject === subject && score.windowFromMs === fromMs));
}

function told(score: Score | undefined): string | undefined {
  return score === undefined ? undefined : (score.why ?? score.evidence.text);
}

beforeAll(async () => {
  flow = await startFlow(START_MS, { silentAfterMs: 5 * DAY_MS });
  const training = Array.from({ length: TRAINING_HOURS }, (_, hour) => START_MS - (hour + 1) * HOUR_MS);
  for (const hour of training) await flow.send(rowsOf(hour, 60, { dataset: 'reference' }));
  await day(0, 24);
  await day(1, 24, { isLater: true });
  await day(2, 0);
  await flow.send(rowsOf(START_MS + 3 * DAY_MS, 1, { isLater: true }));
  await flow.until(START_MS + 4 * DAY_MS + 20 * MINUTE_MS);
  await day(4, 24, { isLater: true });
}, 120_000);
afterAll(() => flow.close());

const [NORMAL, LATER, EMPTY, ONE_ROW, AGAIN] = [0, 1, 2, 3, 4] as const;

describe('what is said of a feature that is not as features are', () => {
  it.each([
    ['a constant', NORMAL, 'drift', 'constant', 'constant: no cell moved by a tenth of a point'],
    ['a constant', NORMAL, 'constant-value', 'constant', 'it stood still in the baseline too'],
    ['one that was never there is no feature', NORMAL, 'drift', 'neverThere', undefined],
    [
      'one that is all missing',
      LATER,
      'drift',
      'goneMissing',
      'needs 108 rows in known cells, has 0; 1440 missing',
    ],
    [
      'one that is all missing',
      LATER,
      'missing-rate',
      'goneMissing',
      'goneMissing is missing in 100.0 % of rows',
    ],
    [
      'one of a thousand categories',
      NORMAL,
      'unseen-rate',
      'categories',
      'categories has a value never seen before in 0.0 % of rows',
    ],
    [
      'numbers that turn to text',
      LATER,
      'type-mismatch',
      'turnsText',
      'turnsText is no number as expected in 100.0 % of rows, 0.0 % in the baseline',
    ],
    [
      'columns that came, went and changed',
      LATER,
      'schema-change',
      '',
      'gone: goneMissing, vanishes; new: appears; of another kind: turnsText',
    ],
    ['numbers of every size', NORMAL, 'drift', 'huge', 'huge: no cell moved by a tenth of a point'],
    [
      'numbers of every size',
      NORMAL,
      'range-rate',
      'huge',
      'huge is outside the range ever seen in 0.0 % of rows',
    ],
    [
      'tiny negative numbers',
      NORMAL,
      'range-rate',
      'negative',
      'negative is outside the range ever seen in 0.0 % of rows',
    ],
    [
      'an identifier',
      LATER,
      'drift',
      'identifier',
      'needs 50 rows in known cells, has 0; 1440 never seen before',
    ],
    [
      'an identifier',
      LATER,
      'unseen-rate',
      'identifier',
      'nearly every value is a new one, as in an identifier or free text; list it under unmonitored',
    ],
    [
      'an identifier',
      LATER,
      'constant-value',
      'identifier',
      'nearly every value is a new one, as in an identifier',
    ],
    ['one that comes later has no cells', LATER, 'drift', 'appears', undefined],
    ['one that vanishes', LATER, 'drift', 'vanishes', 'needs 50 rows in known cells, has 0; 1440 missing'],
    [
      'one that vanishes',
      LATER,
      'lost-rate',
      'vanishes',
      'at least 99.7 % of vanishes cannot be compared with the baseline (missing 100.0 %)',
    ],
    ['a window of one row', ONE_ROW, 'drift', 'steady', 'needs 50 rows in known cells, has 1'],
    ['a window of one row', ONE_ROW, 'missing-rate', 'steady', 'needs 30 rows, has 1'],
    ['an empty window', EMPTY, 'drift', 'steady', 'needs 50 rows in known cells, has 0'],
    ['an empty window', EMPTY, 'missing-rate', 'steady', 'no rows'],
    ['an empty window', EMPTY, 'schema-change', '', 'needs 30 rows, has 0'],
    [
      'the window after an empty one',
      AGAIN,
      'drift',
      'steady',
      'steady: no cell moved by a tenth of a point',
    ],
  ] as const)('%s (day %i, %s of %s)', async (_name, number, detector, subject, expected) => {
    expect(await sentence(number, detector, subject)).toBe(expected);
  });

  it('opens alerts of what broke alone, each page with its cause, and keeps them over the empty window', async () => {
    const alerts = await flow.control.alerts(KEY);
    expect(alerts.map(({ rule, subject, state }) => `${rule} ${subject} ${state}`).toSorted()).toEqual([
      'columns-changed  firing',
      'feature-lost goneMissing firing',
      'feature-lost turnsText firing',
      'feature-lost vanishes firing',
      ...['goneMissing', 'turnsText', 'vanishes'].map((subject) => `missing-values ${subject} firing`),
      'wrong-kind turnsText firing',
    ]);
    const pages = alerts.filter(({ severity }) => severity === 'page');
    expect(pages.every(({ evidence }) => (evidence.cause ?? '') !== '')).toBe(true);
  });

  it('logs no failure', () => {
    expect(flow.errors).toEqual([]);
  });
});

describe('input that is about nothing', () => {
  it('from the future is refused in words, and counted nowhere', async () => {
    const [row] = rowsOf(flow.nowMs() + 30 * DAY_MS, 1);
    const reply = await flow.telemetry.ingest({
      tenant: 'acme',
      route: 'predictions',
      protocol: 'json',
      encoding: 'identity',
      body: new TextEncoder().encode(JSON.stringify([row])),
      receivedAtMs: flow.nowMs(),
    });
    expect(reply.accepted.predictions).toBe(0);
    expect(reply.rejected[0]?.message).toContain(
      "more than 60 minutes ahead; check the sender's clock and unit.",
    );
    const windows = await flow.telemetry.countWindows({
      key: KEY,
      fromMs: START_MS + 300 * DAY_MS,
      toMs: START_MS + 302 * DAY_MS,
      windowMs: DAY_MS,
      dataset: 'production',
    });
    expect([...windows.rows]).toEqual([]);
  });

  it('a baseline without rows is none', async () => {
    const fromMs = START_MS - 300 * DAY_MS;
    const source = { kind: 'period', fromMs, toMs: fromMs + DAY_MS } as const;
    const chosen = { key: KEY, source, instead: null, actor: 'ada', nowMs: flow.nowMs() };
    expect(await flow.telemetry.chooseBaseline(chosen)).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await sentence(AGAIN, 'drift', 'steady')).toBe('steady: no cell moved by a tenth of a point');
  });

  it('a model whose every row failed is told by its budget, not by drift', async () => {
    const other = await startFlow(START_MS);
    const failed = (fromMs: number) =>
      rowsOf(fromMs, 60).map(({ value: _value, score: _score, ...row }) => ({ ...row, error: 'timeout' }));
    const hours = Array.from({ length: TRAINING_HOURS }, (_, hour) => START_MS - (hour + 1) * HOUR_MS);
    for (const hour of hours) await other.send(rowsOf(hour, 60, { dataset: 'reference' }));
    for (let hour = 0; hour < 24; hour += 1) {
      await other.send(failed(START_MS + hour * HOUR_MS));
      await other.until(START_MS + (hour + 1) * HOUR_MS);
    }
    await other.until(START_MS + DAY_MS + 20 * MINUTE_MS);
    const alerts = await other.control.alerts(KEY);
    expect([...new Set(alerts.map(({ rule }) => rule))].toSorted()).toEqual(['burn-page', 'burn-ticket']);
    const range = { fromMs: START_MS, toMs: START_MS + DAY_MS };
    const scores = await other.control.scores({ ...KEY, detector: 'drift', ...range });
    expect(told(scores.find(({ subject }) => subject === '$prediction'))).toBe(
      'needs 50 rows in known cells, has 0; 1440 missing',
    );
    expect(other.errors).toEqual([]);
    await other.close();
  }, 60_000);

  it('a clock that jumps a month ahead pages of silence alone, and every window says that it has no rows', async () => {
    const before = new Set((await flow.control.alerts(KEY)).map(({ id }) => id));
    await flow.until(flow.nowMs() + 30 * DAY_MS, 30 * DAY_MS);
    const fresh = (await flow.control.alerts(KEY)).filter(({ id }) => !before.has(id));
    expect(fresh.filter(({ severity }) => severity === 'page').map(({ rule }) => rule)).toEqual(['no-data']);
    expect(await sentence(20, 'drift', 'steady')).toBe('needs 50 rows in known cells, has 0');
    expect(flow.errors).toEqual([]);
  });
});

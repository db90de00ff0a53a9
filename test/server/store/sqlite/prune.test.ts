import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bench, DAY, HOUR, MINUTE, score, T0, type Bench } from '../../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const KEY = { tenant: 'acme', model: 'delay' };

/** A burn of the minute; `value` null: no traffic. */
const burn = (minute: number, value: number | null = 0, detector = 'burn-rate-page') =>
  score(0, value, {
    detector,
    subject: 'availability',
    windowFromMs: T0 + minute * MINUTE - 6 * HOUR,
    windowToMs: T0 + minute * MINUTE,
  });
const minutes = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Beats until there is nothing more to remove. */
async function prune(nowMs: number): Promise<void> {
  for (let beat = 0; beat < 10; beat += 1) await b.control.runTimers(nowMs);
}

const ends = async (detector: string) =>
  (await b.control.scores({ ...KEY, detector, fromMs: 0, toMs: T0 + 999 * DAY }))
    .map((one) => (one.windowToMs - T0) / MINUTE)
    .toReversed();

function rows(table: string): number {
  const file = new DatabaseSync(join(b.folder, 'control.sqlite'), { readOnly: true });
  const row = file.prepare(`SELECT count(*) AS rows FROM ${table}`).get();
  file.close();
  return Number(row?.['rows']);
}

it('of minute scores two days stay whole, then the last of each hour, then nothing but the newest', async () => {
  const nowMs = T0 + 72 * HOUR;
  await b.control.judge(
    minutes(72 * 60).map((minute) => burn(minute)),
    nowMs,
  );
  await prune(nowMs);
  const kept = await ends('burn-rate-page');
  const hourly = minutes(24).map((hour) => hour * 60 + 59);
  expect(kept).toEqual([...hourly, ...minutes(48 * 60).map((minute) => 24 * 60 + minute)]);
  expect(rows('levels')).toBe(kept.length);
  expect(await b.control.counters()).toMatchObject({ scores: 72 * 60 });

  await prune(nowMs + 91 * DAY);
  expect(await ends('burn-rate-page')).toEqual([72 * 60 - 1]);
  expect(await b.control.latestScores(KEY)).toHaveLength(1);
  expect(await b.control.counters()).toMatchObject({ scores: 72 * 60 });
});

it('a beat removes a bounded number, and the next goes on', async () => {
  const scores = ['burn-rate-page', 'burn-rate-ticket'].flatMap((detector) =>
    minutes(72 * 60).map((minute) => burn(minute, 0, detector)),
  );
  const nowMs = T0 + 30 * DAY;
  await b.control.judge(scores, nowMs);
  await b.control.runTimers(nowMs);
  expect(rows('scores')).toBe(scores.length - 2_000);
  await prune(nowMs);
  expect(rows('scores')).toBe(2 * 72);
});

it('what is scored after an hour was thinned is thinned in its turn, once an hour', async () => {
  await b.control.judge(
    minutes(60).map((minute) => burn(minute)),
    T0 + HOUR,
  );
  await prune(T0 + 49 * HOUR);
  expect(await ends('burn-rate-page')).toEqual([59]);
  await b.control.judge(
    minutes(60).map((minute) => burn(60 + minute)),
    T0 + 49 * HOUR,
  );
  await prune(T0 + 50 * HOUR - 1);
  expect(await ends('burn-rate-page')).toHaveLength(61);
  await prune(T0 + 50 * HOUR);
  expect(await ends('burn-rate-page')).toEqual([59, 119]);
});

it('scores of windows stay 400 days', async () => {
  await b.control.judge(
    [1, 2, 3, 4, 5, 6].map((day) => score(day, 0.01)),
    T0 + 6 * DAY,
  );
  await prune(T0 + 401 * DAY);
  expect(await ends('drift')).toHaveLength(6);
  await prune(T0 + 402 * DAY);
  expect(await ends('drift')).toHaveLength(5);
});

it('the levels that the next verdict needs survive whatever their age, those without data do not', async () => {
  const values = [0.01, 0.01, 0.15, null, null, null];
  const scored = values.map((value, index) => score(index + 1, value));
  await b.control.judge([...scored, score(7, 0.01, { subject: 'Carrier' })], T0 + 7 * DAY);
  const nowMs = T0 + 1000 * DAY;
  await prune(nowMs);
  const left = await b.control.scores({ ...KEY, subject: 'Distance', fromMs: 0, toMs: nowMs });
  expect(left.map((one) => one.value)).toEqual([null, 0.15, 0.01, 0.01]);
  await b.control.judge([score(1000, 0.15)], nowMs);
  expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toMatchObject([{ severity: 'ticket' }]);
});

const document = (id: string) => ({ id, body: `{"id":"${id}"}` });
const kept = async (...ids: string[]) => (await b.control.documents(ids)).map(({ id }) => id);

it('documents go when the last window that names them is gone, not before', async () => {
  const named = (day: number, change: object) =>
    b.control.judge([score(day, 0.01, change)], T0 + 600 * DAY, ['always', `of ${day}`].map(document));
  for (const day of [1, 2, 3, 4, 5, 6, 400])
    await named(day, { inputs: { baseline: 'always', current: `of ${day}` } });
  await prune(T0 + 402 * DAY);
  expect(await kept('always', 'of 1', 'of 2', 'of 400')).toEqual(['always', 'of 1', 'of 2', 'of 400']);
  await prune(T0 + 405 * DAY);
  expect(await kept('always', 'of 1', 'of 2', 'of 3', 'of 4', 'of 400')).toEqual([
    'always',
    'of 4',
    'of 400',
  ]);
});

it('every document that a kept score names is there, in whatever order windows are scored and pruned', async () => {
  const days = fc.integer({ min: 1, max: 30 }).map((step) => step * 20);
  const scored = fc.record({ day: days, part: fc.integer({ min: 0, max: 5 }), sent: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(scored, { minLength: 1, maxLength: 20 }), days, async (steps, laterDays) => {
      const own = await bench();
      try {
        for (const { day, part, sent } of steps) {
          const id = `part ${part}`;
          const isThere = (await own.control.documents([id])).length === 1;
          const documents = sent || !isThere ? [document(id)] : [];
          await own.control.judge([score(day, 0.01, { inputs: { current: id } })], T0 + day * DAY, documents);
          for (let beat = 0; beat < 3; beat += 1) await own.control.runTimers(T0 + day * DAY);
        }
        const lastMs = T0 + (Math.max(...steps.map(({ day }) => day)) + laterDays) * DAY;
        for (let beat = 0; beat < 3; beat += 1) await own.control.runTimers(lastMs);
        const left = await own.control.scores({ ...KEY, fromMs: 0, toMs: lastMs });
        for (const { inputs } of left)
          expect(await own.control.documents(Object.values(inputs ?? {}))).toHaveLength(1);
      } finally {
        await own.end();
      }
    }),
    { numRuns: 15 },
  );
});

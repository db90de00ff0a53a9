import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREDICTION, SCORE } from '../../../../server/model.ts';
import type { BaselineSource } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import type { ModelSettings } from '../../../../server/settings.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import {
  ALL_TIME,
  DAY_MS,
  jsonRequest,
  KEY,
  LIMITS,
  MODEL,
  NOW,
  scratch,
  sendPredictions,
} from './support.ts';

const MINUTE_MS = 60_000;
/** An upload of reference rows received at NOW is over by then. */
const QUIET = NOW + 5 * MINUTE_MS;

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;
let models: readonly ModelSettings[];

beforeEach(async () => {
  home = scratch();
  models = [MODEL];
  telemetry = await buildTelemetry({ folder: home.folder, limits: LIMITS, models });
});
afterEach(async () => {
  await telemetry.close();
  home.remove();
});

async function restart(): Promise<void> {
  await telemetry.close();
  telemetry = await buildTelemetry({ folder: home.folder, limits: LIMITS, models });
}

const row = (index: number, given: object = {}) => ({
  model: KEY.model,
  version: 'v1',
  id: `p${index}`,
  time: NOW - index * MINUTE_MS,
  features: { hour: index % 24, distance: 100 + ((index * 37) % 400), origin: 'ABC'[index % 3] },
  value: index % 5 === 0 ? 'late' : 'on time',
  score: (index % 10) / 10,
  durationMs: 40,
  protected: { region: ['west', 'south'][index % 2] },
  ...given,
});
const rows = (from: number, to: number, given: object = {}) =>
  Array.from({ length: to - from }, (_, index) => row(from + index, given));

const total = async () => (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0]?.rows;

describe('repeats', () => {
  it('of a request change nothing and are told as repeated', async () => {
    await sendPredictions(telemetry, rows(0, 10));
    const reply = await sendPredictions(telemetry, rows(0, 10));
    expect(reply).toMatchObject({ status: 'ok', accepted: { predictions: 10 }, repeated: 10 });
    expect(await total()).toBe(10);
  });

  it('of a request that is still being stored change nothing', async () => {
    const replies = await Promise.all([1, 2, 3].map(() => sendPredictions(telemetry, rows(0, 10))));
    expect(replies.map(({ repeated }) => repeated).toSorted((a, b) => a - b)).toEqual([0, 10, 10]);
    expect(await total()).toBe(10);
  });

  it('of a request are known after a restart', async () => {
    const label = jsonRequest({ model: KEY.model, id: 'p1', value: 'late' }, { route: 'labels' });
    await sendPredictions(telemetry, rows(0, 10));
    await telemetry.ingest(label);
    await restart();
    expect(await sendPredictions(telemetry, rows(0, 10))).toMatchObject({ repeated: 10 });
    const again = jsonRequest({ model: KEY.model, id: 'p1', value: 'late' }, { route: 'labels' });
    expect(await telemetry.ingest(again)).toMatchObject({ accepted: { labels: 1 }, repeated: 1 });
    expect(await telemetry.catalog()).toMatchObject([{ predictions: 10, labels: 1 }]);
  });

  it('of a request are known for exactly ten minutes, also after a restart', async () => {
    const body = () => ({ model: KEY.model, id: 'p1', value: 'late' });
    const label = (receivedAtMs: number) =>
      telemetry.ingest(jsonRequest(body(), { route: 'labels', receivedAtMs }));
    await label(NOW);
    expect(await label(NOW + 10 * MINUTE_MS)).toMatchObject({ repeated: 1 });
    await restart();
    expect(await label(NOW + 10 * MINUTE_MS)).toMatchObject({ repeated: 1 });
    expect(await label(NOW + 10 * MINUTE_MS + 1)).toMatchObject({ repeated: 0 });
    expect(await label(NOW + 20 * MINUTE_MS)).toMatchObject({ repeated: 1 });
    expect(await telemetry.catalog()).toMatchObject([{ labels: 2 }]);
  });

  it('of an event that says neither who nor when are events of their own, every hour and at once', async () => {
    const event = () => ({ model: 'fraud', features: { channel: 'web' }, value: 'ok' });
    for (let hour = 0; hour < 72; hour += 1)
      await telemetry.ingest(jsonRequest(event(), { receivedAtMs: NOW + hour * 3_600_000 }));
    const lastMs = NOW + 72 * 3_600_000;
    await Promise.all([0, 1].map(() => telemetry.ingest(jsonRequest(event(), { receivedAtMs: lastMs }))));
    expect(await telemetry.catalog()).toMatchObject([
      { predictions: 74, lastEventMs: lastMs, lastReceivedMs: lastMs },
    ]);
  });

  it.each([
    ['a time', { time: NOW }, undefined, 1],
    ['a name of the request', {}, 'batch-1', 1],
    ['an empty id', { id: '' }, undefined, 2],
    ['nothing', {}, undefined, 2],
  ])('of a row that has %s', async (_name, given, idempotencyKey, stored) => {
    const request = () =>
      jsonRequest(
        { model: KEY.model, value: 'late', ...given },
        { ...(idempotencyKey !== undefined && { idempotencyKey }) },
      );
    await telemetry.ingest(request());
    await telemetry.ingest(request());
    expect(await total()).toBe(stored);
  });

  it('of a request with the same bytes by another tenant are another request', async () => {
    await sendPredictions(telemetry, rows(0, 1));
    const other = jsonRequest(rows(0, 1), { tenant: 'other' });
    expect(await telemetry.ingest(other)).toMatchObject({ repeated: 0, accepted: { predictions: 1 } });
    expect(await telemetry.catalog()).toHaveLength(2);
  });

  it('of a prediction id in another request count once, also after a restart', async () => {
    await sendPredictions(telemetry, rows(0, 10));
    expect(await sendPredictions(telemetry, rows(5, 15))).toMatchObject({
      accepted: { predictions: 10 },
      repeated: 5,
    });
    await restart();
    expect(await sendPredictions(telemetry, rows(5, 16))).toMatchObject({ repeated: 10 });
    expect(await total()).toBe(16);
  });

  it('of rows without an id are rows of their own', async () => {
    const bare = rows(0, 1, { id: null });
    await sendPredictions(telemetry, bare);
    await sendPredictions(telemetry, [...bare, ...bare]);
    expect(await total()).toBe(3);
  });
});

describe('a baseline', () => {
  const sources: readonly (readonly [string, BaselineSource, object])[] = [
    ['reference rows', { kind: 'reference', minRows: 100 }, { dataset: 'reference' }],
    ['the first rows', { kind: 'first', rows: 100 }, {}],
    ['a period', { kind: 'period', fromMs: NOW - 100 * MINUTE_MS, toMs: NOW - MINUTE_MS / 2 }, {}],
  ];

  it.each(sources)('is frozen from %s, with its own counts', async (_name, source, given) => {
    await sendPredictions(telemetry, rows(0, 140, given));
    const baseline = await telemetry.freezeBaseline(KEY, source, QUIET);
    expect(baseline?.rows).toBe(source.kind === 'reference' ? 140 : 100);
    expect(Object.keys(baseline?.layouts ?? {}).toSorted()).toEqual(
      [PREDICTION, SCORE, 'distance', 'hour', 'origin'].toSorted(),
    );
    for (const counts of Object.values(baseline?.counts ?? {})) {
      expect(counts.known.reduce((sum, one) => sum + one, 0)).toBe(baseline?.rows);
      expect(Object.values(counts.sides)).toEqual([0, 0, 0, 0, 0]);
    }
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('of the first rows takes the earliest by the time they tell, whatever came first', async () => {
    const stray = rows(0, 1, { id: 'stray', time: NOW + MINUTE_MS });
    await sendPredictions(telemetry, stray);
    await sendPredictions(telemetry, rows(0, 140).toReversed());
    const baseline = await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
    const times = rows(0, 140).map(({ time }) => time);
    const first = times.toSorted((one, two) => one - two).slice(0, 100);
    expect(baseline).toMatchObject({ rows: 100, fromMs: first[0], toMs: (first[99] ?? 0) + 1 });
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('is the same when it is asked for again, also after a restart', async () => {
    await sendPredictions(telemetry, rows(0, 120));
    const first = await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
    const second = await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 50 }, NOW + 1);
    expect(second).toEqual(first);
    await restart();
    expect(await telemetry.baseline(KEY)).toEqual(first);
  });

  it.each<readonly [string, BaselineSource, number]>([
    ['too few reference rows', { kind: 'reference', minRows: 1000 }, NOW],
    ['too few first rows', { kind: 'first', rows: 1000 }, NOW],
    ['a period that is not over', { kind: 'period', fromMs: NOW - DAY_MS, toMs: NOW + 1 }, NOW],
    ['a period without rows', { kind: 'period', fromMs: 0, toMs: 1 }, NOW],
  ])('waits for %s', async (_name, source, nowMs) => {
    await sendPredictions(telemetry, rows(0, 120));
    expect(await telemetry.freezeBaseline(KEY, source, nowMs)).toBeNull();
    expect(await telemetry.baseline(KEY)).toBeNull();
  });

  it('of reference rows waits until five minutes after the last of them came', async () => {
    const source: BaselineSource = { kind: 'reference', minRows: 50 };
    const freeze = (nowMs: number) => telemetry.freezeBaseline(KEY, source, nowMs);
    await sendPredictions(telemetry, rows(0, 60, { dataset: 'reference' }));
    expect(await freeze(NOW + 1)).toBeNull();
    await sendPredictions(telemetry, rows(60, 120, { dataset: 'reference' }), NOW + 4 * MINUTE_MS);
    await sendPredictions(telemetry, rows(120, 130), NOW + 9 * MINUTE_MS);
    expect(await freeze(NOW + 9 * MINUTE_MS - 1)).toBeNull();
    expect(await freeze(NOW + 9 * MINUTE_MS)).toMatchObject({ rows: 120, source });
  });

  it('is replaced by one of another source: a new layout, and every row counted again', async () => {
    await sendPredictions(telemetry, rows(0, 120));
    await sendPredictions(telemetry, rows(120, 160, { dataset: 'reference', features: { hour: 30 } }));
    const first = await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, QUIET);
    const source: BaselineSource = { kind: 'reference', minRows: 40 };
    expect(await telemetry.replaceBaseline(KEY, { ...source, minRows: 41 }, QUIET)).toBeNull();
    expect(await telemetry.baseline(KEY)).toEqual(first);

    const ask = () => telemetry.counts({ ...KEY, ...ALL_TIME });
    const told = [await ask()];
    const replacing = { over: false };
    const reading = (async () => {
      while (!replacing.over) told.push(await ask());
    })();
    const second = await telemetry.replaceBaseline(KEY, source, QUIET);
    replacing.over = true;
    await reading;
    expect(second).toMatchObject({ source, rows: 40, createdAtMs: QUIET });
    expect(second?.id).not.toBe(first?.id);
    expect(Object.keys(second?.layouts ?? {})).not.toContain('distance');
    expect(await telemetry.recount(KEY)).toEqual([]);
    const [before, after] = [told[0], await ask()];
    expect(after[0]?.features['hour']).toMatchObject({ sides: { below_min: 120 } });
    for (const one of told) expect([before, after]).toContainEqual(one);

    await sendPredictions(telemetry, rows(160, 180));
    await restart();
    expect(await telemetry.baseline(KEY)).toEqual(second);
    expect(await telemetry.recount(KEY)).toEqual([]);
    expect(await telemetry.replaceBaseline(KEY, source, QUIET + 1)).toEqual(second);
  });

  it('is null for a model nobody has sent', async () => {
    expect(await telemetry.replaceBaseline(KEY, { kind: 'first', rows: 1 }, NOW)).toBeNull();
    expect(await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 1 }, NOW)).toBeNull();
  });

  it('counts what was stored before and what comes after alike', async () => {
    await sendPredictions(telemetry, rows(0, 120));
    await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
    const before = (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0];
    await sendPredictions(telemetry, rows(120, 240));
    const after = (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0];
    expect(before?.features[PREDICTION]?.known).toEqual([96, 24, 0]);
    expect(after?.features[PREDICTION]?.known).toEqual([192, 48, 0]);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('counts missing, non-finite, new, low and high values in cells of their own', async () => {
    await sendPredictions(telemetry, rows(0, 120));
    await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
    const odd = [{ hour: null }, { hour: -5 }, { hour: 99 }, { origin: 'Z' }, {}];
    await sendPredictions(
      telemetry,
      odd.map((features, index) => row(500 + index, { features })),
    );
    const counts = await telemetry.counts({
      ...KEY,
      fromMs: NOW - 600 * MINUTE_MS,
      toMs: NOW - 490 * MINUTE_MS,
    });
    expect(counts[0]?.features['hour']?.sides).toEqual({
      missing: 3,
      non_finite: 0,
      below_min: 1,
      above_max: 1,
      unseen: 0,
    });
    expect(counts[0]?.features['origin']?.sides).toMatchObject({ missing: 4, unseen: 1 });
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('tells its own windows', async () => {
    await sendPredictions(telemetry, rows(0, 200, { dataset: 'reference' }));
    await sendPredictions(telemetry, rows(200, 300));
    await telemetry.freezeBaseline(KEY, { kind: 'reference', minRows: 100 }, QUIET);
    const range = { fromMs: NOW - DAY_MS, toMs: NOW + DAY_MS };
    const windows = await telemetry.countWindows({
      key: KEY,
      ...range,
      windowMs: 60 * MINUTE_MS,
      dataset: 'baseline',
    });
    expect([...windows.rows].reduce((sum, count) => sum + count, 0)).toBe(200);
    expect([...windows.rows].slice(1, -1)).toEqual([60, 60, 60]);
  });
});

describe('counts', () => {
  it('are asked by time, version and group', async () => {
    await sendPredictions(telemetry, rows(0, 100));
    await sendPredictions(telemetry, rows(100, 130, { version: 'v2', protected: undefined }));
    await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
    const rowsOf = async (query: object) =>
      (await telemetry.counts({ ...KEY, ...ALL_TIME, ...query })).map((one) => [one.group, one.rows]);
    expect(await rowsOf({})).toEqual([[null, 130]]);
    expect(await rowsOf({ version: 'v2' })).toEqual([[null, 30]]);
    expect(await rowsOf({ version: 'v3' })).toEqual([[null, 0]]);
    expect(await rowsOf({ by: { attribute: 'region' } })).toEqual([
      ['unknown', 30],
      ['west', 50],
      ['south', 50],
    ]);
    expect(await rowsOf({ by: { attribute: 'age' } })).toEqual([]);
    expect(await rowsOf({ fromMs: NOW - 10 * MINUTE_MS, toMs: NOW })).toEqual([[null, 10]]);
  });

  it('name the first 20 values of a group, the rest are other; segments are groups, too', async () => {
    const regions = Array.from({ length: 25 }, (_, index) =>
      row(index, { protected: undefined, segments: { region: `r${index}` } }),
    );
    await sendPredictions(telemetry, regions);
    const groups = await telemetry.counts({ ...KEY, ...ALL_TIME, by: { attribute: 'region' } });
    expect(groups).toHaveLength(21);
    expect(groups.find(({ group }) => group === 'other')?.rows).toBe(5);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('of production leave reference and shadow rows out', async () => {
    await sendPredictions(telemetry, [
      row(1),
      row(2, { dataset: 'reference' }),
      row(3, { dataset: 'shadow' }),
    ]);
    expect(await total()).toBe(1);
    expect(await telemetry.catalog()).toMatchObject([{ predictions: 1, referenceRows: 1 }]);
    expect(await telemetry.volume({ key: KEY, ...ALL_TIME, stepMs: DAY_MS })).toEqual([
      { fromMs: NOW - DAY_MS / 2, version: 'v1', rows: 1 },
    ]);
  });

  it('by a group that was configured later cover the rows that were stored before', async () => {
    await sendPredictions(telemetry, rows(0, 40, { segments: { shop: 's1' } }));
    await telemetry.freezeBaseline(KEY, { kind: 'first', rows: 20 }, NOW);
    models = [{ ...MODEL, groups: ['region', 'shop', 'never seen'] }];
    await restart();
    const by = async (attribute: string) =>
      (await telemetry.counts({ ...KEY, ...ALL_TIME, by: { attribute } })).map((one) => [
        one.group,
        one.rows,
      ]);
    expect(await by('shop')).toEqual([['s1', 40]]);
    expect(await by('never seen')).toEqual([['unknown', 40]]);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('of a model without any rows are nothing', async () => {
    const nobody = { tenant: 'acme', model: 'nobody' };
    expect(await telemetry.counts({ ...nobody, ...ALL_TIME })).toEqual([
      { group: null, rows: 0, features: {} },
    ]);
    expect(await telemetry.recount(nobody)).toEqual([]);
  });
});

describe('objectives', () => {
  it('count errors and absent values as bad, and slow answers among those that were timed', async () => {
    await sendPredictions(telemetry, [
      row(1),
      row(2, { error: 'Timeout', value: null }),
      row(3, { value: null }),
      row(4, { durationMs: 101 }),
      row(5, { durationMs: 100 }),
      row(6, { durationMs: null }),
      row(7, { dataset: 'reference', error: 'x' }),
    ]);
    const windows = await telemetry.sloWindows({ key: KEY, toMs: NOW, windowsMs: [DAY_MS, 4.5 * MINUTE_MS] });
    expect(windows).toMatchObject([
      { slo: 'answers', windowMs: DAY_MS, good: 4, bad: 2 },
      { slo: 'answers', windowMs: 4.5 * MINUTE_MS, good: 2, bad: 2 },
      { slo: 'fast', windowMs: DAY_MS, good: 2, bad: 1, excluded: 3 },
      { slo: 'fast', windowMs: 4.5 * MINUTE_MS, good: 1, bad: 1, excluded: 2 },
    ]);
    const steps = await telemetry.sloCounts({
      key: KEY,
      slo: 'answers',
      fromMs: NOW - 10 * MINUTE_MS,
      toMs: NOW,
      stepMs: MINUTE_MS,
    });
    expect(steps.map(({ fromMs, good, bad }) => [(NOW - fromMs) / MINUTE_MS, good, bad])).toEqual([
      [6, 1, 0],
      [5, 1, 0],
      [4, 1, 0],
      [3, 0, 1],
      [2, 0, 1],
      [1, 1, 0],
    ]);
  });
});

describe('kinds', () => {
  it('are those of the first values; other ones keep their row and are counted', async () => {
    await sendPredictions(telemetry, [
      row(1, { features: { n: 1, c: 'x', b: true, later: null } }),
      row(2, { features: { n: 'one', c: 5, b: 'yes', later: 2 } }),
      row(3, { features: { n: true, c: false, b: false } }),
    ]);
    const [model] = await telemetry.catalog();
    expect(model?.features).toEqual([
      { name: 'n', kind: 'number', kindViolations: 2 },
      { name: 'c', kind: 'category', kindViolations: 2 },
      { name: 'b', kind: 'boolean', kindViolations: 1 },
      { name: 'later', kind: 'number', kindViolations: 0 },
    ]);
    await restart();
    expect((await telemetry.catalog())[0]?.features).toEqual(model?.features);
    expect(await total()).toBe(3);
  });

  it('of features beyond the limit refuse only the rows that have them', async () => {
    const narrow = scratch();
    const limits = { ...LIMITS, maxFeatures: 3, maxModelsPerTenant: 1 };
    const small = await buildTelemetry({ folder: narrow.folder, limits, models });
    try {
      await sendPredictions(small, [row(1)]);
      const reply = await sendPredictions(small, [row(2), row(3, { features: { fourth: 1 } })]);
      expect(reply).toMatchObject({
        accepted: { predictions: 1 },
        rejected: [{ reason: 'too_many_features', count: 1 }],
      });
      const other = await sendPredictions(small, [row(4), row(5, { model: 'second' })]);
      expect(other).toMatchObject({
        accepted: { predictions: 1 },
        rejected: [{ reason: 'too_many_models', count: 1 }],
      });
      const labelled = await sendPredictions(small, [row(6, { model: 'third', label: 'late', id: 'six' })]);
      expect(labelled.rejected).toMatchObject([{ reason: 'too_many_models', count: 1 }]);
    } finally {
      await small.close();
      narrow.remove();
    }
  });
});

describe('the time received', () => {
  it('is the time of a row without one, also where the clock has fractions', async () => {
    expect(await sendPredictions(telemetry, [row(1, { time: null })], NOW + 0.25)).toMatchObject({
      accepted: { predictions: 1 },
    });
    expect(await telemetry.catalog()).toMatchObject([{ lastEventMs: NOW, lastReceivedMs: NOW + 0.25 }]);
  });
});

describe('the catalogue', () => {
  it('is the same after a restart', async () => {
    await sendPredictions(telemetry, [...rows(0, 50), ...rows(50, 70, { version: 'v2' })]);
    const before = await telemetry.catalog();
    await restart();
    expect(await telemetry.catalog()).toEqual(before);
    expect(before).toMatchObject([
      {
        ...KEY,
        predictions: 70,
        lastEventMs: NOW,
        lastReceivedMs: NOW,
        versions: [
          { version: 'v1', predictions: 50, lastEventMs: NOW, firstEventMs: NOW - 49 * MINUTE_MS },
          { version: 'v2', predictions: 20 },
        ],
      },
    ]);
  });
});

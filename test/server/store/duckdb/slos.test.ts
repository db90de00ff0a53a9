import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelSettings, SloSettings } from '../../../../server/settings.ts';
import { Subject } from './subject.ts';
import { DAY_MS, KEY, MODEL, NOW } from './support.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const period = { periodMs: 28 * DAY_MS, thresholdMs: null };
const availability: SloSettings = { id: 'answers', kind: 'availability', target: 0.99, ...period };
const cost: SloSettings = {
  id: 'spend',
  kind: 'cost',
  target: 0,
  ...period,
  monthly: 100,
  currency: 'USD',
  timeZone: 'UTC',
};
const quality: SloSettings = {
  id: 'right',
  kind: 'quality',
  target: 0.9,
  ...period,
  tolerance: null,
  minCoverage: 0.8,
};
const drift: SloSettings = {
  id: 'stable',
  kind: 'drift',
  target: 0.95,
  ...period,
  threshold: 0.2,
  minRows: 100,
  features: null,
  against: 'fixed',
  sliceMs: HOUR_MS,
};

let subject: Subject;
afterEach(() => subject.end());

async function opened(slos: readonly SloSettings[], given: Partial<ModelSettings> = {}): Promise<Subject> {
  subject = await new Subject({ models: [{ ...MODEL, ...given, slos }] }).open();
  return subject;
}

/** The same folder with other objectives. */
async function reopened(slos: readonly SloSettings[]): Promise<void> {
  await subject.store.close();
  const next = await new Subject({ models: [{ ...MODEL, slos }], folder: subject.home.folder }).open();
  next.home.remove();
  subject = Object.assign(next, { home: subject.home });
}

async function day(slo: string) {
  const [row] = await subject.store.sloWindows({ key: KEY, slos: [slo], toMs: NOW, windowsMs: [DAY_MS] });
  return row;
}

const at = (minutesAgo: number) => NOW - minutesAgo * MINUTE_MS;

describe('availability', () => {
  it("leaves the caller's own errors out, and counts them", async () => {
    await opened([{ ...availability, exclude: ['invalid_request', '4*'] }]);
    await subject.send([
      { id: 'a', time: at(5) },
      { id: 'b', time: at(5), error: 'invalid_request', value: null },
      { id: 'c', time: at(5), error: '404 not found', value: null },
      { id: 'd', time: at(5), error: '500', value: null },
      { id: 'e', time: at(5), value: null, features: { x: 1 } },
    ]);
    expect(await day('answers')).toMatchObject({ good: 1, bad: 2, excluded: 2, sinceMs: at(5) });
  });

  it('counts rows that came before it was configured, and anew what means something else', async () => {
    await opened([]);
    await subject.send([
      { id: 'a', time: at(5) },
      { id: 'b', time: at(700), error: 'mine', value: null },
    ]);
    await reopened([availability]);
    expect(await day('answers')).toMatchObject({ good: 1, bad: 1, excluded: 0, sinceMs: at(700) });
    await reopened([{ ...availability, exclude: ['mine'] }]);
    expect(await day('answers')).toMatchObject({ good: 1, bad: 0, excluded: 1 });
    await subject.send([{ id: 'c', time: at(4), error: 'mine', value: null }]);
    expect(await day('answers')).toMatchObject({ good: 1, bad: 0, excluded: 2 });
  });

  it('counts a request once that is sent again, and a late row in its own minute', async () => {
    await opened([availability]);
    await subject.send([{ id: 'a', time: at(5) }]);
    await subject.send([{ id: 'a', time: at(5) }]);
    await subject.send([{ id: 'b', time: at(600), error: 'x', value: null }]);
    const steps = await subject.store.sloCounts({
      key: KEY,
      slo: 'answers',
      fromMs: NOW - DAY_MS,
      toMs: NOW,
      stepMs: MINUTE_MS,
    });
    expect(steps).toMatchObject([
      { fromMs: at(600), good: 0, bad: 1 },
      { fromMs: at(5), good: 1, bad: 0 },
    ]);
  });
});

describe('latency', () => {
  it('leaves out and counts what failed and what told no time', async () => {
    await opened([{ id: 'fast', kind: 'latency', target: 0.99, ...period, thresholdMs: 100 }]);
    await subject.send([
      { id: 'a', time: at(5), durationMs: 100 },
      { id: 'b', time: at(5), durationMs: 101 },
      { id: 'c', time: at(5), durationMs: null },
      { id: 'd', time: at(5), durationMs: 500, error: 'x', value: null },
    ]);
    expect(await day('fast')).toMatchObject({ good: 1, bad: 1, excluded: 2 });
  });
});

describe('cost', () => {
  it('sums exactly, in one currency, and counts what told no price', async () => {
    await opened([cost]);
    await subject.send([
      ...Array.from({ length: 10 }, (_, index) => ({
        id: `p${index}`,
        time: at(5),
        cost: 0.1,
        currency: 'USD',
      })),
      { id: 'plain', time: at(5), cost: 0.000_000_2 },
      { id: 'euro', time: at(5), cost: 5, currency: 'EUR' },
      { id: 'none', time: at(5) },
    ]);
    expect(await day('spend')).toMatchObject({ good: 11, bad: 0, excluded: 2, nanos: 1_000_000_200 });
  });
});

const row = fc.record({
  minutesAgo: fc.integer({ min: 1, max: 3000 }),
  failed: fc.constantFrom(null, 'mine', 'theirs'),
  empty: fc.boolean(),
  durationMs: fc.option(fc.integer({ min: 0, max: 300 })),
  cost: fc.option(fc.double({ min: 0, max: 20, noNaN: true })),
  currency: fc.option(fc.constantFrom('USD', 'EUR')),
});

describe('counting as rows come, and again from stored rows,', () => {
  it('gives the same integers', { timeout: 60_000 }, async () => {
    const slos: readonly SloSettings[] = [
      { ...availability, exclude: ['mine'] },
      { id: 'fast', kind: 'latency', target: 0.99, ...period, thresholdMs: 100 },
      cost,
      { ...cost, id: 'any', currency: null },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
        await opened(slos);
        const sent = rows.map(({ minutesAgo, failed, empty, durationMs, cost: paid, currency }, index) => ({
          id: `r${index}`,
          time: at(minutesAgo),
          features: { x: 1 },
          ...(failed !== null && { error: failed }),
          value: empty || failed !== null ? null : 1,
          ...(durationMs !== null && { durationMs }),
          ...(paid !== null && { cost: paid }),
          ...(currency !== null && { currency }),
        }));
        await subject.send(sent);
        const read = () =>
          subject.store.sloWindows({ key: KEY, toMs: NOW, windowsMs: [HOUR_MS, DAY_MS, 3 * DAY_MS] });
        const live = await read();
        // As if every objective had meant something else before.
        await subject.raw("UPDATE slo_definitions SET definition = 'other'");
        expect(await read()).toEqual(live);
        await subject.end();
      }),
      { numRuns: 8 },
    );
    await opened([]);
  });
});

describe('quality', () => {
  const predictions = [
    { id: 'a', time: at(120), value: 'ok' },
    { id: 'b', time: at(120), value: 'fraud' },
    { id: 'c', time: at(120), value: 'ok' },
    { id: 'd', time: at(600), value: 'ok' },
  ];

  it('is counted by the time of predictions, and changes with every label', async () => {
    await opened([quality], { task: 'multiclass' });
    await subject.send(predictions);
    await subject.label([
      { id: 'a', value: 'ok' },
      { id: 'b', value: 'ok' },
    ]);
    await subject.store.labels.resolveLabels(NOW, 100);
    expect(await day('right')).toMatchObject({ good: 1, bad: 1, excluded: 0, waiting: 2 });
    await subject.label([
      { id: 'b', value: 'fraud' },
      { id: 'd', value: 'other class' },
    ]);
    await subject.store.labels.resolveLabels(NOW, 100);
    expect(await day('right')).toMatchObject({ good: 2, bad: 1, excluded: 0, waiting: 1 });
    const steps = await subject.store.sloCounts({
      key: KEY,
      slo: 'right',
      fromMs: NOW - DAY_MS,
      toMs: NOW,
      stepMs: HOUR_MS,
    });
    expect(steps.map(({ good, bad, waiting }) => [good, bad, waiting])).toEqual([
      [0, 1, 0],
      [2, 0, 1],
    ]);
  });

  it('knows a class whether it is told as a number or as true and false', async () => {
    await opened([quality]);
    await subject.send([
      { id: 'a', time: at(120), value: true },
      { id: 'b', time: at(120), value: false },
    ]);
    await subject.label([
      { id: 'a', value: 1 },
      { id: 'b', value: 1 },
    ]);
    await subject.store.labels.resolveLabels(NOW, 100);
    expect(await day('right')).toMatchObject({ good: 1, bad: 1, waiting: 0 });
  });

  it('of a regression is how far predictions are off', async () => {
    await opened([{ ...quality, tolerance: 10 }], { task: 'regression' });
    await subject.send([
      { id: 'a', time: at(120), value: 100 },
      { id: 'b', time: at(120), value: 100 },
      { id: 'c', time: at(120), value: 100 },
    ]);
    await subject.label([
      { id: 'a', value: 110 },
      { id: 'b', value: 89 },
      { id: 'c', value: 100 },
    ]);
    await subject.store.labels.resolveLabels(NOW, 100);
    expect(await day('right')).toMatchObject({ good: 2, bad: 1, waiting: 0 });
  });
});

describe('slices', () => {
  const slice = (hoursAgo: number, state: 'good' | 'bad' | 'unknown') =>
    ({ slo: 'stable', fromMs: NOW - hoursAgo * HOUR_MS, state }) as const;

  it('are written once, however often, and replaced where they change', async () => {
    await opened([drift]);
    await subject.send([{ id: 'a', time: at(5) }]);
    const put = (keep: boolean, ...slices: readonly ReturnType<typeof slice>[]) =>
      subject.store.slos.putSlices({ key: KEY, slices, keep });
    await put(false, slice(3, 'good'), slice(2, 'bad'), slice(1, 'unknown'));
    await put(false, slice(3, 'good'), slice(2, 'bad'), slice(1, 'unknown'));
    expect(await day('stable')).toMatchObject({ good: 1, bad: 1, excluded: 1 });
    await put(true, slice(3, 'bad'), slice(4, 'bad'));
    expect(await day('stable')).toMatchObject({ good: 1, bad: 2, excluded: 1 });
    await put(false, slice(3, 'bad'), slice(1, 'good'));
    expect(await day('stable')).toMatchObject({ good: 1, bad: 3, excluded: 0 });
    await subject.restart();
    expect(await day('stable')).toMatchObject({ good: 1, bad: 3, excluded: 0 });
  });

  it('go when the objective means something else', async () => {
    await opened([drift]);
    await subject.send([{ id: 'a', time: at(5) }]);
    await subject.store.slos.putSlices({ key: KEY, slices: [slice(2, 'bad')], keep: false });
    await reopened([{ ...drift, target: 0.9 }]);
    expect(await day('stable')).toMatchObject({ bad: 1 });
    await reopened([{ ...drift, threshold: 0.3 }]);
    expect(await day('stable')).toMatchObject({ bad: 0 });
  });
});

describe('totals', () => {
  it('never fall, whatever is deleted for its age', async () => {
    subject = await new Subject({
      models: [{ ...MODEL, slos: [availability] }],
      storage: { keepRowsMs: 90 * DAY_MS, keepCountsMs: 100 * DAY_MS, minFreeBytes: 0 },
    }).open();
    await subject.send([
      { id: 'a', time: NOW - 200 * DAY_MS },
      { id: 'b', time: NOW - 200 * DAY_MS, error: 'x', value: null },
      { id: 'c', time: at(5) },
    ]);
    const totals = [{ ...KEY, slo: 'answers', good: 2, bad: 1 }];
    expect(await subject.store.slos.sloTotals()).toEqual(totals);
    await subject.store.retain(NOW);
    await subject.store.retain(NOW + DAY_MS);
    expect(await subject.store.slos.sloTotals()).toEqual(totals);
    const range = { key: KEY, slo: 'answers', fromMs: 0, toMs: NOW, stepMs: MINUTE_MS };
    expect(await subject.store.sloCounts(range)).toHaveLength(1);
  });
});

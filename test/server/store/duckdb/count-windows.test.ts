import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Baseline } from '../../../../server/model.ts';
import type { CountWindowsQuery } from '../../../../server/ports.ts';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, KEY, NOW } from './support.ts';
import { walkedCells } from './walk.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FIVE_MS = 5 * MINUTE_MS;

interface Row {
  readonly id: string;
  readonly time: number;
  readonly version: string;
  readonly dataset: 'production' | 'reference';
  readonly features: { readonly n: number | null; readonly c: string | null };
}

/** Nine days of rows, some minutes apart, and a training set of the week before. */
const ROWS = Array.from({ length: 700 }, (_, at): Row => {
  const isReference = at < 100;
  return {
    id: `p${at}`,
    time: (isReference ? NOW - 20 * DAY_MS : NOW - 9 * DAY_MS) + ((at * 7919) % 12_960) * MINUTE_MS,
    version: at % 3 === 0 ? 'v1' : 'v2',
    dataset: isReference ? 'reference' : 'production',
    features: { n: at % 11 === 0 ? null : (at * 37) % 101, c: at % 13 === 0 ? null : `c${at % 5}` },
  };
});

const subject = new Subject();
let baseline: Baseline;

beforeAll(async () => {
  await subject.open();
  await subject.send(ROWS.slice(0, 300));
  const frozen = await subject.store.freezeBaseline(KEY, { kind: 'reference', minRows: 1 }, NOW + DAY_MS);
  baseline = frozen as Baseline;
  await subject.send(ROWS.slice(300));
});
afterAll(() => subject.end());

type Asked = Omit<CountWindowsQuery, 'key'>;

function isAsked(row: Row, asked: Asked): boolean {
  const bucketMs = Math.floor(row.time / FIVE_MS) * FIVE_MS;
  const startMs = startOf(row, asked);
  const { slot, windowMs, version, without = [] } = asked;
  return (
    row.dataset === (asked.dataset === 'baseline' ? 'reference' : 'production') &&
    bucketMs >= asked.fromMs &&
    bucketMs < asked.toMs &&
    (windowMs === null || startMs + windowMs <= asked.toMs) &&
    (version === undefined || row.version === version) &&
    (slot === undefined || (startMs - slot.atMs) % slot.everyMs === 0) &&
    !without.some(({ fromMs, toMs }) => bucketMs < toMs && bucketMs + FIVE_MS > fromMs)
  );
}

function startOf({ time }: Row, { fromMs, windowMs }: Asked): number {
  const bucketMs = Math.floor(time / FIVE_MS) * FIVE_MS;
  return windowMs === null ? fromMs : fromMs + Math.floor((bucketMs - fromMs) / windowMs) * windowMs;
}

/** The same by a walk over the rows. */
function walked(asked: Asked): unknown {
  const windows = Map.groupBy(
    ROWS.filter((row) => isAsked(row, asked)).toSorted((a, b) => a.time - b.time),
    (row) => startOf(row, asked),
  );
  return {
    baselineId: baseline.id,
    startsMs: Float64Array.from(windows.keys()),
    rows: Float64Array.from([...windows.values()].map(({ length }) => length)),
    cells: Float64Array.from([...windows.values()].flatMap((rows) => cellsOf(rows))),
  };
}

function cellsOf(rows: readonly Row[]): readonly number[] {
  return Object.entries(baseline.layouts).flatMap(([name, layout]) =>
    walkedCells(
      layout,
      rows.map(({ features }) => (name === 'n' ? features.n : name === 'c' ? features.c : 1)),
    ),
  );
}

const moment = fc.integer({ min: -22 * 288, max: 12 }).map((steps) => NOW + steps * FIVE_MS);
const span = fc.tuple(moment, moment).map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }));
const windows = fc
  .record({
    span,
    windowMs: fc.constantFrom(FIVE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS),
    every: fc.integer({ min: 1, max: 24 }),
    at: fc.integer({ min: -30, max: 30 }),
    dataset: fc.constantFrom('production', 'baseline'),
    version: fc.constantFrom('v1', 'never'),
    without: fc.array(span, { maxLength: 3 }),
    has: fc.record({
      windowMs: fc.boolean(),
      slot: fc.boolean(),
      version: fc.boolean(),
      without: fc.boolean(),
    }),
  })
  .map(({ span: { fromMs, toMs }, windowMs, every, at, dataset, version, without, has }): Asked => {
    const slot = { everyMs: every * windowMs, atMs: fromMs + at * windowMs };
    return {
      fromMs,
      toMs,
      dataset,
      windowMs: has.windowMs ? windowMs : null,
      ...(has.slot && has.windowMs && { slot }),
      ...(has.version && { version }),
      ...(has.without && { without }),
    };
  });

describe('windows of counts', () => {
  it('are what a walk over the rows finds, of any length, slot and version, without any ranges', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async (asked) => {
        expect(await subject.store.countWindows({ key: KEY, ...asked })).toEqual(walked(asked));
      }),
      { numRuns: 150 },
    );
  });

  it('add up to one sum over all of the time', async () => {
    const asked = { key: KEY, ...ALL_TIME, dataset: 'production' } as const;
    const hours = await subject.store.countWindows({ ...asked, windowMs: HOUR_MS });
    const whole = await subject.store.countWindows({ ...asked, windowMs: null });
    const width = whole.cells.length;
    const sum = Float64Array.from(whole.cells, (_, cell) =>
      hours.startsMs.reduce((total, _start, at) => total + (hours.cells[at * width + cell] ?? 0), 0),
    );
    expect(whole).toMatchObject({ startsMs: Float64Array.of(ALL_TIME.fromMs), rows: Float64Array.of(600) });
    expect(sum).toEqual(whole.cells);
  });

  it.each([
    ['of a model nobody has sent are none', { tenant: 'acme', model: 'unknown' }, ALL_TIME],
    ['in the future are none', KEY, { fromMs: NOW + 2 * DAY_MS, toMs: NOW + 30 * DAY_MS }],
    ['of a span that ends before it begins are none', KEY, { fromMs: NOW, toMs: NOW - DAY_MS }],
  ])('%s', async (_name, key, range) => {
    const asked = { key, ...range, windowMs: HOUR_MS, dataset: 'production' } as const;
    expect(await subject.store.countWindows(asked)).toMatchObject({ rows: new Float64Array(0) });
  });

  it.each([
    ['of no length', { windowMs: 0 }, 'five minutes or more'],
    ['with a slot of no length', { slot: { everyMs: 0, atMs: 0 } }, 'more than 0'],
    [
      'with a slot, but of no length of their own',
      { windowMs: null, slot: { everyMs: 1, atMs: 0 } },
      'length',
    ],
    ['from no time', { fromMs: NaN }, 'milliseconds'],
  ])('%s are refused in words', async (_name, wrong, words) => {
    const asked = { key: KEY, ...ALL_TIME, windowMs: HOUR_MS, dataset: 'production', ...wrong } as const;
    await expect(subject.store.countWindows(asked)).rejects.toThrow(words);
  });

  it('of whole hours stay what they are when counts are compacted to hours', async () => {
    const asked = { key: KEY, ...ALL_TIME, windowMs: 6 * HOUR_MS, dataset: 'production' } as const;
    const before = await subject.store.countWindows(asked);
    await subject.store.compact(NOW);
    expect(await subject.store.countWindows(asked)).toEqual(before);
  });
});

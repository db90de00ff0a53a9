import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadRequestError } from '../../../../server/errors.ts';
import { expectAlike } from './close.ts';
import { batchOf, DAY_MS, EVER, HOUR_MS, LATE, MINUTE_MS, MODELS, NOW } from './subject.ts';
import type { Home, Store, StoreUnderTest, Told } from './subject.ts';

const OF_N = { ...LATE, ...EVER };

/** Rows with feature n. */
const rowsOf = (values: readonly (number | null)[], given: Partial<Told> = {}): readonly Told[] =>
  values.map((n) => ({ value: 'late', ...given, features: { n } }));

/** Meanings that engines differ in, fixed here for every store: the nine points of the contract, one case each. */
export function describeSemantics({ name, home }: StoreUnderTest): void {
  let at: Home;
  let store: Store;
  beforeEach(async () => {
    at = home();
    store = await at.open(MODELS);
  });
  afterEach(async () => {
    await store.close();
    at.remove();
  });
  const send = (predictions: readonly Told[], receivedAtMs = NOW) =>
    store.append(batchOf({ predictions }, receivedAtMs));
  const summaryOf = async (edges: readonly number[], column = 'n') => {
    const [row] = await store.summarize({ ...OF_N, columns: [{ name: column, edges }] });
    return row?.columns[column];
  };

  describe(`${name}: fixed meanings`, () => {
    it('1. a value on an edge belongs to the bin below it', async () => {
      await send(rowsOf([1, 1.5, 2, 2.0000000000000004, 3, -7]));
      expect((await summaryOf([1, 2]))?.bins).toEqual([2, 2, 2]);
    });

    it('2. what is not finite is counted apart, and spoils neither bins nor sums', async () => {
      await send(rowsOf([NaN, Infinity, -Infinity, null, 2, 4]));
      expect(await summaryOf([0])).toEqual({
        bins: [0, 2],
        finite: 2,
        nulls: 1,
        nonFinite: 3,
        sum: 6,
        squareSum: 20,
        min: 2,
        max: 4,
      });
    });

    it('3. empty bins and empty answers are zeros, and what has no smallest value has none', async () => {
      const zeros = { finite: 0, nonFinite: 0, sum: 0, squareSum: 0, min: null, max: null };
      expect(await summaryOf([1, 2, 3])).toEqual({ bins: [0, 0, 0, 0], nulls: 0, ...zeros });
      await send(rowsOf([1, null]));
      const before = { ...OF_N, toMs: EVER.fromMs + 1, columns: [{ name: 'n', edges: [5] }] };
      expect(await store.summarize(before)).toEqual([
        { group: null, fromMs: EVER.fromMs, rows: 0, columns: { n: { bins: [0, 0], nulls: 0, ...zeros } } },
      ]);
      expect((await summaryOf([1, 2, 3]))?.bins).toEqual([1, 0, 0, 0]);
      expect((await summaryOf([]))?.bins).toEqual([1]);
      await send(rowsOf([null, null], { model: 'price' }));
      await send(rowsOf([1], { model: 'price', timeMs: NOW - DAY_MS }));
      const nulls = await store.summarize({
        tenant: 'acme',
        model: 'price',
        fromMs: NOW - HOUR_MS,
        toMs: NOW,
        columns: [{ name: 'n', edges: [1] }],
      });
      expect(nulls[0]?.columns['n']).toEqual({ bins: [0, 0], nulls: 2, ...zeros });
    });

    it('4. edges are taken to the last bit', async () => {
      const values = [0.1 + 0.2, 0.3, 0.1234, 5e-324, Number.MAX_VALUE, 123456789.12345678];
      await send(rowsOf(values));
      for (const edge of values) {
        const below = values.filter((value) => value <= edge).length;
        expect([edge, (await summaryOf([edge]))?.bins]).toEqual([edge, [below, values.length - below]]);
      }
    });

    it('5. counts are equal, and sums to a part in a thousand million', async () => {
      const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index) * 10 ** (index % 7));
      await send(rowsOf(values));
      const sum = values.reduce((total, value) => total + value, 0);
      const squareSum = values.reduce((total, value) => total + value * value, 0);
      const summary = await summaryOf([0]);
      expectAlike(summary?.sum, sum);
      expectAlike(summary?.squareSum, squareSum);
      expect(summary).toMatchObject({ finite: 1000, min: Math.min(...values), max: Math.max(...values) });
    });

    it('6. nothing is estimated: distinct values and the edges of a sample that holds all rows are exact', async () => {
      const texts = Array.from({ length: 3000 }, (_, index) => `value ${index % 1234}`);
      await send(texts.map((c, index) => ({ value: 'late', features: { c, n: index + 1 } })));
      const [row] = await store.categories({ ...OF_N, column: 'c', topK: 2 });
      expect(row).toEqual({
        group: null,
        fromMs: EVER.fromMs,
        rows: 3000,
        values: [
          { value: 'value 0', rows: 3 },
          { value: 'value 1', rows: 3 },
        ],
        other: 2994,
        nulls: 0,
        distinct: 1234,
      });
      expect(await store.proposeEdges({ ...OF_N, column: 'n', bins: 4, rows: 3000 })).toEqual([
        750, 1500, 2250,
      ]);
    });

    it('7. times are milliseconds of UTC, and windows hold their start but not their end', async () => {
      await send([-1, 0, 1, 999, 1000].map((ms) => ({ ...rowsOf([ms])[0], timeMs: NOW - HOUR_MS + ms })));
      const between = async (fromMs: number, toMs: number) =>
        (await store.summarize({ ...LATE, fromMs, toMs, columns: [] }))[0]?.rows;
      expect(await between(NOW - HOUR_MS, NOW - HOUR_MS + 1000)).toBe(3);
      expect(await between(NOW - HOUR_MS, NOW - HOUR_MS + 1)).toBe(1);
      expect(await between(NOW - HOUR_MS, NOW - HOUR_MS)).toBe(0);
      expect(await between(-9e15, 9e15)).toBe(5);
      const steps = await store.summarize({ ...OF_N, columns: [], stepMs: MINUTE_MS });
      expect(steps.map(({ fromMs, rows }) => [fromMs - NOW + HOUR_MS, rows])).toEqual([
        [-MINUTE_MS, 1],
        [0, 4],
      ]);
    });

    it('8. answers are plain values that any thread, wire or file can carry', async () => {
      await store.append(
        batchOf({
          predictions: [{ id: 'a', value: 'late', score: 0.5, features: { n: 1, c: 'x' }, label: 'late' }],
        }),
      );
      await store.resolveLabels(NOW, 10);
      const answers = [
        await store.summarize({ ...OF_N, columns: [{ name: 'n', edges: [1] }] }),
        await store.categories({ ...OF_N, column: 'c', topK: 1 }),
        await store.sample({ ...OF_N, columns: ['n', 'c'], rows: 1 }),
        await store.listPredictions({ ...OF_N, limit: 1 }),
        await store.outcomeCounts(OF_N),
        await store.labelDelays(OF_N),
        await store.coverageByAge({ ...LATE, nowMs: NOW, agesMs: [0, DAY_MS] }),
        await store.freshness([LATE]),
        await store.dirtyBuckets(0),
        await store.recountOutcomes(LATE),
      ];
      expect(JSON.parse(JSON.stringify(answers))).toEqual(answers);
    });

    it('9. a sample is the same at every ask, and a smaller one is the beginning of a larger one', async () => {
      for (let from = 0; from < 400; from += 100)
        await send(rowsOf(Array.from({ length: 100 }, (_, index) => from + index)));
      const ask = async (rows: number) =>
        (await store.sample({ ...OF_N, columns: ['n'], rows })).columns['n'];
      const ten = await ask(10);
      expect(ten).toHaveLength(10);
      expect(await ask(10)).toEqual(ten);
      expect((await ask(200))?.slice(0, 10)).toEqual(ten);
      expect(new Set(await ask(1000)).size).toBe(400);
      const half = ((await ask(200)) ?? []).map(Number);
      const early = half.filter((n) => n < 200).length;
      expect(early).toBeGreaterThan(70);
      expect(early).toBeLessThan(130);
      await store.compact(NOW);
      await store.close();
      store = await at.open(MODELS);
      expect(await ask(10)).toEqual(ten);
    });
  });

  describe(`${name}: questions that cannot be answered`, () => {
    beforeEach(() => send([{ value: 'late', features: { n: 1, c: 'x' } }]));
    it.each<readonly [string, (of: Store) => Promise<unknown>, RegExp]>([
      [
        'a column nobody has sent',
        (of) => of.summarize({ ...OF_N, columns: [{ name: 'nope', edges: [] }] }),
        /no column "nope"/,
      ],
      [
        'texts where numbers belong',
        (of) => of.summarize({ ...OF_N, columns: [{ name: 'c', edges: [] }] }),
        /"c" holds texts/,
      ],
      [
        'numbers where texts belong',
        (of) => of.categories({ ...OF_N, column: 'n', topK: 1 }),
        /"n" holds numbers/,
      ],
      [
        'edges that fall',
        (of) => of.summarize({ ...OF_N, columns: [{ name: 'n', edges: [2, 1] }] }),
        /must be finite and rise/,
      ],
      [
        'an edge that is no number',
        (of) => of.summarize({ ...OF_N, columns: [{ name: 'n', edges: [NaN] }] }),
        /must be finite and rise/,
      ],
      ['half a value', (of) => of.categories({ ...OF_N, column: 'c', topK: 0.5 }), /topK is 0.5/],
      ['no step', (of) => of.summarize({ ...OF_N, columns: [], stepMs: 0 }), /step of 0 ms/],
      ['outcomes by no step', (of) => of.outcomeCounts({ ...OF_N, stepMs: 0 }), /step of 0 ms/],
      ['too many rows', (of) => of.sample({ ...OF_N, columns: [], rows: 1e9 }), /ask for 0 to 100000/],
      ['one bin', (of) => of.proposeEdges({ ...OF_N, column: 'n', bins: 1, rows: 9 }), /ask for 2 to 1000/],
      ['an endless page', (of) => of.listPredictions({ ...OF_N, limit: 1e6 }), /ask for 1 to 1000/],
      [
        'a page after nowhere',
        (of) => of.listPredictions({ ...OF_N, limit: 1, after: "1'; DROP" }),
        /not one that an earlier page told/,
      ],
      ['ages that fall', (of) => of.coverageByAge({ ...LATE, nowMs: NOW, agesMs: [2, 1] }), /Ages must rise/],
    ])('%s are refused in words', async (_name, ask, message) => {
      const refusal = await ask(store).then(
        () => null,
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(BadRequestError);
      expect(String(refusal)).toMatch(message);
    });

    it('about a model nobody has sent are answered like those about one without rows', async () => {
      const nobody = { tenant: 'acme', model: 'nobody', ...EVER };
      expect((await store.summarize({ ...nobody, columns: [{ name: 'n', edges: [1] }] }))[0]?.rows).toBe(0);
      expect((await store.categories({ ...nobody, column: 'c', topK: 1 }))[0]?.distinct).toBe(0);
      expect(await store.sample({ ...nobody, columns: ['n'], rows: 5 })).toEqual({
        rows: 0,
        times: [],
        columns: { n: [] },
      });
      expect(await store.proposeEdges({ ...nobody, column: 'n', bins: 4, rows: 9 })).toEqual([]);
      expect(await store.getPrediction({ ...nobody, id: 'a' })).toBeNull();
      expect(await store.listPredictions({ ...nobody, limit: 5 })).toEqual({ predictions: [], next: null });
      expect((await store.outcomeCounts(nobody)).rows).toMatchObject([{ predictions: 0, labelled: 0 }]);
      expect(await store.labelDelays(nobody)).toMatchObject({ labelled: 0, p50Ms: null, p95Ms: null });
      expect(await store.coverageByAge({ ...nobody, nowMs: NOW, agesMs: [0, 5] })).toEqual([
        { fromAgeMs: 0, toAgeMs: 5, predictions: 0, labelled: 0 },
      ]);
      expect(await store.freshness([nobody])).toEqual([]);
      expect(await store.recountOutcomes(nobody)).toEqual([]);
    });

    it('of another tenant find nothing', async () => {
      const other = { ...OF_N, tenant: 'other' };
      expect((await store.summarize({ ...other, columns: [] }))[0]?.rows).toBe(0);
      expect((await store.listPredictions({ ...other, limit: 5 })).predictions).toEqual([]);
    });
  });
}

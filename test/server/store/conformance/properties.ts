import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELAY_EDGES } from '../../../../detectors/outcome-cells.ts';
import type { OutcomeRow } from '../../../../server/model.ts';
import type { StorageSettings } from '../../../../server/settings.ts';
import { expectAlike } from './close.ts';
import { categoriesOf, delaysOf, NaiveStore, outcomesOf, summaryOf } from './naive.ts';
import { batchOf, DAY_MS, EVER, FREE, HOUR_MS, LATE, MODELS, NOW, PRICE, resolveAll } from './subject.ts';
import type { Home, Store, StoreUnderTest, Told, ToldLabel } from './subject.ts';

type Step =
  | {
      readonly kind: 'send';
      readonly predictions: readonly Told[];
      readonly labels: readonly ToldLabel[];
      readonly agoMs: number;
    }
  | { readonly kind: 'resolve'; readonly limit: number }
  | { readonly kind: 'freeze'; readonly rows: number }
  | { readonly kind: 'compact'; readonly agoMs: number }
  | { readonly kind: 'move'; readonly agoMs: number }
  | { readonly kind: 'retain' }
  | { readonly kind: 'restart' };

/** Quarters add up without rounding, so that nothing hides in a tolerance. */
const quarters = fc.integer({ min: -400, max: 400 }).map((value) => value / 4);
const id = fc.integer({ min: 0, max: 40 }).map((value) => `p${value}`);
/** Rows are kept so long; labels are younger, so that none goes before its prediction. */
const KEEP = { keepRowsMs: 25 * DAY_MS, keepCountsMs: 400 * DAY_MS, minFreeBytes: 0 };
const LABEL_AGE_MS = 20 * DAY_MS;
const HOT_MS = 2 * DAY_MS;
const ageMs = fc.oneof(fc.integer({ min: 0, max: 6 * HOUR_MS }), fc.integer({ min: 0, max: 30 * DAY_MS }));

const prediction: fc.Arbitrary<Told> = fc
  .record({
    model: fc.constantFrom('late', 'late', 'price', 'free'),
    id,
    ageMs,
    version: fc.constantFrom('v1', 'v2'),
    dataset: fc.constantFrom('production', 'production', 'production', 'reference'),
    text: fc.constantFrom('late', 'on time', 'never'),
    number: quarters,
    score: fc.constantFrom(undefined, 0, 0.05, 0.125, 0.5, 0.75, 1, 1.5, -0.25, NaN, Infinity),
    region: fc.constantFrom(undefined, 'north', 'south'),
    n: fc.oneof(quarters, fc.constantFrom(null, NaN, Infinity, -Infinity)),
    c: fc.constantFrom('a', 'b', 'ü', 'b ', null),
    immediate: fc.constantFrom(false, false, false, true),
  })
  .map(({ text, number, score, region, n, c, immediate, ageMs: age, ...row }) => ({
    ...row,
    timeMs: NOW - age,
    value: row.model === 'late' ? text : number,
    ...(score !== undefined && { score }),
    ...(region !== undefined && { protected: { region } }),
    ...(immediate && age < LABEL_AGE_MS && { label: row.model === 'late' ? text : number }),
    features: { n, c },
  }));

const label: fc.Arbitrary<ToldLabel> = fc
  .record({
    model: fc.constantFrom('late', 'late', 'price', 'free'),
    id,
    ageMs,
    text: fc.constantFrom('late', 'on time', 'else'),
    number: fc.oneof(quarters, fc.constantFrom(0, 1, 2)),
  })
  .map(({ ageMs: age, text, number, ...row }) => ({
    ...row,
    timeMs: NOW - Math.min(age, LABEL_AGE_MS),
    value: row.model === 'late' ? text : number,
  }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        predictions: fc.array(prediction, { maxLength: 15 }),
        labels: fc.array(label, { maxLength: 15 }),
        agoMs: fc.constantFrom(0, 0, 1000, HOUR_MS, 20 * DAY_MS, 45 * DAY_MS),
      })
      .map((send): Step => ({ kind: 'send', ...send })),
  },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 20 }).map((limit): Step => ({ kind: 'resolve', limit })),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 10 }).map((rows): Step => ({ kind: 'freeze', rows })) },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 20 })
      .map((days): Step => ({ kind: 'compact', agoMs: days * DAY_MS })),
  },
  {
    weight: 4,
    arbitrary: fc.integer({ min: -3, max: 20 }).map((days): Step => ({ kind: 'move', agoMs: days * DAY_MS })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'retain' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
);

/** A store and the naive one, told the same. */
class Pair {
  readonly naive = new NaiveStore();
  readonly #home: Home;
  #store: Store | null = null;
  #moved = false;
  #retained = false;
  /** Ids that a store need not know as repeats any more, and ids of rows that may be gone: nothing is told of them. */
  #unknown: ReadonlySet<string> = new Set();
  #gone: ReadonlySet<string> = new Set();

  constructor(home: Home) {
    this.#home = home;
  }

  get store(): Store {
    if (this.#store === null) throw new Error('not open');
    return this.#store;
  }

  async open(): Promise<void> {
    this.#store = await this.#home.open(MODELS);
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'send') await this.#send(step);
    else if (step.kind === 'resolve') await this.store.resolveLabels(NOW - 60 * DAY_MS, step.limit);
    else if (step.kind === 'freeze') await this.#freeze(step.rows);
    else if (step.kind === 'compact') await this.store.compact(NOW - step.agoMs);
    else if (step.kind === 'retain') await this.#retain();
    else if (step.kind === 'restart') await this.#restart();
    else {
      this.#moved = true;
      await this.store.moveDays(NOW - step.agoMs);
    }
  }

  async #send(step: Extract<Step, { kind: 'send' }>): Promise<void> {
    const predictions = step.predictions.filter((row) => !this.#unknown.has(nameOf(row)));
    const labels = step.labels.filter((row) => !this.#gone.has(nameOf(row)));
    const receivedMs = NOW - step.agoMs;
    const reply = await this.store.append(batchOf({ predictions, labels }, receivedMs));
    expect(reply).toMatchObject({ status: 'ok', rejected: [] });
    this.naive.send(predictions, labels, receivedMs);
  }

  /** Scores of rows that are gone cannot be put into new cells. */
  async #freeze(rows: number): Promise<void> {
    if (this.#retained) return;
    for (const key of [LATE, PRICE, FREE])
      await this.store.replaceBaseline(key, { kind: 'first', rows }, NOW);
  }

  async #retain(): Promise<void> {
    await resolveAll(this.store, NOW - 60 * DAY_MS);
    await this.#restart(KEEP);
    await this.store.retain(NOW);
    await this.#restart();
    this.#retained = true;
    this.#gone = this.#idsBefore(NOW - KEEP.keepRowsMs);
  }

  /** A store that is opened again knows repeats of hot rows; it may have moved days by itself. */
  async #restart(storage?: StorageSettings): Promise<void> {
    await this.store.close();
    this.#store = await this.#home.open(MODELS, storage);
    const known = this.#idsBefore(this.#moved ? Infinity : NOW - HOT_MS);
    this.#unknown = new Set([...this.#unknown, ...known]);
  }

  #idsBefore(beforeMs: number): ReadonlySet<string> {
    return new Set(this.naive.predictions.filter(({ timeMs = 0 }) => timeMs < beforeMs).map(nameOf));
  }

  async checkOutcomes(): Promise<void> {
    await resolveAll(this.store, NOW - 60 * DAY_MS, 7);
    expect(await this.store.resolveLabels(NOW - 60 * DAY_MS, 7)).toMatchObject({
      labels: 0,
      remaining: false,
    });
    for (const key of [LATE, PRICE, FREE]) {
      expect(await this.store.recountOutcomes(key)).toEqual([]);
      await this.#checkModel(key);
    }
    const waiting = [LATE, PRICE, FREE].map(({ model }) => this.naive.waiting(model));
    const told = await this.store.freshness([LATE, PRICE, FREE]);
    expect(told.reduce((sum, { labelsWaiting }) => sum + labelsWaiting, 0)).toBe(
      waiting.reduce((sum, count) => sum + count, 0),
    );
  }

  async #checkModel(key: typeof LATE): Promise<void> {
    for (const by of key === FREE ? [null] : [null, 'region'])
      for (const stepMs of [null, HOUR_MS]) {
        const { scoreLayout, rows } = await this.store.outcomeCounts({
          ...key,
          ...EVER,
          ...(by !== null && { by: { attribute: by } }),
          ...(stepMs !== null && { stepMs }),
        });
        const expected = outcomesOf(this.naive, {
          model: key.model,
          scores: scoreLayout,
          classes: key !== PRICE,
          errors: key !== LATE,
          groupOf: (row) => (by === null ? null : (row.protected?.[by] ?? 'unknown')),
          stepMs,
          fromMs: EVER.fromMs,
        });
        const told = new Map(
          rows.filter((row) => row.predictions > 0).map((row) => [`${row.group} ${row.fromMs}`, flat(row)]),
        );
        expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
      }
    const { counts } = await this.store.labelDelays({ ...key, ...EVER });
    const delays = delaysOf(this.naive, key.model);
    expect(counts).toEqual(
      Array.from({ length: DELAY_EDGES.length + 1 }, (_, cell) => delays.get(cell) ?? 0),
    );
  }

  async checkRows(edges: readonly number[], topK: number): Promise<void> {
    for (const by of [undefined, { attribute: 'region' }])
      for (const stepMs of [undefined, DAY_MS]) {
        const split = { ...(by !== undefined && { by }), ...(stepMs !== undefined && { stepMs }) };
        const columns = [
          { name: 'n', edges },
          { name: '$score', edges },
        ];
        const summary = await this.store.summarize({ ...LATE, ...EVER, ...split, columns });
        const categories = await this.store.categories({ ...LATE, ...EVER, ...split, column: 'c', topK });
        const keyOf = (row: Told) =>
          `${by === undefined ? null : (row.protected?.['region'] ?? 'unknown')} ${stepMs === undefined ? EVER.fromMs : Math.floor((row.timeMs ?? 0) / stepMs) * stepMs}`;
        const rows = this.naive.predictions.filter(
          ({ model, dataset }) => model === 'late' && dataset === 'production',
        );
        const groups = Map.groupBy(rows, keyOf);
        if (rows.length === 0 && by === undefined && stepMs === undefined)
          groups.set(`null ${EVER.fromMs}`, []);
        expect(summary).toHaveLength(groups.size);
        expect(categories).toHaveLength(groups.size);
        for (const { group, fromMs, rows: count, columns: told } of summary) {
          const same = groups.get(`${group} ${fromMs}`) ?? [];
          expect(count).toBe(same.length);
          expectAlike(
            told['n'],
            summaryOf(
              same.map((row) => (row.features?.['n'] ?? null) as number | null),
              edges,
            ),
          );
          expectAlike(
            told['$score'],
            summaryOf(
              same.map(({ score }) => score ?? null),
              edges,
            ),
          );
        }
        for (const { group, fromMs, ...told } of categories) {
          const same = groups.get(`${group} ${fromMs}`) ?? [];
          expect(told).toEqual(
            categoriesOf(
              same.map((row) => (row.features?.['c'] ?? null) as string | null),
              topK,
            ),
          );
        }
      }
  }

  async end(): Promise<void> {
    await this.#store?.close();
    this.#home.remove();
  }
}

function nameOf({ model = '', id = '' }: Pick<Told, 'model' | 'id'>): string {
  return `${model} ${id}`;
}

/** An outcome row as names and numbers; those of cells that hold nothing but zeros are left out. */
function flat(row: OutcomeRow): Readonly<Record<string, number>> {
  const { predictions, labelled } = row;
  const classes = row.classes.map((one) => {
    const name = `class ${one.scoreCell} ${one.predicted ?? 'none'} ${one.label ?? 'none'}`;
    return [
      [name, one.rows],
      [`${name} score`, one.scoreSum],
      [`${name} score squared`, one.scoreSquareSum],
    ];
  });
  const errors = row.errors.map((one) => [
    [`error ${one.cell}`, one.rows],
    [`error ${one.cell} sum`, one.sum],
    [`error ${one.cell} absolute`, one.absoluteSum],
    [`error ${one.cell} squared`, one.squareSum],
    [`error ${one.cell} label`, one.labelSum],
    [`error ${one.cell} label squared`, one.labelSquareSum],
  ]);
  const labels = labelled > 0 ? [['labelled', labelled]] : [];
  return Object.fromEntries([['predictions', predictions], ...labels, ...classes.flat(), ...errors.flat()]);
}

/** The first values fix the kinds of features, so every story begins alike. */
const FIRST: Step = {
  kind: 'send',
  agoMs: 0,
  labels: [],
  predictions: ['late', 'price', 'free'].map((model) => ({
    model,
    id: 'first',
    timeMs: NOW,
    version: 'v1',
    dataset: 'production',
    value: model === 'late' ? 'late' : 0.25,
    score: 0.5,
    features: { n: 0, c: 'a' },
  })),
};

/** Properties every store keeps, against a store of arrays and loops. */
export function describeProperties({ name, home }: StoreUnderTest): void {
  const play = async (steps: readonly Step[], check: (pair: Pair) => Promise<void>) => {
    const pair = new Pair(home());
    await pair.open();
    try {
      for (const one of [FIRST, ...steps]) await pair.take(one);
      await check(pair);
    } finally {
      await pair.end();
    }
  };

  describe(`${name} against a store of arrays`, () => {
    it('joins labels alike after any order of predictions, labels, steps, baselines, compaction, days that move or go and restarts', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), (steps) =>
          play(steps, (pair) => pair.checkOutcomes()),
        ),
        { numRuns: 20 },
      );
    }, 120_000);

    it('bins, sums and names values alike for any rows and edges', async () => {
      const edges = fc
        .uniqueArray(fc.oneof(quarters, fc.double({ noNaN: true, noDefaultInfinity: true })), {
          maxLength: 8,
        })
        .map((values) => [...new Set(values.map((value) => value + 0))].toSorted((a, b) => a - b));
      const sends = fc.array(fc.array(prediction, { maxLength: 30 }), { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(sends, edges, fc.integer({ min: 0, max: 5 }), (predictions, cuts, topK) =>
          play(
            predictions.flatMap((rows): readonly Step[] => [
              { kind: 'send', predictions: rows, labels: [], agoMs: 0 },
              { kind: 'move', agoMs: -2 * DAY_MS },
            ]),
            (pair) => pair.checkRows(cuts, topK),
          ),
        ),
        { numRuns: 20 },
      );
    }, 120_000);
  });
}

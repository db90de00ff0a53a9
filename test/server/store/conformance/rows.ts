import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FeatureLayout } from '../../../../detectors/types.ts';
import { batchOf, DAY_MS, EVER, HOUR_MS, LATE, MODELS, NOW } from './subject.ts';
import type { Home, Store, StoreUnderTest, Told } from './subject.ts';

const OF = { ...LATE, ...EVER };

/** What is read of stored rows, on rows that a reader can count by eye. */
export function describeRows({ name, home }: StoreUnderTest): void {
  let at: Home;
  let store: Store;
  beforeEach(async () => {
    at = home();
    store = await at.open(MODELS);
    await store.append(batchOf({ predictions: ROWS }));
  });
  afterEach(async () => {
    await store.close();
    at.remove();
  });

  const n = { name: 'n', edges: [15] };
  describe(`${name}: summaries`, () => {
    it('are split by group and step', async () => {
      const rows = await store.summarize({
        ...OF,
        columns: [n],
        by: { attribute: 'region' },
        stepMs: DAY_MS,
      });
      expect(
        rows.map((row) => [row.group, (NOW - DAY_MS / 2 - row.fromMs) / DAY_MS, row.columns['n']?.bins]),
      ).toEqual([
        ['south', 1, [0, 1]],
        ['north', 0, [1, 1]],
        ['unknown', 0, [0, 0]],
      ]);
    });

    it.each<readonly [string, object, number]>([
      ['everything of production', {}, 4],
      ['one version', { versions: ['v2'] }, 1],
      ['several versions', { versions: ['v1', 'v2'] }, 4],
      ['a version nobody has sent', { versions: ['v9'] }, 0],
      ['reference rows', { dataset: 'reference' }, 1],
      ['one protected value', { where: { region: 'north' } }, 2],
      ['one segment', { where: { shop: 's1' } }, 1],
      ['two attributes at once', { where: { region: 'north', shop: 's1' } }, 1],
      ['a value nobody has sent', { where: { region: 'east' } }, 0],
      ['an attribute nobody has sent', { where: { planet: 'mars' } }, 0],
    ])('are of %s', async (_name, scope, rows) => {
      expect((await store.summarize({ ...OF, ...scope, columns: [n] }))[0]?.rows).toBe(rows);
    });

    it('know the score and the measures', async () => {
      const columns = ['$score', '$durationMs', '$cost', '$inputTokens'].map((one) => ({
        name: one,
        edges: [0.5],
      }));
      const [row] = await store.summarize({ ...OF, columns });
      expect(row?.columns).toMatchObject({
        $score: { finite: 3, nulls: 1, bins: [2, 1] },
        $durationMs: { finite: 1, sum: 40 },
        $cost: { finite: 1, sum: 0.25 },
        $inputTokens: { finite: 0, nulls: 4 },
      });
    });
  });

  describe(`${name}: categories`, () => {
    it('are the commonest, equal ones by text, with the rest beside', async () => {
      const ask = (topK: number) => store.categories({ ...OF, column: 'c', topK });
      const whole = { group: null, fromMs: EVER.fromMs, rows: 4, nulls: 1, distinct: 2 };
      expect(await ask(5)).toEqual([
        {
          ...whole,
          values: [
            { value: 'x', rows: 2 },
            { value: 'y', rows: 1 },
          ],
          other: 0,
        },
      ]);
      expect(await ask(1)).toEqual([{ ...whole, values: [{ value: 'x', rows: 2 }], other: 1 }]);
      expect(await ask(0)).toEqual([{ ...whole, values: [], other: 3 }]);
    });

    it('of true and false and of predictions are texts, too', async () => {
      const values = async (column: string) =>
        (await store.categories({ ...OF, column, topK: 9 }))[0]?.values.map(({ value }) => value);
      expect(await values('flag')).toEqual(['true', 'false']);
      expect(await values('$prediction')).toEqual(['late', 'on time']);
    });
  });

  describe(`${name}: crosstabs`, () => {
    it('count pairs of cells, missing and new values in cells of their own', async () => {
      const numbers: FeatureLayout = { kind: 'number', edges: [15], min: 10, max: 20 };
      const texts: FeatureLayout = { kind: 'category', values: ['x'], rare: [] };
      const counts = await store.crosstab({
        ...OF,
        columns: [
          { name: 'n', layout: numbers },
          { name: 'c', layout: texts },
        ],
      });
      // Rows: up to 15, above, missing, non-finite, below, above, unseen. Columns: x, rare, missing, …, unseen.
      expect(counts).toHaveLength(7);
      expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(4);
      expect([counts[0]?.[0], counts[1]?.[6], counts[5]?.[0], counts[2]?.[2]]).toEqual([1, 1, 1, 1]);
    });
  });

  describe(`${name}: samples`, () => {
    it('hold values of every kind by row', async () => {
      const sample = await store.sample({ ...OF, columns: ['n', 'c', '$score', 'flag'], rows: 10 });
      expect(sample.rows).toBe(4);
      const at = sample.columns['n']?.indexOf(10) ?? -1;
      expect(Object.values(sample.columns).map((column) => column[at])).toEqual([10, 'x', 0.25, 'true']);
      expect(sample.times[at]).toBe(NOW - HOUR_MS);
    });

    it('propose edges below the largest value, each once', async () => {
      const edges = (bins: number) => store.proposeEdges({ ...OF, column: 'n', bins, rows: 100 });
      expect(await edges(3)).toEqual([10, 20]);
      expect(await edges(50)).toEqual([10, 20]);
    });
  });

  describe(`${name}: single predictions`, () => {
    it('are told whole, protected attributes only to those who may see them', async () => {
      await store.append(
        batchOf({ labels: [{ id: 'a', value: 'on time', timeMs: NOW - 1000, source: 'desk' }] }, NOW),
      );
      const plain = await store.getPrediction({ ...LATE, id: 'a' });
      expect(plain).toEqual({
        id: 'a',
        timeMs: NOW - HOUR_MS,
        receivedAtMs: NOW,
        version: 'v1',
        dataset: 'production',
        value: 'late',
        score: 0.25,
        durationMs: 40,
        error: null,
        inputTokens: null,
        outputTokens: null,
        cost: 0.25,
        currency: null,
        features: { n: 10, c: 'x', flag: 'true' },
        segments: { shop: 's1' },
        label: { value: 'on time', timeMs: NOW - 1000, receivedAtMs: NOW, source: 'desk' },
      });
      const whole = await store.getPrediction({ ...LATE, id: 'a', protected: true });
      expect(whole).toEqual({ ...plain, protected: { region: 'north' } });
      expect(await store.getPrediction({ ...LATE, id: "nobody' OR 1=1" })).toBeNull();
    });

    it('are listed newest first, page by page, each once, also those of the same moment', async () => {
      const more = Array.from({ length: 20 }, (_, index): Told => ({
        id: `m${index}`,
        value: 'late',
        timeMs: NOW,
      }));
      await store.append(batchOf({ predictions: more }));
      const ids: (string | null)[] = [];
      let after: string | undefined;
      do {
        const page = await store.listPredictions({ ...OF, limit: 7, ...(after !== undefined && { after }) });
        ids.push(...page.predictions.map(({ id }) => id));
        after = page.next ?? undefined;
        expect(page.predictions.some((one) => 'protected' in one)).toBe(false);
      } while (after !== undefined);
      expect(ids).toHaveLength(24);
      expect(ids.slice(-4)).toEqual(['a', 'b', null, 'd']);
      expect(new Set(ids).size).toBe(24);
    });
  });
}

/** Two of the north an hour ago, one of nowhere two hours ago, one of the south a day before; one reference row. */
const ROWS: readonly Told[] = [
  {
    id: 'a',
    value: 'late',
    score: 0.25,
    durationMs: 40,
    cost: 0.25,
    timeMs: NOW - HOUR_MS,
    features: { n: 10, c: 'x', flag: true },
    segments: { shop: 's1' },
    protected: { region: 'north' },
  },
  {
    id: 'b',
    value: 'late',
    score: 0.5,
    timeMs: NOW - HOUR_MS - 1,
    features: { n: 20, c: 'y', flag: true },
    protected: { region: 'north' },
  },
  { value: 'on time', timeMs: NOW - 2 * HOUR_MS, features: { n: null, c: null, flag: false } },
  {
    id: 'd',
    value: 'on time',
    score: 0.75,
    version: 'v2',
    timeMs: NOW - DAY_MS,
    features: { n: 30, c: 'x' },
    protected: { region: 'south' },
  },
  { id: 'r', value: 'late', dataset: 'reference', timeMs: NOW, features: { n: 1, c: 'z' } },
];

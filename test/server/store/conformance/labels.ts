import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCORE_LAYOUT } from '../../../../detectors/outcome-cells.ts';
import type { Scalar } from '../../../../server/ingest/record.ts';
import type { OutcomeQuery } from '../../../../server/model.ts';
import {
  batchOf,
  DAY_MS,
  EVER,
  FREE,
  HOUR_MS,
  LATE,
  MINUTE_MS,
  MODELS,
  NOW,
  PRICE,
  resolveAll,
} from './subject.ts';
import type { Home, Store, StoreUnderTest, Told, ToldLabel } from './subject.ts';

/** How labels find their predictions and what they make of them. */
export function describeLabels({ name, home }: StoreUnderTest): void {
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
  const predict = (predictions: readonly Told[], receivedAtMs = NOW) =>
    store.append(batchOf({ predictions }, receivedAtMs));
  const label = (labels: readonly ToldLabel[], receivedAtMs = NOW) =>
    store.append(batchOf({ labels }, receivedAtMs));
  const outcomes = async (query: Partial<OutcomeQuery> = {}) => {
    await resolveAll(store);
    return (await store.outcomeCounts({ ...LATE, ...EVER, ...query })).rows;
  };
  /** Predicted, label and rows of every class cell. */
  const classes = async (query: Partial<OutcomeQuery> = {}) =>
    (await outcomes(query)).flatMap((row) =>
      row.classes.map((one) => [one.predicted, one.label, one.rows] as const),
    );
  const A = { id: 'a', value: 'late' };

  describe(`${name}: labels`, () => {
    it('are counted by score cell, predicted value and label, in the five minutes of the prediction', async () => {
      await predict([
        { id: 'a', value: 'late', score: 0.93, timeMs: NOW - HOUR_MS },
        { id: 'b', value: 'late', score: 0.91, timeMs: NOW - HOUR_MS + MINUTE_MS },
        { id: 'c', value: 'on time', score: 0.2, timeMs: NOW - 30 * MINUTE_MS },
        { id: 'd', value: 'on time', score: 0.1, timeMs: NOW - 30 * MINUTE_MS },
      ]);
      await label([
        { id: 'a', value: 'late' },
        { id: 'b', value: 'late' },
        { id: 'c', value: 'late' },
      ]);
      await resolveAll(store);
      const told = await store.outcomeCounts({ ...LATE, ...EVER, stepMs: 5 * MINUTE_MS });
      expect(told.scoreLayout).toEqual(SCORE_LAYOUT);
      const [first, second] = told.rows;
      expect(first).toMatchObject({ fromMs: NOW - HOUR_MS, predictions: 2, labelled: 2, waiting: 0 });
      expect(first?.classes).toEqual([
        {
          scoreCell: 18,
          predicted: 'late',
          label: 'late',
          rows: 2,
          scoreSum: expect.closeTo(1.84, 12) as number,
          scoreSquareSum: expect.closeTo(0.93 ** 2 + 0.91 ** 2, 12) as number,
        },
      ]);
      expect(second).toMatchObject({ predictions: 2, labelled: 1, waiting: 1 });
      expect(second?.classes.map(({ scoreCell, label: one }) => [scoreCell, one])).toEqual([[3, 'late']]);
    });

    it('are told as coarsely as they are asked for, with the same rows in all', async () => {
      await predict([
        { id: 'a', value: 'late', score: 0.93 },
        { id: 'b', value: 'late', score: 0.21 },
        { id: 'c', value: 'on time', score: 0.2 },
      ]);
      await label(['a', 'b', 'c'].map((id) => ({ id, value: 'late' })));
      await resolveAll(store);
      const [byClass] = await outcomes({ detail: 'classes' });
      expect(byClass).toMatchObject({ predictions: 3, labelled: 3 });
      expect(byClass?.classes.map(({ scoreCell, predicted, rows }) => [scoreCell, predicted, rows])).toEqual([
        [-1, 'late', 2],
        [-1, 'on time', 1],
      ]);
      const [totals] = await outcomes({ detail: 'totals' });
      expect(totals).toMatchObject({ predictions: 3, labelled: 3, classes: [], errors: [] });
    });

    it.each<readonly [string, readonly (readonly [value: string, receivedAgoMs: number])[], string]>([
      [
        'the latest received',
        [
          ['on time', 2000],
          ['late', 1000],
        ],
        'late',
      ],
      [
        'the latest received, also when it is stored first',
        [
          ['late', 1000],
          ['on time', 2000],
        ],
        'late',
      ],
      [
        'the later stored of two received at once',
        [
          ['on time', 0],
          ['late', 0],
        ],
        'late',
      ],
      [
        'the last of many',
        [
          ['x', 3000],
          ['y', 2000],
          ['x', 1500],
          ['late', 1000],
        ],
        'late',
      ],
    ])('of one prediction: %s stands', async (_name, told, standing) => {
      await predict([A]);
      for (const [value, agoMs] of told) {
        await label([{ id: 'a', value }], NOW - agoMs);
        await resolveAll(store);
      }
      expect(await classes()).toEqual([['late', standing, 1]]);
      expect((await store.getPrediction({ ...LATE, id: 'a' }))?.label?.value).toBe(standing);
      expect(await store.recountOutcomes(LATE)).toEqual([]);
    });

    it('within one request: the last stands', async () => {
      await predict([A]);
      await label([
        { id: 'a', value: 'on time' },
        { id: 'a', value: 'late' },
      ]);
      expect(await classes()).toEqual([['late', 'late', 1]]);
    });

    it('before their prediction wait for it', async () => {
      await label([{ id: 'a', value: 'on time' }]);
      expect(await store.resolveLabels(NOW, 10)).toEqual({
        labels: 1,
        matched: 0,
        waiting: 1,
        expired: 0,
        remaining: false,
      });
      await predict([A]);
      expect(await store.resolveLabels(NOW, 10)).toEqual({
        labels: 0,
        matched: 1,
        waiting: 0,
        expired: 0,
        remaining: false,
      });
      expect(await classes()).toEqual([['late', 'on time', 1]]);
    });

    it('wait for thirty days, then expire, and a prediction that comes later stays without', async () => {
      await label([{ id: 'a', value: 'late' }], NOW - 40 * DAY_MS);
      expect(await store.resolveLabels(NOW - 11 * DAY_MS, 10)).toMatchObject({ waiting: 1, expired: 0 });
      expect(await store.resolveLabels(NOW, 10)).toMatchObject({ waiting: 0, expired: 1 });
      await predict([A]);
      await label([{ id: 'another', value: 'late' }]);
      expect(await classes()).toEqual([]);
      expect(await store.recountOutcomes(LATE)).toEqual([]);
      await label([{ id: 'a', value: 'on time' }]);
      expect(await classes()).toEqual([['late', 'on time', 1]]);
    });

    it('find a prediction of any version, and of their own model only', async () => {
      await predict([
        { id: 'a', value: 'late', version: 'v1' },
        { id: 'b', value: 'late', version: 'v2' },
        { id: 'a', value: 5, model: 'price' },
      ]);
      await label([
        { id: 'a', value: 'late' },
        { id: 'b', value: 'on time' },
      ]);
      expect(await classes({ version: 'v1' })).toEqual([['late', 'late', 1]]);
      expect(await classes({ version: 'v2' })).toEqual([['late', 'on time', 1]]);
      expect(await classes({ version: 'v3' })).toEqual([]);
      expect((await outcomes(PRICE))[0]).toMatchObject({ predictions: 1, labelled: 0, waiting: 1 });
    });

    it('that come with their prediction count at once', async () => {
      await predict([{ ...A, label: 'on time' }]);
      expect(await classes()).toEqual([['late', 'on time', 1]]);
      expect(await store.labelDelays({ ...LATE, ...EVER })).toMatchObject({ labelled: 1, p50Ms: 500 });
    });

    it.each<readonly [string, Scalar, Scalar, readonly [string, string]]>([
      ['texts', 'cat', 'dog', ['cat', 'dog']],
      ['true and false', true, false, ['true', 'false']],
      ['true and false told as 1 and 0', false, 1, ['false', 'true']],
      ['whole numbers', 3, 0, ['3', '0']],
      ['numbers and texts', 1, 'fraud', ['1', 'fraud']],
      ['any other numbers', 0.5, -1, ['other', 'other']],
    ])('are %s', async (_name, value, told, expected) => {
      await predict([{ id: 'a', value }]);
      await label([{ id: 'a', value: told }]);
      expect(await classes()).toEqual([[...expected, 1]]);
    });

    it('of numbers are counted by how far off the prediction was', async () => {
      await predict([
        { model: 'price', id: 'a', value: 12 },
        { model: 'price', id: 'b', value: 8 },
        { model: 'price', id: 'c', value: 10 },
        { model: 'price', id: 'd', value: NaN },
      ]);
      await label(['a', 'b', 'c', 'd'].map((id) => ({ model: 'price', id, value: 10 })));
      const [row] = await outcomes(PRICE);
      expect(row?.classes).toEqual([]);
      const sums = (cell: number, sum: number, of: object) => ({ cell, sum, ...of });
      expect(row?.errors).toEqual([
        sums(-75, -2, { rows: 1, absoluteSum: 2, squareSum: 4, labelSum: 10, labelSquareSum: 100 }),
        sums(0, 0, { rows: 1, absoluteSum: 0, squareSum: 0, labelSum: 10, labelSquareSum: 100 }),
        sums(75, 2, { rows: 1, absoluteSum: 2, squareSum: 4, labelSum: 10, labelSquareSum: 100 }),
        sums(1000, 0, { rows: 1, absoluteSum: 0, squareSum: 0, labelSum: 0, labelSquareSum: 0 }),
      ]);
      const [total] = await outcomes({ ...PRICE, detail: 'sums' });
      expect(total?.errors).toEqual([
        sums(0, 0, { rows: 4, absoluteSum: 4, squareSum: 8, labelSum: 30, labelSquareSum: 300 }),
      ]);
    });

    it('that correct another one within the same cell change its sums', async () => {
      await predict([{ model: 'price', id: 'a', value: 12 }]);
      await label([{ model: 'price', id: 'a', value: 10 }]);
      await resolveAll(store);
      await label([{ model: 'price', id: 'a', value: 9.96875 }]);
      const [row] = await outcomes(PRICE);
      expect(row?.errors).toMatchObject([{ cell: 75, rows: 1, sum: 2.03125, labelSum: 9.96875 }]);
    });

    it('of a model nobody configured are counted both ways', async () => {
      await predict([{ ...FREE, id: 'a', value: 1 }]);
      await label([{ ...FREE, id: 'a', value: 0 }]);
      const [row] = await outcomes(FREE);
      expect(row?.classes).toMatchObject([{ predicted: '1', label: '0', rows: 1 }]);
      expect(row?.errors).toMatchObject([{ rows: 1, sum: 1 }]);
    });

    it('are told by group, also those of rows that name none', async () => {
      await predict([
        { ...A, protected: { region: 'north' } },
        { ...A, id: 'b', segments: { region: 'south' } },
        { ...A, id: 'c' },
      ]);
      await label(['a', 'b', 'c'].map((id) => ({ id, value: 'late' })));
      const rows = await outcomes({ by: { attribute: 'region' } });
      expect(rows.map(({ group, labelled }) => [group, labelled])).toEqual([
        ['unknown', 1],
        ['north', 1],
        ['south', 1],
      ]);
      expect(await outcomes({ by: { attribute: 'nobody' } })).toEqual([]);
    });

    it('of reference rows are kept apart', async () => {
      await predict([{ ...A, dataset: 'reference' }]);
      await label([{ id: 'a', value: 'late' }]);
      expect(await classes()).toEqual([]);
      expect(await classes({ dataset: 'reference' })).toEqual([['late', 'late', 1]]);
    });

    it('stand in the cells of a new baseline once there is one', async () => {
      await predict(
        Array.from({ length: 20 }, (_, index) => ({ id: `p${index}`, value: 'late', score: index / 1000 })),
      );
      await label([{ id: 'p13', value: 'late' }]);
      expect((await outcomes())[0]?.classes[0]?.scoreCell).toBe(0);
      await store.freezeBaseline(LATE, { kind: 'first', rows: 20 }, NOW);
      expect((await outcomes())[0]?.classes[0]?.scoreCell).toBe(13);
      await label([{ id: 'p14', value: 'late' }]);
      expect((await outcomes())[0]?.classes.map(({ scoreCell }) => scoreCell)).toEqual([13, 14]);
      expect(await store.recountOutcomes(LATE)).toEqual([]);
    });

    it('are counted once, whatever limit a step has, and again after a restart', async () => {
      await predict(Array.from({ length: 30 }, (_, index) => ({ id: `p${index}`, value: 'late' })));
      await label(Array.from({ length: 30 }, (_, index) => ({ id: `p${index}`, value: 'late' })));
      expect(await store.resolveLabels(NOW, 12)).toMatchObject({ labels: 12, matched: 12, remaining: true });
      await store.close();
      store = await at.open(MODELS);
      expect(await store.resolveLabels(NOW, 12)).toMatchObject({ labels: 12, remaining: true });
      expect(await store.resolveLabels(NOW, 12)).toMatchObject({ labels: 6, remaining: false });
      expect(await store.resolveLabels(NOW, 12)).toMatchObject({ labels: 0, matched: 0 });
      expect(await classes()).toEqual([['late', 'late', 30]]);
    });

    it('taken up by two steps at once are counted once', async () => {
      await predict([A]);
      await label([{ id: 'a', value: 'late' }]);
      const steps = await Promise.all([store.resolveLabels(NOW, 10), store.resolveLabels(NOW, 10)]);
      expect(steps.map(({ matched }) => matched)).toEqual([1, 0]);
      expect(await classes()).toEqual([['late', 'late', 1]]);
    });
  });

  describe(`${name}: maturity`, () => {
    const hours = [1, 5, 30, 80];
    beforeEach(async () => {
      await predict(
        hours.flatMap((age) =>
          [0, 1, 2, 3].map((part) => ({ id: `${age}/${part}`, value: 'late', timeMs: NOW - age * HOUR_MS })),
        ),
      );
      const told = [
        { id: '30/0', timeMs: NOW - 29 * HOUR_MS },
        { id: '30/1', timeMs: NOW - 28 * HOUR_MS },
        ...[0, 1, 2].map((part) => ({ id: `80/${part}`, timeMs: NOW - 70 * HOUR_MS })),
      ];
      await label(told.map((one) => ({ ...one, value: 'late' })));
      await resolveAll(store);
    });

    it('tells unlabelled predictions as waiting while they are young, then as expired', async () => {
      const told = async (waitMs: number) => {
        const [row] = await outcomes({ maturity: { nowMs: NOW, waitMs } });
        return [row?.labelled, row?.waiting, row?.expired];
      };
      expect(await told(90 * HOUR_MS)).toEqual([5, 11, 0]);
      expect(await told(40 * HOUR_MS)).toEqual([5, 10, 1]);
      expect(await told(2 * HOUR_MS)).toEqual([5, 4, 7]);
    });

    it('tells the share labelled by age, so that windows close by coverage', async () => {
      const agesMs = [0, 12, 48, 96].map((age) => age * HOUR_MS);
      const ages = await store.coverageByAge({ ...LATE, nowMs: NOW, agesMs });
      expect(ages.map(({ predictions, labelled }) => [predictions, labelled])).toEqual([
        [8, 0],
        [4, 2],
        [4, 3],
      ]);
    });

    it('tells how long first labels took; a correction does not make them later', async () => {
      const before = await store.labelDelays({ ...LATE, ...EVER });
      expect(before.labelled).toBe(5);
      expect(before.p50Ms).toBeGreaterThan(9 * HOUR_MS);
      expect(before.p50Ms).toBeLessThan(14 * HOUR_MS);
      await label([{ id: '80/0', value: 'on time', timeMs: NOW }]);
      await resolveAll(store);
      expect(await store.labelDelays({ ...LATE, ...EVER })).toEqual(before);
      expect((await store.labelDelays({ ...LATE, fromMs: NOW - 35 * HOUR_MS, toMs: NOW })).labelled).toBe(2);
    });
  });

  describe(`${name}: what changed`, () => {
    const changed = async (since: number) => {
      const buckets = await store.dirtyBuckets(since);
      return {
        batch: Math.max(since, ...buckets.map(({ batch }) => batch)),
        of: buckets.map(({ model, fromMs }) => [model, (NOW - fromMs) / MINUTE_MS] as const),
      };
    };

    it('names the five minutes that new rows, new labels and corrections fell into, and no others', async () => {
      await predict([
        { ...A, timeMs: NOW - 10 * MINUTE_MS },
        { id: 'b', value: 1, model: 'price', timeMs: NOW - 60 * MINUTE_MS },
      ]);
      const first = await changed(0);
      expect(first.of).toEqual([
        ['late', 10],
        ['price', 60],
      ]);
      expect((await changed(first.batch)).of).toEqual([]);
      await label([{ id: 'a', value: 'late' }]);
      expect((await changed(first.batch)).of).toEqual([]);
      await resolveAll(store);
      const second = await changed(first.batch);
      expect(second.of).toEqual([['late', 10]]);
      await label([{ id: 'a', value: 'on time' }]);
      await resolveAll(store);
      expect((await changed(second.batch)).of).toEqual([['late', 10]]);
    });

    it('names rows that came late where they belong', async () => {
      await predict([A]);
      const { batch } = await changed(0);
      await predict([{ id: 'old', value: 'late', timeMs: NOW - 9 * DAY_MS }]);
      expect((await changed(batch)).of).toEqual([['late', 9 * 24 * 60]]);
    });

    it('neither forgets nor invents a change when counts are compacted or the store is restarted', async () => {
      await predict([{ ...A, timeMs: NOW - 9 * DAY_MS }]);
      const { batch } = await changed(0);
      await predict([{ ...A, id: 'b', timeMs: NOW - 9 * DAY_MS + HOUR_MS }]);
      await label([{ id: 'a', value: 'late' }]);
      await resolveAll(store);
      const before = await changed(batch);
      expect(before.of).toHaveLength(2);
      await store.compact(NOW);
      expect(await changed(batch)).toEqual(before);
      await store.close();
      store = await at.open(MODELS);
      expect(await changed(batch)).toEqual(before);
      expect((await changed(before.batch)).of).toEqual([]);
      await predict([{ ...A, id: 'c', timeMs: NOW - 9 * DAY_MS }]);
      const after = await changed(before.batch);
      expect(after.of).toHaveLength(1);
      expect(after.batch).toBeGreaterThan(before.batch);
    });
  });

  describe(`${name}: freshness`, () => {
    it('tells the last event, the last receipt, and the labels that are not yet joined', async () => {
      await predict([{ ...A, timeMs: NOW - HOUR_MS }], NOW - 1000);
      await label([
        { id: 'a', value: 'late' },
        { id: 'nobody', value: 'late' },
      ]);
      const told = async () => (await store.freshness([LATE]))[0];
      expect(await told()).toEqual({
        ...LATE,
        lastEventMs: NOW - HOUR_MS,
        lastReceivedMs: NOW - 1000,
        lastLabelReceivedMs: NOW,
        labelsUnresolved: 2,
        labelsWaiting: 0,
      });
      await resolveAll(store);
      expect(await told()).toMatchObject({ labelsUnresolved: 0, labelsWaiting: 1 });
    });
  });
}

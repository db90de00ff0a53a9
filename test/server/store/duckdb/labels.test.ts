import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { withSampleKeySql } from '../../../../server/store/duckdb/sample.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { sampleKey } from '../../../../server/store/sample-key.ts';
import { batchOf, EVER, LATE, MODELS, NOW, STORE_LIMITS } from '../conformance/subject.ts';
import type { Told } from '../conformance/subject.ts';
import { scratch } from './support.ts';

let home: ReturnType<typeof scratch>;
let store: TelemetryStore;

const open = (models = MODELS) => TelemetryStore.open({ folder: home.folder, limits: STORE_LIMITS, models });
beforeEach(async () => {
  home = scratch();
  store = await open();
});
afterEach(async () => {
  vi.useRealTimers();
  await store.close();
  home.remove();
});

/** Asks the file itself, between two lives of the store. */
async function raw(sql: string): Promise<readonly (readonly unknown[])[]> {
  await store.close();
  const database = await openDatabase(home.folder);
  try {
    return await database.writer.rows(sql);
  } finally {
    database.close();
    store = await open();
  }
}

const predictions: readonly Told[] = [1, 2, 3].map((at) => ({
  id: `p${at}`,
  value: 'late',
  segments: { shop: `s${at}` },
}));
const labels = [1, 2, 3].map((at) => ({ id: `p${at}`, value: 'late' }));

describe('labels in DuckDB', () => {
  it('are resolved by themselves soon after they came', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    await store.append(batchOf({ predictions, labels }));
    expect((await store.rows.freshness([LATE]))[0]?.labelsUnresolved).toBe(3);
    await vi.advanceTimersByTimeAsync(2000);
    await vi.waitFor(async () =>
      expect((await store.rows.freshness([LATE]))[0]).toMatchObject({ labelsUnresolved: 0 }),
    );
    expect((await store.rows.outcomeCounts({ ...LATE, ...EVER })).rows[0]?.labelled).toBe(3);
  });

  it('are counted by a group that was configured later, and then not again at every start', async () => {
    await store.append(batchOf({ predictions, labels }));
    await store.labels.resolveLabels(NOW, 10);
    await store.close();
    const models = MODELS.map((model) => ({ ...model, groups: [...model.groups, 'shop'] }));
    store = await open(models);
    const { rows } = await store.rows.outcomeCounts({ ...LATE, ...EVER, by: { attribute: 'shop' } });
    expect(rows.map(({ group, labelled }) => [group, labelled])).toEqual([
      ['s1', 1],
      ['s2', 1],
      ['s3', 1],
    ]);
    expect(await store.labels.recountOutcomes(LATE)).toEqual([]);
    const newest = Math.max(...(await store.rows.dirtyBuckets(0)).map(({ batch }) => batch));
    await store.close();
    store = await open(models);
    expect(await store.rows.dirtyBuckets(newest)).toEqual([]);
  });

  it('of which a count is wrong are found by a recount, cell by cell', async () => {
    await store.append(batchOf({ predictions, labels }));
    await store.labels.resolveLabels(NOW, 10);
    await raw('UPDATE outcome_counts SET row_count = row_count + 1 WHERE group_entry = -1');
    await raw('UPDATE label_delays SET row_count = row_count + 1');
    expect(await store.labels.recountOutcomes(LATE)).toEqual([
      {
        model: 'late',
        bucketMs: NOW - 300_000,
        what: 'group -1 0 score 20 predicted 0 label 0 error -1000',
        counted: 4,
        recounted: 3,
      },
      { model: 'late', bucketMs: NOW - 300_000, what: 'delay 0', counted: 4, recounted: 3 },
    ]);
  });

  it('leave one row a cell once they are compacted', async () => {
    for (const part of [0, 1, 2]) {
      await store.append(batchOf({ predictions: predictions.slice(part, part + 1) }));
      await store.append(batchOf({ labels: labels.slice(part, part + 1) }));
      await store.labels.resolveLabels(NOW, 10);
    }
    const count =
      'SELECT count(*)::INTEGER, sum(row_count)::INTEGER FROM outcome_counts WHERE group_entry = -1';
    expect(await raw(count)).toEqual([[3, 3]]);
    await store.compact(NOW);
    expect(await raw(count)).toEqual([[1, 3]]);
    await store.compact(NOW);
    expect(await raw(count)).toEqual([[1, 3]]);
  });

  it('whose step fails are taken up by the next one', async () => {
    await store.append(batchOf({ predictions, labels }));
    await raw('ALTER TABLE label_delays RENAME TO elsewhere');
    await expect(store.labels.resolveLabels(NOW, 10)).rejects.toThrow(/label_delays/);
    await raw('ALTER TABLE elsewhere RENAME TO label_delays');
    expect(await store.labels.resolveLabels(NOW, 10)).toMatchObject({ labels: 3, matched: 3 });
    expect(await store.labels.recountOutcomes(LATE)).toEqual([]);
  });
});

describe('sample keys', () => {
  it('are the same in SQL as in the program, and no two rows share one', async () => {
    const rows = [0n, 1n, 7n, 1n << 31n, (1n << 32n) + 5n].flatMap((batch) =>
      [0, 1, 2, 19_999, 2 ** 31 - 1].map((ordinal) => ({ batch, ordinal })),
    );
    const values = rows.map(({ batch, ordinal }) => `(${batch}::BIGINT, ${ordinal}::INTEGER)`).join(', ');
    const told = await raw(
      `SELECT sample_key FROM (${withSampleKeySql(`SELECT batch, ordinal FROM (VALUES ${values}) v(batch, ordinal)`)})`,
    );
    expect(told.map(([key]) => key)).toEqual(rows.map(({ batch, ordinal }) => sampleKey(batch, ordinal)));
    expect(new Set(told.map(([key]) => key)).size).toBe(rows.length);
  });
});

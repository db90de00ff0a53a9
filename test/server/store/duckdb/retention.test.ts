import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { missingCell } from '../../../../detectors/cells.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, KEY, NOW } from './support.ts';

const STORAGE = { keepRowsMs: 90 * DAY_MS, keepCountsMs: 400 * DAY_MS, minFreeBytes: 0 };
const LATER = NOW + 8 * DAY_MS;

let subject: Subject;
beforeEach(async () => {
  subject = await new Subject({ storage: STORAGE }).open();
});
afterEach(() => subject.end());

const row = (id: string, agoDays: number, given: object = {}) => {
  return { id, time: NOW - agoDays * DAY_MS, features: { n: agoDays }, ...given };
};
const label = (id: string, agoDays: number) => ({ id, value: 1, time: NOW - agoDays * DAY_MS });
const parquet = (file: string) => `read_parquet('${file}')`;
const ids = async () => (await subject.raw('SELECT id_text FROM predictions ORDER BY id_text')).flat();
const counted = async () => (await subject.store.counts({ ...KEY, ...ALL_TIME }))[0]?.rows;

describe('rows older than they are kept', () => {
  beforeEach(async () => {
    await subject.send([
      row('old', 120),
      row('young', 20),
      row('new', 0),
      row('reference', 120, { dataset: 'reference' }),
    ]);
    await subject.label([label('old', 120), label('young', 20)]);
  });

  it.each([
    ['hot', async () => {}],
    ['in Parquet', async () => void (await subject.store.moveDays(LATER))],
  ])('go when they are %s; counts, totals and reference rows stay', async (_name, prepare) => {
    await prepare();
    const before = await subject.store.catalog();
    await subject.store.retain(LATER);
    await subject.restart();
    const { file = '', rows } =
      (await subject.store.exportRange(KEY, { ...ALL_TIME, kind: 'predictions' })) ?? {};
    expect(rows).toBe(3);
    const left = [...(await ids())];
    expect(left).not.toContain('old');
    expect(left).toContain('reference');
    expect(file).toMatch(/parquet$/);
    expect(subject.files().filter((path) => path.includes('day=2026-02'))).toEqual([]);
    expect(await counted()).toBe(3);
    expect(await subject.store.catalog()).toEqual(before);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it('stay for a week after they came, as history may be imported', async () => {
    await subject.store.retain(NOW + 6 * DAY_MS);
    expect(await ids()).toEqual(['new', 'old', 'reference', 'young']);
  });

  it('leave their number when a new baseline counts all rows again', async () => {
    await subject.store.retain(LATER);
    await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 2 }, LATER);
    expect(await counted()).toBe(3);
    expect(await subject.store.recount(KEY)).toEqual([]);
    const [old] = await subject.store.counts({
      ...KEY,
      fromMs: NOW - 121 * DAY_MS,
      toMs: NOW - 119 * DAY_MS,
    });
    expect(old).toMatchObject({ rows: 1, features: { n: { known: expect.not.arrayContaining([1]) } } });
  });

  it('take their labels with them', async () => {
    await subject.store.retain(LATER);
    expect(await subject.raw('SELECT id_text FROM labels')).toEqual([['young']]);
    expect(await subject.store.catalog()).toMatchObject([{ labels: 2 }]);
  });

  it('go with a file that is already missing', async () => {
    await subject.store.moveDays(LATER);
    const [oldest = ''] = subject.files().toSorted();
    rmSync(join(subject.home.folder, oldest));
    await subject.restart();
    await subject.store.retain(LATER);
    expect((await subject.store.health()).archive).toMatchObject({ damaged: [] });
  });
});

describe('outcomes of rows that are gone', () => {
  const outcomes = async () => {
    const { rows } = await subject.store.rows.outcomeCounts({ ...KEY, ...ALL_TIME });
    const [row] = rows;
    const classes = row?.classes.map(({ predicted, label: told, rows: count }) => [predicted, told, count]);
    return { predictions: row?.predictions, labelled: row?.labelled, classes: classes?.toSorted() };
  };

  beforeEach(async () => {
    await subject.send([row('old', 120, { score: 0.2 }), row('young', 20, { score: 0.9 })]);
    await subject.label([label('old', 119), label('young', 19)]);
    await subject.store.labels.resolveLabels(NOW, 10);
  });

  it.each([
    ['hot', async () => {}],
    ['in Parquet', async () => void (await subject.store.moveDays(LATER + 40 * DAY_MS))],
  ])('stay where the rows were %s, over a new baseline and a restart too', async (_name, prepare) => {
    const before = await outcomes();
    expect(before).toMatchObject({ predictions: 2, labelled: 2 });
    await prepare();
    await subject.store.retain(LATER);
    expect(await subject.store.labels.recountOutcomes(KEY)).toEqual([]);
    await subject.store.replaceBaseline(KEY, { kind: 'first', rows: 1 }, LATER);
    expect(await outcomes()).toEqual(before);
    await subject.restart();
    expect(await outcomes()).toEqual(before);
    expect(await subject.store.labels.recountOutcomes(KEY)).toEqual([]);
  });

  it('are in no cell of scores once the cells have changed', async () => {
    await subject.store.retain(LATER);
    await subject.store.replaceBaseline(KEY, { kind: 'first', rows: 1 }, LATER);
    const { rows, scoreLayout } = await subject.store.rows.outcomeCounts({
      ...KEY,
      fromMs: NOW - 121 * DAY_MS,
      toMs: NOW - 119 * DAY_MS,
    });
    expect(rows[0]?.classes.map(({ scoreCell }) => scoreCell)).toEqual([missingCell(scoreLayout)]);
  });
});

describe('counts older than they are kept', () => {
  it('go, those of objectives too; those of reference rows stay', async () => {
    await subject.send([row('old', 390), row('new', 0), row('reference', 390, { dataset: 'reference' })]);
    await subject.store.retain(NOW + 20 * DAY_MS);
    expect(await counted()).toBe(1);
    // What an objective counted ever stays, as one row without a time.
    expect(
      await subject.raw(
        'SELECT count(DISTINCT minute_ms)::INTEGER, min(minute_ms)::INTEGER, max(good)::INTEGER FROM slo_minutes',
      ),
    ).toEqual([[2, 0, 1]]);
    expect(await subject.raw('SELECT count(*)::INTEGER FROM counts WHERE dataset = 1')).not.toEqual([[0]]);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });
});

describe('a store without settings for storage', () => {
  it('deletes nothing', async () => {
    const other = await new Subject().open();
    await other.send([row('old', 390)]);
    await other.store.retain(NOW + 1000 * DAY_MS);
    expect((await other.raw('SELECT id_text FROM predictions')).flat()).toEqual(['old']);
    await other.end();
  });
});

describe('erasing predictions by id', () => {
  const given = { protected: { region: 'north' } };

  it.each([
    ['hot', async () => {}],
    ['in Parquet', async () => void (await subject.store.moveDays(NOW + 60 * DAY_MS))],
  ])('takes them, their labels and their protected attributes where they are %s', async (_name, prepare) => {
    await subject.send([row('a', 5, given), row('b', 5, given), row('c', 6, given)]);
    await subject.label([label('a', 5), label('b', 5)]);
    await prepare();
    expect(await subject.store.erase(KEY, ['a', 'c', "no'body"])).toMatchObject({
      predictions: 2,
      labels: 1,
    });
    await subject.restart();
    for (const kind of ['predictions', 'protected', 'labels'] as const) {
      const { file = '' } = (await subject.store.exportRange(KEY, { ...ALL_TIME, kind })) ?? {};
      const told = await subject.store.exportRange(KEY, { ...ALL_TIME, kind });
      expect([kind, told?.rows]).toEqual([kind, 1]);
      rmSync(file);
    }
    const paths = ['archive', 'archive-protected', 'archive-labels'].flatMap((kind) => subject.files(kind));
    for (const path of paths)
      expect(
        await subject.raw(`SELECT prediction_id FROM ${parquet(join(subject.home.folder, path))}`),
      ).toEqual([['b']]);
  });

  it('finds any id that can be sent', async () => {
    const odd = ['a\0b', '\0', 'x'.repeat(4000), "it's", 'é😀'];
    await subject.send([row('a', 5), row('a\0c', 5), ...odd.map((id) => row(id, 5))]);
    expect(await subject.store.erase(KEY, odd.slice(0, 3))).toMatchObject({ predictions: 3 });
    await subject.store.moveDays(NOW + 60 * DAY_MS);
    expect(await subject.store.erase(KEY, [...odd.slice(3), 'a\0c'])).toMatchObject({ predictions: 3 });
  });

  it('leaves counts and totals as they are, and a recount does not mistake that for an error', async () => {
    await subject.send([row('a', 5), row('b', 5), row('c', 0)]);
    const catalog = await subject.store.catalog();
    await subject.store.moveDays(NOW + 4 * DAY_MS);
    await subject.store.erase(KEY, ['a', 'c']);
    for (let life = 0; life < 2; life += 1) {
      expect(await counted()).toBe(3);
      expect(await subject.store.catalog()).toEqual(catalog);
      expect(await subject.store.recount(KEY)).toEqual([]);
      await subject.restart();
    }
  });

  it('of nothing, or of a model that is not there, changes nothing', async () => {
    await subject.send([row('a', 5)]);
    const none = { predictions: 0, labels: 0, files: 0 };
    expect(await subject.store.erase(KEY, [])).toEqual(none);
    expect(await subject.store.erase({ ...KEY, tenant: 'other' }, ['a'])).toEqual(none);
    expect(await ids()).toEqual(['a']);
  });
});

describe('an export of a range of time', () => {
  it('holds hot and archived rows as one, by time, and is gone after a restart', async () => {
    await subject.send([row('c', 0), row('a', 6, { features: { n: 1.5, Land: 'DE' } }), row('b', 5)]);
    await subject.store.moveDays(NOW + 4 * DAY_MS);
    await subject.send([row('d', 0, { features: { late: 'column' } })]);
    const asked = { fromMs: NOW - 6 * DAY_MS, toMs: NOW + 1, kind: 'predictions' } as const;
    const told = await subject.store.exportRange(KEY, asked);
    expect(told).toMatchObject({ rows: 4, bytes: expect.any(Number) });
    const home = await new Subject().open();
    await home.store.close();
    const { openDatabase } = await import('../../../../server/store/duckdb/database.ts');
    const { copyFileSync, mkdirSync } = await import('node:fs');
    mkdirSync(join(home.home.folder, 'export'), { recursive: true });
    copyFileSync(told?.file ?? '', join(home.home.folder, 'export', 'x.parquet'));
    const database = await openDatabase(home.home.folder);
    expect(
      await database.reader.rows(
        `SELECT prediction_id, n, "Land", late FROM ${parquet(join(home.home.folder, 'export', 'x.parquet'))}`,
      ),
    ).toEqual([
      ['a', 1.5, 'DE', null],
      ['b', 5, null, null],
      ['c', 0, null, null],
      ['d', null, null, 'column'],
    ]);
    database.close();
    await home.open();
    await home.end();
    await subject.restart();
    expect(subject.files('export')).toEqual([]);
  });

  it('leaves out what is outside of the range, and other kinds', async () => {
    await subject.send([row('a', 5), row('b', 4), row('c', 3)]);
    const asked = { fromMs: NOW - 4 * DAY_MS, toMs: NOW - 3 * DAY_MS };
    expect(await subject.store.exportRange(KEY, { ...asked, kind: 'predictions' })).toMatchObject({
      rows: 1,
    });
    expect(await subject.store.exportRange(KEY, { ...asked, kind: 'protected' })).toMatchObject({ rows: 0 });
    expect(
      await subject.store.exportRange({ ...KEY, model: 'none' }, { ...asked, kind: 'labels' }),
    ).toBeNull();
  });
});

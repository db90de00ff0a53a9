import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import { Committer } from '../../../../server/store/duckdb/committer.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { migrate } from '../../../../server/store/duckdb/migrate.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { ALL_TIME, DAY_MS, jsonRequest, KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';

const STORAGE = { keepRowsMs: 90 * DAY_MS, keepCountsMs: 400 * DAY_MS };

function rowsOf(part: number, count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => {
    const features = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`f${at}`, Math.sin(index * at)]),
    );
    return { model: KEY.model, version: 'v1', id: `${part}-${index}`, value: 1, features };
  });
}

describe('a disk with less room than the floor', () => {
  it('has rows refused with a reason before writing fails, and is told', async () => {
    const home = scratch();
    const free = statfsSync(home.folder);
    const storage = { ...STORAGE, minFreeBytes: free.bavail * free.bsize * 2 };
    const store = await TelemetryStore.open({
      folder: home.folder,
      limits: LIMITS,
      models: [MODEL],
      storage,
    });
    const { ingest } = createIngest({ store, limits: LIMITS });
    await expect(ingest(jsonRequest(rowsOf(0, 1)))).rejects.toMatchObject({
      name: 'RetryableError',
      message: expect.stringMatching(/^The disk of the data folder has \d+ MB left and \d+ MB are kept free/),
    });
    expect(await store.health()).toMatchObject({ canStore: false, freeBytes: expect.any(Number) });
    await store.close();
    home.remove();
  });
});

/** Only root may mount a file system that is small enough to be filled. As root: `vitest run test/server/store/duckdb/disk.test.ts` */
const mayMount = (() => {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'leeway-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
})();

describe.skipIf(!mayMount)('a disk that is full', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leeway-full-'));
    mount('size=24m');
    mkdirSync(join(folder, 'data'));
  });
  afterEach(() => {
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const mount = (options: string) => {
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    expect(status).toBe(0);
  };
  const room = () => expect(spawnSync('mount', ['-o', 'remount,size=200m', folder]).status).toBe(0);
  const options = () => {
    return { folder: join(folder, 'data'), limits: LIMITS, models: [MODEL] };
  };

  it('loses nothing that was acknowledged, and takes rows again by itself once there is room', async () => {
    const store = await TelemetryStore.open(options());
    const { ingest } = createIngest({ store, limits: LIMITS });
    const send = async (part: number) => (await ingest(jsonRequest(rowsOf(part, 1000)))).status;
    let stored = 0;
    for (let part = 0; (await send(part)) === 'ok'; part += 1) stored += 1000;
    expect(stored).toBeGreaterThan(10_000);
    expect((await store.health()).lastError).toMatch(/No space left/);
    expect((await store.counts({ ...KEY, ...ALL_TIME }))[0]?.rows).toBe(stored);
    room();
    await vi.waitFor(async () => expect((await store.health()).canStore).toBe(true), 5000);
    expect(await send(1_000_000)).toBe('ok');
    expect(await store.recount(KEY)).toEqual([]);
    await store.close();
    const again = await TelemetryStore.open(options());
    expect(await again.catalog()).toMatchObject([{ predictions: stored + 1000 }]);
    await again.close();
  });

  it('that a checkpoint fails on is survived: the database opens itself anew', async () => {
    const database = await openDatabase(options().folder);
    await migrate(database.writer);
    const committer = new Committer(database, options());
    await committer.load();
    const { ingest } = createIngest({
      store: {
        repeated: () => null,
        append: async (batch) => (await committer.commit([batch]))[0] ?? expect.fail(),
      },
      limits: LIMITS,
    });
    for (let part = 0; part < 20; part += 1) await ingest(jsonRequest(rowsOf(part, 1000)));
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize - 100_000));
    await expect(committer.checkpoint()).rejects.toThrow(/No space left/);
    expect(committer.loaded.registry.find(KEY)).toMatchObject({ predictions: 20_000 });
    const count = 'SELECT count(*)::INTEGER FROM predictions';
    expect(await database.reader.rows(count)).toEqual([[20_000]]);
    rmSync(join(folder, 'ballast'));
    expect(await ingest(jsonRequest(rowsOf(99, 10)))).toMatchObject({ status: 'ok' });
    await committer.checkpoint();
    expect(await database.reader.rows(count)).toEqual([[20_010]]);
    committer.close();
    database.close();
  });

  it('has a day stay hot until there is room for its file', async () => {
    const store = await TelemetryStore.open(options());
    const { ingest } = createIngest({ store, limits: LIMITS });
    const old = rowsOf(0, 5000).map((row) => ({ ...row, time: NOW - 5 * DAY_MS }));
    await ingest(jsonRequest(old));
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize - 1_000_000));
    await expect(store.moveDays(NOW + 4 * DAY_MS)).rejects.toThrow(/needs room/);
    expect((await store.health()).archive).toMatchObject({ files: 0, lastError: expect.any(String) });
    rmSync(join(folder, 'ballast'));
    expect(await store.moveDays(NOW + 4 * DAY_MS)).toEqual({ parts: 1, rows: 5000 });
    expect(await store.recount(KEY)).toEqual([]);
    expect((await store.health()).archive).toMatchObject({ files: 1, lastError: null });
    await store.close();
  });
});

describe('a database that opens itself anew', () => {
  it('lets what reads end, and what would read wait', async () => {
    const home = scratch();
    const database = await openDatabase(home.folder);
    await database.writer.run('CREATE TABLE t AS SELECT range AS i, random() AS x FROM range(1000000)');
    const count = () => database.reader.rows('SELECT count(*)::INTEGER FROM (SELECT DISTINCT x FROM t)');
    const reads = [count(), count()];
    await database.reopen();
    expect(await Promise.all(reads)).toEqual([[[expect.any(Number)]], [[expect.any(Number)]]]);
    await database.reader.hold(() => database.reopen());
    expect(await database.archiver.rows('SELECT count(*)::INTEGER FROM t')).toEqual([[1_000_000]]);
    database.close();
    home.remove();
  });
});

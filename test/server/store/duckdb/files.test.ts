import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FatalError } from '../../../../server/errors.ts';
import { useDataFolder } from '../../../../server/store/data-folder.ts';
import { FILE_NAME, openDatabase } from '../../../../server/store/duckdb/database.ts';
import { openDatabase as openControl } from '../../../../server/store/sqlite/database.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import { LIMITS, MODEL, scratch, sendPredictions } from './support.ts';

let home: ReturnType<typeof scratch>;
const open = () => buildTelemetry({ folder: home.folder, limits: LIMITS, models: [MODEL] });
const row = (index: number) => ({
  model: MODEL.model,
  id: `p${index}`,
  features: { n: index },
  value: index,
});

beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

describe('the owner of the telemetry file', () => {
  it('is one in a process: a second is refused in words, and may come when the first has gone', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(/in use by this process; stop it first/);
    await expect(open()).rejects.toBeInstanceOf(FatalError);
    await first.close();
    await (await open()).close();
  });

  it('is one among processes', async () => {
    const first = await open();
    const script = `import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../../server/store/duckdb/lock.ts'))};
      try { lockFolder(${JSON.stringify(home.folder)}); console.log('taken'); } catch (error) { console.log(error.name, error.message); }`;
    const second = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(second.stdout).toContain(`FatalError The telemetry data in`);
    expect(second.stdout).toContain(`in use by process ${process.pid}`);
    await first.close();
  });

  it('may come back after it was killed, even when its number has a new bearer', async () => {
    const lock = join(home.folder, 'telemetry.lock');
    for (const left of [{ pid: 2 ** 22 + 1, startedAt: '1' }, { pid: process.pid, startedAt: '1' }, 'torn']) {
      writeFileSync(lock, JSON.stringify(left));
      await (await open()).close();
    }
    expect(existsSync(lock)).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('a process that has ended but was not asked how', () => {
  it('owns nothing any more', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    try {
      const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
      const stat = () => readFileSync(`/proc/${Number(pid)}/stat`, 'utf8').split(') ')[1] ?? '';
      await vi.waitFor(() => expect(stat()).toMatch(/^Z/));
      const left = { pid: Number(pid), startedAt: stat().split(' ')[19] };
      writeFileSync(join(home.folder, 'telemetry.lock'), JSON.stringify(left));
      await (await open()).close();
    } finally {
      parent.kill();
    }
  });
});

describe('a data folder that cannot be used', () => {
  const places: readonly (readonly [string, (folder: string) => string, RegExp])[] = [
    ['a file', (file) => file, /it, or a part of its path, is a file/],
    ['beneath a file', (file) => join(file, 'data'), /it, or a part of its path, is a file/],
    ['where no folder can be made', () => '/proc/leeway', /it cannot be made there/],
  ];

  it.each(places)('being %s is told in words, with the folder and exit code 2', async (_name, at, words) => {
    const file = join(home.folder, 'file');
    writeFileSync(file, 'x');
    const folder = at(file);
    const failed = buildTelemetry({ folder, limits: LIMITS, models: [MODEL] });
    await expect(failed).rejects.toThrow(words);
    await expect(failed).rejects.toMatchObject({
      name: 'FatalError',
      exitCode: 2,
      message: expect.stringContaining(folder),
    });
    expect(() => openControl(folder)).toThrow(words);
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it.skipIf(process.getuid?.() === 0)('for want of rights is told in words', () => {
    chmodSync(home.folder, 0o500);
    expect(() => useDataFolder(home.folder)).toThrow(/this user may not write to it/);
    chmodSync(home.folder, 0o700);
  });
});

describe('the telemetry file', () => {
  it('of a newer program is refused and left as it is', async () => {
    await (await open()).close();
    const database = await openDatabase(home.folder);
    await database.writer.run("INSERT INTO migrations VALUES (999, '999-future.sql')");
    await database.writer.run('CHECKPOINT');
    database.close();
    const before = readFileSync(join(home.folder, FILE_NAME));
    await expect(open()).rejects.toThrow(/written by a newer Leeway \(its tables are at 999/);
    expect(readFileSync(join(home.folder, FILE_NAME)).equals(before)).toBe(true);
  });

  it('with a torn log keeps every commit before the tear, and a copy of the log', async () => {
    const source = scratch();
    const first = await buildTelemetry({ folder: source.folder, limits: LIMITS, models: [MODEL] });
    await sendPredictions(first, [row(1), row(2)]);
    const log = join(source.folder, `${FILE_NAME}.wal`);
    const intact = statSync(log).size;
    await sendPredictions(first, [row(3)]);
    for (const name of [FILE_NAME, `${FILE_NAME}.wal`])
      writeFileSync(join(home.folder, name), readFileSync(join(source.folder, name)));
    await first.close();
    source.remove();

    const torn = join(home.folder, `${FILE_NAME}.wal`);
    const bytes = readFileSync(torn);
    bytes[intact + 20] = (bytes[intact + 20] ?? 0) ^ 0xff;
    writeFileSync(torn, bytes);
    const store = await TelemetryStore.open({ folder: home.folder, limits: LIMITS, models: [MODEL] });
    expect((await store.health()).salvage).toMatchObject({ keptBytes: intact });
    expect(await store.catalog()).toMatchObject([{ predictions: 2 }]);
    expect(await store.recount(MODEL)).toEqual([]);
    expect(readdirSync(home.folder).some((name) => name.includes('.wal.torn-'))).toBe(true);
    await store.close();
  });

  it('with zeros behind its log keeps everything', async () => {
    const source = scratch();
    const first = await buildTelemetry({ folder: source.folder, limits: LIMITS, models: [MODEL] });
    await sendPredictions(first, [row(1), row(2)]);
    for (const name of [FILE_NAME, `${FILE_NAME}.wal`])
      writeFileSync(join(home.folder, name), readFileSync(join(source.folder, name)));
    await first.close();
    source.remove();
    appendFileSync(join(home.folder, `${FILE_NAME}.wal`), Buffer.alloc(4096));
    const again = await open();
    expect(await again.catalog()).toMatchObject([{ predictions: 2 }]);
    await again.close();
  });
});

describe('health', () => {
  it('tells sizes and that rows can be stored', async () => {
    const telemetry = await open();
    await sendPredictions(telemetry, [row(1)]);
    const health = await telemetry.health();
    expect(health).toMatchObject({ rowsAwaitingCommit: 0, canStore: true, lastError: null });
    expect(health.walBytes).toBeGreaterThan(0);
    await telemetry.close();
  });
});

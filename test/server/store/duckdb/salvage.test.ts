import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE_NAME, openDatabase } from '../../../../server/store/duckdb/database.ts';
import { scratch } from './support.ts';

const LOG = `${FILE_NAME}.wal`;
const COMMITS = 4;
const ROWS = 3;
const VERSION_BYTES = 8;

let home: ReturnType<typeof scratch>;
let file: Buffer;
let log: Buffer;
/** Where the log ended after each commit. */
const ends: number[] = [];

beforeAll(async () => {
  home = scratch();
  const database = await openDatabase(home.folder);
  await database.writer.run('CREATE TABLE t (i BIGINT, s VARCHAR)');
  await database.writer.run('CHECKPOINT');
  for (let commit = 0; commit < COMMITS; commit += 1) {
    await database.writer.run(`INSERT INTO t SELECT range, 'x' || range FROM range(${ROWS})`);
    ends.push(readFileSync(join(home.folder, LOG)).length);
  }
  database.close();
  file = readFileSync(join(home.folder, FILE_NAME));
  log = readFileSync(join(home.folder, LOG));
});
afterAll(() => home.remove());

/** Opens a copy with this log; how many commits are there, and what was told. */
async function openWith(bytes: Buffer) {
  const folder = join(home.folder, 'copy');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, FILE_NAME), file);
  writeFileSync(join(folder, LOG), bytes);
  const database = await openDatabase(folder);
  try {
    const [row] = await database.writer.rows('SELECT count(*)::INTEGER FROM t');
    return { commits: Number(row?.[0]) / ROWS, salvage: database.salvage };
  } finally {
    database.close();
  }
}

function flipped(at: number, bit: number): Buffer {
  const bytes = Buffer.from(log);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
}

describe('a log with one flipped bit', () => {
  it('opens, keeps every commit before it, and never loses one in silence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(log.length - 1), fc.nat(7), async (at, bit) => {
        const { commits, salvage } = await openWith(flipped(at, bit));
        expect(commits).toBeGreaterThanOrEqual(ends.filter((end) => end <= at).length);
        expect(Number.isInteger(commits)).toBe(true);
        if (commits < COMMITS) expect(salvage).not.toBeNull();
        if (salvage !== null) expect(readFileSync(salvage.copy).equals(flipped(at, bit))).toBe(true);
      }),
      { numRuns: 150, examples: [[8, 0]] },
    );
  }, 120_000);

  it.each([0, 1, 2])('in the length of an entry of commit %i is mended: nothing is lost', async (commit) => {
    const at = commit === 0 ? 8 : (ends[commit - 1] ?? 0);
    for (const bit of [16, 31, 40, 63]) {
      const { commits, salvage } = await openWith(flipped(at + Math.floor(bit / 8), bit % 8));
      expect(commits).toBe(COMMITS);
      expect(salvage).toMatchObject({ cutBytes: 0, keptBytes: log.length });
    }
  });

  it('in the length of its very last entry is mended, too', async () => {
    for (const bit of [5, 16, 63]) {
      const { commits, salvage } = await openWith(flipped(log.length - 21 + Math.floor(bit / 8), bit % 8));
      expect(commits).toBe(COMMITS);
      expect(salvage).toMatchObject({ cutBytes: 0 });
    }
  });

  it('in its version is mended', async () => {
    for (let at = 0; at < 8; at += 1)
      expect(await openWith(flipped(at, 3))).toMatchObject({ commits: COMMITS });
  });
});

describe('a log whose last commit was torn by a crash', () => {
  it('anywhere keeps what was committed before, and tells how many bytes are gone and where a copy is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(log.length - 1), async (length) => {
        const torn = log.subarray(0, length);
        const { commits, salvage } = await openWith(torn);
        const kept = ends.filter((end) => end <= length);
        const whole = kept.at(-1) ?? (length < VERSION_BYTES ? 0 : VERSION_BYTES);
        expect(commits).toBe(kept.length);
        if (whole === length) expect(salvage).toBeNull();
        else expect(salvage).toMatchObject({ keptBytes: whole, cutBytes: length - whole });
        if (salvage !== null) expect(readFileSync(salvage.copy).equals(torn)).toBe(true);
      }),
      { numRuns: 100, examples: [[0], [1], [7], [8], [9], [log.length - 1], [log.length - 20]] },
    );
  }, 120_000);

  it('is told once only: the next start finds it whole', async () => {
    expect((await openWith(log.subarray(0, log.length - 7))).salvage).not.toBeNull();
    const database = await openDatabase(join(home.folder, 'copy'));
    expect(database.salvage).toBeNull();
    database.close();
  });

  it('with bytes of a commit behind it that was never ended is told, too', async () => {
    const unended = Buffer.concat([log, log.subarray(VERSION_BYTES, ends[0])]).subarray(0, -21);
    expect(await openWith(unended)).toMatchObject({
      commits: COMMITS,
      salvage: { keptBytes: log.length, cutBytes: unended.length - log.length },
    });
  });

  it('keeps the others when the rest of it is zeros', async () => {
    const bytes = Buffer.from(log);
    bytes.fill(0, ends[COMMITS - 2]);
    const { commits, salvage } = await openWith(bytes);
    expect(commits).toBe(COMMITS - 1);
    expect(salvage).toMatchObject({ keptBytes: ends[COMMITS - 2] });
  });
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FatalError } from '../../../../server/errors.ts';
import { CONTROL_FILE, openDatabase } from '../../../../server/store/sqlite/database.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the control file', () => {
  it('writes ahead and syncs every commit', () => {
    const database = openDatabase(folder);
    expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    database.close();
  });

  it('opens again with the newest schema, and beside a second owner', () => {
    openDatabase(folder).close();
    const first = openDatabase(folder);
    const second = openDatabase(folder);
    first.run("INSERT INTO jobs (id, due_at_ms) VALUES ('a', 1)");
    expect(second.get('SELECT id FROM jobs')).toEqual({ id: 'a' });
    first.close();
    second.close();
  });

  it('of a newer Leeway is refused in words, untouched', () => {
    openDatabase(folder).close();
    const newer = new DatabaseSync(join(folder, CONTROL_FILE));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => openDatabase(folder)).toThrow(FatalError);
    expect(() => openDatabase(folder)).toThrow(/schema 99, but this program knows \d+: .*newer Leeway/);
  });

  it('has migrations numbered without a gap', () => {
    const files = readdirSync(
      new URL('../../../../server/store/sqlite/migrations', import.meta.url),
    ).toSorted();
    expect(files.map((file) => Number(file.slice(0, 3)))).toEqual(files.map((_, index) => index + 1));
  });

  it('keeps nothing of a transaction that fails', () => {
    const database = openDatabase(folder);
    expect(() =>
      database.transaction(() => {
        database.run("INSERT INTO jobs (id, due_at_ms) VALUES ('a', 1)");
        throw new Error('halfway');
      }),
    ).toThrow('halfway');
    expect(database.all('SELECT * FROM jobs')).toEqual([]);
    database.transaction(() => database.run("INSERT INTO jobs (id, due_at_ms) VALUES ('b', 1)"));
    expect(database.all('SELECT id FROM jobs')).toEqual([{ id: 'b' }]);
    database.close();
  });
});

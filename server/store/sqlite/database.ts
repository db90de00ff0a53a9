import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { FatalError } from '../../errors.ts';
import { useDataFolder } from '../data-folder.ts';

export const CONTROL_FILE = 'control.sqlite';

const MIGRATIONS = new URL('migrations/', import.meta.url);

/** The control database: prepared statements by their text, and transactions. */
export interface Database {
  readonly run: (sql: string, ...values: SQLInputValue[]) => number;
  readonly all: (sql: string, ...values: SQLInputValue[]) => readonly Row[];
  readonly get: (sql: string, ...values: SQLInputValue[]) => Row | undefined;
  /** Everything `work` does is committed and on disk when this returns, or nothing is. */
  readonly transaction: <T>(work: () => T) => T;
  readonly close: () => void;
}

/** No column of the schema holds bytes. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Opens `control.sqlite` in the folder and brings it to the newest schema. */
export function openDatabase(folder: string): Database {
  useDataFolder(folder);
  const file = join(folder, CONTROL_FILE);
  const sqlite = new DatabaseSync(file, { timeout: 5_000 });
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  try {
    migrate(sqlite, file);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return wrap(sqlite);
}

/** One transaction from the version found to the newest, also when two processes open a new file at the same time. */
function migrate(sqlite: DatabaseSync, file: string): void {
  const migrations = readdirSync(MIGRATIONS)
    .filter((name) => /^\d{3}-.*\.sql$/.test(name))
    .sort();
  const found = versionOf(sqlite);
  if (found > migrations.length)
    throw new FatalError(
      `${file} has schema ${found}, but this program knows ${migrations.length}: it was written by a newer Leeway. ` +
        'Start that version, or restore a backup made before.',
    );
  if (found === migrations.length) return;
  inTransaction(sqlite, () => {
    for (const name of migrations.slice(versionOf(sqlite)))
      sqlite.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
    sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function versionOf(sqlite: DatabaseSync): number {
  return Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function wrap(sqlite: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = sqlite.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    all: (sql, ...values) => prepared(sql).all(...values) as Row[],
    get: (sql, ...values) => prepared(sql).get(...values) as Row | undefined,
    transaction: (work) => inTransaction(sqlite, work),
    close: () => sqlite.close(),
  };
}

function inTransaction<T>(sqlite: DatabaseSync, work: () => T): T {
  sqlite.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    sqlite.exec('COMMIT');
    return value;
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    throw error;
  }
}

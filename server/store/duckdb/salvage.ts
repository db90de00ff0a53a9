import { copyFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import duckdb from '@duckdb/node-bindings';

/** What was cut off a write-ahead log that a crash had torn. */
export interface Salvage {
  readonly copy: string;
  readonly keptBytes: number;
  readonly cutBytes: number;
}

/** An entry starts 16 bytes before the position DuckDB names. */
const ENTRY_HEADER_BYTES = 16;

/**
 * Opens the file. A torn log is copied aside, cut before the first damaged entry and read again: every commit before
 * it is kept.
 */
export async function openSalvaging(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly database: duckdb.Database; readonly salvage: Salvage | null }> {
  try {
    return { database: await open(file, settings), salvage: null };
  } catch (error) {
    const position = tornAt(error);
    const log = `${file}.wal`;
    if (position === null || !existsSync(log)) throw error;
    const salvage = cut(log, Math.max(0, position - ENTRY_HEADER_BYTES));
    return { database: await open(file, settings), salvage };
  }
}

function open(file: string, settings: Readonly<Record<string, string>>): Promise<duckdb.Database> {
  const config = duckdb.create_config();
  for (const [name, value] of Object.entries(settings)) duckdb.set_config(config, name, value);
  return duckdb.open(file, config);
}

function tornAt(error: unknown): number | null {
  const found = /Corrupt WAL file: entry at byte position (\d+)/.exec(String(error));
  return found === null ? null : Number(found[1]);
}

function cut(log: string, keptBytes: number): Salvage {
  const { size, mtimeMs } = statSync(log);
  const copy = `${log}.torn-${Math.trunc(mtimeMs)}`;
  copyFileSync(log, copy);
  truncateSync(log, keptBytes);
  return { copy, keptBytes, cutBytes: size - keptBytes };
}

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import duckdb from '@duckdb/node-bindings';
import { findHidden } from './log-check.ts';

/** What was cut off a write-ahead log that was damaged. Nothing was cut off one that could be mended. */
export interface Salvage {
  readonly copy: string;
  readonly keptBytes: number;
  readonly cutBytes: number;
}

/** An entry starts 16 bytes before the position DuckDB names. */
const ENTRY_HEADER_BYTES = 16;

/**
 * Opens the file. A damaged log is copied aside, mended where a turned bit in a length is all there is, and else cut
 * before the first damaged entry: every commit before it is kept.
 */
export async function openSalvaging(
  file: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly database: duckdb.Database; readonly salvage: Salvage | null }> {
  const log = `${file}.wal`;
  const hidden = mend(log);
  try {
    return { database: await open(file, settings), salvage: hidden };
  } catch (error) {
    const position = tornAt(error);
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
  const { size } = statSync(log);
  const copy = setAside(log);
  truncateSync(log, keptBytes);
  return { copy, keptBytes, cutBytes: size - keptBytes };
}

/** DuckDB would read such a log to the damage and drop the rest in silence. */
function mend(log: string): Salvage | null {
  const hidden = findHidden(log);
  if (hidden === null) return null;
  const { at, size, mended } = hidden;
  const copy = setAside(log);
  if (mended === null) return { copy, keptBytes: at, cutBytes: size - at };
  const file = openSync(log, 'r+');
  writeSync(file, mended, 0, mended.length, at);
  fsyncSync(file);
  closeSync(file);
  return { copy, keptBytes: size, cutBytes: 0 };
}

/** The first copy is the one as it was found. */
function setAside(log: string): string {
  const copy = `${log}.torn-${Math.trunc(statSync(log).mtimeMs)}`;
  if (!existsSync(copy)) copyFileSync(log, copy);
  return copy;
}

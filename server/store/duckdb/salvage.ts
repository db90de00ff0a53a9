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
import { findDropped } from './log-check.ts';

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
  const dropped = mend(log);
  try {
    return { database: await open(file, settings), salvage: dropped };
  } catch (error) {
    const position = tornAt(error);
    if (position === null || !existsSync(log)) throw error;
    const keptBytes = Math.max(0, position - ENTRY_HEADER_BYTES);
    const salvage = dropped === null ? cut(log, keptBytes) : cutMore(log, keptBytes, dropped);
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

/** The copy is the one of the log as it was found. */
function cutMore(log: string, keptBytes: number, { copy, ...before }: Salvage): Salvage {
  truncateSync(log, keptBytes);
  return { copy, keptBytes, cutBytes: before.keptBytes + before.cutBytes - keptBytes };
}

/** DuckDB would read such a log to the damage, or to its last whole commit, and drop the rest in silence; it stays in the file until something is written. */
function mend(log: string): Salvage | null {
  const dropped = findDropped(log);
  if (dropped === null) return null;
  const { at, size, mended } = dropped;
  if (mended === null) return cut(log, at);
  const copy = setAside(log);
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

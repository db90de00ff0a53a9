import { totalmem } from 'node:os';
import { join } from 'node:path';
import duckdb from '@duckdb/node-bindings';
import { DuckDBConnection } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { useDataFolder } from '../data-folder.ts';
import { lockFolder } from './lock.ts';
import { openSalvaging } from './salvage.ts';
import type { Salvage } from './salvage.ts';

export const FILE_NAME = 'telemetry.duckdb';

/**
 * Checkpoints follow an own schedule: the default of 16 MB costs a third of the throughput and stalls for seconds.
 * Nothing is loaded or read from elsewhere.
 */
const CONFIG = {
  checkpoint_threshold: '1GB',
  auto_checkpoint_skip_wal_threshold: '1000000000000',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  enable_external_access: 'false',
};

/** DuckDB would take four fifths of the memory; the process needs room of its own. */
function memoryLimit(): string {
  return `${Math.trunc(Math.min(4e9, totalmem() * 0.4))}B`;
}

/** One statement at a time on one connection; reading does not wait for writing. */
export class Session {
  readonly raw: duckdb.Connection;
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();

  constructor(raw: duckdb.Connection) {
    this.raw = raw;
    this.#connection = new DuckDBConnection(raw);
  }

  /** Runs SQL and returns its rows, one array of plain values a row. */
  rows(sql: string, values: readonly DuckDBValue[] = []): Promise<readonly (readonly DuckDBValue[])[]> {
    return this.#queued(async () => {
      const reader = await this.#connection.runAndReadAll(sql, values.length > 0 ? [...values] : undefined);
      return reader.getRows();
    });
  }

  run(sql: string, values: readonly DuckDBValue[] = []): Promise<void> {
    return this.#queued(async () => {
      await this.#connection.run(sql, values.length > 0 ? [...values] : undefined);
    });
  }

  /** Runs a task that uses another session while nothing runs on this one. */
  hold<T>(task: () => Promise<T>): Promise<T> {
    return this.#queued(task);
  }

  close(): void {
    this.#connection.closeSync();
  }

  #queued<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task, task);
    this.#last = next.catch(() => {});
    return next;
  }
}

export interface Database {
  readonly file: string;
  readonly writer: Session;
  readonly reader: Session;
  /** What had to be cut off at start, or null. */
  readonly salvage: Salvage | null;
  readonly close: () => void;
}

/** Opens the one telemetry database of a folder. Throws FatalError when another owner has it, or it cannot be used. */
export async function openDatabase(folder: string): Promise<Database> {
  useDataFolder(folder);
  const release = lockFolder(folder);
  try {
    const file = join(folder, FILE_NAME);
    const { database, salvage } = await openSalvaging(file, { ...CONFIG, memory_limit: memoryLimit() });
    const writer = new Session(await duckdb.connect(database));
    const reader = new Session(await duckdb.connect(database));
    const close = () => {
      reader.close();
      writer.close();
      duckdb.close_sync(database);
      release();
    };
    return { file, writer, reader, salvage, close };
  } catch (error) {
    release();
    throw error;
  }
}

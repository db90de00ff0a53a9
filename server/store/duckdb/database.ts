import { realpathSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import duckdb from '@duckdb/node-bindings';
import { DuckDBConnection } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { useDataFolder } from '../data-folder.ts';
import { openFolders } from './archive-files.ts';
import { lockFolder } from './lock.ts';
import { text } from './archived-sql.ts';
import { openSalvaging } from './salvage.ts';
import type { Salvage } from './salvage.ts';

export const FILE_NAME = 'telemetry.duckdb';

/** Checkpoints follow an own schedule: the default of 16 MB costs a third of the throughput and stalls for seconds. */
const CONFIG = {
  checkpoint_threshold: '1GB',
  auto_checkpoint_skip_wal_threshold: '1000000000000',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/** DuckDB would take four fifths of the memory; the process needs room of its own. */
function memoryLimit(): string {
  return `${Math.trunc(Math.min(4e9, totalmem() * 0.4))}B`;
}

/** One statement at a time on one connection; reading does not wait for writing. */
export class Session {
  #raw: duckdb.Connection;
  #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #opening: Promise<void> = Promise.resolve();

  constructor(raw: duckdb.Connection) {
    this.#raw = raw;
    this.#connection = new DuckDBConnection(raw);
  }

  get raw(): duckdb.Connection {
    return this.#raw;
  }

  /**
   * Goes on with another connection: lets the statement that runs end, closes, and lets no other begin before `open`
   * gave the next one. Where that fails statements fail too.
   */
  async replace(open: Promise<duckdb.Connection>): Promise<void> {
    this.#opening = this.#adopt(open);
    await this.#running;
    this.close();
  }

  async #adopt(open: Promise<duckdb.Connection>): Promise<void> {
    try {
      this.#raw = await open;
      this.#connection = new DuckDBConnection(this.#raw);
    } catch {
      // Whoever opens is told; statements meet a closed connection.
    }
  }

  /** Runs SQL and returns its rows, one array of plain values a row. */
  rows(sql: string, values: readonly DuckDBValue[] = []): Promise<readonly (readonly DuckDBValue[])[]> {
    return this.#statement(async (connection) => {
      const reader = await connection.runAndReadAll(sql, values.length > 0 ? [...values] : undefined);
      return reader.getRows();
    });
  }

  run(sql: string, values: readonly DuckDBValue[] = []): Promise<void> {
    return this.#statement(async (connection) => {
      await connection.run(sql, values.length > 0 ? [...values] : undefined);
    });
  }

  /** Runs SQL, which is told when its turn comes, and shows its result chunk by chunk, as it lies in memory. */
  visit(sql: () => string, show: (chunk: duckdb.DataChunk) => void): Promise<void> {
    return this.#statement(async () => {
      const result = await duckdb.query(this.#raw, sql());
      for (
        let chunk = await duckdb.fetch_chunk(result);
        chunk !== null;
        chunk = await duckdb.fetch_chunk(result)
      ) {
        if (duckdb.data_chunk_get_size(chunk) === 0) return;
        show(chunk);
      }
    });
  }

  /** Runs a task that uses another session while nothing runs on this one. */
  hold<T>(task: () => Promise<T>): Promise<T> {
    return this.#queued(task);
  }

  close(): void {
    this.#connection.closeSync();
  }

  #statement<T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#queued(async () => {
      await this.#opening;
      const running = run(this.#connection);
      this.#running = running.catch(() => {});
      return running;
    });
  }

  #queued<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task, task);
    this.#last = next.catch(() => {});
    return next;
  }
}

export interface Database {
  readonly file: string;
  /** The data folder as the database knows it, with a slash at its end. */
  readonly folder: string;
  readonly writer: Session;
  readonly reader: Session;
  /** Copies closed days while the others go on. */
  readonly archiver: Session;
  /** Counts stored rows while the others go on. */
  readonly builder: Session;
  /** What had to be cut off at start, or null. */
  readonly salvage: Salvage | null;
  /**
   * Closes what a full disk or a failure inside has made useless, and opens it again from disk; the sessions stay.
   * Every appender on them must be closed. Rejects when it cannot be opened; then it may be called again.
   */
  readonly reopen: () => Promise<void>;
  readonly close: () => void;
}

/** Opens the one telemetry database of a folder. Throws FatalError when another owner has it, or it cannot be used. */
export async function openDatabase(folder: string): Promise<Database> {
  useDataFolder(folder);
  const release = lockFolder(folder);
  try {
    return await openLocked(`${realpathSync(folder)}/`, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function openLocked(folder: string, release: () => void): Promise<Database> {
  const file = join(folder, FILE_NAME);
  let instance: Instance | null = await openInstance(file, folder);
  const { salvage } = instance;
  const sessions = instance.connections.map((raw) => new Session(raw));
  const [writer, reader, archiver, builder] = sessions as [Session, Session, Session, Session];
  const closeInstance = () => {
    if (instance === null) return;
    for (const session of sessions) session.close();
    duckdb.close_sync(instance.database);
    instance = null;
  };
  const reopen = async () => {
    const opened = Promise.withResolvers<Instance>();
    await Promise.all(sessions.map((session, index) => session.replace(connectionOf(opened.promise, index))));
    if (instance !== null) duckdb.close_sync(instance.database);
    instance = null;
    openInstance(file, folder).then(opened.resolve, opened.reject);
    instance = await opened.promise;
  };
  const close = () => {
    closeInstance();
    release();
  };
  return { file, folder, writer, reader, archiver, builder, salvage, reopen, close };
}

/** Writer, reader, archiver and builder. */
const CONNECTIONS = 4;

interface Instance {
  readonly database: duckdb.Database;
  readonly connections: readonly duckdb.Connection[];
  readonly salvage: Salvage | null;
}

async function connectionOf(opening: Promise<Instance>, index: number): Promise<duckdb.Connection> {
  const { connections } = await opening;
  return connections[index] as duckdb.Connection;
}

async function openInstance(file: string, folder: string): Promise<Instance> {
  const { database, salvage } = await openSalvaging(file, { ...CONFIG, memory_limit: memoryLimit() });
  const connections = [];
  for (let index = 0; index < CONNECTIONS; index += 1) connections.push(await duckdb.connect(database));
  await confine(connections[0] as duckdb.Connection, folder);
  return { database, connections, salvage };
}

/** Nothing outside of the archive is read or written by SQL from here on, and nothing can undo that. */
async function confine(raw: duckdb.Connection, folder: string): Promise<void> {
  const connection = new DuckDBConnection(raw);
  await connection.run(`SET allowed_directories = [${openFolders(folder).map(text).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  // A checkpoint on a full disk takes the database with it: the store makes its own, where there is room.
  await connection.run('PRAGMA disable_checkpoint_on_shutdown');
}

import duckdb from '@duckdb/node-bindings';
import { openDatabase } from '../../server/store/duckdb/database.ts';
import type { Session } from '../../server/store/duckdb/database.ts';
import { migrate } from '../../server/store/duckdb/migrate.ts';
import { scratchFolder } from '../kit/appliance.ts';
import { fillVector, storedCommits } from './stored.ts';
import type { Commit } from './stored.ts';

export interface Appended {
  readonly rows: number;
  readonly commits: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * DuckDB's own columnar append: the rows a server stored after its first `skipRows`, in commits of the same sizes, into
 * the same table under the same settings; no decoding, no counting, no answering.
 */
export async function appendAgain(folder: string, skipRows: number): Promise<Appended> {
  const source = await openDatabase(folder);
  const commits = await storedCommits(source, skipRows);
  source.close();
  const { folder: target, remove } = scratchFolder();
  const database = await openDatabase(target);
  await migrate(database.writer);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await appendAll(database.writer, commits);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  database.close();
  remove();
  const rows = commits.reduce((sum, commit) => sum + commit.rows, 0);
  return { rows, commits: commits.length, seconds, cpuSeconds: (user + system) / 1e6 };
}

async function appendAll(writer: Session, commits: readonly Commit[]): Promise<void> {
  const appender = duckdb.appender_create(writer.raw, null, 'predictions');
  const types = Array.from({ length: duckdb.appender_column_count(appender) }, (_, at) =>
    duckdb.appender_column_type(appender, at),
  );
  const chunk = duckdb.create_data_chunk(types);
  for (const commit of commits) {
    await writer.run('BEGIN');
    for (const { rows, columns } of commit.chunks) {
      duckdb.data_chunk_reset(chunk);
      columns.forEach((column, at) => fillVector(duckdb.data_chunk_get_vector(chunk, at), column, rows));
      duckdb.data_chunk_set_size(chunk, rows);
      duckdb.append_data_chunk(appender, chunk);
    }
    duckdb.appender_flush_sync(appender);
    await writer.run('COMMIT');
  }
  duckdb.appender_close_sync(appender);
}

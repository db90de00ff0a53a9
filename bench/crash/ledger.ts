import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { openDatabase } from '../../server/store/duckdb/database.ts';
import type { Session } from '../../server/store/duckdb/database.ts';
import { idSql } from '../kit/id-sql.ts';
import { ROWS } from './traffic.ts';
import type { Acknowledged, Sent } from './traffic.ts';

/** What was told to senders, held against what is on disk. */

export interface Verdict {
  /** Requests that were acknowledged and are not there whole. */
  readonly lost: number;
  /** Rows that are there more than once. */
  readonly twice: number;
  /** Requests that are there by a part of their rows. */
  readonly halves: number;
  readonly rows: number;
  /** Those of them that stand in the archive of closed days. */
  readonly archivedRows: number;
}

/** Those of the requests that are not there whole. */
export async function lostOf(
  folder: string,
  requests: readonly Acknowledged[],
): Promise<readonly Acknowledged[]> {
  return lostIn(await storedRequests(folder), requests);
}

function lostIn(stored: Stored, requests: readonly Acknowledged[]): readonly Acknowledged[] {
  return requests.filter(({ number, route }) => (stored[route].get(number)?.ids.size ?? 0) < ROWS);
}

/** How many rows a request has, and which of its ids. */
interface Found {
  readonly rows: number;
  readonly ids: ReadonlySet<number>;
}

interface Stored extends Readonly<Record<Sent['route'], ReadonlyMap<number, Found>>> {
  readonly archivedRows: number;
}

/** Opens the folder of a process that is gone. */
export async function verdictOf(folder: string, acknowledged: readonly Acknowledged[]): Promise<Verdict> {
  const stored = await storedRequests(folder);
  const all = [...stored.predictions.values(), ...stored.labels.values()];
  return {
    lost: lostIn(stored, acknowledged).length,
    twice: all.reduce((sum, { rows, ids }) => sum + rows - ids.size, 0),
    halves: all.filter(({ ids }) => ids.size !== ROWS).length,
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    archivedRows: stored.archivedRows,
  };
}

async function storedRequests(folder: string): Promise<Stored> {
  const { writer, close } = await openDatabase(folder);
  const hot = {
    predictions: await byRequest(writer, 'predictions'),
    labels: await byRequest(writer, 'labels'),
  };
  const files = await writer.rows("SELECT file FROM archive_files WHERE kind = 'predictions'");
  close();
  const cold = await archived(files.map(([file]) => join(folder, String(file))));
  const archivedRows = [...cold.values()].reduce((sum, { rows }) => sum + rows, 0);
  return { ...hot, predictions: merged(hot.predictions, cold), archivedRows };
}

const REQUESTS_SQL = (id: string, from: string) =>
  `SELECT split_part(${id}, '-', 1)::INTEGER, count(*)::INTEGER, string_agg(split_part(${id}, '-', 2), ' ')
    FROM ${from} GROUP BY 1`;

function foundBy(rows: readonly (readonly DuckDBValue[])[]): ReadonlyMap<number, Found> {
  return new Map(
    rows.map(([request, count, ids]) => [
      Number(request),
      { rows: Number(count), ids: new Set(String(ids).split(' ').map(Number)) },
    ]),
  );
}

async function byRequest(session: Session, table: string): Promise<ReadonlyMap<number, Found>> {
  return foundBy(await session.rows(REQUESTS_SQL(idSql('p'), `${table} p`)));
}

/** Rows of closed days, which left the database; files that nothing records are none. */
async function archived(files: readonly string[]): Promise<ReadonlyMap<number, Found>> {
  if (files.length === 0) return new Map();
  const paths = files.map((file) => `'${file}'`).join(', ');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    REQUESTS_SQL('p.prediction_id', `read_parquet([${paths}], union_by_name = true) p`),
  );
  const rows = reader.getRows();
  connection.closeSync();
  instance.closeSync();
  return foundBy(rows);
}

/** A request's rows may stand in both; ids that stand in both stand twice. */
function merged(
  hot: ReadonlyMap<number, Found>,
  cold: ReadonlyMap<number, Found>,
): ReadonlyMap<number, Found> {
  const all = new Map(hot);
  for (const [request, found] of cold) {
    const other = all.get(request);
    const ids = new Set([...found.ids, ...(other?.ids ?? [])]);
    all.set(request, { rows: found.rows + (other?.rows ?? 0), ids });
  }
  return all;
}

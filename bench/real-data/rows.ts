import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export type Value = string | number | null;

/** One prediction as a serving process would have sent it, and what became of it. */
export interface RealRow {
  readonly id: string;
  readonly timeMs: number;
  readonly features: Readonly<Record<string, Value>>;
  readonly groups?: Readonly<Record<string, string>>;
  readonly truth: string;
  /** When the truth was known. */
  readonly truthMs: number;
  readonly value?: string;
  readonly score?: number;
}

/** The rows of a query over one file, which it calls `source`; columns in the order of the query. */
export async function rowsOf(folder: string, file: string, sql: string): Promise<readonly Value[][]> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const source = `read_csv('${join(folder, file).replaceAll("'", "''")}', all_varchar = true)`;
  const reader = await connection.runAndReadAll(`WITH source AS (FROM ${source}) ${sql}`);
  const rows = reader.getRowsJson() as Value[][];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

/** Rows of columns as objects by name. */
export function named<Name extends string>(
  names: readonly Name[],
  row: readonly Value[],
): Readonly<Record<Name, Value>> {
  return Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])) as Record<Name, Value>;
}

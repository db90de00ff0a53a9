import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TableFile } from '../../table.ts';
import { chunkColumns, literal, plannedColumns } from './table-columns.ts';

/** Tables in files, read in pieces by a DuckDB of its own that sees nothing but the file's folder. */

export type TableFileKind = 'parquet' | 'csv' | 'ndjson';

export interface TableFileOptions {
  readonly file: string;
  readonly kind: TableFileKind;
  /** Columns of CSV and NDJSON that are texts even where they look like numbers: an id may begin with zeros. */
  readonly texts?: readonly string[];
  /** CSV only. */
  readonly separator?: string;
}

/** Enough for a row group of a hundred columns; what needs more is refused, not swapped. */
const MEMORY = '512MB';
/** Lines looked at before the types of CSV and NDJSON are settled. */
const SAMPLE_ROWS = 100_000;

/**
 * Hands an open file to `use`, and closes it. Whatever DuckDB finds wrong with the file comes out of `use` as an error
 * of its own.
 */
export async function withTableFile<T>(
  options: TableFileOptions,
  use: (table: TableFile) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await confine(connection, dirname(options.file));
    return await use(await open(connection, options));
  } finally {
    instance.closeSync();
  }
}

async function confine(connection: DuckDBConnection, folder: string): Promise<void> {
  for (const sql of [
    `SET temp_directory = ''`,
    `SET TimeZone = 'UTC'`,
    `SET allowed_directories = [${literal(`${folder}/`)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ])
    await connection.run(sql);
}

async function open(connection: DuckDBConnection, given: TableFileOptions): Promise<TableFile> {
  const options = given.kind === 'csv' ? await separated(connection, given) : given;
  const source = sourceOf(options, await typesOf(connection, options));
  const shape = await connection.run(`SELECT * FROM ${source} LIMIT 0`);
  const types = shape.columnTypes();
  const planned = shape.columnNames().flatMap((name, at) => {
    const type = types[at];
    return type === undefined ? [] : plannedColumns(name, type);
  });
  const selected = planned.length > 0 ? planned.map(({ sql }) => sql).join(', ') : '1';
  return {
    properties: options.kind === 'parquet' ? await propertiesOf(connection, options.file) : new Map(),
    rows: options.kind === 'parquet' ? await rowsOf(connection, source) : null,
    columns: planned.map(({ path, kind }) => ({ path, kind })),
    chunks: async function* () {
      const result = await connection.stream(`SELECT ${selected} FROM ${source}`);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield { rows: chunk.rowCount, columns: chunkColumns(planned, chunk) };
      }
    },
  };
}

const SEPARATORS = [',', '\t', ';', '|'];

/**
 * Of CSV the separator that its first line has most of: DuckDB's own guess takes a file for one of a single column as
 * soon as one row has not as many cells as the others.
 */
async function separated(connection: DuckDBConnection, options: TableFileOptions): Promise<TableFileOptions> {
  if (options.separator !== undefined) return options;
  const reader = await connection.runAndReadAll(
    `SELECT line FROM read_csv(${literal(options.file)}, auto_detect = false, header = false, delim = '\u0001', quote = '',
      escape = '', columns = {line: 'VARCHAR'}) LIMIT 1`,
  );
  const line = String(reader.getRows()[0]?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return { ...options, separator: SEPARATORS[counts.indexOf(Math.max(...counts))] as string };
}

/** Parquet counts its own rows. */
async function rowsOf(connection: DuckDBConnection, source: string): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${source}`);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

/**
 * The types to read columns with, where some are to be texts. DuckDB refuses to be told of a CSV column that is not
 * there, and of NDJSON wants to be told of all or none.
 */
async function typesOf(
  connection: DuckDBConnection,
  options: TableFileOptions,
): Promise<ReadonlyMap<string, string>> {
  const { kind, texts = [] } = options;
  if (kind === 'parquet' || texts.length === 0) return new Map();
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${sourceOf(options, new Map())}`);
  const found = reader.getRows().map(([name, type]): [string, string] => [String(name), String(type)]);
  if (kind === 'csv')
    return new Map(found.filter(([name]) => texts.includes(name)).map(([name]) => [name, 'VARCHAR']));
  return new Map(found.map(([name, type]) => [name, texts.includes(name) ? 'VARCHAR' : type]));
}

function sourceOf({ file, kind, separator }: TableFileOptions, types: ReadonlyMap<string, string>): string {
  if (kind === 'parquet') return `read_parquet(${literal(file)})`;
  const typed = [...types].map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(', ');
  if (kind === 'ndjson') {
    const told = typed === '' ? '' : `, columns = {${typed}}`;
    return `read_json(${literal(file)}, format = 'newline_delimited', sample_size = ${SAMPLE_ROWS}, map_inference_threshold = -1${told})`;
  }
  const told = typed === '' ? '' : `, types = {${typed}}`;
  const delimited = separator === undefined ? '' : `, delim = ${literal(separator)}`;
  // Told not to guess these, DuckDB passes over no row in silence.
  const whole = `skip = 0, comment = ''`;
  return `read_csv(${literal(file)}, header = true, ${whole}, sample_size = ${SAMPLE_ROWS}${delimited}${told})`;
}

/** What a Parquet file says of itself in words of Leeway's. */
async function propertiesOf(
  connection: DuckDBConnection,
  file: string,
): Promise<ReadonlyMap<string, string>> {
  const reader = await connection.runAndReadAll(
    `SELECT decode(key), decode(value) FROM parquet_kv_metadata(${literal(file)}) WHERE starts_with(decode(key), 'leeway.')`,
  );
  return new Map(reader.getRows().map(([key, value]) => [String(key), String(value)]));
}

/** Rows that come in columns: what a reader of Arrow or Parquet hands on. Types only. */

export type ColumnKind = 'number' | 'text' | 'boolean' | 'time' | 'list' | 'bytes' | 'other';

/**
 * How a column is read: `value` as a feature takes it (a time is its milliseconds since 1970), `text` spelled out
 * without loss, `time` as whole milliseconds and the nanoseconds within.
 */
export type CellForm = 'value' | 'text' | 'time';

/** One value a row: a tag of batch.ts, and the number or the text where it holds one. */
export interface Cells {
  readonly tags: Uint8Array;
  readonly numbers: Float64Array;
  readonly texts: readonly (string | undefined)[];
  /** Of the form `time` only. */
  readonly restNs: Int32Array | null;
  /** 1 where an integer is beyond 2^53 and `numbers` holds the nearest double; null when there is none. */
  readonly inexact: Uint8Array | null;
}

export interface SourceColumn {
  /** The column's name; within structs the names from the outside in. */
  readonly path: readonly string[];
  readonly kind: ColumnKind;
  /** Of a kind that has no single values, the tags alone tell where something is. */
  readonly read: (form: CellForm) => Cells;
}

export interface TableChunk {
  readonly rows: number;
  readonly columns: readonly SourceColumn[];
}

/** What a table says of itself: `leeway.model`, `leeway.version` and their like hold for all its rows. */
export type TableProperties = ReadonlyMap<string, string>;

export interface TableFile {
  readonly properties: TableProperties;
  readonly columns: readonly Pick<SourceColumn, 'path' | 'kind'>[];
  /** How many there are; null when only reading tells. */
  readonly rows: number | null;
  /** The rows in the order of the file. A chunk's columns are to be read before the next one is asked for. */
  readonly chunks: () => AsyncGenerator<TableChunk>;
}

/** Opens the bytes of a Parquet file, or of one of another kind, while `use` runs. */
export type ParquetReader = (
  body: Uint8Array,
  use: (table: TableFile) => Promise<void>,
  kind?: 'parquet' | 'csv',
) => Promise<void>;

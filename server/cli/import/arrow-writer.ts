import {
  Bool,
  Field,
  Float64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  TimestampNanosecond,
  Utf8,
} from 'apache-arrow';
import type { Data, DataType } from 'apache-arrow';
import { ABSENT } from '../../batch.ts';
import type { Cells } from '../../table.ts';
import type { SentColumn } from './mapping.ts';

/** Rows as an Arrow IPC stream. */

export interface Piece {
  readonly rows: readonly number[];
  /** One for every column that is sent. */
  readonly cells: readonly Cells[];
}

/** The type a column has in all batches of an import, whatever its rows hold. */
export function arrowSchema(
  columns: readonly SentColumn[],
  properties: Readonly<Record<string, string>>,
): Schema {
  const fields = columns.map((column) => new Field(column.to, typeOf(column), true));
  return new Schema(fields, new Map(Object.entries(properties)));
}

function typeOf({ kind, form }: SentColumn): DataType {
  if (form === 'text' || kind === 'text') return new Utf8();
  if (form === 'time') return new TimestampNanosecond('UTC');
  return kind === 'boolean' ? new Bool() : new Float64();
}

export function arrowStream(schema: Schema, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const batches = pieces.map(({ rows, cells }) => {
    const children = schema.fields.map((field, at) => dataOf(field.type as DataType, cells[at], rows));
    const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
    return new RecordBatch(schema, data);
  });
  return tableToIPC(new Table(schema, batches), 'stream') as Uint8Array<ArrayBuffer>;
}

function dataOf(type: DataType, cells: Cells | undefined, rows: readonly number[]): Data {
  if (cells === undefined) throw new Error('A column of the import has no cells.');
  const length = rows.length;
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  rows.forEach((row, at) => {
    if (cells.tags[row] === ABSENT) nullCount += 1;
    else nullBitmap[at >> 3] = (nullBitmap[at >> 3] as number) | (1 << (at & 7));
  });
  const common = { length, nullCount, nullBitmap };
  if (type instanceof Utf8) return makeData({ type, ...common, ...textsOf(cells, rows) });
  if (type instanceof TimestampNanosecond) return makeData({ type, ...common, data: timesOf(cells, rows) });
  if (type instanceof Bool) return makeData({ type, ...common, data: bitsOf(cells, rows) });
  const data = Float64Array.from(rows, (row) => cells.numbers[row] as number);
  return makeData({ type: new Float64(), ...common, data });
}

function textsOf(
  { texts, tags }: Cells,
  rows: readonly number[],
): { readonly valueOffsets: Int32Array; readonly data: Uint8Array } {
  const pieces = rows.map((row) => (tags[row] === ABSENT ? '' : (texts[row] ?? '')));
  const valueOffsets = new Int32Array(rows.length + 1);
  pieces.forEach((text, at) => {
    valueOffsets[at + 1] = (valueOffsets[at] as number) + Buffer.byteLength(text);
  });
  return { valueOffsets, data: Buffer.from(pieces.join('')) };
}

function timesOf({ numbers, restNs }: Cells, rows: readonly number[]): BigInt64Array {
  return BigInt64Array.from(rows, (row) => {
    const ms = numbers[row] as number;
    return BigInt(Math.floor(ms)) * 1_000_000n + BigInt(restNs?.[row] ?? 0);
  });
}

function bitsOf({ numbers }: Cells, rows: readonly number[]): Uint8Array {
  const bits = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, at) => {
    if (numbers[row] === 1) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  });
  return bits;
}

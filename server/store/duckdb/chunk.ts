import duckdb from '@duckdb/node-bindings';

/** Columns gathered in memory and written to a table by whole chunks, one copy a column. */

export const CHUNK_ROWS = duckdb.vector_size();

export interface Column {
  /** Values gathered so far. */
  readonly length: number;
  /** Copies `count` values from `from` on into the vector. */
  readonly fill: (vector: duckdb.Vector, from: number, count: number) => void;
  readonly clear: () => void;
}

type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;

const FIRST = 4096;
const VALIDITY = new ArrayBuffer(CHUNK_ROWS * 8);

/** Marks nulls in the vector; `valid` holds 1 for a value. Nothing is done when there is no null. */
function fillValidity(
  vector: duckdb.Vector,
  valid: Uint8Array,
  range: { readonly from: number; readonly count: number },
): void {
  const { from, count } = range;
  const firstNull = valid.subarray(from, from + count).indexOf(0);
  if (firstNull < 0) return;
  const words = Math.ceil(count / 64);
  const buffer = words * 8 <= VALIDITY.byteLength ? VALIDITY : new ArrayBuffer(words * 8);
  const bits = new Uint8Array(buffer, 0, words * 8).fill(0);
  for (let index = 0; index < count; index += 1)
    if (valid[from + index] === 1) bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, buffer, 0, words * 8);
}

/** Doubles, integers or bigints, with nulls. */
export class NumberColumn<T extends Numbers> implements Column {
  data: T;
  valid = new Uint8Array(FIRST);
  length = 0;

  constructor(data: T) {
    this.data = data;
  }

  push(value: T[number]): void {
    if (this.length === this.data.length) this.reserve(this.length + 1);
    this.data[this.length] = value;
    this.valid[this.length] = 1;
    this.length += 1;
  }

  pushNull(): void {
    if (this.length === this.data.length) this.reserve(this.length + 1);
    this.valid[this.length] = 0;
    this.length += 1;
  }

  /** Appends `count` nulls, to be set by place, and returns the place of the first. */
  extend(count: number): number {
    const from = this.length;
    this.reserve(from + count);
    this.valid.fill(0, from, from + count);
    this.length = from + count;
    return from;
  }

  /** Appends `count` places, each to be written; returns the place of the first. */
  extendValues(count: number): number {
    const from = this.length;
    this.reserve(from + count);
    this.valid.fill(1, from, from + count);
    this.length = from + count;
    return from;
  }

  /** Appends the same value `count` times. */
  repeat(value: T[number], count: number): void {
    const from = this.extendValues(count);
    (this.data.fill as (value: T[number], from: number, to: number) => void)(value, from, from + count);
  }

  set(place: number, value: T[number]): void {
    this.data[place] = value;
    this.valid[place] = 1;
  }

  reserve(length: number): void {
    if (length <= this.data.length) return;
    const size = Math.max(length, this.data.length * 2);
    const data = new (this.data.constructor as new (size: number) => T)(size);
    data.set(this.data as never);
    const valid = new Uint8Array(size);
    valid.set(this.valid);
    this.data = data;
    this.valid = valid;
  }

  fill(vector: duckdb.Vector, from: number, count: number): void {
    const width = this.data.BYTES_PER_ELEMENT;
    duckdb.copy_data_to_vector(vector, 0, this.data.buffer, from * width, count * width);
    fillValidity(vector, this.valid, { from, count });
  }

  clear(): void {
    this.length = 0;
  }
}

export const doubles = () => new NumberColumn(new Float64Array(FIRST));
export const integers = () => new NumberColumn(new Int32Array(FIRST));
export const bigints = () => new NumberColumn(new BigInt64Array(FIRST));

/** Whole numbers of up to 53 bits, without a bigint each. */
export class WholeColumn extends NumberColumn<BigInt64Array<ArrayBuffer>> {
  #words: Int32Array<ArrayBuffer>;

  constructor() {
    super(new BigInt64Array(FIRST));
    this.#words = new Int32Array(this.data.buffer);
  }

  pushWhole(value: number): void {
    if (this.length === this.data.length) this.reserve(this.length + 1);
    if (this.#words.buffer !== this.data.buffer) this.#words = new Int32Array(this.data.buffer);
    const high = Math.floor(value / 4_294_967_296);
    this.#words[this.length * 2] = value - high * 4_294_967_296;
    this.#words[this.length * 2 + 1] = high;
    this.valid[this.length] = 1;
    this.length += 1;
  }
}

/** Nanoseconds since 1970. */
export class NanosecondColumn extends NumberColumn<BigInt64Array<ArrayBuffer>> {
  constructor() {
    super(new BigInt64Array(FIRST));
  }

  /** Appends a time of whole milliseconds and the nanoseconds within; exact, without a bigint a row. */
  pushMoments(
    times: { readonly timeMs: readonly number[]; readonly restNs: readonly number[] },
    rows: Int32Array,
  ): void {
    const from = this.extendValues(rows.length);
    const words = new Int32Array(this.data.buffer);
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at] as number;
      const timeMs = times.timeMs[row] as number;
      // timeMs * 10^6 = high * 2^21 + low: every product stays below 2^53.
      const high = Math.floor(timeMs / 2_097_152) * 1_000_000;
      const low = (timeMs % 2_097_152) * 1_000_000 + (times.restNs[row] as number);
      const sum = (high % 2048) * 2_097_152 + low;
      words[(from + at) * 2] = sum % 4_294_967_296;
      words[(from + at) * 2 + 1] = Math.floor(high / 2048) + Math.floor(sum / 4_294_967_296);
    }
  }
}

/** Numbers of 128 bits, given as four words, in DuckDB's form of a UUID: the highest bit flipped, the lowest word first. */
export class KeyColumn implements Column {
  #words = new Int32Array(FIRST * 4);
  #valid = new Uint8Array(FIRST);
  length = 0;

  push(words: readonly number[], from: number): void {
    this.#reserve();
    const at = this.length * 4;
    this.#words[at] = words[from + 3] as number;
    this.#words[at + 1] = words[from + 2] as number;
    this.#words[at + 2] = words[from + 1] as number;
    this.#words[at + 3] = (words[from] as number) ^ 0x8000_0000;
    this.#valid[this.length] = 1;
    this.length += 1;
  }

  pushNull(): void {
    this.#reserve();
    this.#valid[this.length] = 0;
    this.length += 1;
  }

  #reserve(): void {
    if (this.length < this.#valid.length) return;
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    const valid = new Uint8Array(this.#valid.length * 2);
    valid.set(this.#valid);
    this.#words = words;
    this.#valid = valid;
  }

  fill(vector: duckdb.Vector, from: number, count: number): void {
    duckdb.copy_data_to_vector(vector, 0, this.#words.buffer, from * 16, count * 16);
    fillValidity(vector, this.#valid, { from, count });
  }

  clear(): void {
    this.length = 0;
  }
}

export class TextColumn implements Column {
  #texts: (string | null)[] = [];
  #valid = new Uint8Array(FIRST);

  get length(): number {
    return this.#texts.length;
  }

  pushNulls(count: number): void {
    for (let time = 0; time < count; time += 1) this.push(null);
  }

  push(text: string | null): void {
    const at = this.#texts.length;
    if (at === this.#valid.length) {
      const next = new Uint8Array(at * 2);
      next.set(this.#valid);
      this.#valid = next;
    }
    this.#valid[at] = text === null ? 0 : 1;
    this.#texts.push(text);
  }

  fill(vector: duckdb.Vector, from: number, count: number): void {
    for (let index = 0; index < count; index += 1) {
      const text = this.#texts[from + index];
      if (typeof text !== 'string') continue;
      // The short call ends a text at its first zero character.
      if (text.includes('\0')) duckdb.vector_assign_string_element_len(vector, index, Buffer.from(text));
      else duckdb.vector_assign_string_element(vector, index, text);
    }
    fillValidity(vector, this.#valid, { from, count });
  }

  clear(): void {
    this.#texts = [];
  }
}

/** A list a row; the values of all rows stand one after another in `values`. */
export class ListColumn<T extends Numbers, V extends NumberColumn<T> = NumberColumn<T>> implements Column {
  readonly values: V;
  #ends = new Int32Array(FIRST);
  length = 0;

  constructor(values: V) {
    this.values = values;
  }

  /** Ends the list of a row: it holds what was added to `values` since the last one. */
  endRow(): void {
    this.#reserve(this.length + 1);
    this.#ends[this.length] = this.values.length;
    this.length += 1;
  }

  /** Adds `rows` lists of `width` nulls each, to be set by place; returns the place of the first. */
  addRows(rows: number, width: number): number {
    const first = this.values.extend(rows * width);
    this.#reserve(this.length + rows);
    for (let row = 1; row <= rows; row += 1) this.#ends[this.length + row - 1] = first + row * width;
    this.length += rows;
    return first;
  }

  #reserve(length: number): void {
    if (length <= this.#ends.length) return;
    const next = new Int32Array(Math.max(length, this.#ends.length * 2));
    next.set(this.#ends);
    this.#ends = next;
  }

  fill(vector: duckdb.Vector, from: number, count: number): void {
    const first = from === 0 ? 0 : (this.#ends[from - 1] as number);
    const entries = new BigUint64Array(count * 2);
    let start = first;
    for (let index = 0; index < count; index += 1) {
      const end = this.#ends[from + index] as number;
      entries[index * 2] = BigInt(start - first);
      entries[index * 2 + 1] = BigInt(end - start);
      start = end;
    }
    duckdb.copy_data_to_vector(vector, 0, entries.buffer, 0, entries.byteLength);
    duckdb.list_vector_reserve(vector, start - first);
    duckdb.list_vector_set_size(vector, start - first);
    if (start > first) this.values.fill(duckdb.list_vector_get_child(vector), first, start - first);
  }

  clear(): void {
    this.length = 0;
    this.values.clear();
  }
}

/** Appends gathered columns to a table. The columns stand in the order of the table's. */
export class TableWriter {
  readonly #appender: duckdb.Appender;
  readonly #chunk: duckdb.DataChunk;
  readonly #columns: readonly Column[];

  constructor(connection: duckdb.Connection, table: string, columns: readonly Column[]) {
    this.#appender = duckdb.appender_create(connection, null, table);
    const types = columns.map((_, index) => duckdb.appender_column_type(this.#appender, index));
    if (duckdb.appender_column_count(this.#appender) !== columns.length)
      throw new Error(`Table ${table} does not have ${columns.length} columns.`);
    this.#chunk = duckdb.create_data_chunk(types);
    this.#columns = columns;
  }

  get rows(): number {
    return this.#columns[0]?.length ?? 0;
  }

  /** Writes what was gathered into the open transaction. */
  write(): void {
    const { rows } = this;
    if (rows === 0) return;
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - from);
      duckdb.data_chunk_reset(this.#chunk);
      this.#columns.forEach((column, index) =>
        column.fill(duckdb.data_chunk_get_vector(this.#chunk, index), from, count),
      );
      duckdb.data_chunk_set_size(this.#chunk, count);
      duckdb.append_data_chunk(this.#appender, this.#chunk);
    }
    duckdb.appender_flush_sync(this.#appender);
  }

  clear(): void {
    for (const column of this.#columns) column.clear();
  }

  /** What was not written is dropped; an appender of a database that failed is of no use and has nothing to say. */
  close(): void {
    try {
      duckdb.appender_close_sync(this.#appender);
    } catch {
      this.clear();
    }
  }
}

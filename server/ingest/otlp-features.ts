import { NUMBER } from '../batch.ts';
import type { LimitSettings } from '../settings.ts';
import type { Predictions, Values } from './columns.ts';
import { ANY, TEXT_TAG, VALUE_TAG } from './otlp-values.ts';
import type { OtlpValueReader } from './otlp-values.ts';
import { tagOf } from './record.ts';
import type { RecordScratch } from './record.ts';
import type { TextTable } from './text-table.ts';
import { malformed, WIRE } from './wire.ts';
import type { WireReader } from './wire.ts';

const DOUBLE_TAG = 0x21;
const HEADER_BYTES = 4;
/** Two fields that hold bytes, one in the other, both shorter than 128. */
const HEAD = (TEXT_TAG << 16) | TEXT_TAG;
const HEAD_MASK = 0x80ff80ff | 0;
const VALUE_MASK = 0x80ff;
/** A text of a value that is worth remembering, and short enough for one byte of length. */
const SHORT_BYTES = 64;

interface Into {
  readonly record: RecordScratch;
  readonly rows: Predictions;
  readonly row: number;
}

/**
 * The features of one record, kept as places in the request until its model is known, and then read straight into the
 * columns of that model: no object a record, no text that was seen before.
 */
export class OtlpFeatures {
  readonly #reader: WireReader;
  readonly #values: OtlpValueReader;
  readonly #texts: TextTable;
  readonly #limits: LimitSettings;
  /** Start and end of every map, and of every value that has a name of its own. */
  readonly #ranges: number[] = [];
  readonly #names: (string | null)[] = [];
  #kept = 0;

  constructor(
    reader: WireReader,
    options: { readonly values: OtlpValueReader; readonly texts: TextTable; readonly limits: LimitSettings },
  ) {
    this.#reader = reader;
    this.#values = options.values;
    this.#texts = options.texts;
    this.#limits = options.limits;
    options.texts.featureKeys.read(reader.bytes, reader.view);
  }

  get any(): boolean {
    return this.#kept > 0;
  }

  clear(): void {
    this.#kept = 0;
  }

  /** Keeps the map whose AnyValue is next and ends at `end`. */
  keepMap(end: number): void {
    this.#reader.tag(end);
    const mapEnd = this.#reader.sub(end);
    if (mapEnd > this.#reader.at) this.#keep(null, mapEnd);
  }

  /** Keeps the one value whose AnyValue is next and ends at `end`. */
  keepValue(name: string, end: number): void {
    this.#keep(name, end);
  }

  #keep(name: string | null, end: number): void {
    this.#ranges[this.#kept * 2] = this.#reader.at;
    this.#ranges[this.#kept * 2 + 1] = end;
    this.#names[this.#kept] = name;
    this.#kept += 1;
  }

  /** Reads what was kept into the columns of a row; faults and warnings are the record's. */
  readInto(record: RecordScratch, rows: Predictions, row: number): void {
    const into = { record, rows, row };
    for (let index = 0; index < this.#kept; index += 1) {
      const name = this.#names[index] as string | null;
      const end = this.#ranges[index * 2 + 1] as number;
      this.#reader.at = this.#ranges[index * 2] as number;
      if (name === null) this.#map(end, into);
      else this.#value(name, end, into);
    }
  }

  /** Entries as every sender writes them are read here, in one piece: it is half of the work of a request. */
  #map(end: number, into: Into): void {
    const { bytes, view } = this.#reader;
    const keys = this.#texts.featureKeys;
    const { row } = into;
    const last = Math.min(end, view.byteLength - HEADER_BYTES * 2);
    let at = this.#reader.at;
    for (let place = 0; at < end; place += 1) {
      // An entry with its length, a key with its length; then a value with its length, and what is in it.
      const head = at <= last ? view.getUint32(at, true) : 0;
      const keyEnd = at + HEADER_BYTES + (head >>> 24);
      const entryEnd = at + 2 + ((head >>> 8) & 0xff);
      const value = (head & HEAD_MASK) === HEAD && keyEnd <= last ? view.getUint32(keyEnd, true) : 0;
      const isPlain = (value & VALUE_MASK) === VALUE_TAG && keyEnd + 2 + ((value >>> 8) & 0xff) === entryEnd;
      if (!isPlain || entryEnd > end) {
        at = this.#anyEntry(at, end, into);
        continue;
      }
      const name = keys.at(place, at + HEADER_BYTES, keyEnd);
      const tag = (value >>> 16) & 0xff;
      const textAt = keyEnd + HEADER_BYTES;
      if (tag === DOUBLE_TAG && keyEnd + 11 === entryEnd)
        this.#column(name, into)?.setNumber(row, NUMBER, view.getFloat64(keyEnd + 3, true));
      else if (tag === TEXT_TAG && textAt + (value >>> 24) === entryEnd && value >>> 24 <= SHORT_BYTES)
        this.#column(name, into)?.setText(row, this.#texts.intern(bytes, textAt, entryEnd));
      else {
        this.#reader.at = keyEnd + 2;
        this.#value(name, entryEnd, into);
      }
      at = entryEnd;
    }
  }

  /** The entry at `at`, however it is written; returns where the next one is. */
  #anyEntry(at: number, end: number, into: Into): number {
    this.#reader.at = at;
    this.#entry('', end, { ...into, depth: 1 });
    return this.#reader.at;
  }

  /** One field of a map, whatever it is. */
  #entry(prefix: string, end: number, into: Into & { readonly depth: number }): void {
    const reader = this.#reader;
    const field = reader.tag(end);
    if (field !== 1 || reader.wire !== WIRE.bytes) {
      reader.skip(end);
      return;
    }
    const entryEnd = reader.sub(end);
    this.#values.pair(entryEnd);
    const { key, valueEnd } = this.#values;
    this.#value(prefix === '' ? key : `${prefix}.${key}`, valueEnd, into);
    reader.at = entryEnd;
  }

  /** An empty map is a missing value; any other adds its name before those within. */
  #value(name: string, end: number, into: Into & { readonly depth?: number }): void {
    const reader = this.#reader;
    this.#values.settle(end);
    const isMap = reader.at < end && (reader.bytes[reader.at] as number) >> 3 === ANY.map;
    if (!isMap) {
      const value = this.#values.scalar(end, name, into.record);
      if (value !== undefined && into.record.fits(name, value))
        this.#column(name, into)?.set(into.row, tagOf(value), numberOrText(value));
      return;
    }
    const depth = into.depth ?? 1;
    if (reader.tag(end) !== ANY.map || reader.wire !== WIRE.bytes)
      throw malformed('a map of another wire type');
    const mapEnd = reader.sub(end);
    if (mapEnd === reader.at) this.#column(name, into);
    else if (depth >= this.#limits.maxDepth) into.record.tooDeep(name);
    else if (into.record.mayName('features', name))
      while (reader.at < mapEnd) this.#entry(name, mapEnd, { ...into, depth: depth + 1 });
  }

  /** undefined: the record is refused. */
  #column(name: string, { record, rows }: Into): Values | undefined {
    const known = rows.valueColumns.find(name);
    if (known !== undefined) return known;
    const { valueColumns } = rows;
    const isRoom = valueColumns.list.length < this.#limits.maxFeatures || record.hasRoom(rows.features);
    return isRoom && record.mayName('features', name) ? valueColumns.add(name) : undefined;
  }
}

function numberOrText(value: number | string | boolean | null): number | string {
  return typeof value === 'boolean' ? Number(value) : (value ?? 0);
}

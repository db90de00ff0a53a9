import type { LimitSettings } from '../settings.ts';
import { BODY_TARGETS, FLAT, targetOf } from './attributes.ts';
import type { Target } from './attributes.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Level } from './fields.ts';
import { ToldTwice } from './otlp-merge.ts';
import { inexact } from './record.ts';
import type { MapTarget, RecordScratch, Scalar, To } from './record.ts';
import type { TextTable } from './text-table.ts';
import { WIRE } from './wire.ts';
import type { WireReader } from './wire.ts';

/** So many attributes of a record are expected where they stood before. */
const PLACES = 64;

/** Tags of field 1 and field 2 where they hold bytes. */
export const TEXT_TAG = 0x0a;
export const VALUE_TAG = 0x12;

/** Where in an AnyValue each kind of value stands. */
export const ANY = { string: 1, boolean: 2, int: 3, double: 4, list: 5, map: 6, bytes: 7 } as const;

/** Of each kind of value, the wire type it is written in. */
const ANY_WIRES: readonly number[] = [-1, 2, 0, 0, 1, 2, 2, 2];

/** Takes note of the AnyValue that is next and ends at `end`. */
interface KeptFeatures {
  readonly keepMap: (end: number) => void;
  readonly keepValue: (name: string, end: number) => void;
}

/** Reads KeyValue and AnyValue messages into a record. */
export class OtlpValueReader {
  readonly #reader: WireReader;
  readonly #texts: TextTable;
  readonly #limits: LimitSettings;
  readonly #placedKeys: string[] = [];
  readonly #placedTargets: (Target | undefined)[] = [];
  /** Where the features of a record are kept. */
  late: KeptFeatures | null = null;
  /** The KeyValue last read by `pair`. */
  key = '';
  #valueAt = 0;
  valueEnd = 0;

  constructor(reader: WireReader, options: { readonly texts: TextTable; readonly limits: LimitSettings }) {
    this.#reader = reader;
    this.#texts = options.texts;
    this.#limits = options.limits;
    options.texts.attributeKeys.read(reader.bytes, reader.view);
  }

  /** An attribute of a scope or a resource: `at` stands at the KeyValue that ends at `end`. */
  attribute(end: number, record: RecordScratch, level: Level): void {
    this.pair(end);
    this.settle(this.valueEnd);
    const { key } = this;
    const target = targetOf(key);
    if (target !== undefined) this.#target(target, this.valueEnd, { record, key, level });
    else if (key.startsWith('leeway.')) {
      const value = this.scalar(this.valueEnd, key, record);
      if (value !== undefined) record.flat(key, value);
    }
  }

  /** The attribute of a record at `place`: features are kept for later. */
  recordAttribute(end: number, record: RecordScratch, place: number): void {
    this.pair(end, place);
    this.settle(this.valueEnd);
    const { key, valueEnd } = this;
    const target = this.#targetAt(place, key);
    if (target === undefined) {
      if (!key.startsWith('leeway.')) return;
      const spelling = FLAT.find(({ prefix }) => key.startsWith(prefix));
      if (spelling?.kind === 'features') this.late?.keepValue(key.slice(spelling.prefix.length), valueEnd);
      else this.#flat(key, valueEnd, record);
    } else if (target.kind === 'features' && target.prefix === '' && this.#peek(valueEnd) === ANY.map)
      this.late?.keepMap(valueEnd);
    else if (target.kind === 'field' && target.field === FIELD.id && this.#isPlainText(valueEnd)) {
      if (record.fields.place(FIELD.id, target.alias, LEVEL.record))
        record.fields.setIdBytes(this.#reader.bytes, this.#reader.at + 2, valueEnd);
    } else this.#target(target, valueEnd, { record, key, level: LEVEL.record });
  }

  /** Attributes stand in the same order in every record. */
  #targetAt(place: number, key: string): Target | undefined {
    if (this.#placedKeys[place] === key) return this.#placedTargets[place];
    const target = targetOf(key);
    if (place < PLACES) {
      this.#placedKeys[place] = key;
      this.#placedTargets[place] = target;
    }
    return target;
  }

  #flat(key: string, end: number, record: RecordScratch): void {
    const value = this.scalar(end, key, record);
    if (value !== undefined) record.flat(key, value);
  }

  /** A text of at most 127 bytes, and nothing else. */
  #isPlainText(end: number): boolean {
    const { bytes, at } = this.#reader;
    const length = bytes[at + 1] as number;
    return (
      bytes[at] === TEXT_TAG &&
      length < 0x80 &&
      at + 2 + length === end &&
      length <= this.#limits.maxStringBytes
    );
  }

  /** The body: a map holds features, anything else is for display. */
  body(end: number, record: RecordScratch): void {
    this.settle(end);
    if (this.#peek(end) !== ANY.map) return;
    this.#reader.tag(end);
    this.#map(this.#reader.sub(end), { record, kind: 'features', prefix: '', depth: 1, body: true });
  }

  text(end: number): string {
    return this.#texts.intern(this.#reader.bytes, this.#reader.at, end);
  }

  /** Reads a KeyValue; `at` then stands at the value, which ends at `valueEnd`. `place` is that of an attribute. */
  pair(end: number, place = -1): void {
    const reader = this.#reader;
    const { bytes, at } = reader;
    const keyEnd = at + 2 + (bytes[at + 1] as number);
    const valueAt = keyEnd + 2;
    // As every sender writes it: a short key, then a short value to the end.
    if (
      place >= 0 &&
      bytes[at] === TEXT_TAG &&
      (bytes[at + 1] as number) < 0x80 &&
      valueAt <= end &&
      bytes[keyEnd] === VALUE_TAG &&
      (bytes[keyEnd + 1] as number) < 0x80 &&
      valueAt + (bytes[keyEnd + 1] as number) === end
    ) {
      this.key = this.#texts.attributeKeys.at(place, at + 2, keyEnd);
      this.valueEnd = end;
      reader.at = valueAt;
    } else this.#anyPair(end);
  }

  /** The fields may stand in any order, or be missing. */
  #anyPair(end: number): void {
    const reader = this.#reader;
    this.key = '';
    this.#valueAt = end;
    this.valueEnd = end;
    while (reader.at < end) {
      const field = reader.tag(end);
      if (reader.wire !== WIRE.bytes) {
        reader.skip(end);
        continue;
      }
      const fieldEnd = reader.sub(end);
      if (field === 1) this.key = this.text(fieldEnd);
      else if (field === 2) {
        if (this.#valueAt !== end) throw new ToldTwice();
        this.#valueAt = reader.at;
        this.valueEnd = fieldEnd;
      }
      reader.at = fieldEnd;
    }
    reader.at = this.#valueAt;
  }

  #target(target: Target, end: number, to: To): void {
    if (target.kind === 'field' || target.kind === 'feature') {
      const value = this.#valueFor(target, end, to);
      if (value !== undefined) to.record.put(target, value, to);
    } else if (target.kind === 'unstored') to.record.put(target, null, to);
    else if (this.#peek(end) === ANY.map) {
      this.#reader.tag(end);
      const mapEnd = this.#reader.sub(end);
      this.#map(mapEnd, {
        record: to.record,
        kind: target.kind,
        prefix: target.prefix,
        depth: 1,
        body: false,
      });
    } else if (this.#peek(end) !== 0) to.record.put(target, '', to);
  }

  /** A list of texts as one text where it is a feature; a whole number as an id with every digit. */
  #valueFor(target: Target, end: number, { key, record }: To): Scalar | undefined {
    const isFeature = target.kind === 'feature';
    const isId = target.kind === 'field' && target.field === FIELD.id;
    if (isFeature && this.#peek(end) === ANY.list) return this.#joined(end);
    if (!isId || this.#peek(end) !== ANY.int) return this.scalar(end, key, record);
    this.#reader.tag(end);
    return this.#reader.integerText(end);
  }

  #map(end: number, into: MapTarget): void {
    this.#reader.each(end, (field, entryEnd) => {
      if (field !== 1) return;
      this.#anyPair(entryEnd);
      this.settle(this.valueEnd);
      const name = into.prefix === '' ? this.key : `${into.prefix}.${this.key}`;
      this.#entry(name, this.valueEnd, into);
    });
  }

  #entry(name: string, end: number, into: MapTarget): void {
    const target = into.body ? (targetOf(name) ?? BODY_TARGETS.get(name)) : undefined;
    if (target !== undefined) {
      this.#target(target, end, { record: into.record, key: name, level: LEVEL.record });
      return;
    }
    const any = this.#peek(end);
    if (any === ANY.map) {
      this.#nested(name, end, into);
      return;
    }
    if (any === ANY.list && into.kind === 'schema') {
      this.#elements(name, end, into);
      return;
    }
    const value = this.scalar(end, name, into.record);
    if (value !== undefined) into.record.entry(into.kind, name, value);
  }

  /** The categories of a schema: one entry an element. */
  #elements(name: string, end: number, into: MapTarget): void {
    const reader = this.#reader;
    reader.tag(end);
    reader.each(reader.sub(end), (field, elementEnd) => {
      if (field !== 1) return;
      this.settle(elementEnd);
      const value = this.scalar(elementEnd, name, into.record);
      if (value !== undefined) into.record.entry(into.kind, name, value);
    });
  }

  /** An empty map is a missing value. */
  #nested(name: string, end: number, into: MapTarget): void {
    this.#reader.tag(end);
    const mapEnd = this.#reader.sub(end);
    if (mapEnd === this.#reader.at) into.record.entry(into.kind, name, null);
    else if (into.depth >= this.#limits.maxDepth) into.record.tooDeep(name);
    else if (into.record.mayName(into.kind, name))
      this.#map(mapEnd, { ...into, prefix: name, depth: into.depth + 1, body: false });
  }

  /** Moves to the last value that an AnyValue up to `end` tells, as protobuf does; `at` stands at its start. */
  settle(end: number): void {
    const { bytes, at } = this.#reader;
    const length = bytes[at + 1] as number;
    const isOneShort = ((bytes[at] as number) & 7) === WIRE.bytes && length < 0x80 && at + 2 + length === end;
    if (!isOneShort && at < end) this.#settleAmong(end);
  }

  #settleAmong(end: number): void {
    const reader = this.#reader;
    let last = reader.at;
    let kind = 0;
    while (reader.at < end) {
      const from = reader.at;
      const field = reader.tag(end);
      if (reader.wire === ANY_WIRES[field]) {
        if (field === kind && (field === ANY.list || field === ANY.map)) throw new ToldTwice();
        last = from;
        kind = field;
      }
      reader.skip(end);
    }
    reader.at = last;
  }

  /** The field an AnyValue holds; 0 when it is empty, or holds none that is known by its wire type. */
  #peek(end: number): number {
    const { bytes, at } = this.#reader;
    if (at >= end) return 0;
    const tag = bytes[at] as number;
    return ANY_WIRES[tag >> 3] === (tag & 7) ? tag >> 3 : 0;
  }

  /** null is a missing value; undefined is none that can be kept, and was told. */
  scalar(end: number, name: string, record: RecordScratch): Scalar | undefined {
    const reader = this.#reader;
    let value: Scalar | undefined = null;
    while (reader.at < end) {
      const field = reader.tag(end);
      if (field === ANY.string && reader.wire === WIRE.bytes) value = this.#string(end);
      else if (field === ANY.double && reader.wire === WIRE.fixed64) value = reader.double(end);
      else if (field === ANY.int && reader.wire === WIRE.varint) {
        value = reader.int(end);
        if (!Number.isSafeInteger(value)) inexact(record, name);
      } else if (field === ANY.boolean && reader.wire === WIRE.varint) value = reader.uint(end) !== 0;
      else {
        reader.skip(end);
        if (field === ANY.bytes) record.bytes(name);
        else if (field === ANY.list || field === ANY.map) record.list(name);
        if (field === ANY.bytes || field === ANY.list || field === ANY.map) value = undefined;
      }
    }
    return value;
  }

  /** The texts of a list as one, for what repeats by its nature; null when there are none. */
  #joined(end: number): string | null {
    const reader = this.#reader;
    const texts: string[] = [];
    reader.tag(end);
    reader.each(reader.sub(end), (field, valueEnd) => {
      if (field !== 1) return;
      this.settle(valueEnd);
      if (this.#peek(valueEnd) !== ANY.string) return;
      reader.tag(valueEnd);
      texts.push(this.text(reader.sub(valueEnd)));
    });
    return texts.length > 0 ? texts.join(',') : null;
  }

  #string(end: number): string {
    const reader = this.#reader;
    const fieldEnd = reader.sub(end);
    const text = this.text(fieldEnd);
    reader.at = fieldEnd;
    return text;
  }
}

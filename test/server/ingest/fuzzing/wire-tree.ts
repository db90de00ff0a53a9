import { varint } from '../support.ts';
import type { Random } from './random.ts';

/** A protobuf message as a tree of fields, so that it can be spoiled where it hurts and written again. */

interface Field {
  readonly number: number;
  readonly wire: number;
  readonly content: Buffer | readonly Field[];
  /** Added to the length that is told. */
  readonly lie: number;
}

/** Which fields of each OTLP message are messages themselves. */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  request: { 1: 'resourceLogs' },
  resourceLogs: { 1: 'resource', 2: 'scopeLogs' },
  resource: { 1: 'keyValue' },
  scopeLogs: { 1: 'scope', 2: 'record' },
  scope: { 3: 'keyValue' },
  record: { 5: 'any', 6: 'keyValue' },
  keyValue: { 2: 'any' },
  any: { 5: 'list', 6: 'map' },
  list: { 1: 'any' },
  map: { 1: 'keyValue' },
};

function readVarint(bytes: Buffer, from: number): { readonly value: number; readonly at: number } {
  let value = 0;
  let at = from;
  for (let scale = 1; scale < 2 ** 70; scale *= 128) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return { value, at };
}

/** Reads well-formed messages; of others, something. */
function parse(bytes: Buffer, message: string): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const wire = tag.value % 8;
    const number = Math.floor(tag.value / 8);
    const length = wire === 2 ? readVarint(bytes, tag.at) : { value: wire === 1 ? 8 : 4, at: tag.at };
    const end = wire === 0 ? readVarint(bytes, tag.at).at : length.at + length.value;
    const content = bytes.subarray(wire === 0 ? tag.at : length.at, end);
    const inner = wire === 2 ? MESSAGES[message]?.[number] : undefined;
    fields.push({ number, wire, lie: 0, content: inner === undefined ? content : parse(content, inner) });
    at = end;
  }
  return fields;
}

function write(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(({ number, wire, content, lie }) => {
      const bytes = Buffer.isBuffer(content) ? content : write(content);
      const tag = varint(number * 8 + wire);
      return wire === 2
        ? Buffer.concat([tag, varint(Math.max(0, bytes.length + lie)), bytes])
        : Buffer.concat([tag, bytes]);
    }),
  );
}

type Spoil = (field: Field, random: Random) => readonly Field[];

/** What can be done to one field. */
const SPOILS: Readonly<Record<string, Spoil>> = {
  dropped: () => [],
  twice: (field) => [field, field],
  'of another wire type': (field, random) => [{ ...field, wire: random.below(8) }],
  'of another number': (field, random) => [
    { ...field, number: random.pick([1, 2, 3, 5, 6, 9, 12, 15, 536_870_911]) },
  ],
  'longer than told': (field, random) => [{ ...field, lie: -1 - random.below(20) }],
  'shorter than told': (field, random) => [
    { ...field, lie: 1 + random.below(random.pick([4, 300, 2 ** 31])) },
  ],
  'of any bytes': (field, random) => [{ ...field, content: random.bytes(random.below(40)) }],
  'of no bytes': (field) => [{ ...field, content: Buffer.alloc(0) }],
  'in itself': (field) => [{ ...field, content: [field] }],
  'of no UTF-8': (field, random) => [
    {
      ...field,
      content: Buffer.concat([
        Buffer.from([0xc3, 0x28, 0xff]),
        random.bytes(3),
        Buffer.from([0xed, 0xa0, 0x80]),
      ]),
    },
  ],
  'as packed numbers': (field, random) => [
    {
      ...field,
      wire: 2,
      content: Buffer.concat(Array.from({ length: 9 }, () => varint(random.below(2 ** 30)))),
    },
  ],
  'with a number of eleven bytes': (field) => [
    { ...field, wire: 0, content: Buffer.concat([Buffer.alloc(10, 255), Buffer.from([1])]) },
  ],
  'behind the rest': (field) => [field],
};

function count(fields: readonly Field[]): number {
  return fields.reduce((sum, { content }) => sum + 1 + (Buffer.isBuffer(content) ? 0 : count(content)), 0);
}

/** Replaces the field that is visited as number `target`. */
function replaced(
  fields: readonly Field[],
  state: { left: number },
  spoil: (field: Field) => readonly Field[],
): readonly Field[] {
  return fields.flatMap((field) => {
    state.left -= 1;
    if (state.left === -1) return spoil(field);
    return Buffer.isBuffer(field.content)
      ? [field]
      : [{ ...field, content: replaced(field.content, state, spoil) }];
  });
}

/** Spoils one to three fields anywhere in a request; the names of what was done, and the bytes. */
export function spoiled(
  body: Buffer,
  random: Random,
): { readonly names: readonly string[]; readonly body: Buffer } {
  let tree = parse(body, 'request');
  const names: string[] = [];
  for (let turn = 1 + random.below(3); turn > 0; turn -= 1) {
    const name = random.pick(Object.keys(SPOILS));
    const spoil = SPOILS[name] as Spoil;
    names.push(`a field ${name}`);
    tree = replaced(tree, { left: random.below(Math.max(1, count(tree))) }, (field) => spoil(field, random));
  }
  return { names, body: write(tree) };
}

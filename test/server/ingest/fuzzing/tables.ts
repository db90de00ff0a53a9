import {
  Bool,
  Dictionary,
  Float64,
  Int32,
  Int64,
  List,
  Field,
  Null,
  Struct,
  Table,
  TimestampMillisecond,
  Utf8,
  Uint8,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import type { DataType, Vector } from 'apache-arrow';
import { FlatTable } from '../../../../server/ingest/arrow-flat.ts';
import { DAY_MS, KEY, NOW } from '../../store/duckdb/support.ts';
import { broken } from './broken.ts';
import { JSON_TYPE } from './case.ts';
import type { Made } from './case.ts';
import type { Random } from './random.ts';

/** Arrow IPC: streams and files of every type of column, and what can be wrong in their frame, metadata and buffers. */

type Make = (random: Random, rows: number) => Vector;

/** The number of a dictionary is told: the library would count on from case to case. */
const texts = (number: number) => new Dictionary(new Utf8(), new Int32(), number);
const of =
  (type: DataType, value: (random: Random) => unknown): Make =>
  (random, rows) =>
    vectorFromArray(
      Array.from({ length: rows }, () => (random.chance(0.1) ? null : value(random))),
      type,
    );
const STRUCT = new Struct([new Field('n', new Float64(), true), new Field('c', new Utf8(), true)]);
const LIST = new List(new Field('item', new Int32(), true));

/** Columns that a prediction may have, each of a type that fits, and of some that do not. */
const COLUMNS: readonly (readonly [name: string, share: number, Make])[] = [
  ['version', 0.5, of(texts(2), (random) => random.pick(['v1', 'v2', 'v'.repeat(129)]))],
  ['id', 0.8, of(new Utf8(), (random) => `a${random.below(3000)}`)],
  ['value', 0.9, of(texts(3), (random) => random.pick(['late', 'on time', '']))],
  ['time', 0.7, of(new TimestampMillisecond(), (random) => NOW - random.below(DAY_MS))],
  ['score', 0.4, of(new Float64(), (random) => random.pick([0, 0.5, 1, NaN, Infinity]))],
  ['n', 0.8, of(new Int64(), (random) => BigInt(random.below(50)))],
  ['c', 0.8, of(texts(4), (random) => random.pick(['a', 'b', 'c', 'd', '東京', 'x'.repeat(300)]))],
  ['age', 0.3, of(new Uint8(), (random) => random.below(256))],
  ['b', 0.3, of(new Bool(), (random) => random.chance(0.5))],
  ['none', 0.2, of(new Null(), () => null)],
  ['features', 0.3, of(STRUCT, (random) => ({ n: random.next(), c: random.pick(['a', 'b']) }))],
  ['many', 0.2, of(LIST, (random) => Array.from({ length: random.below(3) }, () => random.below(9)))],
  ['segment.lane', 0.2, of(texts(5), (random) => random.pick(['x', 'y']))],
  ['durationMs', 0.1, of(new Utf8(), () => 'a text')],
];
const LABEL_COLUMNS = new Set(['id', 'value', 'time']);

function tableOf(random: Random, route: 'predictions' | 'labels'): Table {
  const rows = random.pick([0, 1, 2, 3, 8, 60]);
  const model = of(texts(1), () => (random.chance(0.9) ? KEY.model : 'second'))(random, rows);
  const columns = COLUMNS.filter(
    ([name, share]) => random.chance(share) && (route === 'predictions' || LABEL_COLUMNS.has(name)),
  );
  return new Table(
    Object.fromEntries([
      ['model', model],
      ...columns.map(([name, , make]) => [name, make(random, rows)] as const),
    ]),
  );
}

const KIND = { schema: 1, dictionary: 2, rows: 3 } as const;

/** One message of a stream: its metadata and what follows. */
interface Message {
  readonly kind: number;
  readonly metadata: Buffer;
  readonly body: Buffer;
  /** Told in place of the length of the metadata. */
  readonly toldBytes?: number;
}

/** Of a sound stream; its end is left out. */
function messagesOf(stream: Buffer): readonly Message[] {
  const messages: Message[] = [];
  for (let at = 0; stream.readInt32LE(at + 4) > 0;) {
    const from = at + 8;
    const metadata = Buffer.from(stream.subarray(from, from + stream.readInt32LE(at + 4)));
    const message = FlatTable.root(metadata, Error);
    const bodyFrom = from + metadata.length;
    at = bodyFrom + message.long(3);
    messages.push({ kind: message.byte(1), metadata, body: Buffer.from(stream.subarray(bodyFrom, at)) });
  }
  return messages;
}

function streamOf(messages: readonly Message[]): Buffer {
  const parts = messages.flatMap(({ metadata, body, toldBytes = metadata.length }) => {
    const prefix = Buffer.alloc(8, 255);
    prefix.writeInt32LE(toldBytes, 4);
    return [prefix, metadata, body];
  });
  return Buffer.concat([...parts, Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])]);
}

/** One of the messages changed. */
function changed(
  messages: readonly Message[],
  random: Random,
  change: (message: Message) => Message,
): readonly Message[] {
  const at = random.below(messages.length);
  return messages.map((message, index) => (index === at ? change(message) : message));
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const flips = Buffer.from(bytes);
  for (let count = 1 + random.below(6); count > 0 && flips.length > 0; count -= 1) {
    const at = random.below(flips.length);
    flips[at] = (flips[at] as number) ^ (1 << random.below(8));
  }
  return flips;
}

/** Numbers that lengths, offsets and types are least expected to be. */
const ODD = [
  0n,
  1n,
  7n,
  255n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  -1n,
  -(2n ** 63n),
];

function renumbered(bytes: Buffer, random: Random): Buffer {
  const told = Buffer.from(bytes);
  const width = random.pick([1, 2, 4, 8, 8]);
  if (told.length < width) return told;
  const at = random.below(Math.floor(told.length / width)) * width;
  const number = BigInt.asUintN(64, random.pick(ODD));
  for (let byte = 0; byte < width; byte += 1) told[at + byte] = Number((number >> BigInt(8 * byte)) & 255n);
  return told;
}

type Spoil = (messages: readonly Message[], random: Random) => readonly Message[];

/** What can be done to a stream that keeps being one by its frame. */
const SPOILS: Readonly<Record<string, Spoil>> = {
  'metadata with bits flipped': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, metadata: flipped(one.metadata, random) })),
  'metadata with another number': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, metadata: renumbered(one.metadata, random) })),
  'metadata cut short': (messages, random) =>
    changed(messages, random, (one) => {
      return { ...one, metadata: one.metadata.subarray(0, random.below(one.metadata.length)) };
    }),
  'a length that lies': (messages, random) =>
    changed(messages, random, (one) => {
      return { ...one, toldBytes: random.pick([0, 1, 4, 8, -1, one.metadata.length + 8, 2 ** 31 - 1]) };
    }),
  'no dictionaries': (messages) => messages.filter(({ kind }) => kind !== KIND.dictionary),
  'a message left out': (messages, random) => messages.toSpliced(random.below(messages.length), 1),
  'a message twice': (messages, random) => {
    const at = random.below(messages.length);
    return messages.toSpliced(at, 0, messages[at] as Message);
  },
  'messages in another order': (messages, random) => {
    const at = random.below(messages.length);
    return [...messages.toSpliced(at, 1), messages[at] as Message];
  },
  'a body left out': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, body: Buffer.alloc(0) })),
  'bodies of two messages changed over': (messages, random) => {
    const other = random.pick(messages).body;
    return changed(messages, random, (one) => ({ ...one, body: other }));
  },
};

/** Buffers of other bytes: the frame still tells as many rows. */
const BUFFER_SPOILS: Readonly<Record<string, Spoil>> = {
  'buffers with bits flipped': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, body: flipped(one.body, random) })),
  'buffers with another number': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, body: renumbered(one.body, random) })),
  'buffers of ones': (messages, random) =>
    changed(messages, random, (one) => ({ ...one, body: Buffer.alloc(one.body.length, 255) })),
};

export function arrow(random: Random): Made {
  const route = random.chance(0.85) ? 'predictions' : 'labels';
  const table = tableOf(random, route);
  const rows = { least: table.numRows, most: table.numRows };
  const isFile = random.chance(0.25);
  const whole = Buffer.from(tableToIPC(table, isFile ? 'file' : 'stream'));
  const sent = {
    route,
    path: `/api/v1/${route}`,
    headers: {
      ...JSON_TYPE,
      'content-type': `application/vnd.apache.arrow.${isFile && random.chance(0.8) ? 'file' : 'stream'}`,
    },
    protobuf: null,
    format: 'arrow',
  } as const;
  const name = isFile ? 'an Arrow file' : 'an Arrow stream';
  const kind = random.next();
  if (kind < 0.02 && table.numRows > 0) {
    const body = Buffer.concat([whole, whole]);
    return { ...sent, names: [name, 'and another'], body, records: null, isRefused: true };
  }
  if (kind < 0.2) return { ...sent, names: [name], body: whole, records: rows };
  if (isFile || kind < 0.4) {
    const bad = random.chance(0.5)
      ? broken(random, whole)
      : { name: 'with another number', body: renumbered(whole, random) };
    return { ...sent, names: [name, bad.name], body: bad.body, records: null };
  }
  const spoils = kind < 0.6 ? BUFFER_SPOILS : SPOILS;
  const spoil = random.pick(Object.keys(spoils));
  const body = streamOf((spoils[spoil] as Spoil)(messagesOf(whole), random));
  return { ...sent, names: [name, spoil], body, records: spoils === BUFFER_SPOILS ? rows : null };
}

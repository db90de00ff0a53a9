import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { broken } from './broken.ts';
import type { Made } from './case.ts';
import type { Random } from './random.ts';
import { BOMB, brokenProtobuf, protobuf, spoiledProtobuf } from './requests.ts';

/** Calls of gRPC: their one message framed right, framed wrong, compressed in every way, and split anywhere. */

const HEADERS = {
  ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  'content-type': 'application/grpc',
  te: 'trailers',
  authorization: 'Bearer writer',
};
const PACKS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
};
const MOST = 2 ** 32 - 1;

function frame(message: Buffer, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag);
  prefix.writeUInt32BE(Math.min(MOST, Math.max(0, length)), 1);
  return Buffer.concat([prefix, message]);
}

/** A message in its frame, as it should be. */
interface Sound extends Made {
  readonly message: Buffer;
  readonly flag: number;
}

function sound(random: Random): Sound {
  const whole = random.pick([protobuf, protobuf, spoiledProtobuf, brokenProtobuf])(random);
  const encoding = random.pick(['', '', 'identity', 'gzip', 'deflate', 'zstd']);
  const pack = random.chance(0.85) ? PACKS[encoding] : undefined;
  const message = pack === undefined ? whole.body : pack(whole.body);
  const flag = pack === undefined ? 0 : 1;
  const headers = { ...HEADERS, ...(encoding !== '' && { 'grpc-encoding': encoding }) };
  const names = ['gRPC', ...(flag === 1 ? [encoding] : []), ...whole.names];
  return { ...whole, names, route: 'grpc', headers, body: frame(message, { flag }), message, flag };
}

function misframed(random: Random, whole: Sound): Made {
  const { body, message, flag, headers } = whole;
  const refused = { ...whole, protobuf: null, records: null, isRefused: true };
  return random.pick<() => Made>([
    () => ({ ...refused, names: ['gRPC', 'two messages'], body: Buffer.concat([body, sound(random).body]) }),
    () => ({ ...refused, names: ['gRPC', 'cut short'], body: body.subarray(0, random.below(body.length)) }),
    () => ({
      ...refused,
      names: ['gRPC', 'a length that lies'],
      body: frame(message, { flag, length: message.length + random.pick([1, 9, 70_000, 2 ** 31, MOST]) }),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'bytes behind the message'],
      body: Buffer.concat([body, random.bytes(1 + random.below(20))]),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'a flag that is none'],
      body: frame(message, { flag: 2 + random.below(254) }),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'compressed, and not told how'],
      headers: { ...headers, 'grpc-encoding': 'identity' },
      body: frame(message, { flag: 1 }),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'compressed in another way than told'],
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: frame(zstdCompressSync(message), { flag: 1 }),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'an encoding that is not known'],
      headers: { ...headers, 'grpc-encoding': random.pick(['br', 'snappy', 'gzip, gzip']) },
      body: frame(message, { flag: 1 }),
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'an inflate bomb'],
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: frame(BOMB, { flag: 1 }),
    }),
  ])();
}

function missent(random: Random, whole: Sound): Made {
  const { message, flag, headers } = whole;
  const refused = { ...whole, protobuf: null, records: null, isRefused: true };
  return random.pick<() => Made>([
    () => ({
      ...refused,
      names: ['gRPC', 'another method'],
      headers: {
        ...headers,
        ':path': random.pick(['/', '/v1/logs', HEADERS[':path'].replace('logs', 'trace'), '/grpc.health.v1']),
      },
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'another content type'],
      headers: { ...headers, 'content-type': random.pick(['application/json', 'application/grpc+json', '']) },
    }),
    () => ({
      ...refused,
      names: ['gRPC', 'no key that may'],
      headers: { ...headers, authorization: random.pick(['', 'Bearer reader', 'Bearer nobody', 'Basic x']) },
    }),
    () => ({
      ...refused,
      records: null,
      isRefused: false,
      names: ['gRPC', 'broken behind its frame'],
      body: frame(broken(random, message).body, { flag }),
    }),
    () => ({
      ...whole,
      names: [...whole.names, 'an odd deadline'],
      headers: { ...headers, 'grpc-timeout': random.pick(['soon', '', '-1S', '99999999H', '60S']) },
    }),
  ])();
}

/** Where the bytes are torn apart; chunks do not fit frames in any transport. */
function cutsOf(random: Random, { length }: Buffer): readonly number[] {
  const kind = random.next();
  if (kind < 0.5) return [];
  if (kind < 0.7) return [1, 3, 5].filter((at) => at < length);
  return Array.from({ length: 1 + random.below(4) }, () => random.below(length + 1)).toSorted(
    (one, other) => one - other,
  );
}

export function call(random: Random): Made {
  const whole = sound(random);
  const kind = random.next();
  const made = kind < 0.4 ? whole : kind < 0.8 ? misframed(random, whole) : missent(random, whole);
  return { ...made, cuts: cutsOf(random, made.body) };
}

import { gzipSync } from 'node:zlib';
import { encode, encodeJson } from '../support.ts';
import { broken, misread } from './broken.ts';
import { JSON_TYPE, PROTOBUF } from './case.ts';
import type { Made } from './case.ts';
import { Random } from './random.ts';
import { countable, jsonRow, requestOf } from './records.ts';
import { spoiled } from './wire-tree.ts';

/** OTLP over HTTP and rows in JSON, right, spoiled, and sent in a wrong way. */

export function protobuf(random: Random): Made {
  const request = requestOf(random);
  const body = encode(request, random.chance(0.8) ? 'first' : 'last');
  const records = countable(request);
  return {
    names: ['protobuf'],
    route: 'logs',
    path: '/v1/logs',
    headers: PROTOBUF,
    body,
    protobuf: body,
    records,
  };
}

export function spoiledProtobuf(random: Random): Made {
  const whole = protobuf(random);
  const { names, body } = spoiled(whole.body, random);
  return { ...whole, names: ['protobuf', ...names], body, protobuf: body, records: null };
}

export function brokenProtobuf(random: Random): Made {
  const whole = protobuf(random);
  const { name, body } = broken(random, whole.body);
  return { ...whole, names: ['protobuf', name], body, protobuf: body, records: null };
}

export function otlpJson(random: Random): Made {
  const request = requestOf(random);
  const whole = { route: 'logs', path: '/v1/logs', headers: JSON_TYPE, protobuf: null } as const;
  const body = encodeJson(request);
  if (random.chance(0.5)) return { ...whole, names: ['OTLP JSON'], body, records: countable(request) };
  const bad = random.chance(0.5) ? broken(random, body) : misread(random, body);
  return { ...whole, names: ['OTLP JSON', bad.name], body: bad.body, records: null };
}

export function plainJson(random: Random): Made {
  const route = random.chance(0.7) ? 'predictions' : 'labels';
  const records = Array.from({ length: random.below(6) }, () => jsonRow(random, route));
  const shape = random.pick<() => unknown>([() => records, () => ({ [route]: records })]);
  const body = Buffer.from(JSON.stringify(shape()));
  const whole = { route, path: `/api/v1/${route}`, headers: JSON_TYPE, protobuf: null } as const;
  if (random.chance(0.5))
    return { ...whole, names: ['JSON'], body, records: { least: records.length, most: records.length } };
  const bad = random.chance(0.5) ? broken(random, body) : misread(random, body);
  return { ...whole, names: ['JSON', bad.name], body: bad.body, records: null };
}

/** A request that is right, sent in a wrong way. */
export function wrongly(random: Random): Made {
  const whole = random.chance(0.5) ? protobuf(random) : otlpJson(random);
  const { headers, body } = whole;
  const unread = { ...whole, protobuf: null, records: null };
  return random.pick<() => Made>([
    () => ({
      ...unread,
      names: ['a wrong content type'],
      headers: {
        ...headers,
        'content-type': random.pick([
          'text/csv',
          '',
          'application/octet-stream',
          'application/json; charset=utf-8',
          'application/x-protobuf;x',
        ]),
      },
    }),
    () => ({ ...unread, names: ['no key'], headers: { 'content-type': headers['content-type'] ?? '' } }),
    () => ({
      ...unread,
      names: ['a foreign key'],
      headers: {
        ...headers,
        authorization: random.pick(['Bearer other', 'Bearer reader', 'Bearer nobody', 'Basic x', 'Bearer']),
      },
    }),
    () => ({
      ...whole,
      names: [...whole.names, 'gzip'],
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: gzipSync(body),
    }),
    () => ({
      ...unread,
      names: ['a broken gzip'],
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: broken(random, gzipSync(body)).body,
    }),
    () => ({ ...unread, names: ['gzip that is none'], headers: { ...headers, 'content-encoding': 'gzip' } }),
    () => ({
      ...unread,
      names: ['an unknown encoding'],
      headers: { ...headers, 'content-encoding': random.pick(['br', 'lzma', 'gzip, gzip']) },
    }),
    () => ({
      ...unread,
      names: ['an inflate bomb'],
      headers: { ...headers, 'content-encoding': 'gzip' },
      body: BOMB,
    }),
    () => ({
      ...unread,
      names: ['another path'],
      path: random.pick(['/v1/traces', '/v1/metrics', '/v1/logs/', '/../v1/logs']),
    }),
    () => ({ ...unread, names: ['traces sent as logs'], headers: PROTOBUF, body: traces(random) }),
    () => ({
      ...unread,
      names: ['a thousand empty records'],
      headers: PROTOBUF,
      body: encode({ records: Array.from({ length: 1000 }, () => ({})) }),
    }),
  ])();
}

/** Small as it is sent, larger than any body may be. */
export const BOMB = gzipSync(Buffer.alloc(8_000_000));

/** Spans have bytes where log records have a time. */
function traces(random: Random): Buffer {
  const span = Buffer.concat([
    Buffer.from([0x0a, 16]),
    random.bytes(16),
    Buffer.from([0x12, 8]),
    random.bytes(8),
  ]);
  const within = (field: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([field * 8 + 2, bytes.length]), bytes]);
  return within(1, within(2, within(2, span)));
}

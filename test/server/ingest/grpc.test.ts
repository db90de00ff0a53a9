import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Client, compressionAlgorithms, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { otlpGrpc } from '../../../server/ingest/grpc.ts';
import type { IngestOptions } from '../../../server/ingest/front.ts';
import { deadlineOf } from '../../../server/ingest/grpc-deadline.ts';
import { BytesInFlight } from '../../../server/ingest/room.ts';
import { listenGrpc } from '../../../server/listen.ts';
import type { Listener } from '../../../server/listen.ts';
import { encode } from './support.ts';
import { ingestWorld, noPatience, prediction } from './world.ts';
import type { IngestWorld } from './world.ts';

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const HEADERS = {
  ':method': 'POST',
  ':path': EXPORT,
  'content-type': 'application/grpc',
  te: 'trailers',
  authorization: 'Bearer writer',
};

let world: IngestWorld;
let listener: Listener;
let session: ClientHttp2Session;
let others: (() => Promise<void> | void)[];

beforeAll(async () => {
  world = await ingestWorld();
  listener = await listenGrpc(otlpGrpc(world.options), { host: '127.0.0.1', port: 0 });
});
beforeEach(() => {
  world.seen.length = 0;
  session = connect(listener.url);
  others = [];
});
afterEach(async () => {
  session.destroy();
  for (const end of others) await end();
});
afterAll(async () => {
  await listener.close(1000);
  await world.close();
});

/** A server with other options, ended after the test, and a session to it. */
async function another(options: Partial<IngestOptions>): Promise<ClientHttp2Session> {
  const own = await listenGrpc(otlpGrpc({ ...world.options, ...options }), { host: '127.0.0.1', port: 0 });
  const to = connect(own.url);
  others.push(
    () => to.destroy(),
    () => own.close(1000),
  );
  return to;
}

function frame(message: Uint8Array, { flag = 0, length = message.byteLength } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends pieces as DATA frames of their own; null leaves the call open. */
function call(
  pieces: readonly (Uint8Array | null)[],
  { headers = {}, to = session }: { readonly headers?: object; readonly to?: ClientHttp2Session } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = to.request({ ...HEADERS, ...headers });
    const body: Buffer[] = [];
    const found = { headers: {} as IncomingHttpHeaders, trailers: {} as IncomingHttpHeaders };
    stream.on('response', (given) => {
      found.headers = given;
    });
    stream.on('trailers', (given) => {
      found.trailers = given;
    });
    stream.on('data', (chunk: Buffer) => body.push(chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({
        headers: found.headers,
        trailers: 'grpc-status' in found.headers ? found.headers : found.trailers,
        body: Buffer.concat(body),
      }),
    );
    for (const piece of pieces) if (piece !== null) stream.write(piece);
    if (pieces.at(-1) !== null) stream.end();
  });
}

const one = () => encode({ records: [prediction()] });
const codeOf = (answer: Answer) => Number(answer.trailers['grpc-status']);
const messageOf = (answer: Answer) => decodeURIComponent(String(answer.trailers['grpc-message'] ?? ''));

describe('OTLP over gRPC', () => {
  it('stores a request before it answers with an empty message and status 0', async () => {
    const before = await world.stored();
    const answer = await call([frame(encode({ records: [prediction(), prediction()] }))]);
    expect(answer.headers).toMatchObject({ ':status': 200, 'content-type': 'application/grpc' });
    expect([codeOf(answer), [...answer.body]]).toEqual([status.OK, [0, 0, 0, 0, 0]]);
    expect(await world.stored()).toBe(before + 2);
    expect(world.seen).toMatchObject([
      { tenant: 'acme', protocol: 'otlp-grpc', status: 200, accepted: { predictions: 2, labels: 0 } },
    ]);
  });

  it('takes a message that is split anywhere, byte by byte even', async () => {
    const before = await world.stored();
    const whole = frame(one());
    expect(codeOf(await call([...whole].map((byte) => Uint8Array.of(byte))))).toBe(status.OK);
    expect(await world.stored()).toBe(before + 1);
  });

  it('answers an empty request with success', async () => {
    expect(codeOf(await call([frame(new Uint8Array(0))]))).toBe(status.OK);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ])('takes %s, and tells that it does', async (encoding, pack) => {
    const before = await world.stored();
    const answer = await call([frame(pack(one()), { flag: 1 })], { headers: { 'grpc-encoding': encoding } });
    expect(codeOf(answer)).toBe(status.OK);
    expect(answer.headers['grpc-accept-encoding']).toContain(encoding);
    expect(await world.stored()).toBe(before + 1);
  });

  it('takes a message that is not compressed, though others of the channel are', async () => {
    const answer = await call([frame(one())], { headers: { 'grpc-encoding': 'gzip' } });
    expect(codeOf(answer)).toBe(status.OK);
  });

  it('takes the key in x-api-key', async () => {
    const { authorization: _key, ...headers } = HEADERS;
    const stream = session.request({ ...headers, 'x-api-key': 'writer' });
    stream.end(frame(one()));
    const trailers = await new Promise<IncomingHttpHeaders>((resolve) => stream.on('trailers', resolve));
    expect(trailers['grpc-status']).toBe('0');
  });

  it('tells what it refused, and why, as partial success', async () => {
    const answer = await call([frame(encode({ records: [prediction(), prediction({ timeMs: 1 })] }))]);
    expect(codeOf(answer)).toBe(status.OK);
    expect([
      ...answer.body.subarray(5, 6),
      ...answer.body.subarray(answer.body.indexOf(8)).subarray(0, 2),
    ]).toEqual([10, 8, 1]);
    expect(answer.body.toString()).toMatch(/1 record \(time_out_of_range\): .*1970/);
  });

  const tooMany = frame(Buffer.concat([one(), frame(one())]), { length: 100 });
  const refusals: readonly (readonly [string, () => Promise<Answer>, status, RegExp, number])[] = [
    [
      'no key',
      () => call([frame(one())], { headers: { authorization: '' } }),
      status.UNAUTHENTICATED,
      /API key/,
      401,
    ],
    [
      'an unknown key',
      () => call([frame(one())], { headers: { authorization: 'Bearer x' } }),
      status.UNAUTHENTICATED,
      /not known/,
      401,
    ],
    [
      'a key that may only read',
      () => call([frame(one())], { headers: { authorization: 'Bearer reader' } }),
      status.PERMISSION_DENIED,
      /may not ingest/,
      403,
    ],
    ['no message', () => call([]), status.INVALID_ARGUMENT, /no message came/, 400],
    ['half a prefix', () => call([Uint8Array.of(0, 0)]), status.INVALID_ARGUMENT, /end within/, 400],
    [
      'half a message',
      () => call([frame(one(), { length: 999 })]),
      status.INVALID_ARGUMENT,
      /end within/,
      400,
    ],
    [
      'two messages',
      () => call([frame(one()), frame(one())]),
      status.INVALID_ARGUMENT,
      /send one message/,
      400,
    ],
    ['more than its length tells', () => call([tooMany]), status.INVALID_ARGUMENT, /send one message/, 400],
    ['a flag that is none', () => call([frame(one(), { flag: 2 })]), status.INVALID_ARGUMENT, /0 nor 1/, 400],
    [
      'a compression that is not named',
      () => call([frame(gzipSync(one()), { flag: 1 })]),
      status.INVALID_ARGUMENT,
      /grpc-encoding/,
      400,
    ],
    [
      'a compression that is not known',
      () => call([frame(one(), { flag: 1 })], { headers: { 'grpc-encoding': 'snappy' } }),
      status.UNIMPLEMENTED,
      /gzip, deflate, zstd/,
      415,
    ],
    [
      'what is not gzip, though it says so',
      () => call([frame(one(), { flag: 1 })], { headers: { 'grpc-encoding': 'gzip' } }),
      status.INVALID_ARGUMENT,
      /not gzip/,
      400,
    ],
    [
      'a message too large, before it is sent',
      () => call([frame(new Uint8Array(10), { length: 1_000_001 }), null]),
      status.RESOURCE_EXHAUSTED,
      /raise limits\.maxBodyBytes/,
      413,
    ],
    [
      'a compressed message too large',
      () => call([frame(new Uint8Array(100_001), { flag: 1 })], { headers: { 'grpc-encoding': 'gzip' } }),
      status.RESOURCE_EXHAUSTED,
      /raise limits\.maxCompressedBytes/,
      413,
    ],
    [
      'a gzip bomb',
      () =>
        call([frame(gzipSync(Buffer.alloc(50_000_000)), { flag: 1 })], {
          headers: { 'grpc-encoding': 'gzip' },
        }),
      status.RESOURCE_EXHAUSTED,
      /unpacks to more/,
      413,
    ],
    [
      'what is no protobuf',
      () => call([frame(Buffer.from('hello'))]),
      status.INVALID_ARGUMENT,
      /not an OTLP/,
      400,
    ],
    [
      'traces',
      () => call([frame(one())], { headers: { ':path': EXPORT.replace('logs.v1.Logs', 'trace.v1.Trace') } }),
      status.UNIMPLEMENTED,
      /Only log records/,
      404,
    ],
    [
      'metrics',
      () =>
        call([frame(one())], { headers: { ':path': EXPORT.replace('logs.v1.Logs', 'metrics.v1.Metrics') } }),
      status.UNIMPLEMENTED,
      /metrics are not/,
      404,
    ],
    [
      'an unknown method',
      () => call([frame(one())], { headers: { ':path': '/grpc.health.v1.Health/Check' } }),
      status.UNIMPLEMENTED,
      /Only .*LogsService/,
      404,
    ],
  ];

  it.each(refusals)(
    'refuses %s for good, in words, and counts it',
    async (_name, send, code, words, seen) => {
      const before = await world.stored();
      const answer = await send();
      expect([answer.headers[':status'], codeOf(answer), messageOf(answer)]).toEqual([
        200,
        code,
        expect.stringMatching(words),
      ]);
      expect(answer.trailers).not.toHaveProperty('google.rpc.retryinfo-bin');
      expect(detailsOf(answer)).not.toContain('RetryInfo');
      expect(world.seen).toMatchObject([{ protocol: 'otlp-grpc', status: seen }]);
      expect(await world.stored()).toBe(before);
    },
  );

  it.each([
    ['another content type', { 'content-type': 'application/json' }, 415],
    ['another method', { ':method': 'PUT' }, 405],
  ])('answers %s as HTTP does', async (_name, headers, code) => {
    const answer = await call([Buffer.from('{}')], { headers });
    expect([answer.headers[':status'], answer.headers['content-type']]).toEqual([code, 'text/plain']);
    expect(world.seen).toMatchObject([{ protocol: 'otlp-grpc', status: code }]);
  });

  it('says what is bad of a bad request in the details of its status', async () => {
    expect(detailsOf(await call([frame(Buffer.from('hello'))]))).toContain('google.rpc.BadRequest');
  });

  it('takes the next call of a connection after one it refused half-way', async () => {
    await call([frame(new Uint8Array(10), { length: 1_000_001 }), null]);
    expect(codeOf(await call([frame(one())]))).toBe(status.OK);
  });
});

function detailsOf(answer: Answer): string {
  return Buffer.from(String(answer.trailers['grpc-status-details-bin'] ?? ''), 'base64').toString();
}

describe('a gRPC call that cannot be stored now', () => {
  const broken = () => another({ ingest: () => Promise.reject(new Error('the disk is full')) });

  it('is asked to come again in a second in both trailers that senders look at', async () => {
    const answer = await call([frame(one())], { to: await broken() });
    expect([codeOf(answer), messageOf(answer)]).toEqual([
      status.UNAVAILABLE,
      expect.not.stringContaining('disk'),
    ]);
    // RetryInfo { retry_delay { seconds: 1 } }
    expect(answer.trailers['google.rpc.retryinfo-bin']).toBe(Buffer.from([10, 2, 8, 1]).toString('base64'));
    expect(detailsOf(answer)).toContain('type.googleapis.com/google.rpc.RetryInfo\x12\x04\n\x02\b\x01');
  });

  it('is told so when too many bytes wait', async () => {
    const gate = Promise.withResolvers<void>();
    const message = one();
    const to = await another({
      inFlight: new BytesInFlight(2 * message.byteLength, noPatience),
      ingest: async (request) => {
        await gate.promise;
        return world.options.ingest(request);
      },
    });
    const first = call([frame(message)], { to });
    const second = await call([frame(one())], { to });
    expect([codeOf(second), messageOf(second)]).toEqual([
      status.UNAVAILABLE,
      expect.stringContaining('of this tenant'),
    ]);
    gate.resolve();
    expect(codeOf(await first)).toBe(status.OK);
  });

  it('waits for room, and is stored when there is', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const message = one();
    const to = await another({
      inFlight: new BytesInFlight(2 * message.byteLength),
      ingest: async (request) => {
        begun.resolve();
        await gate.promise;
        return world.options.ingest(request);
      },
    });
    const first = call([frame(message)], { to });
    await begun.promise;
    const second = call([frame(one())], { to });
    gate.resolve();
    expect([codeOf(await first), codeOf(await second)]).toEqual([status.OK, status.OK]);
  });

  it('is answered in time when its deadline passes, once', async () => {
    const gate = Promise.withResolvers<void>();
    const to = await another({
      ingest: async (request) => {
        await gate.promise;
        return world.options.ingest(request);
      },
    });
    const answer = await call([frame(one())], { to, headers: { 'grpc-timeout': '30m' } });
    expect([codeOf(answer), answer.body.length]).toEqual([status.DEADLINE_EXCEEDED, 0]);
    gate.resolve();
    await expect.poll(() => world.seen).toMatchObject([{ status: 200 }]);
  });

  it('is refused for good when it has more than it tells, though there is no room', async () => {
    const to = await another({ inFlight: new BytesInFlight(1000, noPatience) });
    const held = to.request(HEADERS);
    held.on('error', () => {});
    held.write(frame(new Uint8Array(10), { length: 900 }));
    const wrong = async () => codeOf(await call([frame(one(), { length: 100 })], { to }));
    await expect.poll(async () => codeOf(await call([frame(one())], { to }))).toBe(status.UNAVAILABLE);
    expect(await wrong()).toBe(status.INVALID_ARGUMENT);
    held.close(constants.NGHTTP2_CANCEL);
  });

  it('is given up when its bytes come too slowly, and gives its room back', async () => {
    const to = await another({ inFlight: new BytesInFlight(1000, noPatience) });
    const headers = { 'grpc-timeout': '30m' };
    const answer = await call([frame(new Uint8Array(10), { length: 900 }), null], { to, headers });
    expect([codeOf(answer), messageOf(answer)]).toEqual([
      status.DEADLINE_EXCEEDED,
      expect.stringContaining('may be stored yet'),
    ]);
    expect(codeOf(await call([frame(one())], { to }))).toBe(status.OK);
  });

  it.each([
    ['2H', 60_000],
    ['1M', 60_000],
    ['10S', 10_000],
    ['9986m', 9986],
    ['5000u', 5],
    ['2000000n', 2],
    ['0m', 0],
    [undefined, 60_000],
    ['soon', 60_000],
    ['-1S', 60_000],
    ['123456789S', 60_000],
  ])('with grpc-timeout %s may take %d ms', (header, ms) => {
    expect(deadlineOf(header)).toBe(ms);
  });

  it('gives its room back when its sender goes away half-way', async () => {
    const inFlight = new BytesInFlight(1000, noPatience);
    const to = await another({ inFlight });
    const gone = to.request(HEADERS);
    gone.write(frame(new Uint8Array(10), { length: 900 }));
    gone.on('error', () => {});
    const again = async () => codeOf(await call([frame(one())], { to }));
    await expect.poll(again).toBe(status.UNAVAILABLE);
    gone.close(constants.NGHTTP2_CANCEL);
    await expect.poll(again).toBe(status.OK);
    expect(world.seen).toContainEqual(expect.objectContaining({ status: 400, tenant: 'acme', rejected: [] }));
  });
});

describe('a sender that cancels its call', () => {
  it('while it is stored is not missed', async () => {
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const to = await another({
      ingest: async (request) => {
        begun.resolve();
        await gate.promise;
        return world.options.ingest(request);
      },
    });
    const before = await world.stored();
    const gone = to.request(HEADERS);
    gone.on('error', () => {});
    gone.end(frame(one()));
    await begun.promise;
    gone.close(constants.NGHTTP2_CANCEL);
    // The server has seen the cancellation when it has answered what was sent after it.
    await call([], { to, headers: { ':path': '/' } });
    gate.resolve();
    await expect.poll(() => world.stored()).toBe(before + 1);
  });
});

describe('whatever bytes a call has', () => {
  const junk = fc.uint8Array({ maxLength: 200 });
  const framed = fc
    .record({ bytes: junk, flag: fc.nat(3), off: fc.integer({ min: -2, max: 2 }) })
    .map(({ bytes, flag, off }) => frame(bytes, { flag, length: Math.max(0, bytes.length + off) }));
  const encodings = fc.constantFrom('identity', 'gzip', 'deflate', 'zstd', 'br');

  it('it is answered, and nothing of it is stored', async () => {
    const before = await world.stored();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(junk, framed), { maxLength: 3 }),
        encodings,
        async (pieces, encoding) => {
          const answer = await call(pieces, { headers: { 'grpc-encoding': encoding } });
          expect([
            status.OK,
            status.INVALID_ARGUMENT,
            status.RESOURCE_EXHAUSTED,
            status.UNIMPLEMENTED,
          ]).toContain(codeOf(answer));
        },
      ),
      { numRuns: 500 },
    );
    expect(await world.stored()).toBe(before);
  });
});

describe('the gRPC library for Node', () => {
  const unary = (client: Client, metadata: Metadata, message: Buffer) =>
    new Promise<{ readonly error: ServiceError | null; readonly reply: Buffer | undefined }>((resolve) => {
      const same = (buffer: Buffer) => buffer;
      client.makeUnaryRequest(EXPORT, same, same, message, metadata, {}, (error, reply) =>
        resolve({ error, reply }),
      );
    });
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer writer');

  it.each([compressionAlgorithms.identity, compressionAlgorithms.gzip])(
    'sends with compression %s and reads the reply',
    async (compression) => {
      const client = new Client(listener.url.replace('http://', ''), credentials.createInsecure(), {
        'grpc.default_compression_algorithm': compression,
      });
      const before = await world.stored();
      const records = Array.from({ length: 2000 }, () => prediction());
      expect(await unary(client, metadata, encode({ records }))).toMatchObject({
        error: null,
        reply: Buffer.alloc(0),
      });
      expect(await world.stored()).toBe(before + 2000);
      client.close();
    },
  );

  it('reads why it is refused', async () => {
    const client = new Client(listener.url.replace('http://', ''), credentials.createInsecure());
    const { error } = await unary(client, new Metadata(), one());
    expect(error).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: expect.stringContaining('API key'),
    });
    client.close();
  });

  it('finds both hints to come again', async () => {
    const own = await listenGrpc(
      otlpGrpc({ ...world.options, ingest: () => Promise.reject(new Error('full')) }),
      {
        host: '127.0.0.1',
        port: 0,
      },
    );
    const client = new Client(own.url.replace('http://', ''), credentials.createInsecure());
    const { error } = await unary(client, metadata, one());
    expect(error?.code).toBe(status.UNAVAILABLE);
    expect(error?.metadata.get('google.rpc.retryinfo-bin')).toEqual([Buffer.from([10, 2, 8, 1])]);
    expect(String(error?.metadata.get('grpc-status-details-bin')[0])).toContain('google.rpc.RetryInfo');
    client.close();
    await own.close(1000);
  });
});

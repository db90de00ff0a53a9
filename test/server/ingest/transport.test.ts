import { request as httpRequest } from 'node:http';
import type { ClientRequest } from 'node:http';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonIngestApp, otlpApp } from '../../../server/ingest/http.ts';
import type { IngestOptions } from '../../../server/ingest/http.ts';
import { BytesInFlight } from '../../../server/ingest/room.ts';
import { listen } from '../../../server/listen.ts';
import type { IngestRequest } from '../../../server/model.ts';
import { bytesField, encode, encodeJson } from './support.ts';
import { ingestWorld, noPatience, prediction } from './world.ts';
import type { IngestWorld } from './world.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf', authorization: 'Bearer writer' };
const JSON_TYPE = { 'content-type': 'application/json', authorization: 'Bearer writer' };
const ANY_PORT = { host: '127.0.0.1', port: 0 };

let world: IngestWorld;
beforeAll(async () => {
  world = await ingestWorld();
});
beforeEach(() => {
  world.seen.length = 0;
});
afterAll(() => world.close());

const bytes = (buffer: Buffer) => new Uint8Array(buffer);
const one = () => encode({ records: [prediction()] });
const post = async (
  path: string,
  {
    headers = PROTOBUF,
    body,
    options = {},
  }: { headers?: object; body: Buffer | string; options?: Partial<IngestOptions> },
) =>
  otlpApp({ ...world.options, ...options }).request(path, {
    method: 'POST',
    headers: { ...headers },
    body: typeof body === 'string' ? body : bytes(body),
  });

describe('bodies of OTLP over HTTP', () => {
  it.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['identity, gzip', gzipSync],
    ['deflate', deflateSync],
    ['zlib', deflateSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: Buffer) => body],
    ['none', (body: Buffer) => body],
  ])('are taken with Content-Encoding %s, in protobuf and JSON', async (encoding, pack) => {
    const before = await world.stored();
    const headers = { 'content-encoding': encoding };
    const protobuf = await post('/v1/logs', { headers: { ...PROTOBUF, ...headers }, body: pack(one()) });
    const json = encodeJson({ records: [prediction()] });
    const other = await post('/', { headers: { ...JSON_TYPE, ...headers }, body: pack(json) });
    expect([protobuf.status, other.status]).toEqual([200, 200]);
    expect(await world.stored()).toBe(before + 2);
  });

  it.each([
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
  ])('packed by %s are refused when they unpack to more than may be', async (encoding, pack) => {
    const headers = { ...PROTOBUF, 'content-encoding': encoding };
    const answer = await post('/v1/logs', { headers, body: pack(Buffer.alloc(50_000_000)) });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([413, null]);
    expect(await answer.text()).toContain('unpacks to more than 1000000 bytes');
  });

  it.each(['deflate', 'zstd', 'gzip'])('that only say they are %s are bad requests', async (encoding) => {
    const answer = await post('/v1/logs', {
      headers: { ...PROTOBUF, 'content-encoding': encoding },
      body: one(),
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`not ${encoding}`)]);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('packed by %s in several pieces are taken whole', async (encoding, pack) => {
    const before = await world.stored();
    const body = Buffer.concat([pack(one()), pack(Buffer.alloc(0)), pack(one())]);
    const answer = await post('/v1/logs', { headers: { ...PROTOBUF, 'content-encoding': encoding }, body });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(await world.stored()).toBe(before + 2);
  });

  it('packed by zstd in several pieces are refused when these unpack to more than may be together', async () => {
    const headers = { ...PROTOBUF, 'content-encoding': 'zstd' };
    const part = zstdCompressSync(Buffer.alloc(600_000));
    const answer = await post('/v1/logs', { headers, body: Buffer.concat([part, part]) });
    expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining('unpacks to more')]);
    const pieces = Buffer.concat(Array.from({ length: 5000 }, () => zstdCompressSync(Buffer.alloc(0))));
    expect((await post('/v1/logs', { headers, body: pieces })).status).toBe(400);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ])('with something behind what is packed by %s are refused whole', async (encoding, pack) => {
    const before = await world.stored();
    const body = Buffer.concat([pack(one()), Buffer.from('more')]);
    const answer = await post('/v1/logs', { headers: { ...PROTOBUF, 'content-encoding': encoding }, body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`not ${encoding}`)]);
    expect(await world.stored()).toBe(before);
  });

  it.each(['br', 'gzip, gzip'])(
    'packed by %s are refused with the names of what is taken',
    async (encoding) => {
      const answer = await post('/v1/logs', {
        headers: { ...PROTOBUF, 'content-encoding': encoding },
        body: one(),
      });
      expect([answer.status, await answer.text()]).toEqual([
        415,
        expect.stringContaining('gzip, deflate, zstd'),
      ]);
    },
  );
});

const SPAN = bytesField(1, bytesField(2, bytesField(2, bytesField(1, Buffer.alloc(16, 7)))));
const METRIC = bytesField(1, bytesField(2, bytesField(2, bytesField(1, Buffer.from('requests')))));

describe('other signals', () => {
  it.each(['/v1/traces', '/v1/metrics', '/v1development/profiles'])(
    'at %s are refused for good in the type of the request, and counted',
    async (path) => {
      const json = await post(path, { headers: JSON_TYPE, body: '{}' });
      expect([json.status, json.headers.get('content-type')]).toEqual([404, 'application/json']);
      expect(await json.json()).toEqual({ code: 12, message: expect.stringContaining(`${path} is not`) });
      const protobuf = await post(path, { body: SPAN });
      expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([
        404,
        'application/x-protobuf',
      ]);
      expect([...bytes(Buffer.from(await protobuf.arrayBuffer())).subarray(0, 2)]).toEqual([8, 12]);
      expect(world.seen).toMatchObject([
        { protocol: 'otlp-json', status: 404, rejected: [{ reason: 'unknown_path' }] },
        { protocol: 'otlp-protobuf', status: 404, rejected: [{ reason: 'unknown_path' }] },
      ]);
    },
  );

  it.each(
    ['/', '/v1/logs'].flatMap((path) => [
      [path, 'traces in protobuf', PROTOBUF, SPAN] as const,
      [path, 'metrics in protobuf', PROTOBUF, METRIC] as const,
      [path, 'traces in JSON', JSON_TYPE, Buffer.from('{"resourceSpans":[]}')] as const,
      [path, 'metrics in JSON', JSON_TYPE, Buffer.from('{"resourceMetrics":[]}')] as const,
    ]),
  )('at %s are told from logs: %s', async (path, _name, headers, body) => {
    const answer = await post(path, { headers, body });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, headers['content-type']]);
    expect(await answer.text()).toMatch(/traces/);
    expect(world.seen).toMatchObject([{ status: 400, rejected: [{ reason: 'malformed', count: 1 }] }]);
  });
});

describe('refusals of OTLP over HTTP', () => {
  it('say what is bad of a bad request in the details of google.rpc.Status', async () => {
    const json = await post('/', { headers: JSON_TYPE, body: '{"resourceLogs":7}' });
    const message = expect.stringContaining('resourceLogs');
    expect(await json.json()).toEqual({
      code: 3,
      message,
      details: [
        { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description: message }] },
      ],
    });
    const protobuf = await post('/', { body: Buffer.from('hello') });
    expect(await protobuf.text()).toContain('type.googleapis.com/google.rpc.BadRequest');
  });

  const later = (status: number) => ({
    status,
    retry: '1',
    told: {
      code: 14,
      message: expect.any(String),
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }],
    },
  });
  const heard = async (answer: Response) => ({
    status: answer.status,
    retry: answer.headers.get('retry-after'),
    told: await answer.json(),
  });

  it('ask to come again in a second when nothing can be stored, by header and by RetryInfo', async () => {
    const ingest = () => Promise.reject(new Error('full'));
    const answer = await post('/', { headers: JSON_TYPE, body: '{}', options: { ingest } });
    expect(await heard(answer)).toEqual(later(503));
  });

  it('ask to come again in a second when a tenant is over its quota, and others go on', async () => {
    const limits = { ...world.options.limits, maxBytesPerSecondPerTenant: 1 };
    const app = otlpApp({ ...world.options, limits });
    const send = async (key: string) =>
      app.request('/', {
        method: 'POST',
        headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
        body: '{}',
      });
    expect((await send('writer')).status).toBe(200);
    expect(await heard(await send('writer'))).toEqual(later(429));
    expect((await send('other')).status).toBe(200);
    expect(world.seen.map(({ status }) => status)).toEqual([200, 429, 200]);
  });
});

describe('rows and events on the main port', () => {
  const handed: IngestRequest[] = [];
  const send = async (path: string, headers: object, body = '{}') => {
    handed.length = 0;
    const ingest = async (request: IngestRequest) => {
      handed.push(request);
      return world.options.ingest(request);
    };
    const app = jsonIngestApp({ ...world.options, ingest });
    return app.request(path, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });
  };

  it.each(
    ['predictions', 'labels'].flatMap((route) =>
      [
        ['application/json; charset=utf-8', 'json'],
        ['application/x-ndjson', 'ndjson'],
        ['application/ndjson', 'ndjson'],
        ['application/jsonl', 'ndjson'],
        ['application/vnd.apache.arrow.stream', 'arrow'],
        ['application/vnd.apache.parquet', 'parquet'],
      ].map(([type, protocol]) => [route, type, protocol] as const),
    ),
  )('/api/v1/%s hands %s on as %s', async (route, type, protocol) => {
    await send(`/api/v1/${route}`, {
      'content-type': type,
      'content-encoding': 'gzip',
      'idempotency-key': 'k',
    });
    expect(handed).toMatchObject([
      { tenant: 'acme', route, protocol, encoding: 'gzip', idempotencyKey: 'k' },
    ]);
  });

  it('/api/v1/predictions names what it takes when it is sent something else', async () => {
    const answer = await send('/api/v1/predictions', { 'content-type': 'text/csv' });
    expect([answer.status, handed]).toEqual([415, []]);
    expect(await answer.text()).toMatch(/application\/json, or application\/x-ndjson, .*arrow.*parquet/);
  });

  const EVENT = {
    'ce-id': '42',
    'ce-source': 'http://serving/',
    'ce-type': 'org.kubeflow.serving.inference.request',
    'ce-inferencesERVICEname': 'fraud',
    'x-other': 'not passed on',
  };

  it('/api/v1/events hands on a CloudEvent with what its headers say', async () => {
    await send('/api/v1/events', EVENT);
    const { 'x-other': _other, 'ce-inferencesERVICEname': name, ...headers } = EVENT;
    expect(handed).toMatchObject([{ route: 'events', protocol: 'cloudevents' }]);
    expect(handed[0]?.headers).toEqual({
      ...headers,
      'ce-inferenceservicename': name,
      'content-type': 'application/json',
    });
  });

  it('/api/v1/events counts an event once by its source, id and type', async () => {
    const keys: (string | undefined)[] = [];
    for (const more of [
      {},
      {},
      { 'ce-type': 'org.kubeflow.serving.inference.response' },
      { 'ce-id': '43' },
    ]) {
      await send('/api/v1/events', { ...EVENT, ...more });
      keys.push(handed[0]?.idempotencyKey);
    }
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
  });

  it('/api/v1/events answers in JSON what it refuses', async () => {
    const answer = await send('/api/v1/events', { ...EVENT, authorization: 'Bearer nobody' });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { error: { code: 'unauthorized', message: expect.any(String), requestId: expect.any(String) } },
    ]);
  });
});

describe('a sender over a real connection', () => {
  const begin = (url: string, headers: object): ClientRequest => {
    const sent = httpRequest(`${url}/v1/logs`, { method: 'POST', headers: { ...PROTOBUF, ...headers } });
    sent.on('error', () => {});
    return sent;
  };
  const statusOf = (sent: ClientRequest) =>
    new Promise<number>((resolve) => {
      sent.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
    });

  it.each([
    ['its length told', { 'content-length': '900' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('that goes away half-way, %s, gives its room back', async (_name, headers) => {
    const options = { ...world.options, inFlight: new BytesInFlight(1000, noPatience) };
    const server = await listen(otlpApp(options), ANY_PORT);
    const gone = begin(server.url, headers);
    gone.write(Buffer.alloc(800));
    const body = one();
    const again = async () => {
      const next = begin(server.url, { 'content-length': body.byteLength });
      const status = statusOf(next);
      next.end(body);
      return status;
    };
    await expect.poll(again).toBe(503);
    gone.destroy();
    await expect.poll(again).toBe(200);
    expect(world.seen).toContainEqual(expect.objectContaining({ status: 400, tenant: 'acme', rejected: [] }));
    await server.close(1000);
  });

  it.each([
    ['its length told', true],
    ['in chunks', false],
  ])('that finds no room, %s, is stored when there is some', async (_name, told) => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const body = one();
    const options: IngestOptions = {
      ...world.options,
      inFlight: new BytesInFlight(2 * body.byteLength),
      ingest: async (request) => {
        begun.resolve();
        await gate.promise;
        return world.options.ingest(request);
      },
    };
    const server = await listen(otlpApp(options), ANY_PORT);
    const send = (content: Buffer) => {
      const sent = begin(server.url, told ? { 'content-length': content.byteLength } : {});
      const status = statusOf(sent);
      sent.end(content);
      return status;
    };
    const before = await world.stored();
    const first = send(body);
    await begun.promise;
    const second = send(one());
    gate.resolve();
    expect([await first, await second]).toEqual([200, 200]);
    expect(await world.stored()).toBe(before + 2);
    await server.close(1000);
  });

  it('gets its answer when it is asked to wait for the body', async () => {
    const server = await listen(otlpApp(world.options), ANY_PORT);
    const body = one();
    const sent = begin(server.url, { expect: '100-continue', 'content-length': body.byteLength });
    const status = statusOf(sent);
    sent.on('continue', () => sent.end(body));
    sent.flushHeaders();
    expect(await status).toBe(200);
    await server.close(1000);
  });
});

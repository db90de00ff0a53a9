import { gzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Timer } from '../../../server/ingest/room.ts';
import { BytesInFlight, jsonIngestApp, otlpApp } from '../../../server/ingest/http.ts';
import type { IngestOptions } from '../../../server/ingest/http.ts';
import type { IngestObservation } from '../../../server/metrics.ts';
import type { Principal } from '../../../server/model.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';
import { encode, encodeJson } from './support.ts';
import type { LogRecord } from './support.ts';

const limits = { ...LIMITS, maxCompressedBytes: 100_000, maxBodyBytes: 1_000_000 };

const KEYS: Readonly<Record<string, Principal>> = {
  writer: { name: 'writer', tenant: KEY.tenant, scopes: ['ingest'] },
  admin: { name: 'admin', tenant: KEY.tenant, scopes: ['admin'] },
  other: { name: 'other', tenant: 'other', scopes: ['ingest'] },
  reader: { name: 'reader', tenant: KEY.tenant, scopes: ['read'] },
  platform: { name: 'platform', tenant: null, scopes: ['admin'] },
};

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;
let seen: IngestObservation[];
let options: IngestOptions;

beforeAll(async () => {
  home = scratch();
  telemetry = await buildTelemetry({ folder: home.folder, limits, models: [MODEL] });
  options = {
    ingest: (request) => telemetry.ingest(request),
    authenticate: async (headers) => {
      const key = headers.get('authorization')?.replace('Bearer ', '') ?? headers.get('x-api-key');
      return key === null ? 'missing' : (KEYS[key] ?? 'unknown');
    },
    now: () => NOW,
    limits,
    inFlight: new BytesInFlight(limits.maxBytesInFlight),
    onIngest: (observation) => seen.push(observation),
  };
});
beforeEach(() => {
  seen = [];
});
afterAll(async () => {
  await telemetry.close();
  home.remove();
});

const PROTOBUF = { 'content-type': 'application/x-protobuf', authorization: 'Bearer writer' };
const JSON_TYPE = { 'content-type': 'application/json', authorization: 'Bearer writer' };

const post = (headers: Record<string, string>, body: Uint8Array<ArrayBuffer> | string, path = '/v1/logs') =>
  otlpApp(options).request(path, { method: 'POST', headers, body });
const bytes = (buffer: Buffer) => new Uint8Array(buffer);

let nextId = 0;
function prediction(more: Partial<LogRecord> = {}): LogRecord {
  nextId += 1;
  const attributes = {
    'leeway.model.name': KEY.model,
    'leeway.prediction.id': `h${nextId}`,
    'leeway.prediction.value': 'late',
  };
  return { event: 'leeway.prediction', timeMs: NOW, attributes, ...more };
}
const stored = async () => (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0]?.rows ?? 0;

describe('OTLP over HTTP', () => {
  it.each(['/v1/logs', '/'])(
    'stores protobuf sent to %s before it answers with an empty message',
    async (path) => {
      const before = await stored();
      const answer = await post(PROTOBUF, bytes(encode({ records: [prediction(), prediction()] })), path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
      expect((await answer.arrayBuffer()).byteLength).toBe(0);
      expect(await stored()).toBe(before + 2);
      expect(seen).toMatchObject([
        {
          tenant: 'acme',
          protocol: 'otlp-protobuf',
          status: 200,
          accepted: { predictions: 2, labels: 0 },
          rejected: [],
        },
      ]);
    },
  );

  it('stores JSON, gzip, and a media type with parameters', async () => {
    const before = await stored();
    const json = await post(JSON_TYPE, bytes(encodeJson({ records: [prediction()] })));
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    const gzip = { ...PROTOBUF, 'content-type': 'application/x-protobuf; x=1', 'content-encoding': 'gzip' };
    expect((await post(gzip, bytes(gzipSync(encode({ records: [prediction()] }))))).status).toBe(200);
    expect(await stored()).toBe(before + 2);
  });

  it('takes the key in x-api-key, and of an admin', async () => {
    const headers = { 'content-type': 'application/x-protobuf', 'x-api-key': 'admin' };
    expect((await post(headers, bytes(encode({ records: [prediction()] })))).status).toBe(200);
  });

  it('answers an empty request with success', async () => {
    expect((await post(PROTOBUF, new Uint8Array(0))).status).toBe(200);
    expect((await post(JSON_TYPE, '{}')).status).toBe(200);
  });

  it('tells what it refused, and why, as partial success', async () => {
    const records = [prediction(), prediction({ timeMs: 1 }), prediction({ timeMs: 2 })];
    const json = await post(JSON_TYPE, bytes(encodeJson({ records })));
    expect(await json.json()).toMatchObject({
      partialSuccess: {
        rejectedLogRecords: '2',
        errorMessage: expect.stringMatching(/2 records \(time_out_of_range\): .*1970/),
      },
    });
    const again = records.map((record) => ({ ...record, severity: 10 }));
    const protobuf = Buffer.from(
      await (await post(PROTOBUF, bytes(encode({ records: again })))).arrayBuffer(),
    );
    expect([
      ...protobuf.subarray(0, 1),
      ...protobuf.subarray(protobuf.indexOf(8), protobuf.indexOf(8) + 2),
    ]).toEqual([10, 8, 2]);
    expect(protobuf.toString('utf8')).toContain('time_out_of_range');
    expect(seen.at(-1)?.rejected).toMatchObject([{ reason: 'time_out_of_range', count: 2 }]);
  });

  it('tells records of unknown events with their number', async () => {
    const records = [{ event: 'user.login' }, { event: 'user.logout' }, prediction()];
    const answer = await post(JSON_TYPE, bytes(encodeJson({ records })));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/2 records \(unknown_event\).*leeway\.prediction/);
  });

  const refusals: readonly (readonly [string, () => Promise<Response>, number, RegExp, string])[] = [
    [
      'no key',
      async () => post({ 'content-type': 'application/json' }, '{}'),
      401,
      /No API key/,
      'unauthenticated',
    ],
    [
      'an unknown key',
      async () => post({ ...JSON_TYPE, authorization: 'Bearer x' }, '{}'),
      401,
      /not known/,
      'unauthenticated',
    ],
    [
      'a key that may only read',
      async () => post({ ...JSON_TYPE, authorization: 'Bearer reader' }, '{}'),
      403,
      /may not ingest/,
      'forbidden',
    ],
    [
      'a key of no tenant',
      async () => post({ ...JSON_TYPE, authorization: 'Bearer platform' }, '{}'),
      403,
      /no tenant/,
      'forbidden',
    ],
    ['a malformed body', async () => post(PROTOBUF, 'hello'), 400, /not an OTLP logs request/, 'malformed'],
    ['a body that is no JSON', async () => post(JSON_TYPE, '{"resourceLogs'), 400, /not JSON/, 'malformed'],
    [
      'a wrong content type',
      async () => post({ ...JSON_TYPE, 'content-type': 'text/csv' }, 'a,b'),
      415,
      /application\/x-protobuf/,
      'unsupported_type',
    ],
    [
      'an unknown encoding',
      async () => post({ ...JSON_TYPE, 'content-encoding': 'br' }, '{}'),
      415,
      /gzip/,
      'unsupported_type',
    ],
    [
      'a broken gzip',
      async () => post({ ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}'),
      400,
      /not gzip/,
      'malformed',
    ],
    [
      'a gzip bomb',
      async () =>
        post({ ...JSON_TYPE, 'content-encoding': 'gzip' }, bytes(gzipSync(Buffer.alloc(50_000_000)))),
      413,
      /unpacks to more/,
      'too_large',
    ],
    [
      'a body too large',
      async () => post(PROTOBUF, new Uint8Array(1_000_001)),
      413,
      /more than 1000000 bytes.*compress them with gzip, or raise limits\.maxBodyBytes/,
      'too_large',
    ],
    [
      'a compressed body too large',
      async () => post({ ...PROTOBUF, 'content-encoding': 'gzip' }, new Uint8Array(100_001)),
      413,
      /more than 100000 bytes; send smaller requests, or raise limits\.maxCompressedBytes/,
      'too_large',
    ],
    ['another method', async () => otlpApp(options).request('/v1/logs'), 405, /POST/, 'wrong_method'],
    ['another path', async () => post(PROTOBUF, '', '/v1/traces'), 404, /\/v1\/logs/, 'unknown_path'],
  ];

  it.each(refusals)('refuses %s in words, and counts it', async (_name, send, status, words, reason) => {
    const before = await stored();
    const answer = await send();
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(words)]);
    expect(seen).toMatchObject([{ status, rejected: [{ reason, count: 1 }] }]);
    expect(await stored()).toBe(before);
  });

  it('refuses in the type of the request', async () => {
    const json = await post({ 'content-type': 'application/json' }, '{}');
    expect(await json.json()).toEqual({ code: 16, message: expect.stringContaining('No API key') });
    expect(json.headers.get('www-authenticate')).toMatch(/Bearer/);
    const protobuf = await post({ 'content-type': 'application/x-protobuf' }, '');
    expect([...Buffer.from(await protobuf.arrayBuffer()).subarray(0, 3)]).toEqual([8, 16, 18]);
    const type = await post({ 'content-type': 'text/plain' }, '');
    expect([type.status, type.headers.get('content-type')]).toEqual([
      415,
      expect.stringContaining('text/plain'),
    ]);
    expect((await otlpApp(options).request('/v1/logs')).headers.get('allow')).toBe('POST');
  });

  it('asks to come again in a second when too many bytes wait, whatever the app, one tenant half of them', async () => {
    const gate = Promise.withResolvers<void>();
    const held = async (given: Parameters<typeof options.ingest>[0]) => {
      await gate.promise;
      return options.ingest(given);
    };
    const noPatience: Timer = (task) => {
      const timer = setImmediate(task);
      return () => clearImmediate(timer);
    };
    const crowded = { ...options, inFlight: new BytesInFlight(1000, noPatience), ingest: held };
    const [otlp, json] = [otlpApp(crowded), jsonIngestApp(crowded)];
    const row = (bytesOfIt: number) =>
      JSON.stringify({ model: KEY.model, time: NOW, features: { c: 'x'.repeat(bytesOfIt - 100) } });
    const toJson = async (key: string, body: string) =>
      json.request('/api/v1/predictions', {
        method: 'POST',
        headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
        body,
      });
    const toOtlp = async (body: Uint8Array<ArrayBuffer>) =>
      otlp.request('/', { method: 'POST', headers: PROTOBUF, body });
    const small = () => bytes(encode({ records: [prediction()] }));

    const first = toJson('writer', row(450));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ofTenant = await toOtlp(small());
    expect([ofTenant.status, ofTenant.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await ofTenant.text()).toContain('500 bytes of requests of this tenant');
    const other = toJson('other', row(480));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const third = await toJson('admin', row(200));
    expect([third.status, await third.text()]).toEqual([503, expect.stringContaining('1000 bytes')]);
    gate.resolve();
    expect([(await first).status, (await other).status]).toEqual([200, 200]);
    expect((await toOtlp(small())).status).toBe(200);
  });

  it('lets a lone request be as large as a body may, whatever may wait', async () => {
    const app = otlpApp({ ...options, inFlight: new BytesInFlight(10) });
    const body = bytes(encode({ records: [prediction()] }));
    expect((await app.request('/', { method: 'POST', headers: PROTOBUF, body })).status).toBe(200);
  });

  it('asks to come again in a second when nothing can be stored', async () => {
    const broken = otlpApp({ ...options, ingest: () => Promise.reject(new Error('the disk is full')) });
    const answer = await broken.request('/', { method: 'POST', headers: JSON_TYPE, body: '{}' });
    expect([answer.status, await answer.text()]).toEqual([503, expect.not.stringContaining('disk')]);
  });

  it('keeps what it refused for people to look at, by tenant', async () => {
    await post(PROTOBUF, bytes(encode({ records: [prediction({ timeMs: 5 })] })));
    expect((await telemetry.quarantine('acme')).at(0)).toMatchObject({
      tenant: 'acme',
      reason: expect.any(String),
    });
    expect(await telemetry.quarantine('other')).toEqual([]);
  });

  it('shows one tenant nothing of another', async () => {
    const before = await stored();
    const headers = { ...PROTOBUF, authorization: 'Bearer other' };
    expect((await post(headers, bytes(encode({ records: [prediction()] })))).status).toBe(200);
    expect(await stored()).toBe(before);
    const mine = { ...prediction().attributes, 'leeway.tenant': KEY.tenant };
    const foreign = await post(
      { ...headers, 'content-type': 'application/json' },
      bytes(encodeJson({ records: [prediction({ attributes: mine })] })),
    );
    expect(await foreign.text()).toContain('tenant_mismatch');
    expect(await stored()).toBe(before);
  });
});

describe('JSON over HTTP', () => {
  const send = (path: string, body: unknown, headers: Record<string, string> = JSON_TYPE) =>
    jsonIngestApp(options).request(path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const PREDICTIONS = '/api/v1/predictions';
  const LABELS = '/api/v1/labels';
  const one = () => {
    nextId += 1;
    return { model: KEY.model, version: '1', id: `j${nextId}`, features: { n: nextId }, value: 'late' };
  };

  it('takes an object, a list, or a list under its name', async () => {
    const before = await stored();
    for (const body of [one(), [one(), one()], { predictions: [one()] }]) {
      const answer = await send(PREDICTIONS, body);
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { accepted: Array.isArray(body) ? 2 : 1, repeated: 0, rejected: [] },
      ]);
    }
    expect(await stored()).toBe(before + 4);
    const labels = await send(LABELS, {
      labels: [{ model: KEY.model, id: 'j1', value: true, source: 'desk', time: NOW }],
    });
    expect(await labels.json()).toEqual({ accepted: 1, repeated: 0, rejected: [] });
  });

  it('takes times as ISO 8601 with a zone, or in milliseconds', async () => {
    const times = [NOW, NOW + 0.5, '2026-06-10T12:00:00Z', '2026-06-10T14:00:00.123+02:00', null];
    const answer = await send(
      PREDICTIONS,
      times.map((time) => ({ ...one(), time })),
    );
    expect(await answer.json()).toMatchObject({ accepted: 5, rejected: [] });
  });

  it('tells repeats', async () => {
    const row = one();
    await send(PREDICTIONS, row);
    expect(await (await send(PREDICTIONS, row)).json()).toEqual({ accepted: 1, repeated: 1, rejected: [] });
  });

  it('takes names of up to 128 characters', async () => {
    const row = { ...one(), model: '😀'.repeat(128), version: 'v'.repeat(128) };
    expect(await (await send(PREDICTIONS, row)).json()).toMatchObject({ accepted: 1, rejected: [] });
  });

  it('takes the same event as often as it comes, unless the request has a name', async () => {
    const before = await stored();
    const event = { model: KEY.model, features: { channel: 'web' }, value: 'ok' };
    for (const key of ['a', 'a', 'b'])
      await send(PREDICTIONS, event, { ...JSON_TYPE, 'idempotency-key': key });
    expect(await stored()).toBe(before + 2);
    for (let count = 0; count < 3; count += 1)
      expect(await (await send(PREDICTIONS, event)).json()).toMatchObject({ accepted: 1, repeated: 0 });
    expect(await stored()).toBe(before + 5);
  });

  const refusals: readonly (readonly [string, unknown, string, RegExp])[] = [
    [
      'an unknown field',
      { ...one(), modle: 'x' },
      'malformed',
      /"modle" is not known.*model, version, id, time/,
    ],
    ['a field of every object', { ...one(), constructor: 1 }, 'malformed', /"constructor" is not known/],
    ['no model', { id: 'a', value: 1 }, 'missing_model', /no model/],
    ['a time in 1970', { ...one(), time: 1000 }, 'time_out_of_range', /1970/],
    ['the first moment of 1970', { ...one(), time: 0 }, 'time_out_of_range', /1970-01-01.*older than/],
    [
      'the first moment of 1970 in words',
      { ...one(), time: '1970-01-01T00:00:00Z' },
      'time_out_of_range',
      /1970-01-01.*older than/,
    ],
    [
      'an endless model name',
      { ...one(), model: 'm'.repeat(129) },
      'too_long',
      /model "m+…" has 129 characters; send a name of 1 to 128/,
    ],
    [
      'an endless version',
      { ...one(), version: '😀'.repeat(129) },
      'too_long',
      /version .* has 129 characters/,
    ],
    [
      'an id of more digits than a number of JSON keeps',
      { ...one(), id: 2 ** 53 + 2 },
      'malformed',
      /"id" must be a text to keep all its digits; it is an integer beyond 2\^53/,
    ],
    [
      'a model no address can name',
      { ...one(), model: '..' },
      'malformed',
      /model "\.\." could not be asked for/,
    ],
    ['an empty model name', { ...one(), model: '' }, 'missing_model', /no model/],
    [
      'a time without a zone',
      { ...one(), time: '2026-06-10T12:00:00' },
      'malformed',
      /"time" must be a time like/,
    ],
    ['a time beyond any calendar', { ...one(), time: -1e300 }, 'time_out_of_range', /older than/],
    [
      'features that are no object',
      { ...one(), features: [1] },
      'malformed',
      /"features" must be an object.*it is a list/,
    ],
    [
      'a score that is no number',
      { ...one(), score: 'high' },
      'malformed',
      /"score" must be a number; it is a text/,
    ],
    ['a value that is an object', { ...one(), value: {} }, 'malformed', /"value" must be a single value/],
    ['a row that is no object', 'x', 'malformed', /must be an object; one is a text/],
    ['an unknown dataset', { ...one(), dataset: 'test' }, 'malformed', /production, reference, shadow/],
    [
      'features under an empty name',
      { ...one(), features: { '': { in: { out: 1 } } } },
      'bad_feature',
      /"" is no name/,
    ],
    [
      'features too deep',
      { ...one(), features: { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } } },
      'too_deep',
      /deeper/,
    ],
  ];

  it.each(refusals)(
    'refuses a row with %s in words, beside one that is kept',
    async (_name, row, reason, words) => {
      const answer = await send(PREDICTIONS, [row, one()]);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        accepted: 1,
        rejected: [{ reason, count: 1, message: expect.stringMatching(words) }],
      });
    },
  );

  it.each([
    ['nothing but rows that are refused', PREDICTIONS, [{ x: 1 }], 400, /"x" is not known/],
    ['labels without an id', LABELS, { model: 'm', value: 1 }, 400, /names no prediction/],
    [
      'a prediction as a label',
      LABELS,
      { model: 'm', id: 'a', features: {} },
      400,
      /"features" is not known in labels/,
    ],
    ['a text', PREDICTIONS, '"x"', 400, /must be an object, a list of objects, or/],
    [
      'a list under its name beside other things',
      PREDICTIONS,
      { predictions: [], model: 'm' },
      400,
      /stand alone/,
    ],
    ['half a JSON', PREDICTIONS, '{"model":', 400, /not JSON/],
  ])('answers %s with words and no row', async (_name, path, body, status, words) => {
    const before = await stored();
    const answer = await send(path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      error: { code: 'bad_request', message: expect.stringMatching(words), requestId: expect.any(String) },
    });
    expect(await stored()).toBe(before);
  });

  it('quotes no value of a feature in its words', async () => {
    const secret = 'very-secret';
    for (const body of [
      `{"model": "${secret}`,
      [
        { model: 'm', features: secret },
        { model: 'm', value: [secret] },
      ],
    ])
      expect(await (await send(PREDICTIONS, body)).text()).not.toContain(secret);
  });

  it('refuses a body of another type or without a key', async () => {
    const form = await send(PREDICTIONS, 'a=b', {
      ...JSON_TYPE,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, await form.text()]).toEqual([
      415,
      expect.stringContaining('Content-Type: application/json'),
    ]);
    const nobody = await send(PREDICTIONS, one(), { 'content-type': 'application/json' });
    expect(nobody.status).toBe(401);
  });
});

describe('a body of 100 MB', () => {
  it('is refused without being read to the end, with and without its length told', async () => {
    const server = serve({ fetch: otlpApp(options).fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const before = process.memoryUsage().arrayBuffers;
    for (const length of [100_000_000, null]) expect(await sendMuch(port, length)).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    const small = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{}',
    });
    expect(small.status).toBe(200);
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Sends 100 MB in pieces until an answer comes, and returns its status. */
function sendMuch(port: number, length: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    const state = { answered: false };
    const headers = { ...PROTOBUF, ...(length !== null && { 'content-length': String(length) }) };
    const sent = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path: '/v1/logs', headers },
      (answer) => {
        state.answered = true;
        resolve(answer.statusCode ?? 0);
        sent.destroy();
      },
    );
    let left = 100_000_000;
    sent.on('error', (error) => (state.answered ? undefined : reject(error)));
    const piece = Buffer.alloc(65_536);
    const write = () => {
      while (!state.answered && left > 0) {
        left -= piece.length;
        if (!sent.write(piece)) {
          sent.once('drain', write);
          return;
        }
      }
    };
    write();
  });
}

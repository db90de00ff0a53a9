import { connect } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BytesInFlight, jsonIngestApp, otlpApp } from '../../../server/ingest/http.ts';
import type { IngestOptions } from '../../../server/ingest/http.ts';
import { listen } from '../../../server/listen.ts';
import type { IngestObservation } from '../../../server/metrics.ts';
import type { Principal } from '../../../server/model.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';
import { bytesField, encode } from './support.ts';
import type { Attributes, LogRecord, Value } from './support.ts';

/** Everything that a sender may get wrong, and what it is told; one row a mistake. */

const limits = { ...LIMITS, maxCompressedBytes: 100_000, maxBodyBytes: 1_000_000, maxModelsPerTenant: 10 };
const KEYS: Readonly<Record<string, Principal>> = {
  writer: { name: 'writer', tenant: KEY.tenant, scopes: ['ingest'] },
  other: { name: 'other', tenant: 'other', scopes: ['ingest'] },
};
const PROTOBUF = { 'content-type': 'application/x-protobuf', authorization: 'Bearer writer' };

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;
let seen: IngestObservation[] = [];
let options: IngestOptions;

beforeAll(async () => {
  home = scratch();
  telemetry = await buildTelemetry({ folder: home.folder, limits, models: [MODEL] });
  options = {
    ingest: (request) => telemetry.ingest(request),
    authenticate: async (headers) =>
      KEYS[headers.get('authorization')?.replace('Bearer ', '') ?? ''] ?? 'unknown',
    now: () => NOW,
    limits,
    inFlight: new BytesInFlight(limits.maxBytesInFlight),
    onIngest: (observation) => seen.push(observation),
  };
});
afterAll(async () => {
  await telemetry.close();
  home.remove();
});

let nextId = 0;
function record(attributes: Attributes = {}, more: Partial<LogRecord> = {}): LogRecord {
  nextId += 1;
  const own = {
    'leeway.model.name': KEY.model,
    'leeway.prediction.id': `b${nextId}`,
    'leeway.prediction.value': 1,
  };
  return { event: 'leeway.prediction', timeMs: NOW, attributes: { ...own, ...attributes }, ...more };
}
const featured = (features: Value) => record({ 'leeway.prediction.features': features });
const deep = (levels: number): Value => (levels === 0 ? 1 : { down: deep(levels - 1) });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, at]));

async function post(body: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  seen = [];
  const answer = await otlpApp(options).request('/v1/logs', {
    method: 'POST',
    headers: { ...PROTOBUF, ...headers },
    body: new Uint8Array(body),
  });
  return { status: answer.status, words: await answer.text(), ...seen[0] };
}
const sent = (...records: readonly LogRecord[]) => post(encode({ records }));
const rows = async (key = KEY) => (await telemetry.counts({ ...key, ...ALL_TIME }))[0]?.rows ?? 0;

/** The body of one record whose bytes are changed at a place that is found by what stands there. */
function changed(find: string | Buffer, change: (body: Buffer, at: number) => void): Buffer {
  const body = encode({ records: [record()] });
  change(body, body.indexOf(find));
  return body;
}

type Answer = Awaited<ReturnType<typeof post>>;

/** Name, what is sent, the status, the words, and the rows that are stored of it. */
const MISTAKES: readonly (readonly [string, () => Promise<Answer>, number, RegExp, number])[] = [
  [
    'protobuf cut short',
    () => post(encode({ records: [record()] }).subarray(0, 60)),
    400,
    /bytes where \d+ are left/,
    0,
  ],
  [
    'protobuf with a flipped bit in a length',
    () => post(changed('leeway.model.name', (body, at) => body.writeUInt8((body[at - 1] ?? 0) ^ 64, at - 1))),
    400,
    /not an OTLP logs request in protobuf/,
    0,
  ],
  [
    'a flipped bit in a value, which no decoder can see',
    () =>
      post(
        changed('leeway.prediction.value', (body, at) => body.writeUInt8((body[at + 26] ?? 0) ^ 2, at + 26)),
      ),
    200,
    /^$/,
    1,
  ],
  ['a number where a message belongs', () => post(Buffer.from([0x0a, 0x02, 0x10, 0x01])), 200, /^$/, 0],
  ['a wire type there is none of', () => post(Buffer.from([0x0f, 0x01])), 400, /wire type 7/, 0],
  ['a map of ten levels', () => sent(featured(deep(10))), 200, /too_deep.*nested deeper than 8 levels/, 0],
  ['a map of eight levels', () => sent(featured(deep(8))), 200, /^$/, 1],
  ['5,000 features in a map', () => sent(featured(many(5000))), 200, /too_many_features.*more than 1000/, 0],
  ['5,000 attributes that mean nothing here', () => sent(record(many(5000))), 200, /^$/, 1],
  [
    'bytes that are no UTF-8 for a name',
    () => post(changed('late', (body, at) => body.set([0xff, 0xc3, 0x28], at))),
    200,
    /^$/,
    // Of a model by the name that such bytes are read as.
    0,
  ],
  ['a trace id of 3 bytes', () => sent(record({}, { traceId: 'abcdef', spanId: 'ab' })), 200, /^$/, 1],
  ['a time in 1970', () => sent(record({}, { timeMs: 1000 })), 200, /time_out_of_range.*1970.*older than/, 0],
  [
    'a time in 2262',
    () => sent(record({}, { timeMs: Date.UTC(2262, 3, 11) })),
    200,
    /time_out_of_range.*2262.*minutes ahead/,
    0,
  ],
  [
    'an inflate bomb',
    () => post(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }),
    413,
    /unpacks to more/,
    0,
  ],
  [
    'a wrong content type',
    () => post(Buffer.from('a,b'), { 'content-type': 'text/csv' }),
    415,
    /application\/json/,
    0,
  ],
  [
    'traces sent as logs',
    () => post(bytesField(1, bytesField(2, bytesField(2, bytesField(1, Buffer.alloc(16, 7)))))),
    400,
    /looks like OTLP traces/,
    0,
  ],
  [
    'a feature that changes its kind',
    () => sent(featured({ kind: 1 }), featured({ kind: 'one' })),
    200,
    /^$/,
    2,
  ],
  [
    'a record of another tenant',
    () => sent(record({ 'leeway.tenant': 'other' })),
    200,
    /tenant_mismatch.*not the tenant of the key/,
    0,
  ],
];

describe('a mistake', () => {
  it.each(MISTAKES)(
    '%s is answered as stated, and what is stored of it is counted',
    async (_name, send, status, words, stored) => {
      const before = await rows();
      const answer = await send();
      expect([answer.status, answer.words]).toEqual([status, expect.stringMatching(words)]);
      expect(await rows()).toBe(before + stored);
      expect(await telemetry.recount(KEY)).toEqual([]);
      expect((await sent(record())).status).toBe(200);
    },
  );
});

describe('a request', () => {
  it('that comes twice counts once, and is answered the same', async () => {
    const before = await rows();
    const body = encode({ records: [record(), record()] });
    const answers = [await post(body), await post(body)];
    expect(answers.map(({ status, words, repeated }) => [status, words, repeated])).toEqual([
      [200, '', 0],
      [200, '', 2],
    ]);
    expect(await rows()).toBe(before + 2);
  });

  it('with the id of an earlier row and other values keeps the first', async () => {
    const before = await rows();
    const id = { 'leeway.prediction.id': 'the same' };
    expect(await sent(record({ ...id, 'leeway.prediction.value': 1 }))).toMatchObject({ repeated: 0 });
    expect(await sent(record({ ...id, 'leeway.prediction.value': 2 }))).toMatchObject({
      status: 200,
      repeated: 1,
    });
    expect(await rows()).toBe(before + 1);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('with a label before its prediction is taken', async () => {
    const label = { ...record({ 'leeway.label.value': 'late' }), event: 'leeway.label' };
    expect(await sent(label)).toMatchObject({ status: 200, accepted: { predictions: 0, labels: 1 } });
    expect(await sent({ ...label, event: 'leeway.prediction' })).toMatchObject({ status: 200 });
  });

  const HALF = String.raw`\ud800`;
  const halfRow = { model: 'half', value: 1, features: { half: '\ud800' } };
  const kserve = (side: string) => ({
    'ce-id': 'half',
    'ce-type': `org.kubeflow.serving.inference.${side}`,
    'ce-inferenceservicename': 'half',
  });
  it.each<[string, readonly (readonly [path: string, type: string, body: string, headers?: object])[]]>([
    ['JSON', [['predictions', 'application/json', JSON.stringify([halfRow, { ...halfRow, '\ud800': 1 }])]]],
    ['NDJSON', [['predictions', 'application/x-ndjson', `${JSON.stringify(halfRow)}\n{"${HALF}":1}`]]],
    [
      'CloudEvents',
      [
        ['events', 'application/json', `{"instances":[{"half":"${HALF}"}]}`, kserve('request')],
        ['events', 'application/json', '{"predictions":[1]}', kserve('response')],
      ],
    ],
    [
      'an inference table',
      [
        [
          'predictions',
          'application/x-ndjson',
          JSON.stringify({
            model: 'half',
            databricks_request_id: 'half',
            request: `{"instances":[{"half":"${HALF}"}]}`,
            response: '{"predictions":[1]}',
          }),
        ],
      ],
    ],
  ])(
    'with half a character in %s counts it as what is stored, also after a restart',
    async (_name, requests) => {
      const own = scratch();
      const shared = telemetry;
      telemetry = await buildTelemetry({ folder: own.folder, limits, models: [MODEL] });
      for (const [path, type, body, headers = {}] of requests) {
        const answer = await jsonIngestApp(options).request(`/api/v1/${path}`, {
          method: 'POST',
          headers: { 'content-type': type, authorization: 'Bearer writer', ...headers },
          body,
        });
        expect(answer.status).toBe(200);
      }
      const key = { ...KEY, model: 'half' };
      expect(await rows(key)).toBe(1);
      await telemetry.freezeBaseline(key, { kind: 'first', rows: 1 }, NOW);
      expect(await telemetry.recount(key)).toEqual([]);
      await telemetry.close();
      telemetry = await buildTelemetry({ folder: own.folder, limits, models: [MODEL] });
      expect(await telemetry.recount(key)).toEqual([]);
      await telemetry.close();
      own.remove();
      telemetry = shared;
    },
  );

  it.each<[string, Buffer, number, RegExp]>([
    [
      'in Latin-1',
      Buffer.from(JSON.stringify({ ...halfRow, features: { a: 'caf\u00e9' } }), 'latin1'),
      400,
      /not UTF-8/,
    ],
    [
      'with a byte order mark',
      Buffer.from(`\ufeff${JSON.stringify({ model: KEY.model, value: 1 })}`),
      200,
      /"accepted":1/,
    ],
    ['of no bytes', Buffer.alloc(0), 400, /is empty/],
    [
      'with one object a line',
      Buffer.from('{"model":"m"}\n{"model":"m"}'),
      400,
      /not JSON.*application\/x-ndjson/,
    ],
    ['with NaN, as Python writes it', Buffer.from('{"model":"m","value": NaN}'), 400, /no NaN or Infinity/],
    ['in UTF-16', Buffer.from('{"model":"m"}', 'utf16le'), 400, /as UTF-8/],
  ])('of JSON %s is answered in words', async (_name, body, status, words) => {
    const answer = await jsonIngestApp(options).request('/api/v1/predictions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer writer' },
      body: new Uint8Array(body),
    });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(words)]);
  });

  it('of a flood of models is taken up to the limit of the tenant, and the rest is told', async () => {
    const flood = Array.from({ length: 50 }, (_, at) => record({ 'leeway.model.name': `flood ${at}` }));
    const answer = await sent(...flood);
    expect([answer.status, answer.words]).toEqual([200, expect.stringMatching(/too_many_models/)]);
    const catalog = await telemetry.catalog();
    expect(catalog.filter(({ tenant }) => tenant === KEY.tenant)).toHaveLength(limits.maxModelsPerTenant);
    const stored = answer.accepted?.predictions ?? 0;
    const refused = answer.rejected?.reduce((sum, { count }) => sum + count, 0) ?? 0;
    expect(stored + refused).toBe(50);
  });

  it('with the key of another tenant lands with that tenant alone', async () => {
    const before = await rows();
    await post(encode({ records: [record()] }), { authorization: 'Bearer other' });
    expect([await rows(), await rows({ ...KEY, tenant: 'other' })]).toEqual([before, 1]);
  });

  it('that breaks off stores nothing, and gives back the room it took', async () => {
    const before = await rows();
    const inFlight = new BytesInFlight(1000);
    const { url, close } = await listen(otlpApp({ ...options, inFlight }), { host: '127.0.0.1', port: 0 });
    const { hostname, port } = new URL(url);
    const headers = Object.entries({ ...PROTOBUF, host: hostname, 'content-length': '900' });
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    seen = [];
    for (let count = 0; count < 5; count += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(`POST /v1/logs HTTP/1.1\r\n${head}\r\n`);
      socket.write(encode({ records: [record()] }));
      socket.end();
      socket.destroySoon();
    }
    await vi.waitFor(() => expect(seen).toHaveLength(5), { timeout: 5000 });
    const answer = await fetch(`${url}/v1/logs`, {
      method: 'POST',
      headers: PROTOBUF,
      body: new Uint8Array(encode({ records: [record()] })),
    });
    expect([answer.status, await rows()]).toEqual([200, before + 1]);
    await close(100);
  });
});

import { idText } from '../../../server/ids.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { serve } from '@hono/node-server';
import { Binary } from 'apache-arrow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importFiles } from '../../../server/cli/import.ts';
import { Progress } from '../../../server/cli/import/progress.ts';
import { send } from '../../../server/cli/import/send.ts';
import { BytesInFlight, jsonIngestApp } from '../../../server/ingest/http.ts';
import { createIngest } from '../../../server/ingest/ingest.ts';
import type { Batch } from '../../../server/batch.ts';
import type { IngestReply } from '../../../server/model.ts';
import { column, LIMITS, NOW, stream, valuesOf } from '../ingest/arrow-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'leeway-import-'));
let server: ReturnType<typeof serve>;
let url: string;
let batches: Batch[] = [];
let replies = new Map<string, IngestReply>();
/** Statuses to answer the next requests with, instead of taking them. */
let busy: number[] = [];
let keys: (string | null)[] = [];

beforeAll(async () => {
  const { ingest } = createIngest({
    limits: LIMITS,
    store: {
      repeated: (digest) => {
        const known = replies.get(digest);
        return known === undefined
          ? null
          : Promise.resolve({ ...known, repeated: known.accepted.predictions });
      },
      append: async (batch) => {
        batches.push(batch);
        const sum = (kind: 'predictions' | 'labels') =>
          batch.models.reduce((rows, model) => rows + model[kind].rows, 0);
        const accepted = { predictions: sum('predictions'), labels: sum('labels') };
        const reply: IngestReply = {
          status: 'ok',
          accepted,
          repeated: 0,
          rejected: batch.rejected,
          warnings: batch.warnings,
        };
        if (batch.digest !== null) replies.set(batch.digest, reply);
        return reply;
      },
    },
  });
  const app = jsonIngestApp({
    ingest,
    authenticate: async (headers) =>
      headers.get('authorization') === 'Bearer secret'
        ? { name: 'k', tenant: 'acme', scopes: ['ingest'] }
        : 'unknown',
    now: () => NOW,
    limits: LIMITS,
    inFlight: new BytesInFlight(LIMITS.maxBytesInFlight),
    onIngest: () => {},
  });
  await new Promise<void>((resolve) => {
    server = serve(
      {
        fetch: (request) => {
          keys.push(request.headers.get('idempotency-key'));
          const status = busy.shift();
          return status === undefined
            ? app.fetch(request)
            : new Response('{}', { status, headers: { 'retry-after': '0.01' } });
        },
        port: 0,
        hostname: '127.0.0.1',
      },
      (address: AddressInfo) => {
        url = `http://127.0.0.1:${address.port}`;
        resolve();
      },
    );
  });
});
beforeEach(() => {
  batches = [];
  replies = new Map();
  busy = [];
  keys = [];
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], key: string | null = 'secret') {
  const lines: string[] = [];
  const code = await importFiles.run({
    args: ['--url', url, ...args],
    environment: { LEEWAY_API_KEY: key ?? undefined },
    print: (line) => lines.push(line),
  });
  return { code, lines };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function written(name: string, select: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const path = join(folder, name);
  await connection.run(`COPY (${select}) TO '${path}'`);
  instance.closeSync();
  return path;
}

/** Everything that arrived of predictions, a row an object. */
function arrived(): readonly object[] {
  return batches.flatMap(({ models }) =>
    models.flatMap(({ model, predictions: rows }) =>
      Array.from({ length: rows.rows }, (_, row) => ({
        model,
        version: rows.version[row],
        id: idText(rows.id, row),
        time: rows.timeMs[row],
        ...(rows.error[row] !== undefined && { error: rows.error[row] }),
        ...Object.fromEntries(rows.values.map((value) => [value.name, valuesOf(value, rows.rows)[row]])),
        ...Object.fromEntries(
          [...rows.segments, ...rows.protected].map(({ name, texts }) => [`of ${name}`, texts[row]]),
        ),
      })),
    ),
  );
}

function arrivedLabels(): readonly object[] {
  return batches.flatMap(({ models }) =>
    models.flatMap(({ model, labels: rows }) =>
      Array.from({ length: rows.rows }, (_, row) => ({
        model,
        id: idText(rows.id, row),
        value: valuesOf(rows.value, rows.rows)[row],
      })),
    ),
  );
}

const TIME = '2026-04-30 12:00:00';
const TIME_MS = Date.UTC(2026, 3, 30, 12);
const CSV = `ts,request,answer,p,truth,amount,channel,region,sex
${TIME},007,fraud,0.9,fraud,12.5,web,eu,f
${TIME},008,ok,0.1,,80,,us,m
`;
const MAPPED = [
  '--model',
  'fraud',
  '--version',
  'v1',
  '--map',
  'time=ts,id=request,value=answer,score=p,label=truth',
];
const CHOSEN = ['--segments', 'region', '--protected', 'sex'];
const EXPECTED = [
  {
    model: 'fraud',
    version: 'v1',
    id: '007',
    time: TIME_MS,
    $prediction: 'fraud',
    $score: 0.9,
    amount: 12.5,
    channel: 'web',
    'of region': 'eu',
    'of sex': 'f',
  },
  {
    model: 'fraud',
    version: 'v1',
    id: '008',
    time: TIME_MS,
    $prediction: 'ok',
    $score: 0.1,
    amount: 80,
    channel: null,
    'of region': 'us',
    'of sex': 'm',
  },
];

describe('leeway import', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['CSV', () => file('rows.csv', CSV)],
    ['TSV', () => file('rows.tsv', CSV.replaceAll(',', '\t'))],
    [
      'Parquet',
      () =>
        written(
          'rows.parquet',
          `SELECT * FROM read_csv('${file('p.csv', CSV)}', types = {'request': 'VARCHAR'})`,
        ),
    ],
    [
      'NDJSON',
      () =>
        file(
          'rows.ndjson',
          [
            {
              ts: TIME,
              request: '007',
              answer: 'fraud',
              p: 0.9,
              truth: 'fraud',
              amount: 12.5,
              channel: 'web',
              region: 'eu',
              sex: 'f',
            },
            {
              ts: TIME,
              request: '008',
              answer: 'ok',
              p: 0.1,
              truth: null,
              amount: 80,
              channel: null,
              region: 'us',
              sex: 'm',
            },
          ]
            .map((row) => JSON.stringify(row))
            .join('\n'),
        ),
    ],
    ['an Arrow stream', () => file('rows.arrows', arrowRows('stream'))],
    ['an Arrow file', () => file('rows.arrow', arrowRows('file'))],
  ])(
    'sends the predictions and labels of %s; ids keep their zeros, times without a zone are UTC',
    async (_, path) => {
      const { code, lines } = await run([await path(), ...MAPPED, ...CHOSEN]);
      expect([code, lines]).toEqual([
        0,
        ['sent 2 predictions and 1 label in 2 requests: 3 accepted, of these 0 repeated, and 0 refused'],
      ]);
      expect(arrived()).toEqual(EXPECTED);
      expect(arrivedLabels()).toEqual([{ model: 'fraud', id: '007', value: 'fraud' }]);
    },
  );

  it('sends a file of labels', async () => {
    const { code } = await run([
      file('labels.csv', 'id,value,other\np-1,true,x\n'),
      '--labels',
      '--model',
      'fraud',
    ]);
    expect([code, arrivedLabels()]).toEqual([0, [{ model: 'fraud', id: 'p-1', value: true }]]);
  });

  it('tells what it would send and sends nothing', async () => {
    const { code, lines } = await run([
      file('rows.csv', CSV),
      ...MAPPED,
      ...CHOSEN,
      '--ignore',
      'channel',
      '--dry-run',
    ]);
    expect([code, batches.length, keys]).toEqual([0, 0, []]);
    expect(lines.slice(1)).toEqual([
      '  predictions:',
      '    request (text) -> id',
      '    answer (text) -> value',
      '    p (number) -> score',
      '    ts (time) -> time',
      '    amount (number) -> feature.amount',
      '    region (text) -> segment.region',
      '    sex (text) -> protected.sex',
      '  labels:',
      '    request (text) -> id',
      '    ts (time) -> time',
      '    truth (text) -> value',
      '  left out:',
      '    truth: sent with the label, no feature',
      '    channel: ignored',
    ]);
  });

  it('counts a repeated import once', async () => {
    const args = [file('rows.csv', CSV), ...MAPPED];
    await run(args);
    expect((await run(args)).lines[0]).toMatch(/of these 2 repeated/);
    expect(arrived().length).toBe(2);
  });

  it('sends many rows in requests of ten thousand, each under a name of its own', async () => {
    const rows = Array.from({ length: 25_000 }, (_, at) => `p-${at},${at}`);
    const { code } = await run([file('many.csv', `id,value\n${rows.join('\n')}\n`), '--model', 'm']);
    expect([code, batches.map(({ models }) => models[0]!.predictions.rows)]).toEqual([
      0,
      [10_000, 10_000, 5_000],
    ]);
    expect(new Set(keys).size).toBe(3);
    expect(idText(batches[2]!.models[0]!.predictions.id, 4999)).toBe('p-24999');
  });

  it.each([[429], [503], [502]])('tries again when it is answered %i', async (status) => {
    busy = [status, status];
    const { code } = await run([file('rows.csv', CSV), '--map', 'value=answer', '--model', 'm']);
    expect([code, arrived().length, new Set(keys).size, keys.length]).toEqual([0, 2, 1, 3]);
  });

  it('ends with 3 when the appliance stays busy', async () => {
    busy = Array<number>(10).fill(503);
    await expect(run([file('rows.csv', CSV), '--map', 'value=answer', '--model', 'm'])).rejects.toMatchObject(
      {
        exitCode: 3,
        message: expect.stringContaining('it answered 503 10 times; run the same command again'),
      },
    );
  });

  it('ends with 3 when nobody listens', async () => {
    const waits: number[] = [];
    const outgoing = {
      route: 'predictions',
      type: 'application/json',
      body: new Uint8Array(0),
      rows: 1,
    } as const;
    const sending = {
      url: 'http://127.0.0.1:9',
      key: 'secret',
      sleep: async (ms: number) => void waits.push(ms),
    };
    await expect(send(outgoing, 'name', sending)).rejects.toMatchObject({ exitCode: 3 });
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
  });

  it.each<[string, string, readonly string[]]>([
    ['that looks like a comment', 'id,value,x\n1,a,1\n#2,b,2\n3,c,3\n', ['1', '#2', '3']],
    ['with a mark at its end', 'id;value;note\na;1;"x;y"\nb;2;1,5\n', ['a', 'b']],
    ['that ends in nothing', 'id,value\na,1,\nb,2,\n', ['a', 'b']],
  ])('passes over no row of CSV %s', async (_name, content, ids) => {
    expect((await run([file('odd.csv', content), '--model', 'm'])).code).toBe(0);
    expect(arrived()).toEqual(ids.map((id): unknown => expect.objectContaining({ id })));
  });

  it('ends with 1 and says why when a row was refused', async () => {
    const { code, lines } = await run([
      file('old.csv', `id,value,time\na,1,1999-01-01\nb,2,${TIME}\n`),
      '--model',
      'm',
    ]);
    expect([code, lines]).toEqual([
      1,
      [
        'sent 2 predictions in 1 request: 1 accepted, of these 0 repeated, and 1 refused',
        expect.stringMatching(/^ {2}refused 1 time_out_of_range: /),
      ],
    ]);
  });

  it.each<[string, readonly string[], number]>([
    ['s', ['1777550400'], 1_777_550_400_000],
    ['ms', ['1777550400123'], 1_777_550_400_123],
    ['us', ['1777550400123000'], 1_777_550_400_123],
    ['ns', ['1777550400123000000'], 1_777_550_400_123],
  ])('reads times that are numbers in %s', async (unit, [time], expected) => {
    await run([file('times.csv', `value,time\n1,${time}\n`), '--model', 'm', '--time-unit', unit]);
    expect(arrived()).toEqual([expect.objectContaining({ time: expected })]);
  });

  it.each<[string, readonly string[], string, string | null]>([
    ['a file that is not there', ['nowhere.csv'], 'nowhere.csv: no such file', 'secret'],
    ['no file', [], 'expected a file to import', 'secret'],
    ['an ending that tells nothing', ['package.json'], 'cannot tell the format', 'secret'],
    [
      'a column that is not there',
      [file('few.csv', 'a,b\n1,2\n'), '--map', 'id=c'],
      'no column is called "c"; there are a, b',
      'secret',
    ],
    [
      'an id of bytes',
      [file('bytes.arrow', bytesRows()), '--map', 'id=uuid'],
      'column "uuid" holds lists, maps or bytes, which cannot be the id of a row',
      'secret',
    ],
    [
      'labels with an id of bytes',
      [file('bytes.arrow', bytesRows()), '--labels', '--map', 'id=uuid'],
      'cannot be the id of a row',
      'secret',
    ],
    [
      'a row with fewer cells than the others',
      [file('short.csv', 'id,value,x\na,1,2\nb,1\nc,1,2\n'), '--model', 'm'],
      'cannot be read as csv: its rows have not all as many cells as its first line',
      'secret',
    ],
    [
      'a row with more cells than the others',
      [file('long.csv', 'id,value,x\na,1,2\nb,1,2,3\n'), '--model', 'm'],
      'cannot be read as csv: its rows have not all as many cells as its first line',
      'secret',
    ],
    [
      'rows with more cells than the first line names',
      [file('unnamed.csv', 'id,value\na,1,2\nb,1,2\n'), '--model', 'm'],
      'cannot be read as csv',
      'secret',
    ],
    ['a field that is not known', ['few.csv', '--map', 'name=c'], '--map takes FIELD=COLUMN', 'secret'],
    ['no key', [file('few.csv', 'a,b\n1,2\n')], 'expected an API key in LEEWAY_API_KEY', null],
    ['a wrong key', [file('few.csv', 'a,value\n1,2\n'), '--model', 'm'], 'The API key is not known', 'wrong'],
    [
      'a file of another format',
      [file('few.csv', 'a,b\n1,2\n'), '--format', 'parquet'],
      'cannot be read as parquet',
      'secret',
    ],
  ])('refuses %s with exit code 2', async (_, args, words, key) => {
    await expect(run(args, key)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words),
    });
  });
});

function bytesRows(): Uint8Array {
  return stream({ uuid: column([Buffer.alloc(16, 7)], new Binary()), value: [1] });
}

function arrowRows(type: 'file' | 'stream'): Uint8Array {
  return stream(
    {
      ts: [new Date(TIME_MS), new Date(TIME_MS)],
      request: ['007', '008'],
      answer: ['fraud', 'ok'],
      p: [0.9, 0.1],
      truth: ['fraud', null],
      amount: [12.5, 80],
      channel: ['web', null],
      region: ['eu', 'us'],
      sex: ['f', 'm'],
    },
    { type },
  );
}

const CAPTURED = {
  eventVersion: '0',
  eventMetadata: { eventId: 'e-1', inferenceTime: '2026-04-30T12:00:00Z' },
};
const payload = (encoding: string, data: string, observedContentType = 'text/csv') => ({
  encoding,
  data,
  observedContentType,
});

describe('leeway import --format sagemaker', () => {
  it.each<[string, object, object]>([
    ['CSV', payload('CSV', '12.5,web'), payload('CSV', 'ok,0.1')],
    [
      'JSON',
      payload('JSON', '{"amount":12.5,"channel":"web"}'),
      payload('JSON', '{"predictions":[{"predicted_label":"ok","score":0.1}]}'),
    ],
    [
      'BASE64',
      payload('BASE64', Buffer.from('{"instances":[[12.5,"web"]]}').toString('base64'), 'application/json'),
      payload('BASE64', Buffer.from('ok,0.1').toString('base64')),
    ],
  ])('reads data capture in %s', async (_, endpointInput, endpointOutput) => {
    const path = file(
      'capture.jsonl',
      JSON.stringify({ ...CAPTURED, captureData: { endpointInput, endpointOutput } }),
    );
    const { code } = await run([
      path,
      '--format',
      'sagemaker',
      '--model',
      'm',
      '--features',
      'amount,channel',
    ]);
    expect([code, arrived()]).toEqual([
      0,
      [
        {
          model: 'm',
          version: '',
          id: 'e-1',
          time: TIME_MS,
          $prediction: 'ok',
          $score: 0.1,
          amount: 12.5,
          channel: 'web',
        },
      ],
    ]);
  });

  it('prefers the inference id, numbers the rows of one request, and reads ground truth as labels', async () => {
    const captureData = { endpointInput: payload('CSV', '1\n2'), endpointOutput: payload('CSV', '0\n1') };
    const eventMetadata = { ...CAPTURED.eventMetadata, inferenceId: 'i-1' };
    const lines = [
      { captureData, eventMetadata },
      { groundTruthData: payload('CSV', '1'), eventMetadata: { eventId: 'i-1-0' } },
    ];
    const path = file('capture.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnonsense\n`);
    const { code, lines: told } = await run([path, '--format', 'sagemaker', '--model', 'm']);
    expect(arrived().map((row) => (row as { readonly id: string }).id)).toEqual(['i-1-0', 'i-1-1']);
    expect(arrivedLabels()).toEqual([{ model: 'm', id: 'i-1-0', value: 1 }]);
    expect([code, told[1]]).toEqual([
      1,
      '  refused 1 malformed: Line 3 is no record of data capture or ground truth.',
    ]);
  });
});

describe('leeway import --format databricks', () => {
  const row = (request: unknown, response: unknown, more = {}) => ({
    client_request_id: null,
    databricks_request_id: 'd-1',
    timestamp_ms: TIME_MS,
    status_code: 200,
    execution_time_ms: 12,
    request: JSON.stringify(request),
    response: JSON.stringify(response),
    ...more,
  });

  it.each<[string, unknown]>([
    ['dataframe_split', { dataframe_split: { columns: ['amount', 'channel'], data: [[12.5, 'web']] } }],
    ['dataframe_records', { dataframe_records: [{ amount: 12.5, channel: 'web' }] }],
    ['inputs by column', { inputs: { amount: [12.5], channel: ['web'] } }],
    ['instances', { instances: [{ amount: 12.5, channel: 'web' }] }],
  ])('reads requests of %s', async (_, request) => {
    const path = file('table.ndjson', JSON.stringify(row(request, { predictions: ['ok'] })));
    const { code } = await run([path, '--format', 'databricks', '--model', 'm']);
    expect([code, arrived()]).toEqual([
      0,
      [
        {
          model: 'm',
          version: '',
          id: 'd-1',
          time: TIME_MS,
          $prediction: 'ok',
          amount: 12.5,
          channel: 'web',
        },
      ],
    ]);
  });

  it('prefers the id of the client; a status other than 200 is an error', async () => {
    const failed = row({ inputs: [[1]] }, 'oops', { client_request_id: 'c-1', status_code: 500 });
    await run([file('table.ndjson', JSON.stringify(failed)), '--format', 'databricks', '--model', 'm']);
    expect(arrived()).toEqual([expect.objectContaining({ id: 'c-1', error: 'status 500', f0: 1 })]);
  });

  it('reads the table as Parquet, too', async () => {
    const source = file('table.ndjson', JSON.stringify(row({ inputs: [[1]] }, { predictions: [0.5] })));
    const path = await written(
      'table.parquet',
      `SELECT * REPLACE (request::VARCHAR AS request) FROM read_json('${source}')`,
    );
    await run([path, '--format', 'databricks', '--model', 'm']);
    expect(arrived()).toEqual([expect.objectContaining({ id: 'd-1', $prediction: 0.5, f0: 1 })]);
  });
});

describe('the progress of an import', () => {
  const told = (isTerminal: boolean, totalRows: number | null) => {
    const texts: string[] = [];
    const progress = new Progress({ isTerminal, write: (text) => texts.push(text) }, totalRows, 0);
    for (let rows = 0; rows <= 30; rows += 10) progress.tell(rows * 1000, rows * 500);
    progress.end();
    return texts;
  };

  it('is a bar with rows, rate and time left on a terminal', () => {
    expect(told(true, 60_000)[0]).toBe(
      '\r\u001B[K[####....................] 16 % 10,000 rows, 2,000 rows/s, 25 s left',
    );
  });

  it('is a line every ten seconds elsewhere, without a share when nobody knows the whole', () => {
    expect(told(false, null)).toEqual(['20,000 rows, 2,000 rows/s\n']);
  });
});

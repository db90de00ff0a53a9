import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline } from '../../../server/cli/baseline.ts';
import { BytesInFlight, jsonIngestApp } from '../../../server/ingest/http.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { showApp } from '../../../server/show/app.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { optionsOf } from '../show/fixtures.ts';
import { LIMITS } from '../store/duckdb/support.ts';

const NOW = Date.UTC(2026, 5, 10, 12);
const KEY = { tenant: 'acme', model: 'fraud' };
const folder = mkdtempSync(join(tmpdir(), 'leeway-baseline-'));
let telemetry: Telemetry;
let server: ReturnType<typeof serve>;
let url: string;

beforeAll(async () => {
  telemetry = await buildTelemetry({ folder: join(folder, 'data'), limits: LIMITS, models: [] });
  const ingest = jsonIngestApp({
    ingest: (request) => telemetry.ingest(request),
    authenticate: async () => ({ name: 'acme-admin', tenant: 'acme', scopes: ['admin'] }),
    now: () => NOW,
    limits: LIMITS,
    inFlight: new BytesInFlight(LIMITS.maxBytesInFlight),
    onIngest: () => {},
  });
  const app = showApp(optionsOf({ telemetry, mount: (into) => into.route('/', ingest) }));
  await new Promise<void>((resolve) => {
    server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => {
      url = `http://127.0.0.1:${address.port}`;
      resolve();
    });
  });
});
afterAll(async () => {
  server.close();
  await telemetry.close();
  rmSync(folder, { recursive: true });
});

async function run(args: readonly string[], key: string | undefined = 'acme-admin') {
  const lines: string[] = [];
  const code = await baseline.run({
    args: [...args, '--url', url],
    environment: { LEEWAY_API_KEY: key },
    print: (line) => lines.push(line),
  });
  return { code, said: lines.join('\n') };
}

const CSV = `id,amount,country,pred
${Array.from({ length: 60 }, (_, at) => `r${at},${at * 3},${['de', 'fr'][at % 2]},${at % 2}`).join('\n')}
`;

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function parquet(): Promise<string> {
  const path = join(folder, 'train.parquet');
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT 'p' || i AS id, i * 1.5 AS amount, (i % 3)::VARCHAR AS country FROM range(90) t(i)) TO '${path}'`,
  );
  instance.closeSync();
  return path;
}

describe('leeway baseline import', () => {
  it('uploads a file and judges the model against it from here on', async () => {
    const { code, said } = await run([
      'import',
      file('a.csv', CSV),
      '--model',
      'fraud',
      '--map',
      'value=pred',
    ]);
    expect(said).toContain('60 accepted');
    expect(said).toMatch(
      /baseline [\w-]+ of training: 60 rows, 3 features, \d+ cells\n  from 2026-06-10T12:00/,
    );
    expect(code).toBe(0);
    expect(await telemetry.baseline(KEY)).toMatchObject({
      source: { kind: 'uploaded', set: 'training' },
      rows: 60,
      layouts: { amount: { kind: 'number' }, country: { kind: 'category' } },
    });
  });

  it('keeps sets of several names apart, whatever the format', async () => {
    const { code, said } = await run([
      'import',
      await parquet(),
      '--model',
      'fraud',
      '--set',
      'newer',
      '--tenant=acme',
    ]);
    expect([code, said]).toEqual([0, expect.stringContaining('of newer: 90 rows, 2 features') as string]);
    expect(await telemetry.referenceSets(KEY)).toMatchObject([
      { set: 'training', rows: 60 },
      { set: 'newer', rows: 90 },
    ]);
    expect(await telemetry.baselines(KEY)).toMatchObject([
      { isCurrent: true, rows: 90 },
      { isCurrent: false, rows: 60 },
    ]);
  });

  it('only tells what it would send when it is asked to', async () => {
    const { code, said } = await run(['import', file('b.csv', CSV), '--model', 'never', '--dry-run']);
    expect([code, said]).toEqual([0, expect.stringContaining('amount') as string]);
    expect((await telemetry.catalog()).map(({ model }) => model)).toEqual(['fraud']);
  });

  it.each([
    [['import', 'x.csv'], 'expected --model M'],
    [['export', 'x.csv', '--model', 'm'], 'expected baseline import'],
    [['import', '/nowhere.csv', '--model', 'm'], 'no such file'],
    [['import', 'x.csv', '--model', 'm', '--map', 'label=y'], 'labels of a training set'],
    [['import', 'x.csv', '--model', 'm', '--set', ''], '--set takes a name'],
  ])('%j cannot be followed, and it says why', async (args, words) => {
    await expect(run(args)).rejects.toThrow(words);
  });
});

describe('rows of a training set', () => {
  const send = (type: string, body: string | Uint8Array<ArrayBuffer>, query = 'model=fraud&set=web') =>
    fetch(`${url}/api/v1/baselines/rows?${query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });

  it('are taken as CSV, JSON and lines of JSON, into the model of the address', async () => {
    const rows = [
      { id: 'j1', features: { amount: 1 } },
      { id: 'j2', model: 'another', features: { amount: 2 } },
    ];
    expect((await send('text/csv', CSV)).status).toBe(200);
    expect((await send('application/json', JSON.stringify(rows))).status).toBe(200);
    const lines = rows.map((row) => JSON.stringify({ ...row, id: `${row.id}l` })).join('\n');
    expect((await send('application/x-ndjson', lines)).status).toBe(200);
    const sets = await telemetry.referenceSets(KEY);
    expect(sets.find(({ set }) => set === 'web')?.rows).toBe(64);
    expect((await telemetry.catalog()).map(({ model }) => model)).toEqual(['fraud']);
  });

  it.each([
    ['without a model', 'text/csv', CSV, 'set=web', 400, 'Name the model'],
    [
      'of a name that is too long',
      'text/csv',
      CSV,
      `model=fraud&set=${'x'.repeat(201)}`,
      400,
      '200 characters',
    ],
    ['of another tenant', 'text/csv', CSV, 'model=fraud&tenant=other', 403, 'another tenant'],
    ['in a format nobody knows', 'text/plain', CSV, 'model=fraud', 415, 'text/csv'],
    ['that are no CSV', 'text/csv', Uint8Array.of(97, 10, 255, 254, 10), 'model=fraud', 400, 'CSV'],
  ])('%s are refused in words', async (_name, type, body, query, status, words) => {
    const response = await send(type, body, query);
    expect([response.status, await response.text()]).toEqual([
      status,
      expect.stringContaining(words) as string,
    ]);
  });
});

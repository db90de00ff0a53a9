import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, jsonRequest, KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';

const HOUR_MS = 3_600_000;
/** By then every day of a row told at or before NOW is closed. */
const LATER = NOW + 4 * DAY_MS;

let subject: Subject;
beforeEach(async () => {
  subject = await new Subject().open();
});
afterEach(() => subject.end());

const parquet = (files: readonly string[]) =>
  `read_parquet([${files.map((file) => `'${join(subject.home.folder, file)}'`).join(',')}], union_by_name = true)`;

describe('a closed day', () => {
  const old = { id: 'a', time: NOW - 5 * DAY_MS, features: { Amount: 1.5, country: 'DE' } };

  it('moves to one Parquet file of its model, day and tenant, with real names and texts', async () => {
    const segments = { channel: 'web' };
    await subject.send([{ ...old, segments, protected: { region: 'north' }, score: 0.25, durationMs: 40 }]);
    expect(await subject.store.moveDays(LATER)).toEqual({ parts: 1, rows: 1 });
    expect(subject.files()).toEqual([
      expect.stringMatching(
        /^archive\/tenant=acme\/model=late\/day=2026-06-05\/part-1-1-[0-9a-f]{8}\.parquet$/,
      ),
    ]);
    const [row] = await subject.raw(
      `SELECT prediction_id, model_version, dataset, prediction, score, "Amount", country, channel, duration_ms,
        epoch_ms(event_time), epoch_ms(received_time) FROM ${parquet(subject.files())}`,
    );
    const time = BigInt(NOW - 5 * DAY_MS);
    expect(row).toEqual(['a', 'v1', 'production', 1, 0.25, 1.5, 'DE', 'web', 40, time, BigInt(NOW)]);
  });

  it('keeps protected attributes in files apart', async () => {
    await subject.send([{ ...old, protected: { region: 'north' } }]);
    await subject.store.moveDays(LATER);
    const columns = await subject.raw(`DESCRIBE FROM ${parquet(subject.files())}`);
    expect(columns.map(([name]) => name)).not.toContain('region');
    expect(
      await subject.raw(`SELECT prediction_id, region FROM ${parquet(subject.files('archive-protected'))}`),
    ).toEqual([['a', 'north']]);
  });

  it('leaves the hot table, and all that is told of the model stays', async () => {
    await subject.send([old, { ...old, id: 'b', version: 'v2' }, { ...old, id: 'c', time: NOW }]);
    const before = await subject.store.catalog();
    await subject.store.moveDays(NOW + DAY_MS);
    expect(await subject.raw('SELECT id_text FROM predictions')).toEqual([['c']]);
    expect(await subject.store.catalog()).toEqual(before);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it.each([
    ['over for less than two days', NOW - DAY_MS, NOW],
    ['for which something came within the hour', NOW - 9 * DAY_MS, NOW + HOUR_MS / 2],
  ])('that is %s stays hot', async (_name, time, nowMs) => {
    await subject.send([{ ...old, time }]);
    expect(await subject.store.moveDays(nowMs)).toEqual({ parts: 0, rows: 0 });
  });

  it('does not wait for ever for a day that something always comes for', async () => {
    await subject.send([old], NOW);
    await subject.send([{ ...old, id: 'late' }], NOW + DAY_MS);
    await subject.store.moveDays(NOW + DAY_MS);
    expect(await subject.raw('SELECT id_text FROM predictions')).toEqual([]);
  });

  it('takes late rows as further parts, and joins them when they are many', async () => {
    for (let part = 0; part < 8; part += 1) {
      await subject.send([{ ...old, id: `late-${part}`, features: { Amount: part } }], NOW + part);
      await subject.store.moveDays(LATER);
      if (part < 7) expect(subject.files()).toHaveLength(part + 1);
    }
    expect(await subject.store.recount(KEY)).toEqual([]);
    await subject.restart();
    expect(subject.files()).toHaveLength(1);
    expect(await subject.store.recount(KEY)).toEqual([]);
    expect(
      await subject.raw(`SELECT sum("Amount"), count(*)::INTEGER FROM ${parquet(subject.files())}`),
    ).toEqual([[28, 8]]);
  });

  it('keeps reference rows hot: a baseline may still be made of them', async () => {
    await subject.send([{ ...old, dataset: 'reference' }]);
    expect(await subject.store.moveDays(LATER)).toEqual({ parts: 0, rows: 0 });
  });

  it('moves by itself with the commits that follow', async () => {
    await subject.send([old]);
    await subject.send([{ id: 'new', time: LATER }], LATER);
    await vi.waitFor(() => expect(subject.files()).toEqual([expect.stringMatching(/parquet$/)]));
  });

  it('moves labels, too, a month later', async () => {
    const { ingest } = createIngest({ store: subject.store, limits: LIMITS });
    const label = { model: KEY.model, id: 'a', value: 'late', time: NOW - DAY_MS };
    await ingest(jsonRequest([label], { route: 'labels' }));
    await subject.store.moveDays(NOW + 40 * DAY_MS);
    const sql = `SELECT prediction_id, value_text FROM ${parquet(subject.files('archive-labels'))}`;
    expect(await subject.raw(sql)).toEqual([['a', 'late']]);
    expect(await subject.store.catalog()).toMatchObject([{ labels: 1 }]);
  });
});

describe('names', () => {
  it.each([
    ['that differ by case alone', ['amount', 'AMOUNT', 'Amount']],
    ['that every file has a column of', ['batch', 'Prediction_ID', 'day', 'score', 'tenant']],
    [
      'that are no identifiers',
      ['a"b', "it's", 'x'.repeat(400), 'tab\tstop', 'ü 日本', '; DROP TABLE counts'],
    ],
  ])('of features %s stay apart', async (_name, names) => {
    const features = Object.fromEntries(names.map((name, index) => [name, index]));
    await subject.send([{ id: 'a', time: NOW - 5 * DAY_MS, features }]);
    await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 1 }, NOW);
    const before = await subject.store.counts({ ...KEY, ...ALL_TIME });
    await subject.store.moveDays(LATER);
    await subject.restart();
    expect(await subject.store.recount(KEY)).toEqual([]);
    await subject.store.replaceBaseline(KEY, { kind: 'first', rows: 2 }, NOW);
    expect(await subject.store.counts({ ...KEY, ...ALL_TIME })).toEqual(before);
  });

  it.each([
    '../../etc',
    '/',
    './.',
    '../',
    'CON',
    'A',
    'a',
    'Ünï/日本',
    'Ü'.repeat(127),
    "quote'",
    '%2e%2e',
    'dot.',
    'x'.repeat(127),
  ])('of a model such as %j stay within the archive and apart', async (model) => {
    await subject.send([
      { model, id: 'a', time: NOW - 5 * DAY_MS, features: { n: 1 } },
      { model: `${model}A`, id: 'a', time: NOW - 5 * DAY_MS, features: { n: 1 } },
      { model: `${model}a`, id: 'a', time: NOW - 5 * DAY_MS, features: { n: 1 } },
    ]);
    expect(await subject.store.moveDays(LATER)).toEqual({ parts: 3, rows: 3 });
    const folders = subject.files().map((file) => dirname(file).toLowerCase());
    expect(new Set(folders).size).toBe(3);
    for (const folder of folders)
      expect(folder).toMatch(/^archive\/tenant=acme\/model=[a-z0-9_.%~-]{1,160}\/day=2026-06-05$/);
    for (const key of [model, `${model}A`, `${model}a`])
      expect(await subject.store.recount({ tenant: KEY.tenant, model: key })).toEqual([]);
  });
});

describe('files that a crash left', () => {
  const old = { id: 'a', time: NOW - 5 * DAY_MS, features: { n: 1 } };

  it('unrecorded are removed with the first checkpoint', async () => {
    await subject.send([old]);
    await subject.store.moveDays(LATER);
    const [file = ''] = subject.files();
    const stray = join(subject.home.folder, dirname(file), 'part-1-9-stray.parquet');
    writeFileSync(stray, readFileSync(join(subject.home.folder, file)));
    writeFileSync(`${stray}.unfinished`, 'PAR1');
    await subject.restart();
    await subject.restart();
    expect(subject.files()).toEqual([file]);
    expect(await subject.store.recount(KEY)).toEqual([]);
  });

  it('that a join has replaced stay until the join stands in the database: the log may yet be torn', async () => {
    for (let part = 0; part < 8; part += 1) {
      await subject.send([{ ...old, id: `late-${part}` }], NOW + part);
      if (part === 7) await subject.store.close().then(() => subject.open());
      await subject.store.moveDays(LATER);
    }
    const crashed = scratch();
    cpSync(subject.home.folder, crashed.folder, {
      recursive: true,
      filter: (file) => !file.endsWith('.lock'),
    });
    const parts = (folder: string) =>
      readdirSync(folder, { recursive: true }).filter((file) => String(file).endsWith('.parquet'));
    const options = { folder: crashed.folder, limits: LIMITS, models: [MODEL] };
    const store = await TelemetryStore.open(options);
    expect(parts(crashed.folder)).toHaveLength(9);
    await store.close();
    expect(parts(crashed.folder)).toHaveLength(1);
    crashed.remove();
  });

  it('recorded but gone are told, and the store opens', async () => {
    await subject.send([old]);
    await subject.store.moveDays(LATER);
    rmSync(join(subject.home.folder, subject.files()[0] ?? ''));
    await subject.restart();
    const { archive } = await subject.store.health();
    expect(archive).toMatchObject({ files: 0, damaged: [expect.stringMatching(/^archive\/.*parquet$/)] });
    expect(await subject.store.recount(KEY)).not.toEqual([]);
    expect(await subject.store.catalog()).toMatchObject([{ predictions: 1 }]);
  });
});

describe('SQL', () => {
  it.each([
    ["COPY (SELECT 1) TO '{}/outside.parquet'"],
    ["COPY (SELECT 1) TO '{}/archive/../outside.parquet'"],
    ["SELECT * FROM read_text('{}/telemetry.lock')"],
    ["SELECT * FROM read_text('/etc/hostname')"],
    ["ATTACH '{}/other.duckdb'"],
    ["SET allowed_directories = ['/']"],
    ['SET enable_external_access = true'],
    ['INSTALL httpfs'],
  ])('reaches nothing outside of the archive: %s', async (sql) => {
    const home = scratch();
    const database = await openDatabase(home.folder);
    for (const session of [database.writer, database.reader, database.archiver])
      await expect(session.run(sql.replaceAll('{}', home.folder))).rejects.toThrow(
        /disabled|Cannot (access|change|enable)/,
      );
    database.close();
    home.remove();
  });
});

interface Row {
  readonly id: string;
  readonly time: number;
  readonly version: string;
  readonly dataset: string;
  readonly features: Readonly<Record<string, number | string | null>>;
  readonly segments?: Readonly<Record<string, string>>;
  readonly protected?: Readonly<Record<string, string>>;
}

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 80 }).map((id) => `p${id}`),
  time: fc.integer({ min: 0, max: 8 * DAY_MS }).map((agoMs) => NOW - agoMs),
  version: fc.constantFrom('v1', 'v2'),
  dataset: fc.constantFrom('production', 'production', 'reference', 'shadow'),
  features: fc.record(
    {
      n: fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(null, 'text', -0, 0.1, 1e21),
      ),
      N: fc.integer({ min: -3, max: 40 }),
      c: fc.constantFrom('a', 'b', 'ü\0', '', null, 7),
    },
    { requiredKeys: [] },
  ),
  segments: fc.constantFrom({}, { plan: 'free' }, { plan: 'paid', region: 'south' }),
  protected: fc.constantFrom({}, { region: 'north' }, { region: 'south' }),
});

type Step =
  | { readonly kind: 'send'; readonly rows: readonly Row[] }
  | { readonly kind: 'move'; readonly daysAgo: number }
  | { readonly kind: 'baseline'; readonly rows: number }
  | { readonly kind: 'compact' }
  | { readonly kind: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(row, { minLength: 1, maxLength: 30 }).map((rows): Step => ({ kind: 'send', rows })),
  },
  {
    weight: 4,
    arbitrary: fc.integer({ min: 0, max: 6 }).map((daysAgo): Step => ({ kind: 'move', daysAgo })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }).map((rows): Step => ({ kind: 'baseline', rows })) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'compact' }, { kind: 'restart' }) },
);

/** After a restart ids of archived days are not known as repeats any more: each life sends ids of its own. */
function ofLife(given: Step, life: number): Step {
  if (given.kind !== 'send') return given;
  return { kind: 'send', rows: given.rows.map((sent) => ({ ...sent, id: `${sent.id}-${life}` })) };
}

async function take(one: Subject, given: Step, moves: boolean): Promise<void> {
  if (given.kind === 'send') await one.send(given.rows, NOW);
  else if (given.kind === 'baseline')
    await one.store.replaceBaseline(KEY, { kind: 'first', rows: given.rows }, NOW);
  else if (given.kind === 'compact') await one.store.compact(NOW);
  else if (given.kind === 'restart') await one.restart();
  else if (moves) await one.store.moveDays(LATER - given.daysAgo * DAY_MS);
}

/** All that a store tells of its model. */
async function told(one: Subject): Promise<unknown> {
  const { store } = one;
  const baseline = await store.baseline(KEY);
  return {
    differences: await store.recount(KEY),
    catalog: await store.catalog(),
    layouts: baseline?.layouts,
    baseline: baseline?.counts,
    counts: await store.counts({ ...KEY, ...ALL_TIME }),
    regions: await store.counts({ ...KEY, ...ALL_TIME, by: { attribute: 'region' } }),
    volume: await store.volume({ key: KEY, ...ALL_TIME, stepMs: HOUR_MS }),
  };
}

describe('a store whose days move', () => {
  it('tells the same as one whose days do not, after any order of requests, late rows, moves and restarts', async () => {
    const first: Step = {
      kind: 'send',
      rows: [{ id: 'first', time: NOW, version: 'v1', dataset: 'production', features: { n: 1.5, c: 'a' } }],
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
        const [moving, still] = [await new Subject().open(), await new Subject().open()];
        try {
          let life = 0;
          for (const given of [first, ...steps]) {
            if (given.kind === 'restart') life += 1;
            const one = ofLife(given, life);
            await take(moving, one, true);
            await take(still, one, false);
          }
          expect(await told(moving)).toEqual(await told(still));
          expect(await told(moving)).toMatchObject({ differences: [] });
        } finally {
          await moving.end();
          await still.end();
        }
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});

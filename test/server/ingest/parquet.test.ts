import { idText } from '../../../server/ids.ts';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BadRequestError } from '../../../server/errors.ts';
import { createParquetReader } from '../../../server/store/duckdb/parquet-reader.ts';
import { featureOf, NOW, predictionsOf, read } from './arrow-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'leeway-parquet-'));
const uploads = join(folder, 'uploads');
const parquet = createParquetReader(uploads);
afterAll(() => rmSync(folder, { recursive: true }));

const readParquet = (body: Uint8Array, limits = {}) => read(body, { protocol: 'parquet', parquet, limits });
const left = () => (existsSync(uploads) ? readdirSync(uploads) : []);

/** A Parquet file of a query, as bytes. */
async function written(select: string, copy = ''): Promise<Uint8Array> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const file = join(folder, 'written.parquet');
  await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet${copy})`);
  instance.closeSync();
  return readFileSync(file);
}

const ROW = `'m' AS model, 1 AS value, 'p-1' AS id`;
const TIME = `make_timestamp_ns(${NOW}000000 + 123456)`;

describe('a Parquet upload', () => {
  it('is predictions by the same names as Arrow, times to the nanosecond', async () => {
    const batch = await readParquet(
      await written(
        `SELECT 'm' AS model, 'v1' AS version, 9007199254740993 AS id, ${TIME} AS "time", 0.5 AS score, 12 AS "durationMs",
           NULL::VARCHAR AS value, 'eu' AS "segment.region", {a: 1, b: {c: 'x'}} AS features`,
      ),
    );
    const rows = predictionsOf(batch);
    expect([rows.version[0], idText(rows.id, 0), rows.timeMs[0], rows.restNs[0], rows.durationMs[0]]).toEqual(
      ['v1', '9007199254740993', NOW, 123_456, 12],
    );
    expect([featureOf(batch, 'a'), featureOf(batch, 'b.c'), rows.segments[0]!.texts[0]]).toEqual([
      [1],
      ['x'],
      'eu',
    ]);
    expect(left()).toEqual([]);
  });

  it.each<[string, string, unknown]>([
    ['TINYINT', '-5::TINYINT', -5],
    ['UINTEGER', '4294967295::UINTEGER', 4_294_967_295],
    ['BIGINT', '-5000000000', -5_000_000_000],
    ['UBIGINT', '18446744073709551615::UBIGINT', 2 ** 64],
    ['HUGEINT', '5::HUGEINT', 5],
    ['FLOAT', '1.5::FLOAT', 1.5],
    ['DOUBLE', `'NaN'::DOUBLE`, NaN],
    ['DECIMAL', '-0.05::DECIMAL(38,2)', -0.05],
    ['BOOLEAN', 'true', true],
    ['VARCHAR', `'ü😀'`, 'ü😀'],
    ['UUID', `'12345678-1234-5678-1234-567812345678'::UUID`, '12345678-1234-5678-1234-567812345678'],
    ['ENUM', `'a'::ENUM('a', 'b')`, 'a'],
    ['DATE', `DATE '1970-01-02'`, 86_400_000],
    ['TIME', `TIME '00:00:01.5'`, 1500],
    ['TIMESTAMP_S', `'1970-01-01 00:00:02'::TIMESTAMP_S`, 2000],
    ['TIMESTAMP before 1970', `'1969-12-31 23:59:59.999'::TIMESTAMP`, -1],
    ['TIMESTAMPTZ', `'1970-01-01 01:00:00+01'::TIMESTAMPTZ`, 0],
    ['an infinite TIMESTAMP', `'infinity'::TIMESTAMP`, null],
    ['null', 'NULL::DOUBLE', null],
  ])('holds a %s as the value it is', async (_, sql, expected) => {
    expect(featureOf(await readParquet(await written(`SELECT ${ROW}, ${sql} AS x`)), 'x')).toEqual([
      expected,
    ]);
  });

  it.each<[string, string]>([
    ['a list', '[1, 2]'],
    ['a map', `MAP {'a': 1}`],
    ['bytes', `'a'::BLOB`],
  ])('tells of %s and keeps the row', async (_, sql) => {
    const batch = await readParquet(await written(`SELECT ${ROW}, ${sql} AS x`));
    expect([predictionsOf(batch).rows, batch.warnings]).toEqual([
      1,
      [expect.objectContaining({ reason: 'unsupported_type', count: 1 })],
    ]);
  });

  it('takes the model from the properties of the file', async () => {
    const batch = await readParquet(
      await written('SELECT 1 AS value', `, KV_METADATA {'leeway.model': 'fraud'}`),
    );
    expect(batch.models[0]!.model).toBe('fraud');
  });

  it('keeps the order of rows over row groups', async () => {
    const batch = await readParquet(
      await written(
        `SELECT 'm' AS model, i AS value, 'p' || i AS id, i AS x FROM range(5000) t(i)`,
        ', ROW_GROUP_SIZE 2048',
      ),
    );
    expect(featureOf(batch, 'x')).toEqual(Array.from({ length: 5000 }, (_, at) => at));
  });

  it('that unpacks to more than a body may have is refused', async () => {
    const body = await written(`SELECT 'm' AS model, 1 AS value FROM range(1000000)`);
    await expect(readParquet(body)).rejects.toMatchObject({ status: 413 });
    expect(left()).toEqual([]);
  });

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['nothing in it', async () => new Uint8Array(0), 'must begin and end with PAR1'],
    [
      'no magic at its end',
      async () => (await written(`SELECT ${ROW}`)).subarray(0, -1),
      'must begin and end with PAR1',
    ],
    [
      'a footer larger than itself',
      async () => Buffer.from('PAR1\xff\xff\xff\x7fPAR1', 'latin1'),
      'claims a footer larger than itself',
    ],
    ['an encrypted footer', async () => Buffer.from('PAR1........PARE', 'latin1'), 'is encrypted'],
    [
      'a footer of zeros',
      async () =>
        Buffer.concat([
          Buffer.from('PAR1'),
          Buffer.alloc(64),
          Buffer.from([64, 0, 0, 0]),
          Buffer.from('PAR1'),
        ]),
      'cannot be read',
    ],
  ])('with %s is refused in words', async (_, body, words) => {
    const bytes = await body();
    await expect(readParquet(bytes)).rejects.toThrow(words);
    await expect(readParquet(bytes)).rejects.toThrow(BadRequestError);
    expect(left()).toEqual([]);
  });

  it('is read or refused in words, whatever bytes of it are flipped, and leaves no file behind', async () => {
    const whole = await written(
      `SELECT 'm' AS model, i AS value, 'p' || i AS id, [i] AS l, {a: i} AS s FROM range(100) t(i)`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (flips) => {
          const body = Uint8Array.from(whole);
          for (const [at, byte] of flips) body[at] = byte;
          const outcome = await readParquet(body).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(BadRequestError);
          expect(left()).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});

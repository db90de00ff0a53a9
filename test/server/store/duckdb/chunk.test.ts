import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHUNK_ROWS,
  doubles,
  integers,
  ListColumn,
  TableWriter,
  TextColumn,
} from '../../../../server/store/duckdb/chunk.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import type { Database } from '../../../../server/store/duckdb/database.ts';
import { scratch } from './support.ts';

interface Row {
  readonly text: string | null;
  readonly number: number | null;
  readonly list: readonly (number | null)[];
}

let home: ReturnType<typeof scratch>;
let database: Database;

beforeAll(async () => {
  home = scratch();
  database = await openDatabase(home.folder);
});
afterAll(() => {
  database.close();
  home.remove();
});

/** Writes rows with chunks and reads them back. */
async function roundTrip(rows: readonly Row[]): Promise<readonly Row[]> {
  const { writer } = database;
  await writer.run('CREATE OR REPLACE TABLE t (place INTEGER, text VARCHAR, number DOUBLE, list DOUBLE[])');
  const columns = {
    place: integers(),
    text: new TextColumn(),
    number: doubles(),
    list: new ListColumn(doubles()),
  };
  const table = new TableWriter(writer.raw, 't', Object.values(columns));
  const push = (to: { push: (value: number) => void; pushNull: () => void }, value: number | null) =>
    value === null ? to.pushNull() : to.push(value);
  rows.forEach((row, place) => {
    columns.place.push(place);
    columns.text.push(row.text);
    push(columns.number, row.number);
    for (const value of row.list) push(columns.list.values, value);
    columns.list.endRow();
  });
  await writer.run('BEGIN');
  table.write();
  await writer.run('COMMIT');
  table.close();
  const stored = await writer.rows('SELECT text, number, list FROM t ORDER BY place');
  return stored.map(([text, number, list]) => ({
    text: text as string | null,
    number: number as number | null,
    list: [...(list as { readonly items: readonly (number | null)[] }).items],
  }));
}

const row: fc.Arbitrary<Row> = fc.record({
  text: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a\0b', '', 'ü'.repeat(40)))),
  number: fc.option(fc.double()),
  list: fc.array(fc.option(fc.double()), { maxLength: 7 }),
});

describe('rows written by chunks', () => {
  it('are read back as they were, nulls, zero characters and what is not finite included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
        expect(await roundTrip(rows)).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });

  it('may be more than a chunk and have lists longer than one', async () => {
    const rows = Array.from({ length: CHUNK_ROWS * 2 + 3 }, (_, index): Row => {
      const list = Array.from({ length: index % 9 }, (_unused, place) =>
        place === 3 ? null : index + place,
      );
      return { text: index % 7 === 0 ? null : `text ${index}`, number: index % 3 === 0 ? null : index, list };
    });
    rows[5] = { text: 'long', number: 1, list: Array.from({ length: 5000 }, (_, place) => place) };
    expect(await roundTrip(rows)).toEqual(rows);
  });
});

describe('a transaction', () => {
  it('that is rolled back takes what the appender wrote with it', async () => {
    const { writer } = database;
    await writer.run('CREATE OR REPLACE TABLE r (n INTEGER)');
    const column = integers();
    const table = new TableWriter(writer.raw, 'r', [column]);
    column.push(1);
    await writer.run('BEGIN');
    table.write();
    expect(await writer.rows('SELECT count(*)::INTEGER FROM r')).toEqual([[1]]);
    await writer.run('ROLLBACK');
    expect(await writer.rows('SELECT count(*)::INTEGER FROM r')).toEqual([[0]]);
    await writer.run('BEGIN');
    table.write();
    await writer.run('COMMIT');
    table.close();
    expect(await writer.rows('SELECT count(*)::INTEGER FROM r')).toEqual([[1]]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../../../server/batch.ts';
import { decode } from '../../../../server/ingest/ingest.ts';
import { TextTable } from '../../../../server/ingest/text-table.ts';
import { Committer } from '../../../../server/store/duckdb/committer.ts';
import { openDatabase, Session } from '../../../../server/store/duckdb/database.ts';
import type { Database } from '../../../../server/store/duckdb/database.ts';
import { migrate } from '../../../../server/store/duckdb/migrate.ts';
import { KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';

/** The connection of a disk that is full whenever the test says so. */
class FullDisk extends Session {
  full = false;

  override run(sql: string): Promise<void> {
    if (this.full && sql === 'COMMIT') return Promise.reject(new Error('No space left on device'));
    return super.run(sql);
  }
}

let home: ReturnType<typeof scratch>;
let database: Database;
let disk: FullDisk;
let committer: Committer;

beforeEach(async () => {
  home = scratch();
  database = await openDatabase(home.folder);
  await migrate(database.writer);
  disk = new FullDisk(database.writer.raw);
  committer = new Committer(
    { ...database, writer: disk },
    { folder: home.folder, limits: LIMITS, models: [MODEL] },
  );
  await committer.load();
});
afterEach(() => {
  committer.close();
  database.close();
  home.remove();
});

function batch(name: string, version: string): Batch {
  const rows = [1, 2, 3].map((id) => ({
    model: KEY.model,
    id: `${name}-${id}`,
    version,
    features: { [name]: id },
  }));
  const request = { tenant: KEY.tenant, route: 'predictions', protocol: 'json', receivedAtMs: NOW } as const;
  return decode(Buffer.from(JSON.stringify(rows)), {
    request,
    digest: name,
    limits: LIMITS,
    texts: new TextTable(),
  }) as Batch;
}
const stored = () =>
  database.reader.rows(
    'SELECT (SELECT count(*) FROM predictions)::INTEGER, (SELECT sum(row_count) FROM counts WHERE group_entry = -1)::INTEGER, (SELECT count(*) FROM versions)::INTEGER',
  );

describe('a commit that fails', () => {
  it('leaves no declaration in force, and none on disk', async () => {
    const features = {
      a: { kind: 'category', min: null, max: null, categories: null, protected: false },
    } as const;
    const declaring = { ...batch('a', 'v1') };
    const models = declaring.models.map((part) => ({ ...part, schema: features }));
    disk.full = true;
    expect(await committer.commit([{ ...declaring, models }])).toMatchObject([{ status: 'overloaded' }]);
    expect(committer.loaded.registry.models).toEqual([]);
    disk.full = false;
    await committer.commit([{ ...declaring, models }]);
    expect(committer.loaded.registry.models[0]?.schema.history).toMatchObject([{ version: 1, features }]);
    expect(await database.reader.rows('SELECT count(*)::INTEGER FROM schemas')).toEqual([[1]]);
    expect(await database.reader.rows('SELECT kind, sum(n)::INTEGER FROM violations GROUP BY kind')).toEqual([
      ['wrong_kind', 3],
    ]);
  });

  it('for one request does not hold up the others', async () => {
    const good = batch('b', '2');
    const poisoned = {
      ...good,
      models: good.models.map((part) => ({
        ...part,
        predictions: { ...part.predictions, rows: 3, id: null as never },
      })),
    };
    const replies = await committer.commit([batch('a', '1'), poisoned, batch('c', '3')]);
    expect(replies.map(({ status }) => status)).toEqual(['ok', 'overloaded', 'ok']);
    expect(await stored()).toEqual([[6, 6, 2]]);
  });

  it('is told to every request of it, leaves nothing behind, and may be tried again', async () => {
    expect(await committer.commit([batch('a', '1')])).toMatchObject([{ status: 'ok' }]);
    disk.full = true;
    const refused = await committer.commit([batch('b', '2'), batch('c', '3')]);
    expect(refused).toMatchObject([{ status: 'overloaded' }, { status: 'overloaded' }]);
    expect(committer.lastError).toContain('No space left');
    expect(await stored()).toEqual([[3, 3, 1]]);
    expect(committer.loaded.registry.find(KEY)).toMatchObject({ predictions: 3 });

    disk.full = false;
    const again = await committer.commit([batch('b', '2'), batch('c', '3')]);
    expect(again).toMatchObject([
      { status: 'ok', accepted: { predictions: 3 }, repeated: 0 },
      { status: 'ok', accepted: { predictions: 3 }, repeated: 0 },
    ]);
    expect(await stored()).toEqual([[9, 9, 3]]);
    expect(committer.lastError).toBeNull();
  });

  it('leaves the halves of an inference waiting as they did, and joins them when it is tried again', async () => {
    const half = (side: 'request' | 'response'): Batch => ({
      ...batch('unused', '1'),
      digest: side,
      models: [],
      halves: [{ pair: 'p', side, payload: side, complete: (other) => ({ ...batch(other, '1') }) }],
    });
    await committer.commit([half('request')]);
    disk.full = true;
    expect(await committer.commit([half('response')])).toMatchObject([{ status: 'overloaded' }]);
    expect(await stored()).toEqual([[0, null, 0]]);

    disk.full = false;
    const again = await committer.commit([half('response')]);
    expect(again).toMatchObject([{ status: 'ok', accepted: { predictions: 3 } }]);
    expect(await stored()).toEqual([[3, 3, 1]]);
  });
});

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IngestReply, IngestRequest } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import { HALF_TTL_MS, Halves, MAX_PAIRS, MAX_WAITING_BYTES } from '../../../../server/store/duckdb/halves.ts';
import { joinHalves } from '../../../../server/store/duckdb/join-halves.ts';
import type { PairState } from '../../../../server/store/duckdb/join-halves.ts';
import { tableColumns } from '../../../../server/store/duckdb/tables.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';

type Side = 'request' | 'response';

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;

const open = () => buildTelemetry({ folder: home.folder, limits: LIMITS, models: [MODEL] });
beforeEach(async () => {
  home = scratch();
  telemetry = await open();
});
afterEach(async () => {
  await telemetry.close();
  home.remove();
});

async function restart(): Promise<void> {
  await telemetry.close();
  telemetry = await open();
}

interface Sent {
  readonly tenant?: string;
  readonly atMs?: number;
  readonly body?: unknown;
  /** Makes the bytes of the event others than those of the first time it was sent. */
  readonly attempt?: number;
}

const BODIES = { request: { instances: [{ hour: 5 }] }, response: { predictions: ['late'] } };

function event(
  side: Side,
  id: string,
  { tenant = KEY.tenant, atMs = NOW, body, attempt = 0 }: Sent = {},
): IngestRequest {
  const headers = {
    'content-type': 'application/json',
    'ce-id': id,
    'ce-type': `org.kubeflow.serving.inference.${side}`,
    'ce-time': new Date(NOW - 1000).toISOString(),
    'ce-inferenceservicename': KEY.model,
    'ce-attempt': String(attempt),
  };
  const text = JSON.stringify(body ?? BODIES[side]);
  return {
    tenant,
    route: 'events',
    protocol: 'cloudevents',
    encoding: 'identity',
    receivedAtMs: atMs,
    headers,
    body: new Uint8Array(Buffer.from(text)),
  };
}

const send = (side: Side, id: string, sent: Sent = {}): Promise<IngestReply> =>
  telemetry.ingest(event(side, id, sent));
const counted = async () => (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0]?.rows ?? 0;

const idSql = (table: string) => `coalesce(${table}.id_text, ${table}.id_key::VARCHAR)`;

/** The rows of the table as they are on disk; the store is closed for it and opened again. */
async function rowsOnDisk(): Promise<readonly string[]> {
  await telemetry.close();
  const database = await openDatabase(home.folder);
  const rows = await database.reader.rows(
    `SELECT ${idSql('p')}, epoch_ns(p.event_time), p.num, d.value FROM predictions p
      JOIN entries e ON e.model = p.model AND e.name = '$prediction'
      JOIN dictionary d ON d.model = p.model AND d.entry = e.entry AND d.code = p.prediction_code ORDER BY 1`,
  );
  database.close();
  telemetry = await open();
  return rows.map((row) => row.map(String).join(' '));
}

describe('the halves of an inference', () => {
  it.each<[string, readonly Side[]]>([
    ['the request first', ['request', 'response']],
    ['the response first', ['response', 'request']],
  ])('are stored when they are acknowledged, and make one row: %s', async (_name, sides) => {
    const [first, second] = sides as [Side, Side];
    expect(await send(first, 'a')).toMatchObject({
      status: 'ok',
      accepted: { predictions: 0 },
      rejected: [],
    });
    expect(await counted()).toBe(0);
    expect(await send(second, 'a')).toMatchObject({
      status: 'ok',
      accepted: { predictions: 1 },
      rejected: [],
    });
    expect(await counted()).toBe(1);
    expect(await telemetry.recount(KEY)).toEqual([]);
  });

  it('that wait in vain are told by tenant without another event, once, also over a restart', async () => {
    await send('request', 'a');
    await send('response', 'b');
    await send('request', 'c', { tenant: 'other' });
    expect(await telemetry.tellUnpaired(NOW + HALF_TTL_MS)).toEqual([]);
    await restart();
    const lateMs = NOW + HALF_TTL_MS + 1;
    expect(await telemetry.tellUnpaired(lateMs)).toMatchObject([
      { tenant: KEY.tenant, rejection: { reason: 'unpaired', count: 2 } },
      { tenant: 'other', rejection: { reason: 'unpaired', count: 1 } },
    ]);
    await restart();
    expect(await telemetry.tellUnpaired(lateMs)).toEqual([]);
    expect((await send('request', 'd', { atMs: lateMs })).rejected).toEqual([]);
    expect(await telemetry.quarantineTotals(null)).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          tenant: KEY.tenant,
          reason: 'unpaired',
          protocol: 'cloudevents',
          records: 2,
        }),
        expect.objectContaining({ tenant: 'other', reason: 'unpaired', records: 1 }),
      ]),
    );
  });

  it('that were joined are forgotten without a word', async () => {
    await send('request', 'a');
    await send('response', 'a');
    expect(await telemetry.tellUnpaired(NOW + 2 * HALF_TTL_MS)).toEqual([]);
  });

  it('find each other over a restart', async () => {
    await send('request', 'a');
    await restart();
    await send('response', 'b');
    expect((await send('response', 'a')).accepted.predictions).toBe(1);
    await restart();
    expect((await send('request', 'b')).accepted.predictions).toBe(1);
    expect(await counted()).toBe(2);
  });

  it('find each other when they come in one commit', async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `p${at}`);
    const replies = await Promise.all(ids.flatMap((id) => [send('request', id), send('response', id)]));
    expect(replies.every(({ status }) => status === 'ok')).toBe(true);
    expect(await counted()).toBe(50);
  });

  it.each<[string, Sent]>([
    ['the same bytes again', {}],
    ['again in other bytes', { attempt: 1 }],
    ['again with other values', { attempt: 1, body: { instances: [{ hour: 7 }], predictions: ['on time'] } }],
  ])('that are repeated change nothing: %s', async (_name, repeat) => {
    await send('request', 'a');
    await send('request', 'a', repeat);
    await send('response', 'a');
    const rows = await rowsOnDisk();
    expect(rows).toHaveLength(1);
    await send('response', 'a', repeat);
    await send('request', 'a', repeat);
    await restart();
    await send('request', 'a', { ...repeat, attempt: 2 });
    await send('response', 'a', { ...repeat, attempt: 2 });
    expect(await rowsOnDisk()).toEqual(rows);
  });

  it('of other tenants, services and requests are no pair', async () => {
    await send('request', 'a', { tenant: 'other' });
    await send('request', 'b');
    expect((await send('response', 'a')).accepted.predictions).toBe(0);
    expect((await send('response', 'b')).accepted.predictions).toBe(1);
  });

  it('in equal bytes of different requests are different', async () => {
    for (const id of ['a', 'b']) for (const side of ['request', 'response'] as const) await send(side, id);
    expect(await counted()).toBe(2);
  });

  it('that wait in vain are told once, with the next event of their tenant, and named in the quarantine', async () => {
    await send('request', 'a');
    await send('request', 'b');
    const early = await send('request', 'c', { atMs: NOW + HALF_TTL_MS });
    expect(early.rejected).toEqual([]);
    expect((await send('request', 'd', { tenant: 'other', atMs: NOW + HALF_TTL_MS + 1 })).rejected).toEqual(
      [],
    );
    await restart();
    const late = await send('request', 'd', { atMs: NOW + HALF_TTL_MS + 1 });
    expect(late).toMatchObject({ status: 'ok', rejected: [{ reason: 'unpaired', count: 2 }] });
    expect(await telemetry.quarantine(KEY.tenant)).toMatchObject([{ reason: 'unpaired', count: 2 }]);
    await restart();
    expect((await send('request', 'e', { atMs: NOW + HALF_TTL_MS + 2 })).rejected).toEqual([]);
    expect((await send('response', 'a', { atMs: NOW + HALF_TTL_MS + 3 })).accepted.predictions).toBe(0);
  });

  it('that hold other numbers of rows are told, and the pair is done', async () => {
    await send('request', 'a', { body: { instances: [1, 2] } });
    const reply = await send('response', 'a');
    expect(reply).toMatchObject({
      accepted: { predictions: 0 },
      rejected: [{ reason: 'unpaired', count: 1 }],
    });
    expect((await send('response', 'a', { attempt: 1 })).rejected).toEqual([]);
  });

  it('leave nothing behind on disk but what still waits', async () => {
    for (let at = 0; at < 20; at += 1)
      for (const side of ['request', 'response'] as const) await send(side, `p${at}`);
    await send('request', 'waits', { atMs: NOW + HALF_TTL_MS + 1 });
    await telemetry.close();
    const database = await openDatabase(home.folder);
    expect(await database.reader.rows('SELECT state, count(*)::INTEGER FROM halves GROUP BY ALL')).toEqual([
      ['request', 1],
    ]);
    database.close();
    telemetry = await open();
    expect((await send('response', 'waits', { atMs: NOW + HALF_TTL_MS + 2 })).accepted.predictions).toBe(1);
  });

  it('make the same rows in any order, with repeats and restarts between', async () => {
    const ids = ['a', 'b', 'c'];
    const events = fc.array(
      fc.record({ id: fc.constantFrom(...ids), side: fc.constantFrom<Side>('request', 'response') }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(events, fc.nat({ max: 12 }), async (given, stop) => {
        await telemetry.close();
        home.remove();
        home = scratch();
        telemetry = await open();
        for (const [at, { id, side }] of given.entries()) {
          if (at === stop) await restart();
          await send(side, id, { attempt: at });
        }
        const complete = ids.filter((id) =>
          (['request', 'response'] as const).every((side) =>
            given.some((one) => one.id === id && one.side === side),
          ),
        );
        const rows = await rowsOnDisk();
        expect(rows).toEqual(complete.map((id) => `${id} ${BigInt(NOW - 1000) * 1_000_000n} [5] late`));
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

describe('joining halves', () => {
  const half = fc.record({
    side: fc.constantFrom<Side>('request', 'response'),
    payload: fc.constantFrom('one', 'two'),
  });

  it('completes a pair exactly once, with the first half of each side', () => {
    fc.assert(
      fc.property(fc.array(half), (halves) => {
        let known: PairState | undefined;
        const made: string[][] = [];
        for (const [at, one] of halves.entries()) {
          const { next, other } = joinHalves(known, one, at);
          if (other !== null) made.push([other, one.payload]);
          known = next ?? known;
        }
        const first = halves[0];
        const partner = halves.find(({ side }) => side !== first?.side);
        expect(made).toEqual(partner === undefined ? [] : [[first?.payload, partner.payload]]);
      }),
    );
  });

  it('asks for nothing new when a half is repeated', () => {
    fc.assert(
      fc.property(half, half, (one, other) => {
        const first = joinHalves(undefined, one, 1).next ?? undefined;
        expect(joinHalves(first, one, 2)).toEqual({ next: null, other: null });
        const done = joinHalves(
          first,
          { ...other, side: one.side === 'request' ? 'response' : 'request' },
          3,
        );
        expect(joinHalves(done.next ?? undefined, one, 4)).toEqual({ next: null, other: null });
      }),
    );
  });
});

describe('the room of halves', () => {
  const waiting = (pair: string, payload = 'x') => ({
    tenant: KEY.tenant,
    receivedAtMs: NOW,
    digest: null,
    models: [],
    rejected: [],
    warnings: [],
    halves: [
      {
        pair,
        side: 'request' as const,
        payload,
        complete: () => ({ models: [], rejected: [], warnings: [] }),
      },
    ],
  });

  it('is bounded in number: the oldest go, and are told', () => {
    const halves = new Halves(tableColumns().halves);
    for (let at = 0; at < MAX_PAIRS; at += 1) expect(halves.join(waiting(`p${at}`)).rejected).toEqual([]);
    expect(halves.join(waiting('one more')).rejected).toMatchObject([{ reason: 'unpaired', count: 1 }]);
  });

  it('is bounded in bytes: the oldest go, and are told', () => {
    const halves = new Halves(tableColumns().halves);
    const payload = 'x'.repeat(7_900_000);
    const fitting = Math.floor(MAX_WAITING_BYTES / payload.length);
    for (let at = 0; at < fitting; at += 1)
      expect(halves.join(waiting(`p${at}`, payload)).rejected).toEqual([]);
    expect(halves.join(waiting('one more', payload)).rejected).toMatchObject([
      { reason: 'unpaired', count: 1 },
    ]);
  });

  it('has none for a half that is larger than any of them may be', () => {
    const halves = new Halves(tableColumns().halves);
    const { rejected } = halves.join(waiting('large', 'x'.repeat(8_000_001)));
    expect(rejected).toMatchObject([{ reason: 'too_large', count: 1 }]);
  });

  it('leaves a batch without halves as it is', () => {
    const { halves: _halves, ...batch } = waiting('p');
    expect(new Halves(tableColumns().halves).join(batch)).toBe(batch);
  });
});

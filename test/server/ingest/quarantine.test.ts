import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Quarantine } from '../../../server/ingest/quarantine.ts';
import type { IngestReply, IngestRequest, RejectReason } from '../../../server/model.ts';
import { REJECT_REASONS } from '../../../server/model.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { DAY_MS, jsonRequest, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';

function refused(reason: RejectReason, message = 'Send a value.', count = 1): IngestReply {
  const accepted = { predictions: 0, labels: 0 };
  return { status: 'ok', accepted, repeated: 0, rejected: [{ reason, count, message }] };
}
const sent = (receivedAtMs = NOW, more: Partial<IngestRequest> = {}) =>
  jsonRequest([], { receivedAtMs, ...more });

describe('examples of refused records', () => {
  it('are the first five of a reason, and a flood of one leaves room for the others', async () => {
    const quarantine = await Quarantine.open(null);
    for (let at = 0; at < 1000; at += 1) quarantine.add(sent(NOW + at), refused('malformed', `number ${at}`));
    quarantine.add(sent(NOW + 2000), refused('missing_id'));
    expect(quarantine.entries('acme').map(({ message }) => message)).toEqual([
      'Send a value.',
      'number 4',
      'number 3',
      'number 2',
      'number 1',
      'number 0',
    ]);
  });

  it('give way a day later, the oldest first', async () => {
    const quarantine = await Quarantine.open(null);
    for (let at = 0; at < 6; at += 1) quarantine.add(sent(NOW + at), refused('malformed', `first ${at}`));
    quarantine.add(sent(NOW + DAY_MS), refused('malformed', 'a day later'));
    expect(quarantine.entries('acme').map(({ message }) => message)).toEqual([
      'a day later',
      'first 4',
      'first 3',
      'first 2',
      'first 1',
    ]);
  });

  it('are bounded in size, whatever is sent', async () => {
    const quarantine = await Quarantine.open(null);
    for (const reason of REJECT_REASONS)
      for (let at = 0; at < 50; at += 1) quarantine.add(sent(NOW + at), refused(reason, 'x'.repeat(100_000)));
    expect(JSON.stringify(quarantine.entries(null)).length).toBeLessThan(REJECT_REASONS.length * 5 * 800);
  });

  it('are shown to their own tenant only', async () => {
    const quarantine = await Quarantine.open(null);
    quarantine.add(sent(NOW, { tenant: 'other' }), refused('malformed'));
    expect(quarantine.entries('acme')).toEqual([]);
    expect(quarantine.totals('acme')).toEqual([]);
    expect(quarantine.entries(null)).toHaveLength(1);
  });
});

describe('totals of refused records', () => {
  it('are by tenant, reason and protocol, with the first and the last time', async () => {
    const quarantine = await Quarantine.open(null);
    quarantine.add(sent(NOW + 5), refused('malformed', 'a', 3));
    quarantine.add(sent(NOW), refused('malformed', 'b', 4));
    quarantine.add(sent(NOW + 9, { protocol: 'otlp-grpc' }), refused('malformed'));
    const total = { tenant: 'acme', reason: 'malformed' } as const;
    expect(quarantine.totals('acme')).toEqual([
      { ...total, protocol: 'otlp-grpc', records: 1, requests: 1, firstMs: NOW + 9, lastMs: NOW + 9 },
      { ...total, protocol: 'json', records: 7, requests: 2, firstMs: NOW, lastMs: NOW + 5 },
    ]);
  });
});

describe('the quarantine of a store', () => {
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

  const noValue = { model: 'm', segments: { city: 'Oslo' }, features: {} };
  const tooOld = { model: 'm', time: 1, features: { amount: 731_917, name: 'Ada', ok: true, gone: null } };

  it('tells the shape of a refused record, never a value', async () => {
    await telemetry.ingest(jsonRequest([noValue, tooOld]));
    const entries = await telemetry.quarantine('acme');
    expect(Object.fromEntries(entries.map(({ reason, shape }) => [reason, shape]))).toEqual({
      missing_value: [
        { name: 'model', kind: 'text' },
        { name: 'segments.city', kind: 'text' },
      ],
      time_out_of_range: [
        { name: 'model', kind: 'text' },
        { name: 'features.amount', kind: 'number' },
        { name: 'features.name', kind: 'text' },
        { name: 'features.ok', kind: 'boolean' },
        { name: 'features.gone', kind: 'missing' },
      ],
    });
    expect(JSON.stringify(entries)).not.toMatch(/Oslo|731917|Ada/);
  });

  it('cuts a shape short', async () => {
    const features = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, 1]));
    await telemetry.ingest(jsonRequest([{ ...tooOld, features }]));
    const shape = (await telemetry.quarantine('acme'))[0]?.shape ?? [];
    expect(shape).toHaveLength(41);
    expect(shape.at(-1)).toEqual({ name: 'and 261 more', kind: '' });
  });

  it('is the same after a restart, and goes on from there', async () => {
    await telemetry.ingest(jsonRequest([noValue, tooOld]));
    const before = [await telemetry.quarantine(null), await telemetry.quarantineTotals(null)];
    await telemetry.close();
    telemetry = await open();
    expect([await telemetry.quarantine(null), await telemetry.quarantineTotals(null)]).toEqual(before);
    await telemetry.ingest(jsonRequest([{ ...noValue, id: 'another' }], { receivedAtMs: NOW + 1 }));
    const [total] = await telemetry.quarantineTotals('acme');
    expect(total).toMatchObject({ reason: 'missing_value', records: 2, requests: 2, lastMs: NOW + 1 });
  });

  it('counts a repeated request once', async () => {
    const body = jsonRequest([{ ...noValue, id: 'bad', time: NOW }]);
    await telemetry.ingest(body);
    await telemetry.ingest(body);
    expect(await telemetry.quarantineTotals('acme')).toMatchObject([{ records: 1, requests: 1 }]);
  });

  it('costs a flood of garbage nothing that grows: no commit each, no row each', async () => {
    const garbage = async (requests: number, from: number) => {
      for (let at = 0; at < requests; at += 1)
        await telemetry.ingest(jsonRequest(`no JSON ${from + at}`, { receivedAtMs: NOW + from + at }));
    };
    const size = () =>
      ['telemetry.duckdb', 'telemetry.duckdb.wal'].reduce(
        (sum, file) => sum + (statSync(join(home.folder, file), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
    await garbage(100, 0);
    await telemetry.close();
    telemetry = await open();
    const before = size();
    await garbage(3000, 1000);
    expect(size() - before).toBeLessThan(64 * 1024);
    await telemetry.close();
    telemetry = await open();
    expect(size() - before).toBeLessThan(1024 * 1024);
    expect(await telemetry.quarantine(null)).toHaveLength(5);
    expect(await telemetry.quarantineTotals(null)).toMatchObject([{ reason: 'malformed', records: 3100 }]);
  });
});

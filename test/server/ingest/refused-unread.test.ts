import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IngestOptions } from '../../../server/ingest/http.ts';
import { jsonIngestApp, otlpApp, RefusedUnread } from '../../../server/ingest/http.ts';
import { KEY, LIMITS, MODEL, scratch } from '../store/duckdb/support.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { ingestWorld } from './world.ts';
import type { IngestWorld } from './world.ts';

let world: IngestWorld;
let unread: RefusedUnread;
let calls = 0;
beforeEach(async () => {
  world = await ingestWorld();
  calls = 0;
  unread = new RefusedUnread((refusals) => {
    calls += 1;
    return world.telemetry.noteRefusals(refusals);
  });
});
afterEach(() => world.close());

const KEYED = { authorization: 'Bearer writer' };
const PROTOBUF = { ...KEYED, 'content-type': 'application/x-protobuf' };
const send = (headers: object, body = 'x', path = '/v1/logs') => {
  const options: IngestOptions = { ...world.options, onRefusedUnread: (refused) => unread.add(refused) };
  const app = path === '/v1/logs' ? otlpApp(options) : jsonIngestApp(options);
  return app.request(path, { method: 'POST', headers: { ...headers }, body });
};

describe('a request that is refused before it is decoded', () => {
  it.each([
    ['an unknown encoding', { ...PROTOBUF, 'content-encoding': 'br' }, 415, 'unsupported_type'],
    ['a wrong type', { ...KEYED, 'content-type': 'text/csv' }, 415, 'unsupported_type'],
    ['a body too long', { ...PROTOBUF, 'content-length': '2000000' }, 413, 'too_large'],
  ])('for %s is in the quarantine of its tenant', async (_name, headers, status, reason) => {
    expect((await send(headers)).status).toBe(status);
    await unread.flush();
    expect(await world.telemetry.quarantineTotals(KEY.tenant)).toMatchObject([
      { tenant: KEY.tenant, reason, protocol: 'otlp-protobuf', records: 1, requests: 1 },
    ]);
    expect(await world.telemetry.quarantine(KEY.tenant)).toMatchObject([
      { reason, message: expect.stringMatching(/[Ss]end/) },
    ]);
  });

  it('is there when it was sent to the main port, too', async () => {
    await send({ ...KEYED, 'content-type': 'text/csv' }, 'x', '/api/v1/predictions');
    await unread.flush();
    expect(await world.telemetry.quarantineTotals(KEY.tenant)).toMatchObject([{ protocol: 'json' }]);
  });

  it('by a key that is not known is no tenant’s', async () => {
    await send({ ...PROTOBUF, authorization: 'Bearer nobody', 'content-encoding': 'br' });
    await send({ authorization: 'Bearer nobody', 'content-type': 'text/csv' });
    await unread.flush();
    expect([calls, await world.telemetry.quarantineTotals(null)]).toEqual([0, []]);
  });

  it('is told once when the store told it already', async () => {
    await send(PROTOBUF, 'no protobuf');
    await unread.flush();
    expect(calls).toBe(0);
    expect(await world.telemetry.quarantineTotals(KEY.tenant)).toMatchObject([{ requests: 1 }]);
  });

  it('costs a call a second, however many there are', async () => {
    vi.useFakeTimers();
    try {
      for (let count = 0; count < 500; count += 1) await send({ ...PROTOBUF, 'content-encoding': 'br' });
      await vi.advanceTimersByTimeAsync(1000);
    } finally {
      vi.useRealTimers();
    }
    expect(calls).toBe(1);
    expect(await world.telemetry.quarantineTotals(KEY.tenant)).toMatchObject([
      { records: 500, requests: 500 },
    ]);
  });

  it('is kept over a restart', async () => {
    const home = scratch();
    const open = (): Promise<Telemetry> =>
      buildTelemetry({ folder: home.folder, limits: LIMITS, models: [MODEL] });
    const first = await open();
    await first.noteRefusals([
      { tenant: 'acme', protocol: 'json', reason: 'too_large', message: 'Send less.', requests: 3, atMs: 5 },
    ]);
    await first.close();
    const second = await open();
    expect(await second.quarantineTotals('acme')).toMatchObject([{ records: 3, requests: 3, firstMs: 5 }]);
    await second.close();
    home.remove();
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingestOptions, keyOf } from '../../server/ingest-options.ts';
import { RefusedUnread } from '../../server/ingest/http.ts';
import { createLiveEvents } from '../../server/show/live-events.ts';
import { createMetrics } from '../../server/show/prometheus.ts';
import type { LiveEvent } from '../../server/show/types.ts';
import type { Telemetry } from '../../server/ports.ts';
import { buildTelemetry } from '../../server/worker.ts';
import { fakeControl, settingsOf } from './show/fixtures.ts';
import { jsonRequest, KEY, LIMITS, NOW, scratch } from './store/duckdb/support.ts';
import type { Control } from '../../server/ports.ts';

describe('those who watch', () => {
  let home: ReturnType<typeof scratch>;
  let telemetry: Telemetry;

  beforeEach(async () => {
    home = scratch();
    telemetry = await buildTelemetry({ folder: home.folder, limits: LIMITS, models: [] });
  });
  afterEach(async () => {
    await telemetry.close();
    home.remove();
  });

  it('are told once that a feature changed its kind, without its value', async () => {
    const told: LiveEvent[] = [];
    const events = createLiveEvents();
    events.subscribe((event) => told.push(event));
    const { ingest } = ingestOptions({
      telemetry,
      control: fakeControl() as Control,
      metrics: createMetrics(),
      events,
      clock: { now: () => NOW },
      settings: settingsOf(),
      refusedUnread: new RefusedUnread((refusals) => telemetry.noteRefusals(refusals)),
    });
    const send = (id: string, amount: unknown) =>
      ingest(jsonRequest([{ model: KEY.model, id, features: { amount }, value: 1 }]));
    await send('a', 1);
    expect(told).toEqual([]);
    await send('b', 'twelve');
    await send('c', 'thirteen');
    expect(told).toMatchObject([{ kind: 'schema', tenant: KEY.tenant, model: KEY.model, atMs: NOW }]);
    expect(told[0]?.text).toContain('"amount"');
    expect(told[0]?.text).not.toContain('twelve');
  });
});

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('the key of a request', () => {
  it.each<[string, Readonly<Record<string, string>>, string | null]>([
    ['a bearer token', { authorization: 'Bearer lw_1' }, 'lw_1'],
    ['a bearer token in other letters', { authorization: 'bearer  lw_1 ' }, 'lw_1'],
    ['a header of its own', { 'x-api-key': 'lw_1' }, 'lw_1'],
    [
      'a password, as of a URL like http://leeway:lw_1@host/',
      { authorization: basic('leeway:lw_1') },
      'lw_1',
    ],
    ['a password without a user', { authorization: basic(':lw_1') }, 'lw_1'],
    ['a user without a password', { authorization: basic('lw_1') }, 'lw_1'],
    ['a password that is empty', { authorization: basic('lw_1:') }, ''],
    ['a password that is no base64', { authorization: 'Basic %%' }, ''],
    ['none', {}, null],
    ['none in another scheme', { authorization: 'Digest lw_1' }, null],
  ])('is %s', (_name, headers, key) => {
    expect(keyOf(new Headers(headers))).toBe(key);
  });
});

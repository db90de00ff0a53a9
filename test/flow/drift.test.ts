import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, hourOf, startFlow, type Flow } from './appliance.ts';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const day = (number: number) => START_MS + number * DAY_MS;

let flow: Flow;
afterEach(() => flow.close());

async function trained(): Promise<void> {
  flow = await startFlow(START_MS);
  const hours = Array.from({ length: 120 }, (_, index) => START_MS - (index + 1) * HOUR_MS);
  await flow.send(hours.flatMap((hour) => hourOf(hour, { dataset: 'reference' })));
}

async function play(fromMs: number, toMs: number, options: Parameters<typeof hourOf>[1] = {}): Promise<void> {
  for (let atMs = fromMs; atMs < toMs; atMs += HOUR_MS) {
    await flow.send(hourOf(atMs, options));
    await flow.until(atMs + HOUR_MS);
  }
}

describe('a version that takes another unit', () => {
  it(
    'pages once after its window, is not learned, is rolled back, and its end is announced',
    { timeout: 60_000 },
    async () => {
      await trained();
      await play(day(0), day(5));
      expect(flow.told).toEqual([]);

      await play(day(5), day(6), { version: 'v2', factor: 1.609344 });
      await flow.until(day(6) + 30 * MINUTE_MS, 5 * MINUTE_MS);
      const first = flow.told[0];
      expect(first).toMatchObject({ data: { reason: 'first' } });
      expect(first?.atMs).toBeGreaterThanOrEqual(day(6) + 10 * MINUTE_MS);
      expect(first?.atMs).toBeLessThanOrEqual(day(6) + 15 * MINUTE_MS);

      const [incident] = await flow.control.incidents({ tenant: 'acme' });
      expect(incident?.cause).toContain('kilometres where miles were learned');
      const runs = await flow.control.runs({ tenant: 'acme' });
      expect(runs.find((run) => run.kind === 'retrain')).toMatchObject({ state: 'suppressed' });
      const rollback = runs.find((run) => run.kind === 'rollback');
      expect(rollback).toMatchObject({ state: 'proposed', plan: { fromVersion: 'v2', toVersion: 'v1' } });
      expect(flow.deployed).toEqual([]);

      const approval = {
        runId: rollback!.id,
        tenant: 'acme',
        actor: 'ada',
        reason: 'wrong unit',
        nowMs: flow.nowMs(),
      };
      expect(await flow.control.approveRun({ ...approval, planHash: 'of another plan' })).toMatchObject({
        ok: false,
        reason: 'conflict',
      });
      expect(await flow.control.approveRun({ ...approval, planHash: rollback!.planHash! })).toMatchObject({
        ok: true,
      });
      await flow.until(day(6) + HOUR_MS, 5 * MINUTE_MS);
      expect(flow.deployed).toEqual(['v1']);

      await play(day(6) + HOUR_MS, day(6) + 4 * HOUR_MS);
      expect(
        (await flow.control.runs({ tenant: 'acme' })).find((run) => run.id === rollback!.id),
      ).toMatchObject({ state: 'done' });
      expect((await flow.control.incidents({ tenant: 'acme' }))[0]).toMatchObject({ state: 'mitigated' });

      await play(day(6) + 4 * HOUR_MS, day(9));
      await flow.until(day(9) + HOUR_MS, 5 * MINUTE_MS);
      expect((await flow.control.incidents({ tenant: 'acme' }))[0]).toMatchObject({ state: 'resolved' });
      expect(await flow.control.alerts({ tenant: 'acme', state: 'firing' })).toEqual([]);
      expect(flow.told.at(-1)).toMatchObject({ data: { reason: 'all_resolved' } });
      expect(await flow.telemetry.recount({ tenant: 'acme', model: 'fraud' })).toEqual([]);
      expect(await flow.control.verifyAudit()).toMatchObject({ brokenAt: null });
    },
  );
});

describe('an outage', () => {
  it('pages within minutes by the burn rate and ends when the errors end', { timeout: 60_000 }, async () => {
    await trained();
    await play(day(0), day(0) + 3 * HOUR_MS);
    await flow.send(hourOf(day(0) + 3 * HOUR_MS, { errors: 30 }));
    await flow.until(day(0) + 4 * HOUR_MS, MINUTE_MS);
    const first = flow.told[0];
    expect(first).toMatchObject({ data: { reason: 'first' } });
    expect(first?.atMs).toBeLessThanOrEqual(day(0) + 3 * HOUR_MS + 30 * MINUTE_MS);
    await play(day(0) + 4 * HOUR_MS, day(2));
    expect(flow.told.at(-1)).toMatchObject({ data: { reason: 'all_resolved' } });
  });
});

describe('a model that falls silent', () => {
  it('pages after the time it may be silent, and announces its return', { timeout: 60_000 }, async () => {
    await trained();
    await play(day(0), day(0) + 6 * HOUR_MS);
    await flow.until(day(1) + 5 * HOUR_MS);
    expect(flow.told).toEqual([]);
    await flow.until(day(1) + 7 * HOUR_MS, 5 * MINUTE_MS);
    expect(flow.told).toHaveLength(1);
    expect(flow.told[0]).toMatchObject({
      data: { reason: 'first', cause: expect.stringContaining('no data from fraud') },
    });
    await play(day(1) + 7 * HOUR_MS, day(1) + 9 * HOUR_MS);
    expect(flow.told.at(-1)).toMatchObject({ data: { reason: 'all_resolved' } });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../../server/model.ts';
import { bench, DAY, HOUR, MINUTE, RULES, score, settings, T0, told, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
  await b.control.judge([score(1, 0.4)], NOW);
  await b.control.runTimers(NOW + MINUTE);
});
afterEach(() => b.end());

const NOW = T0 + DAY;
const lease = async (nowMs: number) =>
  (await b.control.leaseDeliveries({ nowMs, limit: 10, leaseMs: MINUTE })).filter(
    (delivery) => delivery.kind === 'notice',
  );
const retry = (id: string, nowMs: number, afterMs: number | null = null) =>
  b.control.settleDelivery({ id, outcome: { kind: 'retry', afterMs, detail: 'down' }, nowMs });

const fail = async (nowMs: number) => {
  const [delivery] = await lease(nowMs);
  await b.control.settleDelivery({ id: delivery!.id, outcome: { kind: 'failed', detail: '' }, nowMs });
};

describe('the outbox', () => {
  it('leases a delivery to one worker, and again when the lease runs out, under the same id', async () => {
    const [first] = await lease(NOW + MINUTE);
    expect(first).toMatchObject({ state: 'leased', attempt: 1, thread: null });
    expect(await lease(NOW + MINUTE + 1)).toEqual([]);
    await b.restart();
    const [second] = await lease(NOW + 2 * MINUTE);
    expect(second).toMatchObject({ id: first!.id, attempt: 2 });
  });

  it('retries later, not before the receiver asked', async () => {
    const [first] = await lease(NOW + MINUTE);
    await retry(first!.id, NOW + MINUTE, 10 * MINUTE);
    expect(await lease(NOW + 10 * MINUTE)).toEqual([]);
    expect(await lease(NOW + 11 * MINUTE)).toHaveLength(1);
  });

  it('never lets the end overtake the beginning', async () => {
    const [first] = await lease(NOW + MINUTE);
    await retry(first!.id, NOW + MINUTE, HOUR);
    for (const day of [2, 3]) await b.control.judge([score(day, 0.01)], NOW + day * MINUTE);
    await b.control.runTimers(NOW + 20 * MINUTE);
    expect(await lease(NOW + 20 * MINUTE)).toEqual([]);
    expect(told(await b.deliver(NOW + 2 * HOUR))).toEqual(['oncall all_resolved Distance']);
    const all = await b.control.deliveries({ tenant: 'acme', state: 'superseded' });
    expect(all.map(({ id, supersededBy }) => [id, supersededBy !== null])).toEqual([[first!.id, true]]);
  });

  it('gives the next notice of a group what the receiver gave back, and a new group story a new message', async () => {
    const [first] = await b.deliver(NOW + MINUTE);
    await b.control.judge([score(1, 0.5, { subject: 'Carrier' })], NOW + HOUR);
    const [second] = await b.tick(NOW + HOUR);
    expect(second).toMatchObject({ thread: { ts: first!.id } });
    for (const day of [2, 3])
      await b.control.judge([score(day, 0.01), score(day, 0.01, { subject: 'Carrier' })], NOW + day * HOUR);
    const [end] = await b.tick(NOW + 4 * HOUR);
    expect((end!.payload as Notice).reason).toBe('all_resolved');
    expect(end!.thread).not.toBeNull();
    await b.control.judge([score(4, 0.4)], NOW + 10 * HOUR);
    await b.tick(NOW + 10 * HOUR);
    const [again] = await b.tick(NOW + 11 * HOUR);
    expect(again).toMatchObject({ thread: null });
  });

  it('writes a dead delivery into the timeline and tells the receiver again when it is back', async () => {
    const [first] = await lease(NOW + MINUTE);
    await b.control.settleDelivery({
      id: first!.id,
      outcome: { kind: 'failed', detail: 'invalid_auth' },
      nowMs: NOW + MINUTE,
    });
    expect(await b.control.counters()).toMatchObject({ deliveriesDead: 1 });
    const [incident] = await b.control.incidents({ tenant: 'acme' });
    const record = await b.control.incident(incident!.id);
    expect(record?.timeline.at(-1)).toMatchObject({
      kind: 'delivery_dead',
      text: 'Could not tell oncall, notice (first) (refused, tried once): invalid_auth',
    });
    expect(record?.deliveries[0]?.state).toBe('dead');
    expect(told(await b.tick(NOW + 6 * MINUTE - 1))).toEqual([]);
    expect(told(await b.tick(NOW + 6 * MINUTE))).toEqual(['oncall first Distance']);
  });

  it('tells a receiver that refuses everything after the group interval, then ever later, at last once a repeat interval', async () => {
    const waits: number[] = [];
    let lastMs = NOW + MINUTE;
    for (let nowMs = lastMs; nowMs < NOW + 24 * HOUR; nowMs += MINUTE) {
      await b.control.runTimers(nowMs);
      const [delivery] = await lease(nowMs);
      if (delivery === undefined) continue;
      await b.control.settleDelivery({ id: delivery.id, outcome: { kind: 'failed', detail: '' }, nowMs });
      waits.push((nowMs - lastMs) / MINUTE);
      lastMs = nowMs;
    }
    expect(waits).toEqual([0, 5, 10, 20, 40, 80, 160, 240, 240, 240, 240]);
  });

  it('tries a receiver that refused again after a reload, and begins to wait anew', async () => {
    let nowMs = NOW + MINUTE;
    for (const waitMs of [5, 10, 20].map((minutes) => minutes * MINUTE)) {
      await fail(nowMs);
      nowMs += waitMs;
      await b.control.runTimers(nowMs);
    }
    await fail(nowMs);
    const reload = { settings: settings(), rules: RULES, actor: 'ann', nowMs: nowMs + 1, dryRun: false };
    await b.control.reconfigure(reload);
    for (const waitMs of [5, 5].map((minutes) => minutes * MINUTE)) {
      await b.control.runTimers(nowMs + waitMs - 1);
      expect(await lease(nowMs + waitMs - 1)).toEqual([]);
      nowMs += waitMs;
      await b.control.runTimers(nowMs);
      await fail(nowMs);
    }
  });

  it('tells a resolve again that died on its way', async () => {
    await b.deliver(NOW + MINUTE);
    for (const day of [2, 3]) await b.control.judge([score(day, 0.01)], NOW + day * MINUTE);
    await b.control.runTimers(NOW + HOUR);
    const [end] = await lease(NOW + HOUR);
    await b.control.settleDelivery({
      id: end!.id,
      outcome: { kind: 'failed', detail: '' },
      nowMs: NOW + HOUR,
    });
    expect(told(await b.tick(NOW + 6 * HOUR))).toEqual(['oncall all_resolved Distance']);
    expect(told(await b.tick(NOW + 24 * HOUR))).toEqual([]);
  });

  it('still owes the end of what was given up and may have arrived', async () => {
    const [first] = await lease(NOW + MINUTE);
    await b.control.settleDelivery({
      id: first!.id,
      outcome: { kind: 'unknown', detail: 'no answer in time' },
      nowMs: NOW + MINUTE,
    });
    await b.control.runTimers(NOW + 7 * HOUR);
    for (const day of [2, 3]) await b.control.judge([score(day, 0.01)], NOW + 7 * HOUR + day * MINUTE);
    expect(told(await b.tick(NOW + 8 * HOUR)).at(-1)).toBe('oncall all_resolved Distance');
  });

  it('lets a newer page go at once, whatever was given up before it', async () => {
    const [first] = await lease(NOW + MINUTE);
    const outcome = { kind: 'failed', detail: 'refused' } as const;
    await b.control.settleDelivery({ id: first!.id, outcome, nowMs: NOW + MINUTE });
    await b.control.judge([score(1, 0.4, { subject: 'Carrier' })], NOW + 10 * MINUTE);
    expect(told(await b.tick(NOW + 11 * MINUTE))).toEqual(['oncall first Carrier Distance']);
  });

  it('gives up what is past its time', async () => {
    const changes = await b.control.runTimers(NOW + 7 * HOUR);
    expect(changes.map((change) => change.kind)).toContain('delivery');
    expect(await b.control.counters()).toMatchObject({ deliveriesDead: 2 });
  });

  it('counts a late success of a delivery that was given up', async () => {
    const [first] = await lease(NOW + MINUTE);
    await b.control.runTimers(NOW + 7 * HOUR);
    await b.control.settleDelivery({
      id: first!.id,
      outcome: { kind: 'sent', detail: '' },
      nowMs: NOW + 7 * HOUR,
    });
    expect(await b.control.counters()).toMatchObject({ deliveriesSent: 1 });
    expect(told(await b.tick(NOW + 7 * HOUR + MINUTE))).not.toContain('oncall first Distance');
  });

  it('answers an unknown delivery with nothing', async () => {
    expect(await retry('ntc_nothing', NOW)).toEqual([]);
  });
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bench, DAY, HOUR, score, T0, type Bench } from '../../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const KEY = { tenant: 'acme', model: 'delay' };

/** More than a list holds: copies of a document under other ids, newer than the original. */
function copy(table: 'runs' | 'alerts', changes: object, count: number): void {
  const file = new DatabaseSync(join(b.folder, 'control.sqlite'));
  const [row] = file.prepare(`SELECT doc FROM ${table}`).all();
  const insert = file.prepare(`INSERT INTO ${table} (id, doc) VALUES (?, ?)`);
  file.exec('BEGIN');
  for (let index = 0; index < count; index += 1) {
    const id = `copy${index}.1`;
    const doc = { ...(JSON.parse(String(row?.['doc'])) as object), ...changes, id };
    insert.run(id, JSON.stringify(doc));
  }
  file.exec('COMMIT');
  file.close();
}

it('an active run is found however many came after it: by lists and by timers', async () => {
  for (const [version, atMs] of [
    ['v1', T0 - DAY],
    ['v2', T0],
  ] as const)
    await b.control.recordDeployment({ ...KEY, version, atMs, source: 'ann' });
  const nowMs = T0 + DAY;
  const burn = { detector: 'burn-rate-page', subject: 'availability', windowFromMs: T0, windowToMs: nowMs };
  await b.control.judge([score(1, 2, burn)], nowMs);
  const [run] = await b.control.runs({ tenant: 'acme' });
  copy('runs', { kind: 'retrain', state: 'suppressed', createdAtMs: nowMs + HOUR }, 600);

  const active = await b.control.runs({ tenant: null, active: true });
  expect(active.map((each) => each.id)).toEqual([run!.id]);
  expect(await b.control.runs({ tenant: null, active: false })).toHaveLength(500);
  const all = await b.control.runs({ tenant: 'acme' });
  expect([all.length, all.at(-1)?.id]).toEqual([501, run!.id]);

  await b.control.runTimers(nowMs + DAY);
  expect(await b.control.runs({ tenant: null, active: true })).toEqual([]);
});

it('every firing alert is listed, and one beyond the list is acknowledged and read by its id', async () => {
  await b.control.judge([score(1, 0.4)], T0 + DAY);
  const [alert] = await b.control.alerts({ tenant: 'acme' });
  copy('alerts', { incidentId: null, startedAtMs: T0 + 2 * DAY }, 600);
  expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toHaveLength(601);
  const asked = { alertId: alert!.id, tenant: 'acme', actor: 'ann', nowMs: T0 + 3 * DAY };
  expect(await b.control.acknowledge(asked)).toMatchObject({ ok: true });
  expect(await b.control.alert(alert!.id)).toMatchObject({ acknowledgedBy: 'ann' });
  expect(await b.control.alert('nobody.1')).toBeNull();
});

it('ended alerts are cut at the newest 500', async () => {
  await b.control.judge([score(1, 0.4)], T0 + DAY);
  copy('alerts', { state: 'resolved', startedAtMs: T0 + 2 * DAY }, 600);
  expect(await b.control.alerts({ tenant: 'acme', state: 'resolved' })).toHaveLength(500);
  expect(await b.control.alerts({ tenant: 'acme' })).toHaveLength(501);
});

it('counters follow what happened: rises to a page, late successes, dead deliveries', async () => {
  await b.control.judge(
    [1, 2].map((day) => score(day, 0.15)),
    T0 + 2 * DAY,
  );
  expect(await b.control.counters()).toMatchObject({ alertsOpened: 1, pagesOpened: 0, incidents: 0 });
  await b.control.judge([score(3, 0.4)], T0 + 3 * DAY);
  await b.control.judge([score(4, 0.4)], T0 + 4 * DAY);
  expect(await b.control.counters()).toMatchObject({
    alertsOpened: 1,
    pagesOpened: 1,
    incidents: 1,
    scores: 4,
  });
  await b.control.runTimers(T0 + 4 * DAY + HOUR);
  const nowMs = T0 + 4 * DAY + HOUR;
  const [first] = await b.control.leaseDeliveries({ nowMs, limit: 1, leaseMs: HOUR });
  const before = await b.control.counters();
  const settle = (kind: 'failed' | 'sent') =>
    b.control.settleDelivery({ id: first!.id, outcome: { kind, detail: '' }, nowMs });
  await settle('failed');
  expect(await b.control.counters()).toMatchObject({
    deliveriesSent: 0,
    deliveriesDead: before.deliveriesDead + 1,
  });
  await settle('sent');
  expect(await b.control.counters()).toMatchObject({
    deliveriesSent: 1,
    deliveriesDead: before.deliveriesDead,
  });
});

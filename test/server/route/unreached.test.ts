import { afterEach, describe, expect, it } from 'vitest';
import { bench, DAY, HOUR, MINUTE, score, settings, T0, type Bench } from './fixture.ts';
import { routeWith } from './routes.ts';

let b: Bench;
afterEach(() => b.end());

const NOW = T0 + DAY;
const since = async () => (await b.control.counters()).oldestUnreachedPageMs;

async function refuseAll(nowMs: number): Promise<number> {
  const leased = await b.control.leaseDeliveries({ nowMs, limit: 100, leaseMs: MINUTE });
  for (const { id } of leased)
    await b.control.settleDelivery({ id, outcome: { kind: 'failed', detail: 'no' }, nowMs });
  return leased.length;
}

describe('since when a page has reached nobody', () => {
  it('is kept after its delivery was given up, through a restart, until a delivery arrives', async () => {
    b = await bench();
    await b.control.judge([score(1, 0.4)], NOW);
    expect(await since()).toBeNull();
    await b.control.runTimers(NOW + MINUTE);
    expect(await refuseAll(NOW + MINUTE)).toBeGreaterThan(0);
    await b.restart();
    expect(await since()).toBe(NOW + MINUTE);
    expect(await b.control.counters()).toMatchObject({ oldestPendingDeliveryMs: null });
    await b.tick(NOW + DAY);
    expect(await since()).toBeNull();
  });

  it('is nothing once the page has ended', async () => {
    b = await bench();
    await b.control.judge([score(1, 0.4)], NOW);
    await b.control.runTimers(NOW + MINUTE);
    await refuseAll(NOW + MINUTE);
    for (const day of [2, 3]) await b.control.judge([score(day, 0.01)], NOW + day * MINUTE);
    await b.control.runTimers(NOW + HOUR);
    expect(await since()).toBeNull();
  });

  it('is of no group whose pages a digest told', async () => {
    const route = {
      groupBy: ['subject'],
      groupWaitMs: 0,
      groupIntervalMs: 5 * MINUTE,
      repeatIntervalMs: 4 * HOUR,
    };
    b = await bench(settings({ route: routeWith({ receivers: ['oncall'], ...route }) }));
    const subjects = Array.from({ length: 50 }, (_, index) => `f${index}`);
    await b.control.judge(
      subjects.map((subject) => score(1, 0.4, { subject })),
      NOW,
    );
    await b.control.runTimers(NOW);
    expect(await since()).toBe(NOW);
    await b.deliver(NOW);
    await b.control.runTimers(NOW + MINUTE);
    expect(await since()).toBeNull();
  });
});

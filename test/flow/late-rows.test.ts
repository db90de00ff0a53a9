import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, hourOf, startFlow, type Flow } from './appliance.ts';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'fraud' };

let flow: Flow;
afterEach(() => flow.close());

async function scoreOfFirstDay() {
  const scores = await flow.control.scores({
    ...KEY,
    detector: 'drift',
    fromMs: START_MS,
    toMs: START_MS + DAY_MS,
  });
  return scores.find(({ subject }) => subject === 'amount') ?? scores[0];
}

describe('rows that come after their window was judged', () => {
  it('have it judged again within minutes, and an old one pages nobody', { timeout: 60_000 }, async () => {
    flow = await startFlow(START_MS);
    const before = Array.from({ length: 120 }, (_, index) => START_MS - (index + 1) * HOUR_MS);
    await flow.send(before.flatMap((hour) => hourOf(hour, { dataset: 'reference' })));
    for (let atMs = START_MS; atMs < START_MS + DAY_MS; atMs += HOUR_MS) {
      await flow.send(hourOf(atMs));
      await flow.until(atMs + HOUR_MS);
    }
    await flow.until(START_MS + 8 * DAY_MS, 6 * HOUR_MS);
    const judged = await scoreOfFirstDay();
    expect(judged).toMatchObject({ value: expect.any(Number) });

    const late = hourOf(START_MS + HOUR_MS, { factor: 100 });
    await flow.send(late.map((row, index) => ({ ...row, id: `late-${index}` })));
    await flow.until(flow.nowMs() + 5 * MINUTE_MS, MINUTE_MS);

    const again = await scoreOfFirstDay();
    expect(again?.id).toBe(judged?.id);
    expect(again?.rows).toBeGreaterThan(judged?.rows ?? 0);
    const alerts = await flow.control.alerts(KEY);
    expect(alerts.map(({ rule }) => rule)).toEqual(['no-data']);
    const job = (await flow.control.jobs()).find(({ id }) => id === 'late');
    expect(job?.mark).toBeGreaterThan(0);
  });
});

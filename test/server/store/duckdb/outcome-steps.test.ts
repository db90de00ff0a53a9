import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, KEY, NOW } from './support.ts';

const HOUR_MS = 3_600_000;
const HOURS = { ...KEY, ...ALL_TIME, stepMs: HOUR_MS };

let subject: Subject;
beforeEach(async () => {
  subject = await new Subject().open();
  const rows = Array.from({ length: 60 }, (_, at) => ({ id: `p${at}`, value: at % 9, time: timeOf(at) }));
  await subject.send(rows);
});
afterEach(() => subject.end());

function timeOf(at: number): number {
  return NOW - 4 * DAY_MS + (at % 6) * HOUR_MS;
}

async function label(from: number, to: number, value: number): Promise<void> {
  const labels = Array.from({ length: to - from }, (_, at) => ({
    id: `p${from + at}`,
    value: (value + at) % 9,
    time: NOW,
  }));
  await subject.label(labels, NOW + value);
  await subject.store.labels.resolveLabels(NOW, 1000);
}

const hours = () => subject.store.rows.outcomeCounts(HOURS);

describe('outcomes by the hour', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['labels that came', () => label(20, 40, 2)],
    ['labels that were told anew', () => label(0, 7, 30)],
    ['predictions of an hour that was read', () => subject.send([{ id: 'late', value: 1, time: timeOf(2) }])],
    ['predictions of another hour', () => subject.send([{ id: 'late', value: 1, time: NOW }])],
    ['counts summed up to hours', () => subject.store.compact(NOW + 3 * DAY_MS)],
    ['erased predictions', () => subject.store.erase(KEY, ['p3', 'p4'])],
    ['nothing', async () => {}],
  ])('that were read before are the same as those that are read anew, after %s', async (_, change) => {
    await label(0, 20, 1);
    await hours();
    await change();
    const again = await hours();
    await subject.restart();
    expect(again).toEqual(await hours());
    expect(again.rows.length).toBeGreaterThanOrEqual(6);
  });
});

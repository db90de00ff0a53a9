import { afterEach, describe, expect, it } from 'vitest';
import { Subject } from './subject.ts';
import { ALL_TIME, DAY_MS, KEY, NOW } from './support.ts';

const HOUR_MS = 3_600_000;
const FIVE_MS = 300_000;
const ASKED = { key: KEY, ...ALL_TIME, stepMs: FIVE_MS };

let subject: Subject;
afterEach(() => subject.end());

async function opened(): Promise<Subject> {
  subject = await new Subject().open();
  return subject;
}

function row(id: string, time: number, given: object = {}): object {
  return { id, time, features: { n: 1 }, ...given };
}

describe('quality by five minutes', () => {
  it('has the rows that were kept and those whose id had come before, each at its own time', async () => {
    const { store } = await opened();
    await subject.send([row('a', NOW), row('b', NOW), row('a', NOW + FIVE_MS)]);
    await subject.send([row('b', NOW), row('c', NOW + FIVE_MS), row('d', NOW + 2 * FIVE_MS)]);
    expect(await store.qualityCounts(ASKED)).toEqual([
      { fromMs: NOW, rows: 2, repeatedIds: 1, violations: [] },
      { fromMs: NOW + FIVE_MS, rows: 1, repeatedIds: 1, violations: [] },
      { fromMs: NOW + 2 * FIVE_MS, rows: 1, repeatedIds: 0, violations: [] },
    ]);
  });

  it('tells a five minutes of nothing but repeats', async () => {
    const { store } = await opened();
    await subject.send([row('a', NOW)]);
    await subject.send([row('a', NOW + HOUR_MS)]);
    const later = { ...ASKED, fromMs: NOW + HOUR_MS };
    expect(await store.qualityCounts(later)).toMatchObject([{ rows: 0, repeatedIds: 1 }]);
  });

  it('counts no repeat where a whole request is sent again', async () => {
    const { store } = await opened();
    await subject.send([row('a', NOW)]);
    await subject.send([row('a', NOW)]);
    expect(await store.qualityCounts(ASKED)).toMatchObject([{ rows: 1, repeatedIds: 0 }]);
  });

  it('counts production rows alone', async () => {
    const { store } = await opened();
    const reference = { dataset: 'reference' };
    await subject.send([row('a', NOW, reference)]);
    await subject.send([row('a', NOW, reference), row('b', NOW)]);
    expect(await store.qualityCounts(ASKED)).toMatchObject([{ rows: 1, repeatedIds: 0 }]);
  });

  it('has violations by feature and kind', async () => {
    const { store } = await opened();
    await subject.send([row('a', NOW)]);
    await subject.send([
      row('b', NOW, { features: { n: 'text' } }),
      row('c', NOW, { features: { n: 'text', m: 1 } }),
      row('d', NOW + FIVE_MS, { features: { n: 'text', m: 'text' } }),
    ]);
    const wrong = (feature: string, rows: number) => ({ feature, kind: 'wrong_kind', rows });
    expect(await store.qualityCounts(ASKED)).toMatchObject([
      { fromMs: NOW, rows: 3, violations: [wrong('n', 2)] },
      { fromMs: NOW + FIVE_MS, rows: 1, violations: [wrong('n', 1), wrong('m', 1)] },
    ]);
  });

  it('is the same after a restart, and by the hour after compaction', async () => {
    await opened();
    const before = NOW - 3 * DAY_MS;
    await subject.send([row('a', before), row('b', before + FIVE_MS)]);
    await subject.send([row('a', before), row('b', before + FIVE_MS, { features: { n: 'text' } })]);
    await subject.send([row('e', before, { features: { n: 'text' } })]);
    const hours = { ...ASKED, stepMs: HOUR_MS };
    const told = await subject.store.qualityCounts(hours);
    expect(told).toMatchObject([{ fromMs: before, rows: 3, repeatedIds: 2, violations: [{ rows: 1 }] }]);
    await subject.restart();
    expect(await subject.store.qualityCounts(hours)).toEqual(told);
    await subject.store.compact(NOW);
    await subject.store.compact(NOW + DAY_MS);
    expect(await subject.store.qualityCounts(hours)).toEqual(told);
    expect(await subject.raw('SELECT bucket_ms, n FROM repeated_ids')).toEqual([[BigInt(before), 2]]);
  });

  it('of a model nobody has sent is nothing', async () => {
    const { store } = await opened();
    expect(await store.qualityCounts({ ...ASKED, key: { ...KEY, model: 'unknown' } })).toEqual([]);
  });

  it('is refused in words for a step of no length', async () => {
    const { store } = await opened();
    await expect(store.qualityCounts({ ...ASKED, stepMs: 0 })).rejects.toThrow('more than 0');
  });
});

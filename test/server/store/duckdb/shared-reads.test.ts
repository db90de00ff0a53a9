import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import { SharedReads } from '../../../../server/store/duckdb/shared-reads.ts';
import { Subject } from './subject.ts';
import { DAY_MS, jsonRequest, KEY, LIMITS, NOW } from './support.ts';

const HOUR_MS = 3_600_000;

describe('reads that wait for their turn', () => {
  const shared = (failing: string | null = null) => {
    const statements: (readonly string[])[] = [];
    const reads = new SharedReads<string, string>({
      alike: (query) => (query === 'alone' ? null : query.slice(0, 1)),
      read: async (queries) => {
        statements.push(queries);
        if (failing !== null && queries.includes(failing)) throw new Error('no such table');
        return queries.map((query) => query.toUpperCase());
      },
    });
    return { reads, statements };
  };

  it('are answered by one statement where they are alike, each with its own answer', async () => {
    const { reads, statements } = shared();
    const asked = ['a1', 'b1', 'a2', 'alone', 'b2', 'alone'];
    expect(await Promise.all(asked.map((query) => reads.take(query)))).toEqual(
      asked.map((query) => query.toUpperCase()),
    );
    expect(statements).toEqual([['a1', 'a2'], ['b1', 'b2'], ['alone'], ['alone']]);
  });

  it('share no more than sixteen to a statement', async () => {
    const { reads, statements } = shared();
    await Promise.all(Array.from({ length: 40 }, (_, index) => reads.take(`a${index}`)));
    expect(statements.map((queries) => queries.length)).toEqual([16, 16, 8]);
  });

  it('fail with those they share a statement with, and the others go on', async () => {
    const { reads } = shared('a2');
    const settled = await Promise.allSettled(['a1', 'a2', 'b1'].map((query) => reads.take(query)));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await reads.take('a3')).toBe('A3');
  });
});

describe('models that are read together', () => {
  const MODELS = ['one', 'two', 'three', 'unheard'];
  let subject: Subject;
  beforeEach(async () => {
    subject = await new Subject().open();
    const { ingest } = createIngest({ store: subject.store, limits: LIMITS });
    for (const [place, model] of MODELS.slice(0, 3).entries()) {
      const rows = Array.from({ length: 40 + 10 * place }, (_, at) => ({
        model,
        version: `v${at % (place + 1)}`,
        id: `p${at % 35}`,
        time: NOW - (at % 6) * HOUR_MS,
        ...(at < 10 + 8 * place && { label: at % 2 }),
        features: { n: at === 9 && place === 1 ? 'text' : at % 7, c: 'abc'[(at * place) % 3] },
      }));
      await ingest(jsonRequest(rows));
      await subject.store.freezeBaseline({ ...KEY, model }, { kind: 'first', rows: 20 }, NOW);
    }
    await subject.store.labels.resolveLabels(NOW, 1000);
  });
  afterEach(() => subject.end());

  const range = { fromMs: NOW - DAY_MS, toMs: NOW + HOUR_MS };
  const slot = { everyMs: 2 * HOUR_MS, atMs: NOW };
  const reads: readonly (readonly [string, (model: string) => Promise<unknown>])[] = [
    ['counts of a window', (model) => windows(model, { windowMs: null, dataset: 'production' })],
    ['counts of a slot', (model) => windows(model, { windowMs: HOUR_MS, dataset: 'production', slot })],
    ["the baseline's own slot", (model) => windows(model, { windowMs: HOUR_MS, dataset: 'baseline', slot })],
    ['volume', (model) => subject.store.volume({ key: { ...KEY, model }, ...range, stepMs: HOUR_MS })],
    ['quality', (model) => subject.store.qualityCounts({ key: { ...KEY, model }, ...range, stepMs: DAY_MS })],
    ['delays of labels', (model) => subject.store.rows.labelDelays({ ...KEY, model, ...range })],
  ];

  function windows(
    model: string,
    asked: Pick<Parameters<Subject['store']['countWindows']>[0], 'windowMs' | 'dataset' | 'slot'>,
  ) {
    return subject.store.countWindows({ key: { ...KEY, model }, ...range, ...asked });
  }

  it.each(reads)('have the same %s as each by itself, also one that is asked for twice', async (_, read) => {
    const asked = [...MODELS, 'two'];
    const apart: unknown[] = [];
    for (const model of asked) apart.push(await read(model));
    expect(await Promise.all(asked.map(read))).toEqual(apart);
    expect(new Set(apart.map((answer) => JSON.stringify(answer))).size).toBe(4);
  });
});

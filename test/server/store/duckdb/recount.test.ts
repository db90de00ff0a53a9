import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts } from '../../../../detectors/cells.ts';
import type { FeatureCounts } from '../../../../detectors/types.ts';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import type { Baseline } from '../../../../server/model.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { ALL_TIME, DAY_MS, jsonRequest, KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';
import { walkedCells } from './walk.ts';

/** A store with decoding in front that can be restarted, and a plain list of what it must hold. */
class Subject {
  readonly #home = scratch();
  readonly #held = new Map<string, Row>();
  #store: TelemetryStore | null = null;

  get store(): TelemetryStore {
    if (this.#store === null) throw new Error('not open');
    return this.#store;
  }

  async open(): Promise<void> {
    this.#store = await TelemetryStore.open({ folder: this.#home.folder, limits: LIMITS, models: [MODEL] });
  }

  async restart(): Promise<void> {
    await this.store.close();
    await this.open();
  }

  /** Asks the file itself, between two lives of the store. */
  async raw(sql: string): Promise<readonly (readonly unknown[])[]> {
    await this.store.close();
    const database = await openDatabase(this.#home.folder);
    const rows = await database.writer.rows(sql);
    database.close();
    await this.open();
    return rows;
  }

  async send(rows: readonly Row[]): Promise<void> {
    const { ingest } = createIngest({ store: this.store, limits: LIMITS });
    const reply = await ingest(jsonRequest(rows.map(bodyOf)));
    expect(reply).toMatchObject({ status: 'ok', accepted: { predictions: rows.length }, rejected: [] });
    for (const row of rows) if (!this.#held.has(row.id)) this.#held.set(row.id, row);
  }

  /** What the store tells must be what a plain walk over the rows finds. */
  async check(): Promise<void> {
    expect(await this.store.recount(KEY)).toEqual([]);
    const rows = [...this.#held.values()].filter(({ dataset }) => dataset === 'production');
    const [counts] = await this.store.counts({ ...KEY, ...ALL_TIME });
    expect(counts?.rows).toBe(rows.length);
    const baseline = await this.store.baseline(KEY);
    for (const [name, counted] of Object.entries(counts?.features ?? {}))
      expect([name, walked(baseline, name, rows)]).toEqual([name, inOneRow(counted)]);
    await this.#checkSum(counts?.features ?? {});
    const groups = await this.store.counts({ ...KEY, ...ALL_TIME, by: { attribute: 'region' } });
    const south = rows.filter(({ region }) => region === 'south').length;
    expect(groups.find(({ group }) => group === 'south')?.rows ?? 0).toBe(south);
  }

  /** Counts of two spans of time add up to those of both. */
  async #checkSum(whole: Readonly<Record<string, FeatureCounts>>): Promise<void> {
    const { fromMs, toMs } = ALL_TIME;
    const [before] = await this.store.counts({ ...KEY, fromMs, toMs: NOW - 5 * DAY_MS });
    const [after] = await this.store.counts({ ...KEY, fromMs: NOW - 5 * DAY_MS, toMs });
    for (const [name, counts] of Object.entries(whole))
      expect(
        addCounts(before?.features[name] as FeatureCounts, after?.features[name] as FeatureCounts),
      ).toEqual(counts);
  }

  async end(): Promise<void> {
    await this.store.close();
    this.#home.remove();
  }
}

function inOneRow({ known, sides, moments }: FeatureCounts): readonly number[] {
  return [...known, ...Object.values(sides), ...(moments === undefined ? [] : Object.values(moments))];
}

interface Row {
  readonly id: string;
  readonly ageMs: number;
  readonly dataset: 'production' | 'reference';
  readonly version: string;
  readonly region: string | null;
  readonly n: number | string | null;
  readonly c: string | number | null;
}

function bodyOf({ id, ageMs, dataset, version, region, n, c }: Row): object {
  return {
    model: KEY.model,
    id,
    dataset,
    version,
    time: NOW - ageMs,
    value: 1,
    features: { n, c },
    ...(region !== null && { protected: { region } }),
  };
}

function walked(baseline: Baseline | null, name: string, rows: readonly Row[]): readonly number[] {
  const layout = baseline?.layouts[name];
  if (layout === undefined) return [];
  return walkedCells(
    layout,
    rows.map((row) => (name === 'n' ? row.n : name === 'c' ? row.c : 1)),
  );
}

const row: fc.Arbitrary<Row> = fc.record({
  id: fc.integer({ min: 0, max: 60 }).map((id) => `p${id}`),
  ageMs: fc.oneof(fc.integer({ min: 0, max: DAY_MS }), fc.integer({ min: 0, max: 30 * DAY_MS })),
  dataset: fc.constantFrom('production', 'production', 'reference'),
  version: fc.constantFrom('v1', 'v2'),
  region: fc.constantFrom('north', 'south', null),
  n: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 40 }),
    fc.constantFrom(null, 'text', -0, 0.1, 1e21),
  ),
  c: fc.constantFrom('a', 'b', 'ü\0', '', null, 7),
});

type Step =
  | { readonly kind: 'send'; readonly rows: readonly Row[] }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'replace'; readonly rows: number }
  | { readonly kind: 'compact'; readonly agoMs: number }
  | { readonly kind: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(row, { minLength: 1, maxLength: 40 }).map((rows): Step => ({ kind: 'send', rows })),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'freeze' }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 30 }).map((rows): Step => ({ kind: 'replace', rows })),
  },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 20 })
      .map((days): Step => ({ kind: 'compact', agoMs: days * DAY_MS })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
);

async function play(steps: readonly Step[]): Promise<void> {
  const subject = new Subject();
  await subject.open();
  try {
    for (const one of steps) {
      if (one.kind === 'send') await subject.send(one.rows);
      else if (one.kind === 'freeze')
        await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 10 }, NOW);
      else if (one.kind === 'replace')
        await subject.store.replaceBaseline(KEY, { kind: 'first', rows: one.rows }, NOW);
      else if (one.kind === 'compact') await subject.store.compact(NOW - one.agoMs);
      else await subject.restart();
    }
    await subject.check();
  } finally {
    await subject.end();
  }
}

/** The counts of a store whose cells were frozen before it was sent the rows. */
async function told(requests: readonly (readonly Row[])[]): Promise<unknown> {
  const subject = new Subject();
  await subject.open();
  try {
    const rows = Array.from({ length: 40 }, (_, at): Row => {
      const n = at < 30 ? at / 7 : 1e6 * at;
      return {
        id: `f${at}`,
        ageMs: 0,
        dataset: 'reference',
        version: 'v1',
        region: null,
        n,
        c: 'ab'[at % 2] ?? '',
      };
    });
    await subject.send(rows);
    await subject.store.freezeBaseline(KEY, { kind: 'reference', minRows: 1 }, NOW + DAY_MS);
    for (const request of requests) await subject.send(request);
    await subject.check();
    return await subject.store.counts({ ...KEY, ...ALL_TIME });
  } finally {
    await subject.end();
  }
}

describe('counts and stored rows', () => {
  it('are equal after any order of requests, repeats, late rows, freezing, replacing, compaction and restarts', async () => {
    // The first value told fixes the kind of a feature, so every story begins with the same row.
    const first: Step = {
      kind: 'send',
      rows: [
        { id: 'first', ageMs: 0, dataset: 'production', version: 'v1', region: 'north', n: 1.5, c: 'a' },
      ],
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => play([first, ...steps])),
      { numRuns: 25 },
    );
  }, 60_000);

  it('are the same in whatever order, in requests of whatever size and however often the rows are sent', async () => {
    const story = fc.array(row, { minLength: 1, maxLength: 60 }).chain((rows) => {
      const unique = [...new Map(rows.map((one) => [one.id, one])).values()];
      return fc.record({
        first: fc.constant(unique),
        second: fc.shuffledSubarray(unique, { minLength: unique.length }),
        size: fc.integer({ min: 1, max: 60 }),
      });
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ first, second, size }) => {
        const parts = Array.from({ length: Math.ceil(second.length / size) }, (_, part) =>
          second.slice(part * size, (part + 1) * size),
        );
        expect(await told([...parts, ...parts.toReversed()])).toEqual(await told([first]));
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it('that differ are told cell by cell', async () => {
    const subject = new Subject();
    await subject.open();
    try {
      const rows = Array.from({ length: 12 }, (_, index): Row => {
        return {
          id: `q${index}`,
          ageMs: 0,
          dataset: 'production',
          version: 'v1',
          region: null,
          n: index,
          c: 'a',
        };
      });
      await subject.send(rows);
      await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 10 }, NOW);
      await subject.raw('UPDATE counts SET row_count = row_count + 1 WHERE group_entry = -1');
      expect(await subject.store.recount(KEY)).toEqual([
        { model: 'late', bucketMs: NOW, version: 'v1', feature: 'rows', cell: 0, counted: 13, recounted: 12 },
      ]);
    } finally {
      await subject.end();
    }
  });
});

describe('compaction', () => {
  it('comes by itself once fifty thousand rows were stored', async () => {
    const subject = new Subject();
    await subject.open();
    try {
      const { ingest } = createIngest({ store: subject.store, limits: LIMITS });
      const old = { model: KEY.model, version: 'v1', value: 1 };
      for (let part = 0; part < 2; part += 1) {
        const rows = Array.from({ length: 25_000 }, (_, index) => {
          return { ...old, time: NOW - 10 * DAY_MS + (index % 288) * 300_000 + part };
        });
        await ingest(jsonRequest(rows));
      }
      expect(await subject.store.recount(KEY)).toEqual([]);
      const counts = 'FROM counts WHERE group_entry = -1';
      expect(await subject.raw(`SELECT count(*)::INTEGER, sum(row_count)::INTEGER ${counts}`)).toEqual([
        [24, 50_000],
      ]);
    } finally {
      await subject.end();
    }
  });

  it('leaves one row an hour of what is older than two days, and every question its answer', async () => {
    const subject = new Subject();
    await subject.open();
    try {
      const rows = Array.from({ length: 500 }, (_, index): Row => {
        const ageMs = index * 20 * 60_000;
        return {
          id: `q${index}`,
          ageMs,
          dataset: 'production',
          version: 'v1',
          region: 'south',
          n: index,
          c: 'a',
        };
      });
      for (let from = 0; from < rows.length; from += 100) await subject.send(rows.slice(from, from + 100));
      await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 100 }, NOW);
      const ask = () =>
        Promise.all([
          subject.store.counts({ ...KEY, fromMs: NOW - 4 * DAY_MS, toMs: NOW - DAY_MS }),
          subject.store.volume({ key: KEY, ...ALL_TIME, stepMs: DAY_MS }),
          subject.store.sloWindows({ key: KEY, toMs: NOW, windowsMs: [DAY_MS, 5 * DAY_MS] }),
        ]);
      const before = await ask();
      await subject.store.compact(NOW);
      expect(await ask()).toEqual(before);
      await subject.store.compact(NOW + DAY_MS);
      expect(await ask()).toEqual(before);
      await subject.check();
      const [compacted] = await subject.raw(
        `SELECT count(*), count(DISTINCT bucket_ms // 3600000) FROM counts WHERE group_entry = -1 AND bucket_ms < ${NOW - 2 * DAY_MS}`,
      );
      expect(compacted?.[0]).toBe(compacted?.[1]);
    } finally {
      await subject.end();
    }
  });
});

describe('cells that were frozen before numbers were summed', () => {
  it('go on as they are, and are summed once they are frozen anew', async () => {
    const subject = new Subject();
    await subject.open();
    try {
      const sent = (name: string) =>
        Array.from({ length: 20 }, (_, at): Row => {
          const own = {
            id: `${name}${at}`,
            ageMs: at * DAY_MS,
            dataset: 'production',
            version: 'v1',
          } as const;
          return { ...own, region: null, n: at, c: 'ab'[at % 2] ?? '' };
        });
      await subject.send(sent('a'));
      await subject.store.freezeBaseline(KEY, { kind: 'first', rows: 10 }, NOW);
      // As an earlier program wrote them: no scale in the cells, no sums among the counts.
      const layout = { kind: 'number', edges: [0, 1, 2], min: 0, max: 3 };
      await subject.raw('DELETE FROM counts');
      await subject.raw(
        `UPDATE baselines SET layouts = '${JSON.stringify({ n: layout })}', baseline_counts = '{}'`,
      );
      await subject.raw('UPDATE predictions SET dataset = 1');
      await subject.send(sent('b'));
      const [counts] = await subject.store.counts({ ...KEY, ...ALL_TIME });
      expect(counts?.features['n']).toEqual({
        known: [1, 1, 1, 1],
        sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 16, unseen: 0 },
      });
      await subject.store.replaceBaseline(KEY, { kind: 'first', rows: 20 }, NOW);
      expect(await subject.store.recount(KEY)).toEqual([]);
      const [anew] = await subject.store.counts({ ...KEY, ...ALL_TIME });
      expect(anew?.features['n']?.moments?.squares).toBeGreaterThan(0);
    } finally {
      await subject.end();
    }
  });
});

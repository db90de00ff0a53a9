import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueColumn } from '../../../../server/batch.ts';
import { BOOLEAN, NUMBER } from '../../../../server/batch.ts';
import type { Declaration, ViolationKind } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import { findViolations } from '../../../../server/store/duckdb/violations.ts';
import type { FeatureRule } from '../../../../server/store/duckdb/violations.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { Predictions } from '../../../../server/ingest/columns.ts';
import { buildTelemetry } from '../../../../server/worker.ts';
import { DAY_MS, KEY, LIMITS, MODEL, NOW, scratch, sendPredictions } from './support.ts';

type Value = number | string | boolean | null;

function columnOf(values: readonly Value[]): ValueColumn {
  const rows = new Predictions();
  const column = rows.valueColumns.at('a');
  for (const value of values) {
    const row = rows.next();
    if (typeof value === 'string') column.setText(row, value);
    else if (value !== null)
      column.setNumber(row, typeof value === 'number' ? NUMBER : BOOLEAN, Number(value));
  }
  return column;
}

const RULE: FeatureRule = {
  kind: null,
  min: -Infinity,
  max: Infinity,
  categories: null,
  isStranger: false,
};

function found(values: readonly Value[], rule: Partial<FeatureRule>): readonly string[] {
  const all: string[] = [];
  findViolations(
    columnOf(values),
    { ...RULE, ...rule },
    {
      rows: Int32Array.from(values, (_, row) => row),
      found: (place, kind) => all.push(`${place} ${kind}`),
    },
  );
  return all;
}

describe('a value', () => {
  const categories = new Set(['web', 'true']);
  it.each<[string, Value, Partial<FeatureRule>, readonly ViolationKind[]]>([
    ['of the kind declared is in order', 1, { kind: 'number' }, []],
    ['of another kind is told', 'one', { kind: 'number' }, ['wrong_kind']],
    ['that is a number is no category', 1, { kind: 'category' }, ['wrong_kind']],
    ['that is a number is no text', 1, { kind: 'text' }, ['wrong_kind']],
    ['that is 1 is not true', 1, { kind: 'boolean' }, ['wrong_kind']],
    ['that is true is a boolean', true, { kind: 'boolean' }, []],
    ['at the least is in order', 0, { min: 0 }, []],
    ['below the least is told', -1, { min: 0 }, ['below_min']],
    ['at the most is in order', 9, { max: 9 }, []],
    ['above the most is told', 9.5, { max: 9 }, ['above_max']],
    ['without end is above every most', Infinity, { max: 9 }, ['above_max']],
    ['that is not a number is neither below nor above', NaN, { min: 0, max: 9 }, []],
    ['of another kind is not held against a range', 'x', { kind: 'number', min: 0 }, ['wrong_kind']],
    ['among the categories is in order', 'web', { categories }, []],
    ['among no category is told', 'shop', { categories }, ['undeclared_category']],
    ['that is true is the category true', true, { categories }, []],
    ['that is false may be no category', false, { categories }, ['undeclared_category']],
    ['of a stranger is told', 'x', { isStranger: true }, ['undeclared_feature']],
    [
      'of a stranger that changed its kind is told twice',
      'x',
      { isStranger: true, kind: 'number' },
      ['undeclared_feature', 'wrong_kind'],
    ],
    ['that is missing violates nothing', null, { kind: 'number', isStranger: true, categories }, []],
  ])('%s', (_name, value, rule, kinds) => {
    expect(found([value], rule)).toEqual(kinds.map((kind) => `0 ${kind}`));
  });

  it('beyond the end of a short column is missing', () => {
    const all: number[] = [];
    const rows = Int32Array.of(0, 1, 2);
    findViolations(columnOf(['x']), { ...RULE, kind: 'number' }, { rows, found: (place) => all.push(place) });
    expect(all).toEqual([0]);
  });
});

describe('violations that are counted', () => {
  const declared: Declaration = {
    amount: { kind: 'number', min: 0, max: 100, categories: null, protected: false },
    channel: { kind: 'category', min: null, max: null, categories: ['web', 'shop'], protected: false },
  };
  const row = fc.record({
    amount: fc.oneof(fc.integer({ min: -50, max: 150 }), fc.constantFrom('ten', null)),
    channel: fc.constantFrom('web', 'shop', 'phone', null, 7),
    other: fc.constantFrom(1, 2, null),
    version: fc.constantFrom('v1', 'v2'),
    hoursAgo: fc.integer({ min: 0, max: 24 * 6 }),
  });
  type Row = Readonly<Record<'amount' | 'channel' | 'other', Value>> & {
    readonly version: string;
    readonly hoursAgo: number;
  };

  /** What a plain walk over the rows finds, as `feature kind`. */
  function walked(rows: readonly Row[]): Record<string, number> {
    const counts: Record<string, number> = {};
    const count = (key: string, when: boolean) => {
      if (when) counts[key] = (counts[key] ?? 0) + 1;
    };
    for (const { amount, channel, other } of rows) {
      count('amount wrong_kind', typeof amount === 'string');
      count('amount below_min', typeof amount === 'number' && amount < 0);
      count('amount above_max', typeof amount === 'number' && amount > 100);
      count('channel wrong_kind', typeof channel === 'number');
      count('channel undeclared_category', channel === 'phone');
      count('other undeclared_feature', other !== null);
    }
    return counts;
  }

  async function counted(store: Pick<Telemetry, 'schema' | 'catalog'>): Promise<Record<string, number>> {
    const violations = (await store.schema(KEY))?.violations ?? [];
    const [entry] = await store.catalog();
    const totals = Object.values(entry?.violations ?? {}).reduce((sum, one) => sum + one, 0);
    expect(totals).toBe(violations.reduce((sum, one) => sum + one.count, 0));
    return Object.fromEntries(violations.map(({ feature, kind, count }) => [`${feature} ${kind}`, count]));
  }

  it('are those a plain walk finds, over requests, repeats, restarts and compaction', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1, maxLength: 30 }), { maxLength: 4 }),
        async (batches) => {
          const home = scratch();
          const options = { folder: home.folder, limits: LIMITS, models: [{ ...MODEL, schema: declared }] };
          const all: Row[] = [];
          for (const batch of batches) {
            const telemetry = await buildTelemetry(options);
            const sent = batch.map(({ amount, channel, other, version, hoursAgo }, index) => ({
              model: KEY.model,
              id: `${all.length + index}`,
              version,
              time: NOW - hoursAgo * 3_600_000,
              features: { amount, channel, other },
              value: 1,
            }));
            await sendPredictions(telemetry, sent);
            await sendPredictions(telemetry, sent);
            all.push(...batch);
            expect(await counted(telemetry)).toEqual(walked(all));
            await telemetry.close();
          }
          const store = await TelemetryStore.open(options);
          await store.compact(NOW + DAY_MS);
          expect(await counted(store)).toEqual(walked(all));
          await store.close();
          home.remove();
        },
      ),
      { numRuns: 8 },
    );
  }, 60_000);
});

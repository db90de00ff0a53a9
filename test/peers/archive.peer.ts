import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createIngest } from '../../server/ingest/ingest.ts';
import { TelemetryStore } from '../../server/store/duckdb/store.ts';
import { DAY_MS, jsonRequest, LIMITS, MODEL, NOW, scratch } from '../server/store/duckdb/support.ts';
import { skipped } from './outage.ts';
import { pandas } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/archive.py');
const NAME = 'Späte Züge/2';
const ROWS = 600;
const tool = await pandas();

/** Rows over three closed days; the feature `seldom` begins on the second. */
const sentOf = (index: number) => ({
  id: `a-${index}`,
  model: NAME,
  version: 'v1',
  time: NOW - 8 * DAY_MS + index * (DAY_MS / 200),
  value: index % 3 === 0 ? 'late' : 'on time',
  score: (index % 1000) / 1000,
  durationMs: 12.5,
  features: {
    Amount: index / 10,
    word: index % 7 === 0 ? 'drei ü' : `word ${index % 7}`,
    ...(index < 250 ? {} : { seldom: index }),
  },
  segments: { shop: `s${index % 3}` },
  protected: { region: 'north' },
});

interface Read {
  readonly same: boolean;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

describe('the archive of closed days', () => {
  it('is read by pandas and by pyarrow with its names, values and days, and without protected attributes', async ({
    skip,
  }) => {
    if (!tool.found) return skipped(skip, tool.why);
    const { folder, remove } = scratch();
    const store = await TelemetryStore.open({ folder, limits: LIMITS, models: [MODEL] });
    const { ingest } = createIngest({ store, limits: LIMITS });
    const numbers = Array.from({ length: ROWS }, (_, index) => index);
    await ingest(jsonRequest(numbers.map(sentOf)));
    await store.moveDays(NOW + 4 * DAY_MS);
    await store.close();
    const options = { maxBuffer: 64_000_000 } as const;
    const { stdout } = await promisify(execFile)(tool.path, [CLIENT, join(folder, 'archive')], options);
    remove();
    const { same, rows } = JSON.parse(stdout) as Read;
    expect([same, rows.length]).toEqual([true, ROWS]);
    for (const [index, row] of rows.entries()) {
      const { id, time, value, score, durationMs, features, segments } = sentOf(index);
      expect(row).toMatchObject({
        tenant: 'acme',
        model: NAME,
        day: new Date(time).toISOString().slice(0, 10),
        prediction_id: id,
        event_ns: `${time}000000`,
        model_version: 'v1',
        dataset: 'production',
        duration_ms: durationMs,
        prediction: value,
        score,
        Amount: features.Amount,
        word: features.word,
        seldom: features.seldom ?? null,
        shop: segments.shop,
      });
      expect(row).not.toHaveProperty('region');
    }
  });
});

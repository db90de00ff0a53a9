import { defaultModel } from '../../server/config.ts';
import { createIngest } from '../../server/ingest/ingest.ts';
import { TelemetryStore } from '../../server/store/duckdb/store.ts';
import { scratchFolder } from '../kit/appliance.ts';
import { LIMITS } from '../kit/limits.ts';
import { median, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { sfc32 } from './random.ts';

const KEY = { tenant: 'bench', model: 'bench' };
const HOUR_MS = 3_600_000;
const DAYS = 30;
const END_MS = Date.UTC(2026, 5, 10);
const START_MS = END_MS - DAYS * 24 * HOUR_MS;
const FEATURES = 10;
const ROUNDS = 15;

/** What a window of thirty days costs to read, over hours of few rows and over hours of ten times as many. */
export async function windows({
  quick,
  seed,
  print,
}: Pick<BenchOptions, 'quick' | 'seed' | 'print'>): Promise<Readonly<Record<string, unknown>>> {
  const few = quick ? 50 : 200;
  const small = await readTime(few, sfc32(seed));
  const large = await readTime(few * 10, sfc32(seed));
  const lines = [
    [few * 24 * DAYS, small],
    [few * 240 * DAYS, large],
  ];
  for (const line of table(['rows in thirty days', 'ms a window'], lines)) print(line);
  return { windowMs: rounded(small), windowCostRatio: rounded(large / small) };
}

async function readTime(rowsAnHour: number, random: () => number): Promise<number> {
  const { folder, remove } = scratchFolder();
  const store = await TelemetryStore.open({ folder, limits: LIMITS, models: [defaultModel(KEY)] });
  const { ingest } = createIngest({ store, limits: LIMITS });
  for (let day = 0; day < DAYS; day += 1) {
    for (let hour = 0; hour < 24; hour += 1) {
      const fromMs = START_MS + (day * 24 + hour) * HOUR_MS;
      await ingest({
        tenant: KEY.tenant,
        route: 'predictions',
        protocol: 'json',
        encoding: 'identity',
        receivedAtMs: fromMs + HOUR_MS,
        body: new Uint8Array(Buffer.from(JSON.stringify(hourOf(fromMs, rowsAnHour, random)))),
      });
    }
    if (day === 0) await store.freezeBaseline(KEY, { kind: 'first', rows: rowsAnHour * 12 }, END_MS);
  }
  await store.compact(END_MS + 3 * 24 * HOUR_MS);
  const query = { key: KEY, fromMs: START_MS, toMs: END_MS, windowMs: null, dataset: 'production' } as const;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const beganMs = performance.now();
    await store.countWindows(query);
    times.push(performance.now() - beganMs);
  }
  await store.close();
  remove();
  return median(times);
}

function hourOf(fromMs: number, rows: number, random: () => number): readonly object[] {
  return Array.from({ length: rows }, (_, row) => ({
    model: KEY.model,
    id: `${fromMs}-${row}`,
    value: row % 2,
    time: fromMs + Math.floor((row * HOUR_MS) / rows),
    features: Object.fromEntries(
      Array.from({ length: FEATURES }, (_feature, at) => [`f${at}`, Math.round(random() * 1e4) / 10]),
    ),
  }));
}

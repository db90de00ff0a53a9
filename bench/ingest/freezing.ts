import { setTimeout as sleep } from 'node:timers/promises';
import { createIngest } from '../../server/ingest/ingest.ts';
import type { IngestRequest } from '../../server/model.ts';
import { TelemetryStore } from '../../server/store/duckdb/store.ts';
import { scratchFolder } from '../kit/appliance.ts';
import { LIMITS } from '../kit/limits.ts';
import { median, randomFrom, rounded } from '../kit/statistics.ts';
import type { BenchOptions } from '../kit/types.ts';

const KEY = { tenant: 'bench', model: 'bench' };
const NOW = Date.UTC(2026, 5, 10);
const DAY_MS = 86_400_000;
const FEATURES = 20;
const REQUEST_ROWS = 10_000;
const EVERY_MS = 20;

/**
 * How long a small request waits at the worst while a baseline is frozen and every stored row is counted into its cells,
 * and how long the longest read of counts does; beside that, the same requests with nothing else to do.
 */
export async function freezing({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const rows = quick ? 100_000 : 1_000_000;
  const { folder, remove } = scratchFolder();
  const store = await TelemetryStore.open({ folder, limits: LIMITS, models: [] });
  const { ingest } = createIngest({ store, limits: LIMITS });
  const random = randomFrom(seed);
  for (let first = 0; first < rows; first += REQUEST_ROWS)
    await ingest(requestOf(REQUEST_ROWS, random, first));
  const send = () => timed(() => ingest(requestOf(1, random, rows)));
  const read = () => timed(() => store.counts({ ...KEY, fromMs: NOW - DAY_MS, toMs: NOW }));
  const idle = await during(sleep(2000), { send, read });
  const frozen = timed(() => store.freezeBaseline(KEY, { kind: 'first', rows: rows / 2 }, NOW));
  const busy = await during(frozen, { send, read });
  const seconds = (await frozen) / 1000;
  const differences = (await store.recount(KEY)).length;
  await store.close();
  remove();
  if (differences > 0) throw new Error(`${differences} counts differ from what is stored.`);
  print(
    `${rows.toLocaleString('en-US')} rows of ${FEATURES} features counted in ${rounded(seconds)} s; meanwhile a request waits ${Math.round(median(busy.sent))} ms (alone ${Math.round(median(idle.sent))}) and ${most(busy.sent)} ms at the worst (${most(idle.sent)}), a read of counts ${most(busy.read)} ms (${most(idle.read)})`,
  );
  return {
    freezeSeconds: rounded(seconds),
    freezeHoldMs: most(busy.sent),
    freezeHoldIdleMs: most(idle.sent),
    freezeReadHoldMs: most(busy.read),
  };
}

type Timed = () => Promise<number>;

/** Sends and reads, one after the other, until a task is done, and tells how long each took. */
async function during(
  task: Promise<unknown>,
  { send, read }: { readonly send: Timed; readonly read: Timed },
): Promise<{ readonly sent: readonly number[]; readonly read: readonly number[] }> {
  const open = { isDone: false };
  const ended = task.finally(() => (open.isDone = true));
  const again = async (once: Timed) => {
    const took: number[] = [];
    while (!open.isDone) {
      took.push(await once());
      await sleep(EVERY_MS);
    }
    return took;
  };
  const [sent, reads] = await Promise.all([again(send), again(read), ended]);
  return { sent, read: reads };
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}

function requestOf(rows: number, random: () => number, first: number): IngestRequest {
  const sent = Array.from({ length: rows }, (_, at) => ({
    model: KEY.model,
    version: 'v1',
    value: random() < 0.2 ? 1 : 0,
    time: NOW - Math.floor(random() * 3 * DAY_MS),
    features: Object.fromEntries(
      Array.from({ length: FEATURES }, (_, feature) => [`number_${feature}`, random() * 1000 + first + at]),
    ),
  }));
  return {
    tenant: KEY.tenant,
    route: 'predictions',
    protocol: 'json',
    encoding: 'identity',
    receivedAtMs: NOW,
    body: new Uint8Array(Buffer.from(JSON.stringify(sent))),
  };
}

function most(values: readonly number[]): number {
  return Math.round(Math.max(...values));
}

import { createIngest } from '../../../../server/ingest/ingest.ts';
import type { IngestRequest } from '../../../../server/model.ts';
import type { TelemetryOptions } from '../../../../server/ports.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';

/** A process that takes rows, moves their days, joins parts, erases and freezes baselines without end, and prints what was acknowledged. */

const DAY_MS = 86_400_000;
const options = JSON.parse(process.argv[2] ?? '{}') as TelemetryOptions & {
  readonly life: number;
  readonly nowMs: number;
};
const { tenant, model } = options.models[0] ?? { tenant: '', model: '' };
const key = { tenant, model };
const store = await TelemetryStore.open(options);
const { ingest } = createIngest({ store, limits: options.limits });
process.stdout.write('open\n');

async function send(part: number): Promise<void> {
  const rows = Array.from({ length: 100 }, (_, index) => ({
    model,
    id: `${options.life}.${part}.${index}`,
    time: options.nowMs - (index % 3) * DAY_MS,
    version: `v${index % 2}`,
    value: index % 7,
    features: { n: index, c: 'abc'[index % 3], [`part${part % 4}`]: index },
    protected: { region: ['north', 'south'][index % 2] },
  }));
  const request: IngestRequest = {
    tenant,
    route: 'predictions',
    protocol: 'json',
    encoding: 'identity',
    body: new Uint8Array(Buffer.from(JSON.stringify(rows))),
    receivedAtMs: options.nowMs,
  };
  const reply = await ingest(request);
  if (reply.status !== 'ok') throw new Error(JSON.stringify(reply));
  process.stdout.write(`stored ${options.life}.${part}\n`);
}

async function sendOn(): Promise<never> {
  for (let part = 0; ; part += 1) await send(part);
}

async function keepHouse(): Promise<never> {
  for (let round = 0; ; round += 1) {
    await store.moveDays(options.nowMs + 10 * DAY_MS);
    const id = `${options.life}.${round}.1`;
    process.stdout.write(`erasing ${id}\n`);
    const { predictions } = await store.erase(key, [id]);
    process.stdout.write(`erased ${id} ${predictions}\n`);
    const source = { kind: 'first', rows: 150 + (round % 3) * 50 } as const;
    process.stdout.write(`freezing ${source.rows}\n`);
    const baseline = await store.replaceBaseline(key, source, options.nowMs);
    if (baseline !== null) process.stdout.write(`frozen ${baseline.id}\n`);
  }
}

await Promise.all([sendOn(), keepHouse()]);

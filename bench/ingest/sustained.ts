import { scratchFolder } from '../kit/appliance.ts';
import { quantile, rounded } from '../kit/statistics.ts';
import type { BenchOptions } from '../kit/types.ts';
import { allStored, freezeAll, withAppliance } from './end-to-end.ts';
import { loadOf, RECORDS } from './formats.ts';

const WARM_UP = 150;

/** Long enough for several checkpoints: what is left of the speed when they are counted in. */
export async function sustained({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const requests = quick ? 2200 : 8000;
  const { folder, remove } = scratchFolder();
  const found = await withAppliance({ folder, objectives: true }, async (appliance, sender) => {
    const load = loadOf('protobuf', appliance.up, { requests, firstRequest: WARM_UP, seed });
    if (load === null) throw new Error('The appliance has no address for OTLP.');
    allStored(await sender.send({ ...load, requests: WARM_UP, firstRequest: 0 }));
    await freezeAll(appliance, { models: 1, rows: WARM_UP * RECORDS });
    return { ...allStored(await sender.send(load)), rss: (await appliance.usage()).rss };
  });
  remove();
  const speed = Math.round((requests * RECORDS) / found.seconds);
  const p99 = rounded(quantile(found.latenciesMs, 0.99));
  print(
    `${speed.toLocaleString('en-US')} rows/s over ${(requests * RECORDS).toLocaleString('en-US')} rows, checkpoints counted in; ack p99 ${p99} ms`,
  );
  return {
    sustainedRowsPerSecond: speed,
    sustainedAckP99Ms: p99,
    sustainedRssMib: Math.round(found.rss / 2 ** 20),
  };
}

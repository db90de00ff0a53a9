import { scratchFolder } from '../kit/appliance.ts';
import { quantile, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { allStored, freezeAll, withAppliance } from './end-to-end.ts';
import { loadOf, RECORDS } from './formats.ts';

const LOADS = [5000, 20_000, 50_000] as const;
const WARM_UP = 150;

/**
 * How long a request waits for its acknowledgement at a given load: requests are sent by the clock, whether or not
 * earlier ones were answered, and their time counts from when they were due.
 */
export async function ack({ quick, seed, print }: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const seconds = quick ? 6 : 30;
  const { folder, remove } = scratchFolder();
  const found = await withAppliance({ folder, objectives: true }, async (appliance, sender) => {
    const load = (asked: Omit<Parameters<typeof loadOf>[2], 'seed'>) => {
      const made = loadOf('protobuf', appliance.up, { ...asked, seed });
      if (made === null) throw new Error('The appliance has no address for OTLP.');
      return made;
    };
    allStored(await sender.send(load({ requests: WARM_UP, firstRequest: 0 })));
    await freezeAll(appliance, { models: 1, rows: WARM_UP * RECORDS });
    const rows = [];
    let firstRequest = WARM_UP;
    for (const rate of LOADS) {
      const perSecond = rate / RECORDS;
      const requests = Math.round(perSecond * seconds);
      const { latenciesMs } = allStored(
        await sender.send(load({ requests, firstRequest, perSecond, connections: 100 })),
      );
      firstRequest += requests;
      rows.push({ rate, requests, p50: quantile(latenciesMs, 0.5), p99: quantile(latenciesMs, 0.99) });
    }
    return rows;
  });
  remove();
  const lines = found.map(({ rate, requests, p50, p99 }) => [rate, requests, p50, p99]);
  for (const line of table(['records/s', 'requests', 'ack p50 ms', 'p99 ms'], lines)) print(line);
  const by = (name: 'p50' | 'p99') =>
    Object.fromEntries(found.map((one) => [String(one.rate), rounded(one[name])]));
  return { ackP50Ms: by('p50'), ackP99Ms: by('p99') };
}

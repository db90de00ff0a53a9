import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../server/store/duckdb/database.ts';
import { scratchFolder } from '../kit/appliance.ts';
import type { Appliance } from '../kit/appliance.ts';
import type { LoadResult } from '../kit/load.ts';
import { idSql } from '../kit/id-sql.ts';
import { quantile, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { allStored, freezeAll, withAppliance } from './end-to-end.ts';
import { loadOf, RECORDS } from './formats.ts';

const WARM_UP = 150;
const MEBIBYTE = 2 ** 20;
const SAMPLE_MS = 200;
/** More requests at a time than a tenant may have in flight, by their bytes. */
const CONNECTIONS = 700;

/**
 * Twice as much as the appliance can take: what it refuses is said, its memory stays flat, and every acknowledged row
 * is stored once.
 */
export async function overload({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const { folder, remove } = scratchFolder();
  const seconds = quick ? 6 : 20;
  const found = await withAppliance({ folder, objectives: true }, async (appliance, sender) => {
    const load = (asked: Omit<Parameters<typeof loadOf>[2], 'seed'>) => {
      const made = loadOf('protobuf', appliance.up, { ...asked, seed });
      if (made === null) throw new Error('The appliance has no address for OTLP.');
      return made;
    };
    allStored(await sender.send(load({ requests: WARM_UP, firstRequest: 0 })));
    await freezeAll(appliance, { models: 1, rows: WARM_UP * RECORDS });
    const full = allStored(await sender.send(load({ requests: 300, firstRequest: WARM_UP })));
    const perSecond = (2 * 300) / full.seconds;
    const requests = Math.round(perSecond * seconds);
    const memory = watchMemory(appliance);
    const result = await sender.send(
      load({ requests, firstRequest: WARM_UP + 300, perSecond, connections: CONNECTIONS }),
    );
    const rss = await memory.end();
    await appliance.close();
    return { capacity: (300 * RECORDS) / full.seconds, requests, result, rss };
  });
  const stored = await storedRows(folder);
  remove();
  return report(found, stored, print);
}

/** Samples the memory of the appliance until it is ended. */
function watchMemory(appliance: Appliance): { readonly end: () => Promise<readonly number[]> } {
  const samples: number[] = [];
  const stop = new AbortController();
  const watch = async () => {
    while (!stop.signal.aborted) {
      samples.push((await appliance.usage()).rss);
      await sleep(SAMPLE_MS);
    }
    return samples;
  };
  const watching = watch();
  return {
    end: () => {
      stop.abort();
      return watching;
    },
  };
}

function peakMib(samples: readonly number[]): number {
  return Math.max(...samples) / MEBIBYTE;
}

async function storedRows(folder: string): Promise<{ readonly rows: number; readonly batchesTwice: number }> {
  const database = await openDatabase(folder);
  const [rows] = await database.writer.rows('SELECT count(*)::INTEGER FROM predictions');
  // Ids differ in every row of every request: a repeated one is a row stored twice.
  const [twice] = await database.writer.rows(
    `SELECT count(*)::INTEGER - count(DISTINCT ${idSql('p')})::INTEGER FROM predictions p`,
  );
  database.close();
  return { rows: Number(rows?.[0]), batchesTwice: Number(twice?.[0]) };
}

function report(
  found: {
    readonly capacity: number;
    readonly requests: number;
    readonly result: LoadResult;
    readonly rss: readonly number[];
  },
  stored: { readonly rows: number; readonly batchesTwice: number },
  print: (line: string) => void,
): Readonly<Record<string, unknown>> {
  const { statuses, seconds, latenciesMs } = found.result;
  const count = (status: number) => statuses[String(status)] ?? 0;
  const acknowledged = (WARM_UP + 300 + count(200)) * RECORDS;
  const half = Math.floor(found.rss.length / 2);
  const overload = {
    capacityRowsPerSecond: Math.round(found.capacity),
    offeredRowsPerSecond: Math.round((found.requests * RECORDS) / seconds),
    storedRowsPerSecond: Math.round((count(200) * RECORDS) / seconds),
    statuses,
    ackP99Ms: rounded(quantile(latenciesMs, 0.99)),
    rssPeakMib: Math.round(peakMib(found.rss)),
    rssGrowth: rounded(peakMib(found.rss.slice(half)) / peakMib(found.rss.slice(0, half))),
    acknowledgedRows: acknowledged,
    storedRows: stored.rows,
    // What was sent over a connection that broke may be stored or not: nobody was told.
    lost: Math.max(0, acknowledged - stored.rows),
    twice: stored.batchesTwice + Math.max(0, stored.rows - acknowledged - count(0) * RECORDS),
  };
  const rows = Object.entries(overload).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : JSON.stringify(value),
  ]);
  for (const line of table(['twice the capacity', ''], rows)) print(line);
  return { overload };
}

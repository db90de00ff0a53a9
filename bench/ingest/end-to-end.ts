import { scratchFolder, startAppliance, KEY } from '../kit/appliance.ts';
import type { Appliance } from '../kit/appliance.ts';
import { startSender } from '../kit/load.ts';
import type { LoadResult, Sender } from '../kit/load.ts';
import { quantile } from '../kit/statistics.ts';
import { loadOf, RECORDS } from './formats.ts';
import type { FormatName } from './formats.ts';

export interface Round {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Of the appliance's process alone. */
  readonly cpuUsPerRow: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly rss: number;
}

export interface RoundOptions {
  readonly format: FormatName;
  readonly requests: number;
  readonly warmUp: number;
  readonly seed: number;
  /** With a frozen baseline and objectives, so that every row is counted feature by feature. */
  readonly counting: boolean;
}

/** Rows that a model has before its baseline is frozen, within the warm-up. */
const BASELINE_ROWS = 5000;

export interface Measured {
  readonly round: Round;
  /** Rows that were stored before the measured ones. */
  readonly rowsBefore: number;
  readonly folder: string;
  readonly remove: () => void;
}

/**
 * A fresh appliance takes a warm-up, freezes its baseline, then takes the measured requests over 64 connections. The
 * folder is left with its files for whoever compares. null where the format has no listener.
 */
export async function measureRound(options: RoundOptions): Promise<Measured | null> {
  const { folder, remove } = scratchFolder();
  const appliance = await startAppliance({ folder, objectives: options.counting });
  const sender = startSender();
  try {
    const round = await takeRound(appliance, sender, options);
    await appliance.close();
    if (round !== null) return { round, rowsBefore: options.warmUp * RECORDS, folder, remove };
    remove();
    return null;
  } finally {
    await sender.end();
    await appliance.kill();
  }
}

async function takeRound(appliance: Appliance, sender: Sender, options: RoundOptions): Promise<Round | null> {
  const { format, requests, warmUp, seed, counting } = options;
  const warm = loadOf(format, appliance.up, { requests: warmUp, firstRequest: 0, seed });
  const load = loadOf(format, appliance.up, { requests, firstRequest: warmUp, seed });
  if (warm === null || load === null) return null;
  allStored(await sender.send(warm));
  if (counting && !(await appliance.freeze(KEY, BASELINE_ROWS)))
    throw new Error('The baseline was not frozen.');
  const before = await appliance.usage();
  const result = allStored(await sender.send(load));
  const after = await appliance.usage();
  const rows = requests * RECORDS;
  const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return {
    rows,
    rowsPerSecond: rows / result.seconds,
    cpuUsPerRow: cpuUs / rows,
    ackP50Ms: quantile(result.latenciesMs, 0.5),
    ackP99Ms: quantile(result.latenciesMs, 0.99),
    rss: after.rss,
  };
}

/** A measurement of refusals would be none. */
function allStored(result: LoadResult): LoadResult {
  if (result.firstRefusal === null) return result;
  throw new Error(`Requests were refused: ${JSON.stringify(result.statuses)}, first ${result.firstRefusal}`);
}

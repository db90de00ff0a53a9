import { KEY, scratchFolder, startAppliance, TENANT } from '../kit/appliance.ts';
import type { Appliance } from '../kit/appliance.ts';
import { startSender } from '../kit/load.ts';
import type { Load, LoadResult, Sender } from '../kit/load.ts';
import { MODEL } from '../kit/payload.ts';
import { quantile } from '../kit/statistics.ts';
import { loadOf, RECORDS } from './formats.ts';
import type { FormatName } from './formats.ts';

export interface RoundOptions {
  readonly format: FormatName;
  readonly requests: number;
  readonly warmUp: number;
  readonly seed: number;
  /** With frozen baselines and objectives, so that every row is counted feature by feature. */
  readonly counting: boolean;
  /** Records take turns between so many; 1 where not told. */
  readonly models?: number;
}

export interface Round {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Of the appliance's process alone. */
  readonly cpuUsPerRow: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly rss: number;
}

export interface Measured {
  readonly round: Round;
  /** Rows that were stored before the measured ones. */
  readonly rowsBefore: number;
  readonly folder: string;
  readonly remove: () => void;
}

/** The format is not taken, or not yet: told, and left out. */
export class Skipped extends Error {}

/** Rows that each model has before its baseline is frozen, within the warm-up. */
const BASELINE_ROWS = 5000;

/** An appliance and a sender of their own, ended whatever happens. */
export async function withAppliance<T>(
  options: { readonly folder: string; readonly objectives: boolean },
  task: (appliance: Appliance, sender: Sender) => Promise<T>,
): Promise<T> {
  const appliance = await startAppliance(options);
  const sender = startSender();
  try {
    return await task(appliance, sender);
  } finally {
    await sender.end();
    await appliance.kill();
  }
}

/**
 * A fresh appliance takes a warm-up, freezes its baselines, then takes the measured requests over 64 connections. The
 * folder is left with its files for whoever compares. Throws Skipped where the format is not taken.
 */
export async function measureRound(options: RoundOptions): Promise<Measured> {
  const { folder, remove } = scratchFolder();
  try {
    const round = await withAppliance({ folder, objectives: options.counting }, async (appliance, sender) => {
      const taken = await takeRound(appliance, sender, options);
      await appliance.close();
      return taken;
    });
    return { round, rowsBefore: options.warmUp * RECORDS, folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function takeRound(appliance: Appliance, sender: Sender, options: RoundOptions): Promise<Round> {
  const { format, requests, warmUp, seed, models = 1 } = options;
  const load = loadOf(format, appliance.up, { requests, firstRequest: warmUp, seed, models });
  if (load === null) throw new Skipped(`the appliance has no address for ${format}`);
  await warm(sender, { ...load, requests: warmUp, firstRequest: 0 });
  if (options.counting) await freezeAll(appliance, { models, rows: warmUp * RECORDS });
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

/** A single request tells first whether the format is taken at all. */
async function warm(sender: Sender, load: Load): Promise<void> {
  const first = await sender.send({ ...load, requests: 1, connections: 1 });
  if (first.firstRefusal !== null) throw new Skipped(`not taken: ${first.firstRefusal.slice(0, 160)}`);
  allStored(await sender.send({ ...load, requests: load.requests - 1, firstRequest: 1 }));
}

export async function freezeAll(
  appliance: Appliance,
  { models, rows }: { readonly models: number; readonly rows: number },
): Promise<void> {
  const keys =
    models === 1
      ? [KEY]
      : Array.from({ length: models }, (_, at) => ({ tenant: TENANT, model: `${MODEL}-${at}` }));
  const each = Math.min(BASELINE_ROWS, Math.floor((rows / models) * 0.8));
  for (const key of keys)
    if (!(await appliance.freeze(key, each))) throw new Error(`The baseline of ${key.model} was not frozen.`);
}

/** A measurement of refusals would be none. */
export function allStored(result: LoadResult): LoadResult {
  if (result.firstRefusal === null) return result;
  throw new Error(`Requests were refused: ${JSON.stringify(result.statuses)}, first ${result.firstRefusal}`);
}

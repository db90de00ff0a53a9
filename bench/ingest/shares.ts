import { median, rounded, spread } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { measureRound } from './end-to-end.ts';
import type { Round, RoundOptions } from './end-to-end.ts';

type Variants = Readonly<Record<string, Pick<RoundOptions, 'counting' | 'models'>>>;

interface Size {
  readonly rounds: number;
  readonly requests: number;
  readonly warmUp: number;
}

/** Every variant once in every round, each in an appliance of its own. */
async function interleaved(
  variants: Variants,
  { rounds, requests, warmUp, seed }: Size & Pick<BenchOptions, 'seed'>,
): Promise<Readonly<Record<string, readonly Round[]>>> {
  const found = Object.fromEntries(Object.keys(variants).map((name): [string, Round[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, variant] of Object.entries(variants)) {
      const options = { format: 'protobuf', requests, warmUp, seed, ...variant } as const;
      const measured = await measureRound(options);
      measured.remove();
      found[name]?.push(measured.round);
    }
  return found;
}

function tell(found: Readonly<Record<string, readonly Round[]>>, print: (line: string) => void): void {
  const rows = Object.entries(found).map(([name, rounds]) => {
    const cpu = rounds.map(({ cpuUsPerRow }) => cpuUsPerRow);
    return [name, median(rounds.map(({ rowsPerSecond }) => rowsPerSecond)), median(cpu), spread(cpu)];
  });
  for (const line of table(['', 'rows/s', 'CPU us/row', 'spread'], rows)) print(line);
}

function cpuRatio(of: readonly Round[] | undefined, to: readonly Round[] | undefined): number {
  const ratios = (of ?? []).map((round, at) => round.cpuUsPerRow / (to?.[at]?.cpuUsPerRow ?? NaN));
  return median(ratios);
}

/** What counting costs: the same rows with a frozen baseline and two objectives, and with none. */
export async function counting(options: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const size = options.quick
    ? { rounds: 3, requests: 200, warmUp: 150 }
    : { rounds: 7, requests: 500, warmUp: 200 };
  const found = await interleaved(
    { counted: { counting: true }, uncounted: { counting: false } },
    { ...size, seed: options.seed },
  );
  tell(found, options.print);
  const share = 1 - cpuRatio(found['uncounted'], found['counted']);
  options.print(`counting is ${rounded(share * 100)} % of the appliance's CPU`);
  return { countingShare: rounded(share) };
}

/**
 * Whether a row costs more when the rows of a request are of many models. Without baselines: freezing a thousand takes
 * longer than the measurement.
 */
export async function models(options: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const variants = Object.fromEntries(
    [1, 50, 1000].map((count) => [`${count} models`, { counting: false, models: count }]),
  );
  const size = options.quick
    ? { rounds: 2, requests: 20, warmUp: 20 }
    : { rounds: 5, requests: 300, warmUp: 100 };
  const found = await interleaved(variants, { ...size, seed: options.seed });
  tell(found, options.print);
  const to = (name: string) => rounded(cpuRatio(found[name], found['1 models']));
  const ratios = { '50': to('50 models'), '1000': to('1000 models') };
  options.print(
    `a row of 50 models costs ${ratios['50']} of one of a single model, of 1,000 ${ratios['1000']}`,
  );
  return { modelsCostRatio: ratios['1000'], modelsCostRatios: ratios };
}

import { killAgainAndAgain } from './crash/kills.ts';
import type { Phase } from './crash/life.ts';
import type { Bench } from './kit/types.ts';

const PHASES: readonly Phase[] = ['append', 'flush', 'checkpoint', 'count persist', 'day move', 'start-up'];

/** Kills with signal 9 at random moments of every phase, some with a damaged log: what was acknowledged is there once. */
export const crash: Bench = async ({ quick, seed, only, print }) => {
  const { kills, lost, twice, countsDiffer, untold, ...rest } = await killAgainAndAgain({
    kills: quick ? 30 : 240,
    seed,
    phases: PHASES.filter((phase) => only?.includes(phase) ?? true),
    damageEvery: 4,
    print,
  });
  print(
    `lost ${lost}, twice ${twice}, counts that differ ${countsDiffer}, cut and not told ${untold}, after ${kills} kills`,
  );
  return { kills, lost, twice, countsDiffer, untold, ...rest };
};

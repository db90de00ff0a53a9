import fc from 'fast-check';
import {
  commands,
  fewCommands,
  stormyCommands,
  type Command,
} from '../../test/server/route/contract/commands.ts';
import { DiskAppliance } from '../../test/server/route/contract/disk.ts';
import { MemoryAppliance } from '../../test/server/route/contract/memory.ts';
import { TREES } from '../../test/server/route/contract/trees.ts';
import { World } from '../../test/server/route/contract/world.ts';
import { table } from '../kit/table.ts';
import type { Bench } from '../kit/types.ts';

type Play = (story: readonly Command[]) => Promise<void>;

/** Random stories of alerts, silences, calendars, reloads, crashes and failing receivers, each to its end: does the contract hold? */
export const interleavings: Bench = async ({ quick, seed, print }) => {
  const share = quick ? 0.02 : 1;
  const found = [
    await counted('in memory', commands, { runs: 20_000 * share, seed, play: inMemory }),
    await counted('in memory, storms', stormyCommands, { runs: 500 * share, seed, play: inMemory }),
    await counted('on disk', fewCommands, { runs: 300 * share, seed, play: onDisk }),
  ];
  for (const line of table(
    ['stories', 'played', 'breaches', 'seconds'],
    found.map(({ name, runs, breaches, seconds }) => [name, runs, breaches.length, seconds]),
  ))
    print(line);
  for (const breach of found.flatMap(({ breaches }) => breaches)) print(breach);
  return {
    interleavings: found.reduce((sum, { runs }) => sum + runs, 0),
    contractBreaches: found.reduce((sum, { breaches }) => sum + breaches.length, 0),
  };
};

const [FIRST] = TREES;

async function inMemory(story: readonly Command[]): Promise<void> {
  if (FIRST !== undefined) await new World(new MemoryAppliance(FIRST)).play(story);
}

async function onDisk(story: readonly Command[]): Promise<void> {
  if (FIRST === undefined) return;
  const appliance = await DiskAppliance.open(FIRST);
  try {
    await new World(appliance).play(story);
  } finally {
    await appliance.end();
  }
}

async function counted(
  name: string,
  stories: fc.Arbitrary<Command[]>,
  { runs, seed, play }: { readonly runs: number; readonly seed: number; readonly play: Play },
) {
  const startMs = performance.now();
  const breaches: string[] = [];
  const count = Math.max(1, Math.round(runs));
  for (const story of fc.sample(stories, { numRuns: count, seed })) {
    try {
      await play(story);
    } catch (error) {
      breaches.push(
        `${name}: ${error instanceof Error ? error.message : String(error)}: ${JSON.stringify(story)}`,
      );
    }
  }
  return { name, runs: count, breaches, seconds: (performance.now() - startMs) / 1000 };
}

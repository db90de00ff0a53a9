import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewCommands, type Command } from './commands.ts';
import { DiskAppliance } from './disk.ts';
import { TREES } from './trees.ts';
import { World } from './world.ts';

const RUNS = Number(process.env['DISK_RUNS'] ?? 15);

async function play(story: readonly Command[]): Promise<void> {
  const [tree] = TREES;
  if (tree === undefined) throw new Error('no configuration');
  const appliance = await DiskAppliance.open(tree);
  try {
    await new World(appliance).play(story);
  } finally {
    await appliance.end();
  }
}

describe('with the control store on disk, what was announced firing is announced resolved', () => {
  it('through any interleaving, restarts with other configurations among them', async () => {
    await fc.assert(fc.asyncProperty(fewCommands, play), { numRuns: RUNS });
  }, 600_000);

  it('and a page that waited at a restart is told by the route that the new configuration has for it', async () => {
    await expect(
      play([
        { do: 'fire', slot: 0, severity: 'page' },
        { do: 'reload', tree: 1 },
        { do: 'wait', minutes: 7 },
      ]),
    ).resolves.toBeUndefined();
  }, 60_000);
});

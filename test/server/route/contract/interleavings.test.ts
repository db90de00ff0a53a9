import fc from 'fast-check';
import { describe, it } from 'vitest';
import { commands, stormyCommands } from './commands.ts';
import { MemoryAppliance } from './memory.ts';
import { TREES } from './trees.ts';
import { World } from './world.ts';

const RUNS = Number(process.env['RUNS'] ?? 300);

const start = () => {
  const [tree] = TREES;
  if (tree === undefined) throw new Error('no configuration');
  return new World(new MemoryAppliance(tree));
};

describe('what was announced firing is announced resolved, and a page that is due is delivered or visibly failing', () => {
  it('through any interleaving of alerts, silences, calendars, reloads, crashes and receivers that fail', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (story) => {
        await start().play(story);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('through storms', async () => {
    await fc.assert(
      fc.asyncProperty(stormyCommands, async (story) => {
        await start().play(story);
      }),
      { numRuns: RUNS / 10 },
    );
  }, 600_000);
});

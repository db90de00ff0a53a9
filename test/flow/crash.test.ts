import { expect, it } from 'vitest';
import { killAgainAndAgain } from '../../bench/crash/kills.ts';

/** The short form of `npm run bench crash`, which kills hundreds of times. */
it('an appliance killed twelve times in the midst of everything it does loses nothing it acknowledged, stores nothing twice, and counts right', async () => {
  const found = await killAgainAndAgain({
    kills: 12,
    seed: 3,
    phases: ['append', 'flush', 'checkpoint', 'count persist', 'day move', 'start-up'],
    damageEvery: 5,
    print: () => {},
  });
  expect(found).toMatchObject({ kills: 12, lost: 0, twice: 0, halves: 0, countsDiffer: 0 });
  expect(found.acknowledged).toBeGreaterThan(12);
}, 300_000);

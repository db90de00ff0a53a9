import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Rule } from '../../../server/model.ts';
import { judgeNext, NEW_TRACK } from '../../../server/route/track.ts';
import { bench, DAY, RULES, score, settings, T0 } from './fixture.ts';

const value = fc.oneof(fc.constant(null), fc.constantFrom(0, 0.05, 0.1, 0.15, 0.25, 0.4));
const window = fc.record({ value, isSignificant: fc.boolean() });
const persistence = fc
  .record({
    open: fc.integer({ min: 1, max: 4 }),
    of: fc.integer({ min: 1, max: 4 }),
    pageOpen: fc.integer({ min: 1, max: 3 }),
    close: fc.integer({ min: 1, max: 4 }),
  })
  .map((one) => ({ ...one, open: Math.min(one.open, one.of) }));

it('a track says of every window what the control store says of it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(window, { minLength: 1, maxLength: 25 }),
      persistence,
      async (windows, counts) => {
        const rule = { ...RULES.find(({ id }) => id === 'feature-drift'), persistence: counts } as Rule;
        const own = await bench();
        try {
          await own.restart(settings(), [rule]);
          let track = NEW_TRACK;
          for (const [index, each] of windows.entries()) {
            const day = index + 1;
            await own.control.judge([score(day, each.value, each)], T0 + day * DAY);
            const step = judgeNext(rule, track, { ...each, lower: null });
            track = step.track;
            const [stored] = await own.control.latestScores({ tenant: 'acme', model: 'delay' });
            const { reason, severity } = step.verdict;
            expect(stored?.verdicts).toEqual([{ rule: 'feature-drift', reason, severity }]);
          }
        } finally {
          await own.end();
        }
      },
    ),
    { numRuns: 20 },
  );
});

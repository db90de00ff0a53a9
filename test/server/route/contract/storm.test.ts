import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../server/model.ts';
import { SLOTS, type Appliance } from './appliance.ts';
import { MemoryAppliance } from './memory.ts';
import { TREES } from './trees.ts';
import { World } from './world.ts';

const storm = fc.record({
  /** How many models page in each minute. */
  minutes: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
  crashes: fc.boolean(),
  endsTogether: fc.boolean(),
});

const MORE_THAN_A_NOTICE_LISTS = { minutes: [16, 13, 29, 13], crashes: false, endsTogether: false };

describe('a storm', () => {
  it('drops nothing: whoever is told by digest believes each of its alerts, and the end of each', async () => {
    await fc.assert(
      fc.asyncProperty(storm, async ({ minutes, crashes, endsTogether }) => {
        const [tree] = TREES;
        if (tree === undefined) throw new Error('no configuration');
        const world = new World(new MemoryAppliance(tree));
        const { appliance } = world;
        const slots: number[] = [];
        for (const count of minutes) {
          const more = Array.from({ length: count }, (_, index) => SLOTS + slots.length + index);
          slots.push(...more);
          await appliance.fire(more, 'page', world.nowMs);
          await world.run({ do: 'wait', minutes: 1 });
          if (crashes) await world.run({ do: 'crash', when: 'after sending' });
        }
        await world.run({ do: 'wait', minutes: 10 });
        const firing = (await appliance.firing()).map(({ id }) => id);
        expect(firing).toHaveLength(slots.length);
        const oncall = world.people.get('oncall');
        expect([...(oncall?.believed ?? [])].toSorted()).toEqual(firing.toSorted());
        await expectFewMessages(appliance, slots.length);
        const waves = endsTogether ? [slots] : [slots.slice(0, 7), slots.slice(7)];
        for (const wave of waves) {
          await appliance.resolve(wave, world.nowMs);
          await world.run({ do: 'wait', minutes: 8 });
        }
        expect([...(oncall?.believed ?? [])]).toEqual([]);
      }),
      { numRuns: 25, examples: [[MORE_THAN_A_NOTICE_LISTS]] },
    );
  }, 60_000);
});

/** Twenty groups tell for themselves, and the rest is one message that is rewritten. */
async function expectFewMessages(appliance: Appliance, alerts: number): Promise<void> {
  const notices = (await appliance.deliveries())
    .filter(({ receiver }) => receiver === 'oncall')
    .map(({ payload }) => payload as Notice);
  const own = notices.filter(({ digest, reason }) => digest === null && reason === 'first');
  expect(own.length).toBe(Math.min(alerts, 20));
  expect(notices.filter(({ digest, reason }) => digest !== null && reason === 'first').length).toBe(
    alerts > 20 ? 1 : 0,
  );
}

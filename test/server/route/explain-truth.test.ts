import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bench, DAY, HOUR, MINUTE, score, T0, told, type Bench } from './fixture.ts';
import { matchersOf } from './routes.ts';

/** What an explanation says is checked against what happens next. */

/** What tells nothing new: reminders, and that a silence ends soon. */
const ASIDE = /repeat|silence_ending/;

const SUBJECTS = ['Distance', 'Carrier'] as const;

type Step =
  | { readonly do: 'judge'; readonly subject: (typeof SUBJECTS)[number] | 'Origin'; readonly value: number }
  | { readonly do: 'silence' | 'acknowledge' | 'wait' | 'end'; readonly minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('judge' as const),
    subject: fc.constantFrom(...SUBJECTS),
    value: fc.constantFrom(0.01, 0.15, 0.4),
  }),
  fc.record({
    do: fc.constantFrom('silence' as const, 'acknowledge' as const, 'wait' as const, 'end' as const),
    minutes: fc.integer({ min: 1, max: 300 }),
  }),
);

async function take(b: Bench, one: Step, nowMs: number): Promise<number> {
  const [alert] = await b.control.alerts({ tenant: 'acme', state: 'firing' });
  if (one.do === 'judge') {
    const window = { windowFromMs: nowMs - MINUTE, windowToMs: nowMs };
    await b.control.judge([score(1, one.value, { subject: one.subject, ...window })], nowMs);
  } else if (one.do === 'silence')
    await b.control.createSilence(
      {
        tenant: 'acme',
        matchers: matchersOf('subject=Distance'),
        fromMs: nowMs,
        toMs: nowMs + one.minutes * MINUTE,
        author: 'ann',
        reason: 'x',
      },
      nowMs,
    );
  else if (one.do === 'acknowledge' && alert !== undefined)
    await b.control.acknowledge({ alertId: alert.id, tenant: 'acme', actor: 'ann', nowMs });
  else if (one.do === 'end' && alert !== undefined)
    await b.control.resolveAlert({ alertId: alert.id, tenant: 'acme', actor: 'ann', nowMs });
  return nowMs + (one.do === 'wait' ? one.minutes * MINUTE : MINUTE);
}

async function explanations(b: Bench, nowMs: number) {
  const alerts = await b.control.alerts({ tenant: 'acme' });
  return Promise.all(alerts.map(async ({ id }) => (await b.control.explainAlert(id, nowMs))!));
}

describe('an explanation is true', () => {
  it('what is said to be told next is told then and not before, and what is believed was delivered', async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const b = await bench();
        try {
          let nowMs = T0 + DAY;
          for (const one of steps) {
            nowMs = await take(b, one, nowMs);
            await b.tick(nowMs);
          }
          await take(b, { do: 'judge', subject: 'Origin', value: 0.4 }, nowMs);
          await b.tick(nowMs);
          const said = await explanations(b, nowMs);
          for (const { alert, deliveries, groups, state, summary } of said) {
            expect(summary).not.toEqual([]);
            const believed = groups
              .flatMap((group) => group.receivers)
              .some(({ believes }) => believes !== null);
            if (believed) expect(deliveries.some((delivery) => delivery.state === 'sent')).toBe(true);
            if (state === 'resolved') expect(alert.state).toBe('resolved');
          }
          const receivers = said.flatMap(({ groups }) => groups.flatMap((group) => group.receivers));
          const due = receivers.flatMap(({ tell, dueAtMs }) => (tell === null ? [] : (dueAtMs ?? [])));
          const nextMs = Math.min(...due);
          if (nextMs === Infinity) return;
          expect(nextMs).toBeGreaterThan(nowMs);
          const ends = (await b.control.silences('acme', nowMs)).map(({ toMs }) => toMs);
          if (Math.min(...ends) <= nextMs) return;
          const before = told(await b.tick(nextMs - 1)).filter((line) => !ASIDE.test(line));
          expect(before).toEqual([]);
          expect(told(await b.tick(nextMs))).not.toEqual([]);
          checked += 1;
        } finally {
          await b.end();
        }
      }),
      { numRuns: 100 },
    );
    expect(checked).toBeGreaterThan(50);
  }, 60_000);

  it('of what is held back for a while: it is told when that ends', async () => {
    const b = await bench();
    const nowMs = T0 + DAY;
    await take(b, { do: 'silence', minutes: 90 }, nowMs);
    await take(b, { do: 'judge', subject: 'Distance', value: 0.4 }, nowMs);
    await b.tick(nowMs + HOUR);
    const [said] = await explanations(b, nowMs + HOUR);
    const untilMs = said!.heldBack[0]!.untilMs!;
    expect(told(await b.tick(untilMs - 1))).toEqual(['oncall silence_ending Distance']);
    expect(told(await b.tick(untilMs))).toEqual(['oncall first Distance']);
    await b.end();
  });
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RuleOverride } from '../../../server/model.ts';
import { bench, DAY, HOUR, RULES, score, settings, T0, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const firing = () => b.control.alerts({ tenant: 'acme', state: 'firing' });
const withOverrides = (...overrides: readonly Omit<RuleOverride, 'place'>[]) =>
  RULES.map((rule) =>
    rule.id === 'feature-drift'
      ? { ...rule, overrides: overrides.map((one) => ({ ...one, place: 'x.yaml:1:1' })) }
      : rule,
  );

it('an override judges its subject, the rule all others', async () => {
  await b.restart(settings(), withOverrides({ subject: 'Distance', page: { atLeast: 0.5 } }));
  await b.control.judge([score(1, 0.4), score(1, 0.4, { subject: 'Carrier' })], at(1));
  expect(await firing()).toMatchObject([{ subject: 'Carrier', severity: 'page' }]);
});

it('what is off is scored, but not judged', async () => {
  await b.restart(settings(), withOverrides({ model: 'delay', subject: 'Dist*', off: true }));
  await b.control.judge([score(1, 0.4)], at(1));
  expect(await firing()).toEqual([]);
  expect(await b.control.latestScores({ tenant: 'acme', model: 'delay' })).toMatchObject([
    { value: 0.4, verdicts: [] },
  ]);
});

it('an alert that fires where its rule is switched off is closed, and announced resolved', async () => {
  await b.control.judge([score(1, 0.4)], at(1));
  await b.tick(at(1) + HOUR);
  expect(await firing()).toHaveLength(1);
  await b.restart(settings(), withOverrides({ subject: 'Distance', off: true }));
  const told = await b.tick(at(1) + 2 * HOUR);
  expect(await firing()).toEqual([]);
  expect(told.map(({ payload }) => (payload as { readonly reason: string }).reason)).toContain(
    'all_resolved',
  );
});

it('levels are kept as long as the longest override looks back', async () => {
  const rules = withOverrides({ subject: 'Distance', persistence: { open: 5, of: 5 } });
  await b.restart(settings(), rules);
  for (const day of [1, 2, 3, 4]) await b.control.judge([score(day, 0.15)], at(day));
  const nowMs = at(1000);
  for (let beat = 0; beat < 3; beat += 1) await b.control.runTimers(nowMs);
  await b.control.judge([score(1000, 0.15)], nowMs);
  expect(await firing()).toMatchObject([{ severity: 'ticket' }]);
});

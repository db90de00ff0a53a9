import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replayRouting } from '../../../server/route/replay.ts';
import type { Settings } from '../../../server/settings.ts';
import { bench, DAY, HOUR, MINUTE, RULES, score, settings, T0, told, type Bench } from './fixture.ts';
import { matchersOf, routeWith } from './routes.ts';

const AT = T0 + DAY;
const WAITS = { groupWaitMs: 30_000, groupIntervalMs: 5 * MINUTE, repeatIntervalMs: 4 * HOUR };

let b: Bench;
beforeEach(async () => {
  b = await bench();
  await b.control.judge([score(1, 0.4)], AT);
  await b.tick(AT + MINUTE);
});
afterEach(() => b.end());

const reconfigure = (next: Settings, dryRun = false) =>
  b.control.reconfigure({ settings: next, rules: RULES, actor: 'ann', nowMs: AT + HOUR, dryRun });

const plain = settings();
const routesOf = (routes: Settings['route']['routes']) => ({ ...plain, route: { ...plain.route, routes } });
const pages = (id: string, receivers: readonly string[]) =>
  routeWith({ id, matchers: matchersOf('severity="page"'), receivers, ...WAITS });

describe('another configuration', () => {
  it('that is the same tells nobody', async () => {
    expect(await reconfigure(plain)).toEqual([]);
    expect(told(await b.tick(AT + 2 * HOUR))).toEqual([]);
  });

  it('that renames a route tells again, since what was told is kept by its id; it says so before, and both ends come', async () => {
    const renamed = routesOf([pages('renamed', ['oncall'])]);
    expect(await reconfigure(renamed, true)).toMatchObject([{ receiver: 'oncall', reason: 'first' }]);
    await reconfigure(renamed);
    expect(told(await b.tick(AT + 2 * HOUR))).toEqual(['oncall first Distance']);
    await b.control.judge([score(2, 0.01), score(3, 0.01)], AT + 3 * HOUR);
    expect(told(await b.tick(AT + 3 * HOUR))).toEqual([
      'oncall all_resolved Distance',
      'oncall all_resolved Distance',
    ]);
  });

  it('says before it is taken whom it would tell, and then tells exactly those', async () => {
    const next = routesOf([pages('page', ['oncall', 'trainer'])]);
    const preview = await reconfigure(next, true);
    expect(preview.map(({ receiver, reason }) => `${receiver} ${reason}`)).toEqual(['trainer first']);
    expect(told(await b.tick(AT + HOUR))).toEqual([]);
    expect(await reconfigure(next)).toEqual(preview);
    expect(told(await b.tick(AT + HOUR + MINUTE))).toEqual(['trainer first Distance']);
  });

  it('that leaves a receiver out still tells it of the end of what it was told', async () => {
    await reconfigure(routesOf([pages('page', ['trainer'])]));
    await b.tick(AT + HOUR);
    await b.control.judge([score(2, 0.01), score(3, 0.01)], AT + 3 * HOUR);
    expect(told(await b.tick(AT + 4 * HOUR)).toSorted()).toEqual([
      'oncall all_resolved Distance',
      'trainer all_resolved Distance',
    ]);
  });

  it('is in the audit log', async () => {
    await reconfigure(plain);
    expect(await b.control.audit(null, 1)).toMatchObject([{ kind: 'reloaded', actor: 'ann', tenant: null }]);
  });
});

describe('a replay', () => {
  const history = (toMs: number) => b.control.routingHistory({ tenant: 'acme', fromMs: T0, toMs });

  it('with the configuration that ran tells what was told', async () => {
    await b.control.judge([score(2, 0.01), score(3, 0.01)], AT + 5 * HOUR);
    await b.tick(AT + 6 * HOUR);
    const toMs = AT + DAY;
    const before = await history(toMs);
    const would = replayRouting(before, { settings: plain, rules: RULES }, { toMs });
    const words = (list: typeof would) => list.map(({ receiver, reason }) => `${receiver} ${reason}`);
    expect(words(before.queued)).toEqual(['oncall first', 'oncall all_resolved']);
    expect(words(would)).toEqual(['oncall first', 'oncall repeat', 'oncall all_resolved']);
  });

  it('says what arrived, and of the rest what became of it', async () => {
    await b.control.judge([score(2, 0.01), score(3, 0.01)], AT + 5 * HOUR);
    await b.control.runTimers(AT + 6 * HOUR);
    const { queued } = await history(AT + DAY);
    expect(queued.map(({ reason, state }) => `${reason} ${state}`)).toEqual([
      'first told',
      'all_resolved waiting',
    ]);
  });

  it('with other routes tells others, with the silences and acknowledgements there were', async () => {
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    await b.control.acknowledge({ alertId: alert!.id, tenant: 'acme', actor: 'ann', nowMs: AT + HOUR });
    const toMs = AT + DAY;
    const next = routesOf([pages('page', ['trainer'])]);
    const would = replayRouting(await history(toMs), { settings: next, rules: RULES }, { toMs });
    expect(would[0]).toMatchObject({ receiver: 'trainer', reason: 'first', severity: 'page' });
    expect(would.filter(({ receiver }) => receiver !== 'trainer')).toEqual([]);
    const acknowledged = would.filter(({ reason, atMs }) => reason === 'repeat' && atMs < AT + 3 * HOUR);
    expect(acknowledged).toEqual([]);
  });

  describe('of two alerts of one incident', () => {
    const delay = (day: number, value: number) => score(day, value, { subject: 'Delay' });

    it('tells what began and what ended at one moment in one notice', async () => {
      await b.control.judge([score(2, 0.01), score(3, 0.01), delay(3, 0.4)], AT + HOUR);
      await b.tick(AT + HOUR + MINUTE);
      const toMs = AT + 2 * HOUR;
      const before = await history(toMs);
      const would = replayRouting(before, { settings: plain, rules: RULES }, { toMs });
      const words = (list: typeof would) => list.map(({ receiver, reason }) => `${receiver} ${reason}`);
      expect(words(before.queued)).toEqual(['oncall first', 'oncall new_alerts']);
      expect(words(would)).toEqual(words(before.queued));
    });

    it('repeats neither while the answer to one of them lasts', async () => {
      await b.control.judge([delay(1, 0.4)], AT + MINUTE);
      const alerts = await b.control.alerts({ tenant: 'acme' });
      expect(new Set(alerts.map(({ incidentId }) => incidentId)).size).toBe(1);
      const distance = alerts.find(({ subject }) => subject === 'Distance');
      const ackMs = AT + 30 * MINUTE;
      await b.control.acknowledge({ alertId: distance!.id, tenant: 'acme', actor: 'ann', nowMs: ackMs });
      const toMs = AT + DAY;
      const hourly = routesOf([{ ...pages('page', ['oncall']), repeatIntervalMs: HOUR }]);
      const would = replayRouting(await history(toMs), { settings: hourly, rules: RULES }, { toMs });
      const repeats = would.filter(({ reason }) => reason === 'repeat').map(({ atMs }) => atMs);
      expect(Math.min(...repeats)).toBe(ackMs + plain.acknowledgeForMs);
    });
  });
});

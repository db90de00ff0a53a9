import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery, Notice } from '../../../server/model.ts';
import type { RouteSettings, Settings } from '../../../server/settings.ts';
import { bench, DAY, HOUR, MINUTE, RULES, score, settings, T0, told, type Bench } from './fixture.ts';
import { matchersOf, routeWith } from './routes.ts';

const AT = T0 + DAY;
const WAITS = { groupWaitMs: 30_000, groupIntervalMs: 5 * MINUTE, repeatIntervalMs: 4 * HOUR };
const webhook = (id: string) => ({
  id,
  type: 'webhook' as const,
  url: `http://${id}.example`,
  secret: 'whsec_x',
});

function routed(root: Partial<RouteSettings>, change: Partial<Settings> = {}): Settings {
  return settings({
    receivers: ['oncall', 'lead', 'tickets', 'trainer', 'last'].map(webhook),
    route: routeWith({ ...WAITS, receivers: ['oncall'], ...root }),
    ...change,
  });
}

let b: Bench;
afterEach(() => b.end());

const noticesOf = (deliveries: readonly Delivery[]): readonly Notice[] =>
  deliveries.filter(({ kind }) => kind === 'notice').map(({ payload }) => payload as Notice);
const page = (subject: string, change = {}) => score(1, 0.4, { subject, ...change });
const clean = (day: number, subject: string) => score(day, 0.01, { subject });
async function resolve(subject: string, nowMs: number) {
  await b.control.judge([clean(2, subject), clean(3, subject)], nowMs);
}

describe('groups', () => {
  it('are told apart by the labels of groupBy', async () => {
    b = await bench(routed({ groupBy: ['subject'] }));
    await b.control.judge([page('Distance'), page('Carrier')], AT);
    expect(told(await b.tick(AT + MINUTE)).toSorted()).toEqual([
      'oncall first Carrier',
      'oncall first Distance',
    ]);
  });

  it('may be of several models, and name none then', async () => {
    b = await bench(routed({ groupBy: ['tenant'] }));
    await b.control.judge([page('Distance'), page('Distance', { model: 'other-model' })], AT);
    const [notice, ...others] = noticesOf(await b.tick(AT + MINUTE));
    expect(others).toEqual([]);
    expect(notice).toMatchObject({ tenant: 'acme', model: '', labels: { tenant: 'acme' } });
    expect(notice?.firing).toHaveLength(2);
  });

  it('of a route that continues are told beside those of the next', async () => {
    const routes = [
      routeWith({ id: 'mirror', continues: true, receivers: ['lead'], ...WAITS }),
      routeWith({ id: 'page', matchers: matchersOf('severity="page"'), ...WAITS, receivers: ['oncall'] }),
    ];
    b = await bench(routed({ routes }));
    await b.control.judge([page('Distance')], AT);
    expect(told(await b.tick(AT + MINUTE)).toSorted()).toEqual([
      'lead first Distance',
      'oncall first Distance',
    ]);
  });

  it('that share a receiver tell it once', async () => {
    const both = (id: string, continues: boolean) =>
      routeWith({ id, continues, receivers: ['oncall'], ...WAITS });
    b = await bench(routed({ routes: [both('one', true), both('two', false)] }));
    await b.control.judge([page('Distance')], AT);
    expect(told(await b.tick(AT + MINUTE))).toEqual(['oncall first Distance']);
    await resolve('Distance', AT + HOUR);
    expect(told(await b.tick(AT + 2 * HOUR))).toEqual(['oncall all_resolved Distance']);
  });
});

describe('an inhibition', () => {
  const inhibit = [
    {
      id: 'carrier-speaks',
      source: matchersOf('subject="Carrier"'),
      target: matchersOf('subject="Distance"'),
      equal: ['tenant', 'model'],
    },
  ];

  it('holds the target back while the source fires, and lets it be told after', async () => {
    b = await bench(routed({ groupBy: ['subject'] }, { inhibit }));
    await b.control.judge([page('Carrier'), page('Distance')], AT);
    expect(told(await b.tick(AT + MINUTE))).toEqual(['oncall first Carrier']);
    const alerts = await b.control.alerts({ tenant: 'acme' });
    const source = alerts.find(({ subject }) => subject === 'Carrier');
    expect(alerts.find(({ subject }) => subject === 'Distance')?.inhibitedBy).toBe(source?.id);
    await resolve('Carrier', AT + HOUR);
    expect(told(await b.tick(AT + 2 * HOUR)).toSorted()).toEqual([
      'oncall all_resolved Carrier',
      'oncall first Distance',
    ]);
  });

  it('that comes after the telling holds no resolve back, and makes it a quiet one', async () => {
    b = await bench(routed({ groupBy: ['subject'] }, { inhibit }));
    await b.control.judge([page('Distance')], AT);
    await b.tick(AT + MINUTE);
    await b.control.judge([page('Carrier')], AT + HOUR);
    await b.tick(AT + HOUR + MINUTE);
    await resolve('Distance', AT + 2 * HOUR);
    const [end] = await b.tick(AT + 3 * HOUR);
    expect(end?.payload).toMatchObject({ reason: 'all_resolved', isQuiet: true });
  });
});

describe('a calendar', () => {
  // 2026-06-21 is a Sunday.
  const office = {
    id: 'office',
    timeZone: 'UTC',
    spans: [
      {
        weekdays: [{ from: 1, to: 5 }],
        minutes: [{ from: 480, to: 1080 }],
        dates: null,
        daysOfMonth: null,
        months: null,
        years: null,
      },
    ],
  };
  const MONDAY_8 = T0 + 2 * DAY + 8 * HOUR;

  it.each([
    ['outside of which a route keeps quiet', { active: ['office'] }],
    ['in whose opposite it is muted', { muted: ['weekend'] }],
  ])('%s puts off what begins, to the minute', async (_name, route) => {
    const weekend = {
      ...office,
      id: 'weekend',
      spans: [{ ...office.spans[0]!, weekdays: [{ from: 6, to: 0 }], minutes: null }],
    };
    const routes = [routeWith({ id: 'office-hours', receivers: ['oncall'], ...WAITS, ...route })];
    b = await bench(routed({ routes }, { calendars: [office, weekend] }));
    const opensMs = 'active' in route ? MONDAY_8 : T0 + 2 * DAY;
    await b.control.judge([page('Distance')], AT);
    for (const nowMs of [AT + MINUTE, AT + 12 * HOUR, opensMs - MINUTE])
      expect(told(await b.tick(nowMs))).toEqual([]);
    expect(told(await b.tick(opensMs))).toEqual(['oncall first Distance']);
  });

  it('never holds a resolve back; nobody is called for it', async () => {
    const routes = [routeWith({ id: 'office-hours', receivers: ['oncall'], ...WAITS, active: ['office'] })];
    b = await bench(routed({ routes }, { calendars: [office] }));
    await b.control.judge([page('Distance')], MONDAY_8);
    await b.tick(MONDAY_8 + MINUTE);
    await resolve('Distance', MONDAY_8 + 12 * HOUR);
    const [end] = await b.tick(MONDAY_8 + 13 * HOUR);
    expect(end?.payload).toMatchObject({ reason: 'all_resolved', isQuiet: true });
  });
});

describe('an escalation', () => {
  const escalate = [
    { afterMs: 15 * MINUTE, unless: 'acknowledged' as const, receivers: ['lead'] },
    { afterMs: HOUR, unless: 'resolved' as const, receivers: ['last'] },
  ];

  it('tells the next when nobody acknowledges, and each of them of the end', async () => {
    b = await bench(routed({ escalate }));
    await b.control.judge([page('Distance')], AT);
    await b.tick(AT + MINUTE);
    expect(told(await b.tick(AT + 15 * MINUTE))).toEqual([]);
    expect(told(await b.tick(AT + 16 * MINUTE))).toEqual(['lead first Distance']);
    expect(told(await b.tick(AT + 61 * MINUTE))).toEqual(['last first Distance']);
    await resolve('Distance', AT + 2 * HOUR);
    expect(told(await b.tick(AT + 3 * HOUR)).toSorted()).toEqual(
      ['last', 'lead', 'oncall'].map((receiver) => `${receiver} all_resolved Distance`),
    );
  });

  it('waits for as long as somebody has it, and goes on when the acknowledgement ends', async () => {
    b = await bench(routed({ escalate: escalate.slice(0, 1) }));
    await b.control.judge([page('Distance')], AT);
    await b.tick(AT + MINUTE);
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    const nowMs = AT + 10 * MINUTE;
    await b.control.acknowledge({ alertId: alert!.id, tenant: 'acme', actor: 'ann', nowMs });
    await b.deliver(nowMs);
    expect(told(await b.tick(AT + HOUR))).toEqual([]);
    expect(told(await b.tick(nowMs + 2 * HOUR))).toEqual(['lead first Distance']);
  });

  it('does not begin while nothing audible fires', async () => {
    b = await bench(routed({ escalate }));
    await b.control.createSilence(
      {
        tenant: 'acme',
        matchers: matchersOf('model="delay"'),
        fromMs: AT,
        toMs: AT + DAY,
        author: 'ann',
        reason: 'known',
      },
      AT,
    );
    await b.control.judge([page('Distance')], AT);
    expect(told(await b.tick(AT + 5 * HOUR))).toEqual([]);
  });
});

describe('a fallback', () => {
  it('is told when a page has reached nobody for five minutes, and of its end', async () => {
    b = await bench(routed({ fallback: ['last'] }));
    await b.control.judge([page('Distance')], AT);
    await b.control.runTimers(AT + MINUTE);
    const fail = async (nowMs: number) => {
      for (const { id, receiver } of await b.control.leaseDeliveries({ nowMs, limit: 10, leaseMs: MINUTE }))
        if (receiver === 'oncall')
          await b.control.settleDelivery({
            id,
            outcome: { kind: 'retry', afterMs: null, detail: 'down' },
            nowMs,
          });
    };
    await fail(AT + MINUTE);
    await b.control.runTimers(AT + 5 * MINUTE);
    await fail(AT + 5 * MINUTE);
    await b.control.runTimers(AT + 6 * MINUTE);
    const leased = await b.control.leaseDeliveries({ nowMs: AT + 6 * MINUTE, limit: 10, leaseMs: MINUTE });
    expect(told(leased)).toContain('last first Distance');
    expect((await b.control.audit('acme', 10)).map(({ kind }) => kind)).toContain('escalated');
  });
});

describe('a storm', () => {
  it('is told as one digest once twenty groups have begun, and everything in it is told to end', async () => {
    b = await bench(routed({ groupBy: ['subject'], groupWaitMs: 0 }));
    const subjects = Array.from({ length: 50 }, (_, index) => `f${index}`);
    await b.control.judge(
      subjects.map((subject) => page(subject)),
      AT,
    );
    const first = await b.tick(AT);
    const notices = noticesOf(first);
    const digest = notices.filter((notice) => notice.digest !== null);
    expect(notices).toHaveLength(21);
    expect(digest).toHaveLength(1);
    expect(digest[0]).toMatchObject({ digest: { pages: 30, tickets: 0 } });
    expect(Object.keys(digest[0]!.believed)).toHaveLength(30);
    await b.control.judge(
      subjects.flatMap((subject) => [clean(2, subject), clean(3, subject)]),
      AT + HOUR,
    );
    const ended = [...(await b.tick(AT + HOUR)), ...(await b.tick(AT + 2 * HOUR))].map(
      ({ payload }) => (payload as Notice).resolved,
    );
    expect(new Set(ended.flat().map(({ subject }) => subject)).size).toBe(50);
  });
});

describe('a breach', () => {
  const rules = RULES.map((rule) =>
    rule.detector === 'drift' ? { ...rule, forMs: HOUR, keepFiringMs: 30 * MINUTE } : rule,
  );

  it('that must stand for an hour opens then, and not when it was clean in between', async () => {
    b = await bench(routed({}));
    await b.restart(routed({}), rules);
    await b.control.judge([page('Distance'), page('Carrier')], AT);
    expect(await b.control.alerts({ tenant: 'acme' })).toEqual([]);
    await b.control.judge([clean(2, 'Carrier')], AT + 10 * MINUTE);
    await b.restart(routed({}), rules);
    expect(told(await b.tick(AT + 59 * MINUTE))).toEqual([]);
    await b.tick(AT + HOUR);
    expect(told(await b.tick(AT + HOUR + MINUTE))).toEqual(['oncall first Distance']);
  });

  it('that is over goes on firing for a while, and ends only when it does not come back', async () => {
    b = await bench(routed({}));
    await b.restart(
      routed({}),
      rules.map(({ forMs: _forMs, ...rule }) => rule),
    );
    await b.control.judge([page('Distance')], AT);
    await b.tick(AT + MINUTE);
    await resolve('Distance', AT + HOUR);
    expect(await b.control.alerts({ tenant: 'acme' })).toMatchObject([
      { state: 'firing', recoversAtMs: AT + HOUR + 30 * MINUTE },
    ]);
    await b.control.judge([score(4, 0.4)], AT + HOUR + 10 * MINUTE);
    expect(await b.control.alerts({ tenant: 'acme' })).toMatchObject([
      { state: 'firing', recoversAtMs: null },
    ]);
    await b.control.judge([score(5, 0.01), score(6, 0.01)], AT + 2 * HOUR);
    expect(told(await b.tick(AT + 2 * HOUR + 29 * MINUTE))).toEqual([]);
    expect(told(await b.tick(AT + 2 * HOUR + 30 * MINUTE))).toEqual(['oncall all_resolved Distance']);
  });

  it('that comes and goes three times a day flaps: its third life ends only after a calm half hour', async () => {
    b = await bench(routed({}));
    const judge = (day: number, value: number, nowMs: number) => b.control.judge([score(day, value)], nowMs);
    for (const life of [0, 1, 2]) {
      const nowMs = AT + life * HOUR;
      await judge(1 + life * 3, 0.4, nowMs);
      await judge(2 + life * 3, 0.01, nowMs + 10 * MINUTE);
      await judge(3 + life * 3, 0.01, nowMs + 20 * MINUTE);
    }
    const [third] = await b.control.alerts({ tenant: 'acme', state: 'firing' });
    expect(third).toMatchObject({ opened: 3, recoversAtMs: AT + 2 * HOUR + 50 * MINUTE });
    await b.tick(AT + 2 * HOUR + 50 * MINUTE);
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toEqual([]);
  });
});

describe('a silence', () => {
  it('that ends soon while something it holds back still fires is told once to who would be told', async () => {
    b = await bench(routed({}));
    await b.control.createSilence(
      {
        tenant: 'acme',
        matchers: matchersOf('subject=~"Dist.*"'),
        fromMs: AT,
        toMs: AT + 2 * HOUR,
        author: 'ann',
        reason: 'known',
      },
      AT,
    );
    await b.control.judge([page('Distance')], AT);
    expect(told(await b.tick(AT + HOUR))).toEqual([]);
    const [notice] = noticesOf(await b.tick(AT + 105 * MINUTE));
    expect(notice).toMatchObject({ reason: 'silence_ending', believed: {} });
    expect(notice?.update).toContain('ends in 15 min');
    await b.restart(routed({}));
    expect(told(await b.tick(AT + 110 * MINUTE))).toEqual([]);
    expect(told(await b.tick(AT + 2 * HOUR))).toEqual(['oncall first Distance']);
  });
});

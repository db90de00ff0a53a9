import { BadRequestError } from '../../../server/errors.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertIdentity } from '../../../server/route/identity.ts';
import { RULES, bench, DAY, HOUR, MINUTE, score, settings, T0, told, type Bench } from './fixture.ts';
import { matchersOf, routeWith } from './routes.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const judge = (day: number, value: number, subject = 'Distance') =>
  b.control.judge([score(day, value, { subject })], at(day));
const explain = async (nowMs: number, subject = 'Distance') => {
  const alerts = await b.control.alerts({ tenant: 'acme' });
  const alert = alerts.find((each) => each.subject === subject);
  return (await b.control.explainAlert(alert?.id ?? '', nowMs))!;
};
const silence = (nowMs: number) =>
  b.control.createSilence(
    {
      tenant: 'acme',
      matchers: matchersOf('subject=Distance'),
      fromMs: nowMs,
      toMs: nowMs + HOUR,
      author: 'ann',
      reason: 'a known holiday',
    },
    nowMs,
  );

describe('why somebody is told of an alert, or not', () => {
  it('names the routes tried, the group and its wait, and who is on none of them', async () => {
    await judge(1, 0.4);
    const { state, routes, groups, notRouted, heldBack } = await explain(at(1));
    expect(state).toBe('firing');
    expect(routes.map(({ route, outcome }) => [route, outcome])).toEqual([
      ['root', 'passes_down'],
      ['page', 'handles'],
    ]);
    expect(groups).toMatchObject([
      {
        route: 'page',
        isMember: true,
        dueAtMs: at(1) + 30_000,
        receivers: [
          {
            receiver: 'oncall',
            tell: 'first',
            why: 'group_wait',
            text: 'Does not know of it so far. It will be told for the first time in 30 s: the group waits for what begins with it.',
            believes: null,
          },
        ],
      },
    ]);
    expect(notRouted).toEqual(['tickets', 'trainer']);
    expect(heldBack).toEqual([]);
  });

  it('shows a ticket of an incident as what it is and as what it is told, and why', async () => {
    await judge(1, 0.4);
    await b.tick(at(1) + MINUTE);
    await b.control.judge(
      [score(1, 0.15, { subject: 'Carrier' }), score(2, 0.15, { subject: 'Carrier' })],
      at(2),
    );
    const { alert, labels, toldAs, summary, routes } = await explain(at(2), 'Carrier');
    const [incident] = await b.control.incidents({ tenant: 'acme' });
    expect([alert.severity, labels['severity']]).toEqual(['ticket', 'page']);
    expect(toldAs).toEqual({
      severity: 'page',
      incidentId: incident!.id,
      text: `A ticket, told as a page since it is part of incident ${incident!.id} (${incident!.title}): those go where its pages go.`,
    });
    expect(summary[0]).toBe(toldAs!.text);
    expect(routes.at(-1)).toMatchObject({ route: 'page', outcome: 'handles' });
    expect((await explain(at(2))).toldAs).toBeNull();
  });

  it('tells what a receiver knows once it was told, and each delivery', async () => {
    await judge(1, 0.4);
    await b.tick(at(1) + MINUTE);
    const { groups, deliveries, summary, scoreId } = await explain(at(1) + 2 * MINUTE);
    expect(groups[0]?.receivers).toMatchObject([{ tell: null, why: 'too_soon', believes: 'page' }]);
    expect(deliveries).toMatchObject([{ receiver: 'oncall', reason: 'first', state: 'sent', attempt: 1 }]);
    expect(summary).toEqual(['oncall: Knows of it, as a page. All is told; the repeat is not due yet.']);
    expect(await b.control.score(scoreId!)).toMatchObject({ subject: 'Distance', value: 0.4 });
  });

  it('names the silence that holds it back, with its author, reason and end', async () => {
    const { id } = await silence(at(1) - MINUTE);
    await judge(1, 0.4);
    const { heldBack, groups, summary } = await explain(at(1) + MINUTE);
    expect(heldBack).toEqual([
      {
        by: 'silence',
        id,
        text: 'Silenced by ann: a known holiday (subject="Distance")',
        untilMs: at(1) + HOUR - MINUTE,
      },
    ]);
    expect(groups[0]?.receivers[0]).toMatchObject({ tell: null, why: 'silenced', dueAtMs: null });
    expect(summary[0]).toBe('oncall: Does not know of it so far. A silence holds it back.');
  });

  it('names the alert that speaks for it', async () => {
    const inhibit = [
      {
        id: 'distance-speaks',
        source: matchersOf('subject=Distance'),
        target: matchersOf('subject=Carrier'),
        equal: ['model'],
      },
    ];
    await b.restart({ ...settings(), inhibit });
    await judge(1, 0.4);
    await judge(1, 0.4, 'Carrier');
    const { heldBack } = await explain(at(1), 'Carrier');
    expect(heldBack).toMatchObject([{ by: 'inhibition' }]);
    expect(heldBack[0]?.text).toContain('Another alert speaks for it: Distance has drifted');
  });

  it('names the calendar that keeps its route quiet, and until when', async () => {
    const night = {
      id: 'night',
      timeZone: 'UTC',
      spans: [
        {
          weekdays: null,
          minutes: [{ from: 0, to: 360 }],
          dates: null,
          daysOfMonth: null,
          months: null,
          years: null,
        },
      ],
    };
    const route = routeWith({ receivers: ['tickets'], muted: ['night'] });
    await b.restart({ ...settings(), calendars: [night], route });
    await judge(1, 0.4);
    const { heldBack, groups } = await explain(at(1));
    expect(heldBack).toEqual([
      {
        by: 'calendar',
        id: 'night',
        text: 'Route root keeps quiet inside the calendar night.',
        untilMs: at(1) + 6 * HOUR,
      },
    ]);
    expect(groups[0]?.receivers[0]).toMatchObject({ receiver: 'tickets', why: 'muted' });
  });

  it('names who acknowledged it and until when, and when it is escalated', async () => {
    const page = routeWith({
      receivers: ['oncall'],
      repeatIntervalMs: HOUR,
      escalate: [{ afterMs: 15 * MINUTE, unless: 'acknowledged', receivers: ['tickets'] }],
    });
    await b.restart({ ...settings(), route: page });
    await judge(1, 0.4);
    await b.tick(at(1));
    expect((await explain(at(1))).groups[0]?.escalation).toEqual({
      dueAtMs: at(1) + 15 * MINUTE,
      receivers: ['tickets'],
    });
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    await b.control.acknowledge({ alertId: alert!.id, tenant: 'acme', actor: 'ann', nowMs: at(1) + MINUTE });
    const { heldBack, groups } = await explain(at(1) + 2 * MINUTE);
    expect(heldBack).toMatchObject([{ by: 'acknowledgement', untilMs: at(1) + 2 * HOUR + MINUTE }]);
    expect(groups[0]?.receivers[0]).toMatchObject({ why: 'acknowledged' });
    expect(groups[0]?.escalation?.dueAtMs).toBe(at(1) + 2 * HOUR + MINUTE);
  });

  it('of a breach that does not stand long enough yet says since when and until when', async () => {
    const patient = RULES.map((rule) =>
      rule.id === 'feature-drift' ? { ...rule, forMs: 30 * MINUTE } : rule,
    );
    await b.restart(settings(), patient);
    await judge(1, 0.4);
    const key = { tenant: 'acme', model: 'delay' };
    const identity = alertIdentity(key, 'feature-drift', 'Distance');
    expect(await b.control.explainAlert(identity, at(1))).toMatchObject({
      state: 'pending',
      changesAtMs: at(1) + 30 * MINUTE,
      groups: [],
      heldBack: [{ by: 'pending', untilMs: at(1) + 30 * MINUTE }],
      summary: ['Nobody is told so far: the breach does not stand long enough yet.'],
    });
    expect(await b.control.pendingAlerts('acme')).toMatchObject([
      { id: identity, subject: 'Distance', sinceMs: at(1), dueAtMs: at(1) + 30 * MINUTE },
    ]);
    expect(await b.control.pendingAlerts('other')).toEqual([]);
    await b.control.runTimers(at(1) + 31 * MINUTE);
    expect(await b.control.explainAlert(identity, at(1) + 31 * MINUTE)).toBeNull();
    expect(await explain(at(1) + 31 * MINUTE)).toMatchObject({ state: 'firing' });
  });

  it('of one that ended and of one that nobody knows', async () => {
    await judge(1, 0.4);
    await b.tick(at(1) + MINUTE);
    for (const day of [1.01, 1.02]) await judge(day, 0.01);
    await b.tick(at(1) + HOUR);
    expect(await explain(at(1) + HOUR)).toMatchObject({
      state: 'resolved',
      groups: [],
      summary: ['It has ended, and nobody is owed anything.'],
      deliveries: [{ reason: 'all_resolved' }, { reason: 'first' }],
    });
    expect(await b.control.explainAlert('nothing', at(3))).toBeNull();
  });

  it('changes nothing by being asked', async () => {
    await judge(1, 0.4);
    for (let time = 0; time < 3; time += 1) await explain(at(1) + HOUR);
    expect(told(await b.control.deliveries({ tenant: 'acme' }))).toEqual([]);
    expect(told(await b.tick(at(1) + HOUR))).toEqual(['oncall first Distance']);
  });
});

describe('a silence that is only thought of', () => {
  it('says what it would hold back now and would have held back lately, and warns of what is rarely meant', async () => {
    await judge(1, 0.4, 'Carrier');
    for (const day of [2, 3]) await judge(day, 0.01, 'Carrier');
    await judge(3, 0.4);
    const preview = await b.control.previewSilence({
      tenant: 'acme',
      matchers: matchersOf('rule=feature-drift'),
      nowMs: at(4),
    });
    expect(preview.firing.map((alert) => alert.subject)).toEqual(['Distance']);
    expect(preview.lately.map((alert) => alert.subject)).toEqual(['Carrier']);
    expect(preview.warnings).toEqual(['It would hold back a page that fires now.']);
    expect(await b.control.silences('acme', at(4))).toEqual([]);
  });

  it.each([
    ['model=nothing', 'It matches nothing that fires now or fired in the last days.'],
    ['colour=red', 'No alert of the last days has a label colour.'],
  ])('with %s warns: %s', async (matcher, warning) => {
    await judge(1, 0.4);
    const [name = '', op, value = ''] = matcher.split(/(=~|=)/);
    const matchers = [{ name, op: op as '=', value: value.replaceAll('"', '') }];
    const { warnings, firing } = await b.control.previewSilence({ tenant: 'acme', matchers, nowMs: at(1) });
    expect(warnings.join(' ')).toContain(warning);
    expect(firing).toEqual([]);
  });

  it.each([
    ['.*', 'A silence needs a matcher that asks for a value'],
    [
      '(',
      'A matcher of the silence cannot be used, number 2 of 2: expected an expression in RE2 syntax for model',
    ],
  ])(
    'with a matcher that no silence could have (model=~"%s") is refused in words',
    async (value, message) => {
      const known = value === '(' ? matchersOf('rule=feature-drift') : [];
      const matchers = [...known, { name: 'model', op: '=~' as const, value }];
      const asked = b.control.previewSilence({ tenant: 'acme', matchers, nowMs: at(1) });
      await expect(asked).rejects.toThrow(BadRequestError);
      await expect(asked).rejects.toThrow(message);
    },
  );

  it('never looks at another tenant', async () => {
    await b.control.judge([score(1, 0.4, { tenant: 'other' })], at(1));
    const matchers = matchersOf('rule=feature-drift');
    const found = await b.control.previewSilence({ tenant: 'acme', matchers, nowMs: at(1) });
    expect([found.firing, found.lately]).toEqual([[], []]);
  });
});

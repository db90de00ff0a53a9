import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../../server/model.ts';
import { bench, DAY, HOUR, MINUTE, RULES, score, settings, T0, told, type Bench } from './fixture.ts';
import { matchersOf } from './routes.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const firing = () => b.control.alerts({ tenant: 'acme', state: 'firing' });
const incidents = () => b.control.incidents({ tenant: 'acme' });

/** A ticket that is open after day 2. */
async function openTicket(): Promise<void> {
  await b.control.judge([score(1, 0.15)], at(1));
  await b.control.judge([score(2, 0.15)], at(2));
}

describe('alerts', () => {
  it('judging the same window again changes nothing', async () => {
    await b.control.judge([score(1, 0.15)], at(1));
    await b.control.judge([score(1, 0.15)], at(1) + MINUTE);
    await b.control.judge([score(1, 0.15)], at(1) + HOUR);
    expect(await firing()).toEqual([]);
    expect(await b.control.scores({ tenant: 'acme', model: 'delay', fromMs: T0, toMs: at(9) })).toHaveLength(
      1,
    );
    await b.control.judge([score(2, 0.15)], at(2));
    await b.control.judge([score(2, 0.15)], at(2));
    expect(await firing()).toMatchObject([{ severity: 'ticket', episode: 1, subject: 'Distance' }]);
  });

  it('a window long past changes its chart and opens nothing', async () => {
    await b.control.judge([score(5, 0.01)], at(5));
    await b.control.judge([score(2, 0.9)], at(6));
    expect(await firing()).toEqual([]);
    expect(await b.control.scores({ tenant: 'acme', model: 'delay', fromMs: T0, toMs: at(3) })).toMatchObject(
      [{ value: 0.9, verdicts: [{ rule: 'feature-drift', reason: 'breach', severity: 'page' }] }],
    );
  });

  it('insufficient data is a verdict of its own and neither opens nor closes', async () => {
    await openTicket();
    await b.control.judge([score(3, 0.01)], at(3));
    await b.control.judge([score(4, null)], at(4));
    const [latest] = await b.control.latestScores({ tenant: 'acme', model: 'delay' });
    expect(latest).toMatchObject({
      value: null,
      why: 'too few rows',
      verdicts: [{ reason: 'insufficient_data' }],
    });
    expect(await firing()).toHaveLength(1);
    await b.control.judge([score(5, 0.01)], at(5));
    expect(await firing()).toEqual([]);
  });

  it('of a score that looks back over weeks begins where the change is said to have begun', async () => {
    const evidence = { text: 'Distance moved.', numbers: { sinceMs: at(50) } };
    await b.control.judge([score(56, 0.5, { windowFromMs: T0, evidence })], at(56));
    expect(await firing()).toMatchObject([{ windowFromMs: at(50), windowToMs: at(56) }]);
  });

  it('keeps its peak, and a second life has a number of its own', async () => {
    await openTicket();
    await b.control.judge([score(3, 0.2)], at(3));
    await b.control.judge([score(4, 0.12)], at(4));
    expect(await firing()).toMatchObject([{ value: 0.12, peak: 0.2 }]);
    for (const day of [5, 6]) await b.control.judge([score(day, 0.01)], at(day));
    for (const day of [7, 8]) await b.control.judge([score(day, 0.15)], at(day));
    const lives = await b.control.alerts({ tenant: 'acme' });
    expect(lives.map((alert) => [alert.episode, alert.state])).toEqual([
      [2, 'firing'],
      [1, 'resolved'],
    ]);
    expect(new Set(lives.map((alert) => alert.id)).size).toBe(2);
  });

  it('a ticket rises to a page, which is told again and clears the acknowledgement', async () => {
    await openTicket();
    expect(told(await b.tick(at(2)))).toEqual([]);
    expect(told(await b.tick(at(2) + MINUTE))).toEqual(['tickets first Distance']);
    const [ticket] = await firing();
    await b.control.acknowledge({ alertId: ticket!.id, tenant: 'acme', actor: 'ann', nowMs: at(2) + HOUR });
    await b.control.judge([score(3, 0.5)], at(3));
    expect(await firing()).toMatchObject([{ id: ticket!.id, severity: 'page', acknowledgedBy: null }]);
    expect(told(await b.tick(at(3)))).toEqual(['oncall first Distance']);
    for (const day of [4, 5]) await b.control.judge([score(day, 0.01)], at(day));
    await b.tick(at(5));
    expect(told(await b.tick(at(5) + HOUR)).toSorted()).toEqual([]);
    const all = await b.control.deliveries({ tenant: 'acme' });
    expect(
      told(all)
        .filter((line) => line.includes('all_resolved'))
        .toSorted(),
    ).toEqual(['oncall all_resolved Distance', 'tickets all_resolved Distance']);
  });

  it('within one group a rise is told at once, long before the repeat', async () => {
    const plain = settings();
    await b.restart({ ...plain, route: { ...plain.route, routes: [] } });
    await openTicket();
    expect(told(await b.tick(at(2) + MINUTE))).toEqual(['tickets first Distance']);
    await b.control.judge([score(3, 0.5)], at(2) + 3 * MINUTE);
    expect(told(await b.deliver(at(2) + 3 * MINUTE))).toEqual(['tickets new_alerts Distance']);
  });

  it('ends when its rule leaves the configuration, and the end is told', async () => {
    await openTicket();
    await b.tick(at(2) + HOUR);
    await b.tick(at(2) + 2 * HOUR);
    await b.restart(
      settings(),
      RULES.filter((rule) => rule.id !== 'feature-drift'),
    );
    expect(told(await b.tick(at(2) + 3 * HOUR))).toEqual(['tickets all_resolved Distance']);
    expect(await firing()).toEqual([]);
  });
});

describe('incidents', () => {
  const unit = (day: number, value: number) =>
    score(day, value, {
      detector: 'unit-change',
      evidence: {
        text: 'Distance is 1.61 times its baseline.',
        cause: 'Distance looks multiplied by 1.61: kilometres?',
      },
    });

  it('are opened by a page, joined by the tickets of the model, and explained by the feed before drift', async () => {
    await b.control.recordDeployment({
      tenant: 'acme',
      model: 'delay',
      version: 'v1',
      atMs: T0 - 30 * DAY,
      source: 'api',
    });
    await b.control.recordDeployment({
      tenant: 'acme',
      model: 'delay',
      version: 'v2',
      atMs: T0 + 5 * HOUR,
      source: 'api',
    });
    await b.control.judge([score(1, 0.4), score(1, 0.3, { subject: '$prediction' }), unit(1, 1)], at(1));
    const [incident] = await incidents();
    expect(incident).toMatchObject({
      title: 'Flight delay: Distance looks like another unit',
      cause:
        'Distance looks multiplied by 1.61: kilometres?; version v2, deployed 2026-06-20 05:00 UTC, 19 h before',
      state: 'open',
    });
    const record = await b.control.incident(incident!.id);
    expect(record?.alerts.map((alert) => alert.rule).toSorted()).toEqual([
      'feature-drift',
      'prediction-drift',
      'unit-change',
    ]);
    expect(record?.timeline.map((entry) => entry.kind)).toEqual(
      expect.arrayContaining([
        'incident_opened',
        'alert_joined',
        'cause',
        'retrain_suppressed',
        'rollback_proposed',
      ]),
    );
  });

  it.each([
    ['first prediction', null],
    ['api', 'version v1, deployed 2026-06-20 05:00 UTC, 19 h before'],
  ])('of a model whose only version came by %s have the cause %j', async (source, cause) => {
    const version = { tenant: 'acme', model: 'delay', version: 'v1', atMs: T0 + 5 * HOUR, source };
    await b.control.recordDeployment(version);
    await b.control.judge([score(1, 0.4)], at(1));
    expect(await incidents()).toMatchObject([{ cause }]);
  });

  it('are not held open by a standing fairness gap or by a ticket of long before', async () => {
    const gap = (day: number) =>
      score(day, 0.2, { detector: 'fairness-gap', subject: 'region', lower: 0.15, upper: 0.25 });
    await openTicket();
    for (const day of [3, 4, 5, 6]) await b.control.judge([score(day, 0.15), gap(day)], at(day));
    await b.control.judge([score(7, 0.4, { subject: 'Carrier' }), score(7, 0.15), gap(7)], at(7));
    const [incident] = await incidents();
    expect((await b.control.incident(incident!.id))?.alerts.map((alert) => alert.subject)).toEqual([
      'Carrier',
    ]);
    for (const day of [8, 9])
      await b.control.judge([score(day, 0.01, { subject: 'Carrier' }), score(day, 0.15), gap(day)], at(day));
    expect(await incidents()).toMatchObject([{ state: 'resolved' }]);
    expect(await firing()).toHaveLength(2);
  });

  it('tell their tickets where their pages are told, in one message', async () => {
    await b.control.judge([score(1, 0.4), unit(1, 1)], at(1));
    const notices = await b.tick(at(1) + HOUR);
    expect(told(notices)).toEqual(['oncall first Distance']);
  });

  it('a ticket alone opens none', async () => {
    await openTicket();
    expect(await incidents()).toEqual([]);
  });

  it('an old deployment is not blamed', async () => {
    await b.control.recordDeployment({
      tenant: 'acme',
      model: 'delay',
      version: 'v1',
      atMs: T0 - 8 * DAY,
      source: 'api',
    });
    await b.control.judge([score(1, 0.4)], at(1));
    expect(await incidents()).toMatchObject([{ cause: null }]);
  });

  it('go on when the next page comes within half an hour of their end', async () => {
    const burn = (minute: number, value: number) =>
      score(0, value, {
        detector: 'burn-rate-page',
        subject: 'availability',
        windowFromMs: T0,
        windowToMs: T0 + minute * MINUTE,
      });
    const judge = (minute: number, value: number) =>
      b.control.judge([burn(minute, value)], T0 + minute * MINUTE);
    await judge(5, 2);
    await judge(10, 0);
    expect(await incidents()).toMatchObject([{ state: 'resolved' }]);
    await judge(40, 2);
    expect(await incidents()).toMatchObject([{ state: 'open', resolvedAtMs: null }]);
    await judge(45, 0);
    await judge(80, 2);
    expect((await incidents()).map((incident) => incident.state)).toEqual(['open', 'resolved']);
  });

  it('that opens again tells the number of what fires now, not that of what is over', async () => {
    await b.control.judge([score(1, 0.9)], at(1));
    await b.tick(at(1) + MINUTE);
    await b.control.judge([score(2, 0.01), score(3, 0.01)], at(1) + HOUR);
    await b.tick(at(1) + HOUR);
    await b.control.judge([score(4, 0.4)], at(1) + HOUR + 10 * MINUTE);
    const [again] = await b.tick(at(1) + HOUR + 20 * MINUTE);
    const notice = again?.payload as Notice;
    expect(notice.title).toContain(notice.firing[0]?.summary);
    expect(notice.title).not.toContain('0.9');
    await b.control.judge([score(5, 0.01), score(6, 0.01)], at(1) + 2 * HOUR);
    const [end] = await b.tick(at(1) + 2 * HOUR);
    expect(end?.payload).toMatchObject({ reason: 'all_resolved', title: notice.title });
  });

  it('an acknowledgement stands for the whole incident, updates the message and stops repeats', async () => {
    await b.control.judge([score(1, 0.4), score(1, 0.5, { subject: 'Carrier' })], at(1));
    await b.tick(at(1) + MINUTE);
    const [alert] = await firing();
    const ack = await b.control.acknowledge({
      alertId: alert!.id,
      tenant: 'acme',
      actor: 'ann',
      nowMs: at(1) + HOUR,
    });
    expect(ack.ok).toBe(true);
    expect((await firing()).map((each) => each.acknowledgedBy)).toEqual(['ann', 'ann']);
    expect(await incidents()).toMatchObject([{ state: 'acknowledged', acknowledgedAtMs: at(1) + HOUR }]);
    const [update] = await b.deliver(at(1) + HOUR);
    expect((update!.payload as Notice).reason).toBe('acknowledged');
    expect(update!.thread).not.toBeNull();
    expect(Object.keys(update!.payload).toSorted()).toEqual(
      'atMs believed cause digest firing id incidentId isQuiet labels model omitted reason receiver resolved severity tenant title url'.split(
        ' ',
      ),
    );
    expect(told(await b.tick(at(1) + 2 * HOUR))).toEqual([]);
  });

  const acknowledge = async (actor: string, nowMs: number, reason?: string) => {
    const [alert] = await firing();
    return b.control.acknowledge({ alertId: alert!.id, tenant: 'acme', actor, reason, nowMs });
  };

  it('an acknowledgement can be renewed: it lasts from then on, and by the same person it is told to nobody', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    await acknowledge('ann', at(1) + 3 * HOUR);
    await b.deliver(at(1) + 3 * HOUR);
    expect(await acknowledge('ann', at(1) + 4 * HOUR, 'waiting for the carrier')).toMatchObject({ ok: true });
    expect(await b.deliver(at(1) + 4 * HOUR)).toEqual([]);
    expect(await firing()).toMatchObject([{ acknowledgedBy: 'ann', acknowledgedUntilMs: at(1) + 6 * HOUR }]);
    expect(await incidents()).toMatchObject([{ acknowledgedAtMs: at(1) + 3 * HOUR }]);
    expect(told(await b.tick(at(1) + 5.5 * HOUR))).toEqual([]);
    expect(told(await b.tick(at(1) + 6 * HOUR))).toEqual(['oncall repeat Distance']);
    const audit = await b.control.audit('acme', 100);
    expect(
      audit.filter(({ kind }) => kind === 'acknowledged').map(({ actor, text }) => [actor, text]),
    ).toEqual([
      [
        'ann',
        expect.stringMatching(/^Acknowledgement renewed by ann: .*\. Reason: waiting for the carrier$/),
      ],
      ['ann', expect.stringMatching(/^Acknowledged by ann: /)],
    ]);
  });

  it('an acknowledgement by another person is told, since who looks after it is news', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    await acknowledge('ann', at(1) + HOUR);
    await b.deliver(at(1) + HOUR);
    await acknowledge('bob', at(1) + 2 * HOUR);
    expect(told(await b.deliver(at(1) + 2 * HOUR))).toEqual(['oncall acknowledged Distance']);
    expect(await firing()).toMatchObject([{ acknowledgedBy: 'bob' }]);
    const [last] = await b.control.audit('acme', 1);
    expect(last?.text).toMatch(/^Acknowledgement renewed by bob, before ann: /);
  });

  it('an acknowledgement that nobody renews ends after two hours, and what still fires is repeated', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    const [alert] = await firing();
    await b.control.acknowledge({
      alertId: alert!.id,
      tenant: 'acme',
      actor: 'ann',
      nowMs: at(1) + 3 * HOUR,
    });
    await b.deliver(at(1) + 3 * HOUR);
    expect(told(await b.tick(at(1) + 4.5 * HOUR))).toEqual([]);
    expect(told(await b.tick(at(1) + 5 * HOUR))).toEqual(['oncall repeat Distance']);
    expect(await firing()).toMatchObject([{ acknowledgedBy: null, acknowledgedUntilMs: null }]);
  });

  it('repeat while nobody takes them on', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    expect(told(await b.tick(at(1) + 4 * HOUR))).toEqual([]);
    expect(told(await b.tick(at(1) + 5 * HOUR))).toEqual(['oncall repeat Distance']);
  });
});

describe('a tenant', () => {
  it('sees and touches nothing of another', async () => {
    await b.control.judge([score(1, 0.4), score(1, 0.4, { tenant: 'other' })], at(1));
    expect((await b.control.alerts({ tenant: null })).map((alert) => alert.tenant).toSorted()).toEqual([
      'acme',
      'other',
    ]);
    const [foreign] = await b.control.alerts({ tenant: 'other' });
    expect(await b.control.alerts({ tenant: 'acme' })).toHaveLength(1);
    expect(
      await b.control.acknowledge({ alertId: foreign!.id, tenant: 'acme', actor: 'ann', nowMs: at(1) }),
    ).toMatchObject({ ok: false, reason: 'not_found' });
    const silence = await b.control.createSilence(
      {
        tenant: 'acme',
        matchers: matchersOf('subject=Distance'),
        fromMs: at(1),
        toMs: at(7),
        author: 'ann',
        reason: '',
      },
      at(1),
    );
    expect((await b.control.alerts({ tenant: 'other' }))[0]?.silencedBy).toBeNull();
    expect(await b.control.silences('other', at(1))).toEqual([]);
    expect(
      await b.control.expireSilence({ id: silence.id, tenant: 'other', actor: 'eve', nowMs: at(1) }),
    ).toMatchObject({ ok: false, reason: 'not_found' });
    expect((await b.control.runs({ tenant: 'acme' })).every((run) => run.tenant === 'acme')).toBe(true);
    expect((await b.control.audit('other', 100)).every((entry) => !entry.text.includes('acme'))).toBe(true);
    expect(await b.control.deliveries({ tenant: 'nobody' })).toEqual([]);
  });
});

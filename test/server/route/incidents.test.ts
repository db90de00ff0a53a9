import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, DAY, HOUR, MINUTE, score, T0, told, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const judge = (day: number, ...scores: readonly (readonly [subject: string, value: number])[]) =>
  b.control.judge(
    scores.map(([subject, value]) => score(day, value, { subject })),
    at(day),
  );
const record = async () => {
  const [incident] = await b.control.incidents({ tenant: 'acme' });
  return (await b.control.incident(incident?.id ?? ''))!;
};
const kinds = async () => (await record()).timeline.map((entry) => entry.kind);
const word = async (text: string, nowMs: number) => ({
  incidentId: (await record()).id,
  tenant: 'acme',
  actor: 'ann',
  text,
  nowMs,
});

/** A page of Distance and a ticket of Carrier, both of one incident. */
async function pageAndTicket(): Promise<void> {
  await judge(1, ['Distance', 0.4], ['Carrier', 0.15]);
  await judge(2, ['Distance', 0.4], ['Carrier', 0.15]);
}

describe('an incident is mitigated', () => {
  it('when every page of it is over while a ticket remains, and open again when the ticket rises', async () => {
    await pageAndTicket();
    for (const day of [3, 4]) await judge(day, ['Distance', 0.01], ['Carrier', 0.15]);
    expect(await record()).toMatchObject({
      state: 'mitigated',
      mitigatedAtMs: at(4),
      mitigation: { by: 'pages_over', firing: [] },
    });
    await judge(5, ['Carrier', 0.4]);
    expect(await record()).toMatchObject({ state: 'open', mitigatedAtMs: null, mitigation: null });
    expect(await kinds()).toContain('incident_renewed');
  });

  it('by a person while the page still fires, who is heard by all that were told; another page opens it again', async () => {
    await pageAndTicket();
    await b.tick(at(2) + MINUTE);
    const answer = await b.control.mitigateIncident(await word('traffic goes to v1', at(2) + HOUR));
    expect(answer.ok).toBe(true);
    expect(told(await b.deliver(at(2) + HOUR))).toEqual(['oncall incident_update Distance Carrier']);
    await judge(3, ['Distance', 0.4], ['Carrier', 0.15]);
    expect(await record()).toMatchObject({ state: 'mitigated', mitigation: { by: 'person' } });
    expect(await b.control.mitigateIncident(await word('again', at(3)))).toMatchObject({
      ok: false,
      reason: 'conflict',
    });
    await judge(4, ['Origin', 0.5]);
    expect(await record()).toMatchObject({ state: 'open', mitigatedAtMs: null });
  });

  it('at its end at the latest', async () => {
    await judge(1, ['Distance', 0.4]);
    for (const day of [2, 3]) await judge(day, ['Distance', 0.01]);
    expect(await record()).toMatchObject({ state: 'resolved', mitigatedAtMs: at(3), resolvedAtMs: at(3) });
  });
});

describe('a person', () => {
  it('ends an incident with all its alerts: each end is told, and the same breach opens none', async () => {
    await pageAndTicket();
    await b.tick(at(2) + MINUTE);
    const answer = await b.control.resolveIncident({
      ...(await word('a known holiday', at(2) + HOUR)),
      actionable: false,
    });
    expect(answer.ok).toBe(true);
    expect(await record()).toMatchObject({ state: 'resolved', resolvedBy: 'ann', actionable: false });
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toEqual([]);
    expect(told(await b.tick(at(2) + 2 * HOUR))).toEqual(['oncall all_resolved Distance Carrier']);
    await judge(3, ['Distance', 0.4], ['Carrier', 0.15]);
    expect(await b.control.incidents({ tenant: 'acme' })).toMatchObject([{ state: 'resolved' }]);
    const again = await b.control.resolveIncident({ ...(await word('x', at(3))), actionable: null });
    expect(again).toMatchObject({ ok: false, reason: 'conflict' });
  });

  it('adds to the timeline of an incident however old, and answers later whether there was something to do', async () => {
    await judge(1, ['Distance', 0.4]);
    for (const day of [2, 3]) await judge(day, ['Distance', 0.01]);
    const said = { ...(await word('the feed was repaired', at(60))), actionable: true };
    expect((await b.control.commentIncident(said)).ok).toBe(true);
    const after = await record();
    expect(after).toMatchObject({ state: 'resolved', actionable: true, resolvedAtMs: at(3) });
    expect(after.timeline.at(-1)).toMatchObject({
      actor: 'ann',
      actorKind: 'user',
      kind: 'comment',
      text: 'the feed was repaired (There was something to do.)',
    });
    expect((await b.control.audit('acme', 1))[0]).toMatchObject({ kind: 'comment', actor: 'ann' });
  });

  it('of another tenant finds no such incident', async () => {
    await judge(1, ['Distance', 0.4]);
    const foreign = { ...(await word('mine now', at(1))), tenant: 'other', actionable: null };
    for (const answer of [
      await b.control.commentIncident(foreign),
      await b.control.resolveIncident(foreign),
      await b.control.mitigateIncident(foreign),
    ])
      expect(answer).toMatchObject({ ok: false, reason: 'not_found' });
  });
});

describe('the times of an incident', () => {
  it('run from the first bad window to the page, and from the page to who was told, acknowledged and resolved', async () => {
    await judge(1, ['Distance', 0.15]);
    await judge(2, ['Distance', 0.2]);
    await judge(3, ['Distance', 0.4]);
    await b.tick(at(3) + MINUTE);
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    await b.control.acknowledge({
      alertId: alert!.id,
      tenant: 'acme',
      actor: 'ann',
      nowMs: at(3) + 10 * MINUTE,
    });
    for (const day of [4, 5]) await judge(day, ['Distance', 0.01]);
    const { times, notices } = await record();
    expect(times).toEqual({
      detectMs: 3 * DAY,
      judgeMs: 2 * DAY,
      notifyMs: MINUTE,
      acknowledgeMs: 10 * MINUTE,
      mitigateMs: 2 * DAY,
      resolveMs: 2 * DAY,
    });
    expect(notices).toBe(1);
  });

  it('begin after the last clean window', async () => {
    await judge(1, ['Distance', 0.4]);
    for (const day of [2, 3]) await judge(day, ['Distance', 0.01]);
    await judge(4, ['Distance', 0.4]);
    const { times } = await record();
    expect(times).toMatchObject({ detectMs: DAY, judgeMs: 0, notifyMs: null, resolveMs: null });
  });

  it('of a burn rate begin with the shortest window that is over', async () => {
    const burn = [
      { windowMs: 6 * HOUR, rate: 20, threshold: 6 },
      { windowMs: 30 * MINUTE, rate: 20, threshold: 6 },
      { windowMs: 5 * MINUTE, rate: 3, threshold: 14.4 },
    ];
    const minute = score(1, 2, {
      detector: 'burn-rate-page',
      subject: 'availability',
      windowFromMs: at(1) - 6 * HOUR,
      evidence: { text: 'Errors burn the budget.', burn },
    });
    await b.control.judge([minute], at(1));
    expect((await record()).times).toMatchObject({ detectMs: 30 * MINUTE, judgeMs: 0 });
  });
});

describe('the timeline', () => {
  it('shows what each entry rests on: the score, the delivery, the run, the version', async () => {
    await b.control.recordDeployment({
      tenant: 'acme',
      model: 'delay',
      version: 'v1',
      atMs: T0 - DAY,
      source: 'api',
    });
    await judge(1, ['Distance', 0.4]);
    await b.tick(at(1) + MINUTE);
    const { id, timeline, alerts } = await record();
    const explained = await b.control.explainAlert(alerts[0]?.id ?? '', at(1));
    const of = (kind: string) => timeline.find((entry) => entry.kind === kind);
    expect(timeline[0]).toMatchObject({
      kind: 'deployment',
      actorKind: 'external',
      evidence: { kind: 'version', id: 'v1', path: '#/models/acme/delay' },
    });
    expect(of('first_bad_window')).toMatchObject({ atMs: T0, actorKind: 'system' });
    expect(of('alert_joined')?.evidence).toEqual({
      kind: 'score',
      id: String(explained?.scoreId),
      path: `#/scores/${explained?.scoreId}`,
    });
    expect(of('delivery_sent')?.evidence).toMatchObject({ kind: 'delivery' });
    expect(of('delivery_sent')?.evidence?.path).toMatch(new RegExp(`^#/incidents/${id}\\?delivery=ntc_`));
    expect(timeline.map((entry) => entry.atMs)).toEqual(
      timeline.map((entry) => entry.atMs).toSorted((first, second) => first - second),
    );
  });
});

describe('the figures of all incidents', () => {
  const figures = (sinceMs = T0) => b.control.incidentMetrics({ tenant: 'acme', sinceMs, nowMs: at(90) });

  it('say in words that there are none', async () => {
    const { incidents, times, acknowledged, changes } = await figures();
    expect(incidents).toBe(0);
    expect(times.resolveMs).toEqual({ count: 0, median: null, p90: null, why: 'no resolved incident yet' });
    expect(acknowledged).toEqual({ count: 0, of: 0, share: null, why: 'no incident yet' });
    expect(changes.failed.why).toBe('no change yet');
  });

  it('are medians from three on, of the incidents opened in the range, by model, and nothing of another tenant', async () => {
    const life = async (day: number, lengthDays: number) => {
      await judge(day, ['Distance', 0.4]);
      await b.tick(at(day) + MINUTE);
      for (let past = 1; past < lengthDays; past += 1) await judge(day + past, ['Distance', 0.4]);
      for (const past of [0, 1]) await judge(day + lengthDays + past, ['Distance', 0.01]);
    };
    await life(1, 1);
    await life(10, 3);
    expect((await figures()).times.resolveMs).toMatchObject({
      count: 2,
      median: null,
      why: '2 resolved incidents, a median needs 3',
    });
    await life(20, 7);
    const after = await figures();
    expect(after).toMatchObject({
      incidents: 3,
      open: 0,
      times: {
        resolveMs: { median: 4 * DAY, p90: null, why: '3 resolved incidents, a p90 needs 10' },
        notifyMs: { median: MINUTE },
      },
      acknowledged: { count: 0, of: 3, share: 0 },
    });
    expect(after.models).toMatchObject([{ tenant: 'acme', model: 'delay', incidents: 3 }]);
    expect((await figures(at(15))).incidents).toBe(1);
    const foreign = await b.control.incidentMetrics({ tenant: 'other', sinceMs: T0, nowMs: at(90) });
    expect(foreign).toMatchObject({ incidents: 0, models: [] });
  });

  it('count a change that a page followed within a day, or that was rolled back, as failed', async () => {
    const deploy = (version: string, atMs: number) =>
      b.control.recordDeployment({ tenant: 'acme', model: 'delay', version, atMs, source: 'api' });
    for (const [version, day] of [
      ['v1', 0],
      ['v2', 4.5],
      ['v3', 30],
    ] as const)
      await deploy(version, at(day));
    await judge(5, ['Distance', 0.4]);
    for (const day of [6, 7]) await judge(day, ['Distance', 0.01]);
    const { changes } = await figures();
    expect(changes).toMatchObject({ changes: 2, failed: { count: 1, of: 2, share: 0.5 } });
    expect(changes.recoverMs.why).toBe('1 recovery from a failed change, a median needs 3');
  });
});

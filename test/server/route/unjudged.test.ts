import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Score } from '../../../server/model.ts';
import type { ModelSettings } from '../../../server/settings.ts';
import { bench, DAY, HOUR, MINUTE, score, settings, T0, told, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const firing = async () =>
  (await b.control.alerts({ tenant: 'acme', state: 'firing' })).map((alert) => alert.subject);
const audited = async () => (await b.control.audit('acme', 50)).map((entry) => entry.text);
const drift = (day: number, subject: string, value = 0.01) => score(day, value, { subject });

/** A score of what looks every few minutes. */
const minuteScore = (nowMs: number, change: Partial<Score>) =>
  score(0, 0, { windowFromMs: nowMs - 6 * HOUR, windowToMs: nowMs, ...change });
const burn = (nowMs: number, value: number, subject = 'availability') =>
  minuteScore(nowMs, { detector: 'burn-rate-page', subject, value });
const absence = (nowMs: number) => minuteScore(nowMs, { detector: 'absence', subject: '' });

const withModel = (change: Partial<ModelSettings>) => {
  const plain = settings();
  return { ...plain, models: plain.models.map((model) => ({ ...model, ...change })) };
};
const SLO = {
  id: 'availability',
  kind: 'availability',
  target: 0.99,
  periodMs: 28 * DAY,
  thresholdMs: null,
} as const;

/** A beat every five minutes after `fromMs`, in which no more than the absence of data is looked for. */
async function onlyAbsence(fromMs: number, toMs: number): Promise<void> {
  for (let nowMs = fromMs + 5 * MINUTE; nowMs <= toMs; nowMs += 5 * MINUTE) {
    await b.control.judge([absence(nowMs)], nowMs);
    await b.control.runTimers(nowMs);
  }
}

describe('an alert that is judged no longer', () => {
  it('ends with the third window of its detector without its subject, and the end is told', async () => {
    await b.control.judge([drift(1, 'Distance', 0.4), drift(1, 'Carrier')], at(1));
    expect(told(await b.tick(at(1) + HOUR))).toEqual(['oncall first Distance']);
    for (const day of [2, 3]) await b.control.judge([drift(day, 'Carrier')], at(day));
    expect(await firing()).toEqual(['Distance']);
    await b.control.judge([drift(4, 'Carrier')], at(4));
    expect(await firing()).toEqual([]);
    expect((await audited()).join()).toContain('closed, because Distance is no longer judged');
    expect(told(await b.tick(at(4) + HOUR))).toEqual(['oncall all_resolved Distance']);
    expect(await b.control.incidents({ tenant: 'acme' })).toMatchObject([{ state: 'resolved' }]);
  });

  it('stays when its subject is judged, though there is not enough data', async () => {
    await b.control.judge([drift(1, 'Distance', 0.4)], at(1));
    for (const day of [2, 3, 4, 5]) await b.control.judge([score(day, null), drift(day, 'Carrier')], at(day));
    expect(await firing()).toEqual(['Distance']);
  });

  it('ends within the hour when the last error budget has left the configuration', async () => {
    await b.restart(withModel({ slos: [SLO] }));
    for (const minute of [0, 1]) await b.control.judge([burn(T0 + minute * MINUTE, 2)], T0 + minute * MINUTE);
    await b.restart(withModel({ slos: [] }));
    await onlyAbsence(T0, T0 + 15 * MINUTE);
    expect(await firing()).toEqual(['availability']);
    await onlyAbsence(T0 + 15 * MINUTE, T0 + HOUR);
    expect(await firing()).toEqual([]);
  });

  it('waits a day when its detector is silent though it is still configured, for that may be a failure', async () => {
    await b.restart(withModel({ slos: [SLO] }));
    for (const minute of [0, 1]) await b.control.judge([burn(T0 + minute * MINUTE, 2)], T0 + minute * MINUTE);
    await onlyAbsence(T0, T0 + 23 * HOUR);
    expect(await firing()).toEqual(['availability']);
    await onlyAbsence(T0 + 23 * HOUR, T0 + 25 * HOUR);
    expect(await firing()).toEqual([]);
  });

  it('ends when its group, the last one, has left the configuration', async () => {
    const gap = (day: number) =>
      score(day, 0.2, { detector: 'fairness-gap', subject: 'region', lower: 0.15, upper: 0.25 });
    for (const day of [1, 2]) await b.control.judge([gap(day), drift(day, 'Carrier')], at(day));
    expect(await firing()).toEqual(['region']);
    await b.restart(withModel({ groups: [] }));
    await onlyAbsence(at(2), at(5));
    expect(await firing()).toEqual(['region']);
    await onlyAbsence(at(5), at(5) + HOUR);
    expect(await firing()).toEqual([]);
  });

  it('does not end because the appliance was off', async () => {
    await b.control.judge([drift(1, 'Distance', 0.4), absence(at(1))], at(1));
    await b.restart();
    await b.control.judge([absence(at(20))], at(20));
    await b.control.runTimers(at(20));
    expect(await firing()).toEqual(['Distance']);
  });
});

describe('resolving by hand', () => {
  const resolve = (alertId: string, tenant: string | null, nowMs: number) =>
    b.control.resolveAlert({ alertId, tenant, actor: 'ann', nowMs });

  it('ends the alert, is kept in audit and timeline, and told; a breach after a clean window is a new episode', async () => {
    await b.control.judge([drift(1, 'Distance', 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    expect(await resolve(alert!.id, 'acme', at(1) + HOUR)).toMatchObject({ ok: true });
    expect(await b.control.alert(alert!.id)).toMatchObject({
      state: 'resolved',
      resolvedAtMs: at(1) + HOUR,
    });
    expect(told(await b.tick(at(1) + 2 * HOUR))).toEqual(['oncall all_resolved Distance']);
    const record = await b.control.incident(alert!.incidentId ?? (await incidentId()));
    expect(record).toMatchObject({ state: 'resolved' });
    expect(record?.timeline).toContainEqual(
      expect.objectContaining({ actor: 'ann', kind: 'alert_resolved' }) as unknown,
    );
    expect((await audited()).join()).toContain('Resolved by ann');
    expect(await resolve(alert!.id, 'acme', at(1) + 3 * HOUR)).toMatchObject({
      ok: false,
      reason: 'conflict',
    });
    await b.control.judge([drift(2, 'Distance', 0.4)], at(2));
    expect(await firing()).toEqual([]);
    await b.control.judge([drift(3, 'Distance', 0.01)], at(3));
    await b.control.judge([drift(4, 'Distance', 0.4)], at(4));
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toMatchObject([{ episode: 2 }]);
  });

  const incidentId = async () => (await b.control.incidents({ tenant: 'acme' }))[0]?.id ?? '';

  it('is for people of the tenant', async () => {
    await b.control.judge([drift(1, 'Distance', 0.4)], at(1));
    const [alert] = await b.control.alerts({ tenant: 'acme' });
    expect(await resolve(alert!.id, 'other', at(1))).toMatchObject({ ok: false, reason: 'not_found' });
    expect(await firing()).toEqual(['Distance']);
  });
});

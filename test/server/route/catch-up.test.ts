import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, DAY, HOUR, score, settings, T0, type Bench } from './fixture.ts';

const KEY = { tenant: 'acme', model: 'delay' };

let b: Bench;
beforeEach(async () => {
  b = await bench();
  await b.control.recordDeployment({ ...KEY, version: 'v1', atMs: T0 - 30 * DAY, source: 'ann' });
  await b.control.recordDeployment({ ...KEY, version: 'v2', atMs: T0, source: 'ann' });
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const firing = () => b.control.alerts({ tenant: 'acme', state: 'firing' });
const kinds = async () => (await b.control.runs({ tenant: 'acme' })).map((run) => run.kind).toSorted();
const days = (values: readonly number[]) => values.map((value, index) => score(index + 1, value));
const reasons = async () =>
  (await b.control.scores({ ...KEY, fromMs: T0, toMs: at(99) })).map((one) => one.verdicts[0]?.reason);

describe('windows judged late, many at once', () => {
  it('act on nothing that is over by the last of them', async () => {
    await b.control.judge(days([0.4, 0.4, 0.01, 0.01]), at(4));
    expect(await b.control.alerts({ tenant: 'acme' })).toMatchObject([{ state: 'resolved' }]);
    expect(await kinds()).toEqual([]);
    expect(await b.control.incidents({ tenant: 'acme' })).toEqual([]);
    expect(await b.tick(at(4) + HOUR)).toEqual([]);
  });

  it('act once on what still fires at the end', async () => {
    await b.control.judge(days([0.01, 0.4, 0.4, 0.4]), at(4));
    expect(await firing()).toMatchObject([{ severity: 'page' }]);
    expect(await kinds()).toEqual(['retrain', 'rollback']);
  });

  it('page nobody about a time long past, and say why', async () => {
    await b.control.judge(days([0.4, 0.4]), at(6));
    expect(await b.control.alerts({ tenant: 'acme' })).toEqual([]);
    expect(await kinds()).toEqual([]);
    expect(await reasons()).toEqual(['too_old', 'too_old']);
    expect(await b.tick(at(6) + HOUR)).toEqual([]);
  });

  it.each([
    [at(4), 1],
    [at(4) + 1, 0],
  ])('call up to three days after the end of a day, and not later: at %d', async (nowMs, alerts) => {
    await b.control.judge(days([0.4]), nowMs);
    expect(await firing()).toHaveLength(alerts);
  });

  it.each([
    [28, 1],
    [29, 0],
  ])('call up to three windows after the end of a week, and not later: on day %d', async (day, alerts) => {
    await b.control.judge([score(7, 0.4, { windowFromMs: T0 })], at(day));
    expect(await firing()).toHaveLength(alerts);
  });

  it('are not late while their rows are still waited for', async () => {
    const plain = settings();
    await b.restart({
      ...plain,
      models: plain.models.map((model) => ({ ...model, settleMs: 7 * DAY })),
    });
    await b.control.judge(days([0.4]), at(8));
    expect(await firing()).toHaveLength(1);
  });

  it('raise no ticket to a page, but close what is over', async () => {
    await b.control.judge(days([0.15, 0.15]), at(2));
    expect(await firing()).toMatchObject([{ severity: 'ticket' }]);
    await b.control.judge([score(3, 0.4)], at(9));
    expect(await firing()).toMatchObject([{ severity: 'ticket' }]);
    await b.control.judge([score(4, 0.01), score(5, 0.01)], at(9));
    expect(await firing()).toEqual([]);
  });

  it('count in the memory of later ones', async () => {
    await b.control.judge(days([0.15, 0.15, 0.15]), at(7));
    expect(await firing()).toEqual([]);
    await b.control.judge([score(4, 0.15)], at(7));
    expect(await firing()).toMatchObject([{ severity: 'ticket' }]);
  });
});

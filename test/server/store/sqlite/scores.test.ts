import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench, DAY, score, T0, type Bench } from '../../route/fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const KEY = { tenant: 'acme', model: 'delay' };

describe('scores', () => {
  it('come back as they were, with their verdicts', async () => {
    const given = score(1, 0.123_456_789, {
      lower: 0.1,
      upper: 0.2,
      evidence: { text: 'moved', numbers: { psi: 0.05 }, cause: 'kilometres' },
    });
    await b.control.judge([given], at(1));
    const [stored] = await b.control.latestScores(KEY);
    expect(stored).toEqual({
      ...given,
      id: stored!.id,
      atMs: at(1),
      verdicts: [{ rule: 'feature-drift', reason: 'waiting_for_persistence', severity: null }],
    });
    expect(await b.control.score(stored!.id)).toEqual(stored);
    expect(await b.control.score(999)).toBeNull();
  });

  it.each([true, false])(
    'come back with what they can be computed from again, significant: %s',
    async (isSignificant) => {
      const documents = ['{"known":[1,2]}', '{"known":[3,4]}'].map((body, index) => ({
        id: `d${index}`,
        body,
      }));
      const given = score(1, 0.3, { isSignificant, inputs: { baseline: 'd0', current: 'd1' } });
      await b.control.judge([given], at(1), documents);
      const [stored] = await b.control.latestScores(KEY);
      expect(stored).toMatchObject(given);
      expect(await b.control.documents(['d1', 'd0', 'd9'])).toEqual(documents);
      const [fleet] = await b.control.fleetScores({ tenant: 'acme', historyOf: 'drift', fromMs: at(0) });
      expect(fleet).toMatchObject({ isSignificant });
      expect(fleet).not.toHaveProperty('inputs');
    },
  );

  it('scored again name the new documents, and none when there are none', async () => {
    await b.control.judge([score(1, 0.3, { isSignificant: true, inputs: { current: 'd1' } })], at(1));
    await b.control.judge([score(1, 0.2, { inputs: { current: 'd2' } })], at(2));
    const [again] = await b.control.latestScores(KEY);
    expect(again?.inputs).toEqual({ current: 'd2' });
    expect(again).not.toHaveProperty('isSignificant');
    await b.control.judge([score(1, 0.2)], at(3));
    expect((await b.control.latestScores(KEY))[0]).not.toHaveProperty('inputs');
  });

  it('that are not significant are clean, whatever their size, and close what fires', async () => {
    await b.control.judge([score(1, 0.3, { isSignificant: false })], at(1));
    expect(await b.control.alerts({ tenant: 'acme' })).toEqual([]);
    await b.control.judge([score(2, 0.3, { isSignificant: true })], at(2));
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toHaveLength(1);
    await b.control.judge([score(3, 0.3, { isSignificant: false })], at(3));
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toHaveLength(1);
    await b.control.judge([score(4, 0.3, { isSignificant: false })], at(4));
    expect(await b.control.alerts({ tenant: 'acme' })).toMatchObject([{ state: 'resolved' }]);
  });

  it('of a window scored again keep their id and take the new value', async () => {
    await b.control.judge([score(1, 0.01)], at(1));
    const [before] = await b.control.latestScores(KEY);
    await b.control.judge([score(1, 0.02)], at(2));
    expect(await b.control.latestScores(KEY)).toMatchObject([{ id: before!.id, value: 0.02, atMs: at(2) }]);
    expect(await b.control.counters()).toMatchObject({ scores: 1 });
  });

  it('of an older window do not become the latest', async () => {
    await b.control.judge([score(2, 0.02)], at(2));
    await b.control.judge([score(1, 0.01)], at(3));
    expect(await b.control.latestScores(KEY)).toMatchObject([{ value: 0.02 }]);
  });

  it('are found by detector, subject and the end of their window, newest first', async () => {
    await b.control.judge(
      [1, 2, 3].flatMap((day) => [
        score(day, day / 100),
        score(day, 0.5, { detector: 'psi' }),
        score(day, 0.01, { subject: 'Carrier' }),
      ]),
      at(3),
    );
    const found = async (query: object, fromMs = T0, toMs = at(9)) =>
      (await b.control.scores({ ...KEY, fromMs, toMs, ...query })).length;
    expect(await found({})).toBe(9);
    expect(await found({ detector: 'psi' })).toBe(3);
    expect(await found({ detector: 'drift', subject: 'Carrier' })).toBe(3);
    expect(await found({ subject: 'Carrier' }, at(1), at(2))).toBe(1);
    expect(await found({ tenant: 'other' })).toBe(0);
    const drift = await b.control.scores({
      ...KEY,
      detector: 'drift',
      subject: 'Distance',
      fromMs: T0,
      toMs: at(2),
    });
    expect(drift.map((each) => each.value)).toEqual([0.02, 0.01]);
  });

  it('of the fleet are the latest of everything and the history of one detector, without heavy evidence', async () => {
    const evidence = { text: 'long', numbers: { psi: 1 }, cells: [] };
    await b.control.judge(
      [1, 2, 3].flatMap((day) => [
        score(day, 0.01, { evidence }),
        score(day, 0.5, { detector: 'psi', evidence: { text: '' } }),
        score(day, 0.01, { tenant: 'other' }),
      ]),
      at(3),
    );
    const fleet = await b.control.fleetScores({ tenant: 'acme', historyOf: 'drift', fromMs: at(1) });
    expect(fleet.map((each) => [each.detector, each.windowToMs])).toEqual([
      ['drift', at(2)],
      ['drift', at(3)],
      ['psi', at(3)],
    ]);
    expect(fleet[0]?.evidence).toEqual({ numbers: { psi: 1 } });
    expect(fleet[2]?.evidence).toEqual({});
    expect(await b.control.fleetScores({ tenant: null, historyOf: 'drift', fromMs: at(1) })).toHaveLength(5);
  });
});

describe('jobs', () => {
  it('are due by their time and survive a restart', async () => {
    await b.control.scheduleJobs([{ id: 'b', dueAtMs: at(2), lastRunMs: null }]);
    await b.control.scheduleJobs([{ id: 'a', dueAtMs: at(1), lastRunMs: at(0) }]);
    await b.restart();
    expect(await b.control.dueJobs(at(1))).toEqual([{ id: 'a', dueAtMs: at(1), lastRunMs: at(0) }]);
    await b.control.scheduleJobs([{ id: 'a', dueAtMs: at(3), lastRunMs: at(1) }]);
    expect(await b.control.dueJobs(at(1))).toEqual([]);
    expect((await b.control.jobs()).map((job) => job.id)).toEqual(['b', 'a']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../../server/model.ts';
import { bench, DAY, HOUR, MINUTE, score, T0, told, type Bench } from './fixture.ts';

describe('from a score to a notice', () => {
  let b: Bench;
  beforeEach(async () => {
    b = await bench();
  });
  afterEach(() => b.end());

  it('opens one alert and one incident, tells on-call after the group wait, and tells the end', async () => {
    const now = T0 + DAY;
    const changes = await b.control.judge([score(1, 0.4)], now);
    expect(changes.map((change) => change.kind)).toEqual(
      expect.arrayContaining(['alert', 'incident', 'score']),
    );
    expect(told(await b.tick(now))).toEqual([]);
    const [first] = await b.tick(now + 30_000);
    expect(told([first!])).toEqual(['oncall first Distance']);
    const notice = first!.payload as Notice;
    const [incident] = await b.control.incidents({ tenant: 'acme' });
    expect(notice).toMatchObject({
      severity: 'page',
      incidentId: incident!.id,
      title: 'Flight delay: Distance has drifted from its baseline (Jensen-Shannon distance 0.4)',
      url: `http://leeway.example/#/incidents/${incident!.id}`,
    });
    await b.control.judge([score(2, 0.01)], now + DAY);
    await b.control.judge([score(3, 0.01)], now + 2 * DAY);
    expect(await b.control.alerts({ tenant: 'acme', state: 'firing' })).toEqual([]);
    const last = await b.tick(now + 2 * DAY + 10 * MINUTE);
    expect(told(last).at(-1)).toBe('oncall all_resolved Distance');
    expect((await b.control.incidents({ tenant: 'acme' }))[0]).toMatchObject({
      state: 'resolved',
      resolvedAtMs: now + 2 * DAY,
    });
    expect(told(await b.tick(now + 2 * DAY + 12 * HOUR))).toEqual([]);
  });
});

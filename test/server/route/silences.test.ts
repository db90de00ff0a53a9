import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BadRequestError } from '../../../server/errors.ts';
import { matchersOf } from './routes.ts';
import { bench, DAY, HOUR, MINUTE, score, T0, told, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const silence = (change = {}) => ({
  tenant: 'acme',
  matchers: matchersOf('subject="Distance"'),
  fromMs: at(1),
  toMs: at(1) + 2 * HOUR,
  author: 'ann',
  reason: 'known',
  ...change,
});

describe('a silence', () => {
  it('holds the first notice back until it ends', async () => {
    await b.control.createSilence(silence(), at(1));
    await b.control.judge([score(1, 0.4)], at(1));
    expect(told(await b.tick(at(1) + HOUR))).toEqual([]);
    expect((await b.control.alerts({ tenant: 'acme' }))[0]?.silencedBy).toMatch(/^sil_/);
    expect(told(await b.tick(at(1) + 2 * HOUR))).toEqual(['oncall first Distance']);
    expect((await b.control.alerts({ tenant: 'acme' }))[0]?.silencedBy).toBeNull();
  });

  it('never swallows the end of what was told, where other routers do, nor the next beginning', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + MINUTE);
    await b.control.createSilence(silence({ fromMs: at(1) + HOUR, toMs: at(4) }), at(1) + HOUR);
    await b.control.judge([score(2, 0.01)], at(2));
    await b.control.judge([score(3, 0.01)], at(3));
    expect(told(await b.tick(at(3) + 10 * MINUTE))).toEqual(['oncall all_resolved Distance']);
    await b.tick(at(4));
    await b.control.judge([score(4, 0.4)], at(4));
    await b.tick(at(4));
    expect(told(await b.tick(at(4) + MINUTE))).toEqual(['oncall first Distance']);
  });

  it('that has ended is listed for 28 days, by whatever it ended, and only to its tenant', async () => {
    const own = await b.control.createSilence(silence(), at(1));
    const cut = await b.control.createSilence(silence({ toMs: at(3) }), at(1));
    await b.control.expireSilence({ id: cut.id, tenant: 'acme', actor: 'ann', nowMs: at(1) + HOUR });
    const ended = async (nowMs: number, tenant: string | null = 'acme') =>
      (await b.control.endedSilences(tenant, nowMs)).map(({ id }) => id);
    expect(await ended(at(1) + HOUR)).toEqual([cut.id]);
    expect(await ended(at(2))).toEqual([own.id, cut.id]);
    expect(await ended(at(2), null)).toEqual([own.id, cut.id]);
    expect(await ended(at(2), 'other')).toEqual([]);
    expect(await ended(at(29) + HOUR)).toEqual([own.id]);
    expect(await ended(at(29) + 2 * HOUR)).toEqual([]);
  });

  it('that begins later mutes from then on', async () => {
    await b.control.createSilence(silence({ fromMs: at(1) + HOUR, toMs: at(3) }), at(1));
    await b.control.judge([score(1, 0.4)], at(1));
    expect((await b.control.alerts({ tenant: 'acme' }))[0]?.silencedBy).toBeNull();
    await b.tick(at(1) + HOUR);
    expect((await b.control.alerts({ tenant: 'acme' }))[0]?.silencedBy).toMatch(/^sil_/);
  });

  it('ended by hand lets what still fires be told', async () => {
    const made = await b.control.createSilence(silence(), at(1));
    await b.control.judge([score(1, 0.4)], at(1));
    await b.tick(at(1) + 10 * MINUTE);
    const nowMs = at(1) + 20 * MINUTE;
    expect(await b.control.expireSilence({ id: made.id, tenant: 'acme', actor: 'ann', nowMs })).toMatchObject(
      { ok: true },
    );
    expect(told(await b.tick(nowMs + MINUTE))).toEqual(['oncall first Distance']);
    expect(await b.control.silences('acme', nowMs)).toEqual([]);
    expect(await b.control.expireSilence({ id: made.id, tenant: 'acme', actor: 'ann', nowMs })).toMatchObject(
      { ok: false, reason: 'conflict' },
    );
  });

  it.each([
    ['no matcher', { matchers: [] }],
    ['an empty value', { matchers: matchersOf('subject=""') }],
    ['only what it is not', { matchers: matchersOf('subject!="Distance"') }],
    ['a look-ahead', { matchers: [{ name: 'subject', op: '=~', value: '(?=a)b' }] }],
    ['more than a week', { toMs: at(9) }],
    ['an end before its beginning', { toMs: at(1) - 1 }],
  ])('with %s is refused', async (_name, change) => {
    await expect(b.control.createSilence(silence(change), at(1))).rejects.toThrow(BadRequestError);
    expect(await b.control.audit('acme', 10)).toEqual([]);
  });
});

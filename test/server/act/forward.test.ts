import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PostableAlert } from '../../../server/act/alertmanager.ts';
import { alertsDue, createForwarder, type Posted } from '../../../server/act/forward.ts';
import type { Alert } from '../../../server/model.ts';
import type { NotedAttempt } from '../../../server/ports-deliveries.ts';
import { LOCAL_EGRESS, NO_EGRESS } from './context.ts';
import { alertOf, NOW_MS } from './samples.ts';
import { httpServer } from './servers.ts';

const MINUTE_MS = 60_000;

/** A receiver's announced alerts by the minute; gives what is handed on when. */
function story(minutes: readonly (readonly Alert[])[], resendMs = MINUTE_MS) {
  let posted: Posted = new Map();
  return minutes.map((announced, minute) => {
    const next = alertsDue({ announced, posted, resendMs, nowMs: NOW_MS + minute * MINUTE_MS });
    posted = next.posted;
    return next.due.map(({ id, state }) => `${id} ${state}`);
  });
}

const a = alertOf({ id: 'a' });
const b = alertOf({ id: 'b' });

describe('what is handed on to an Alertmanager', () => {
  it('is everything that fires, every minute', () => {
    expect(story([[a], [a, b], [a, b]])).toEqual([
      ['a firing'],
      ['a firing', 'b firing'],
      ['a firing', 'b firing'],
    ]);
  });

  it('is nothing before its time', () => {
    expect(story([[a], [a], [a], [a]], 3 * MINUTE_MS)).toEqual([['a firing'], [], [], ['a firing']]);
  });

  it('is an end at once, and for five minutes more', () => {
    expect(story([[a], [], [], [], [], [], [], []])).toEqual([
      ['a firing'],
      ...Array.from({ length: 6 }, () => ['a resolved']),
      [],
    ]);
  });

  it('is an alert that fires again after its end', () => {
    expect(story([[a], [], [a], []], 5 * MINUTE_MS)).toEqual([
      ['a firing'],
      ['a resolved'],
      ['a firing'],
      ['a resolved'],
    ]);
  });

  it('is an alert at once that became a page, and the end of what it was', () => {
    const page = alertOf({ id: 'a', severity: 'page' });
    const ticket = alertOf({ id: 'a', severity: 'ticket' });
    expect(story([[ticket], [page]], 5 * MINUTE_MS)).toEqual([['a firing'], ['a resolved', 'a firing']]);
  });

  it('leaves Alertmanager, sooner or later, with what fires and nothing else', () => {
    const announced = fc.array(fc.subarray(['a', 'b', 'c', 'd']), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(announced, fc.integer({ min: 1, max: 5 }), (minutes, every) => {
        const alerts = minutes.map((ids) => ids.map((id) => alertOf({ id })));
        const last = alerts.at(-1)!;
        const told = new Map<string, string>();
        for (const due of story([...alerts, last], every * MINUTE_MS))
          for (const entry of due) told.set(entry.split(' ')[0]!, entry.split(' ')[1]!);
        const firing = [...told].filter(([, state]) => state === 'firing').map(([id]) => id);
        expect(firing.toSorted()).toEqual(last.map(({ id }) => id).toSorted());
      }),
    );
  });
});

const CONTROL = { noteAttempt: async () => {} };
const CLOCK = { now: () => NOW_MS };

/** A second at most one resend interval after another. */
const within = (second: number) =>
  expect.toSatisfy((seen: number) => seen >= second && seen <= second + MINUTE_MS / 1000) as unknown;

describe('the forwarder', () => {
  const settingsFor = (url: string, egress = LOCAL_EGRESS) => ({
    receivers: [{ id: 'upstream', type: 'alertmanager', url, resendMs: MINUTE_MS }] as const,
    egress,
    publicUrl: 'http://127.0.0.1:8080/',
  });

  it('posts what the receiver was told, with an end four intervals away', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const told = [alertOf({ labels: { team: 'risk', kind: 'drift' }, incidentId: null })];
    const control = { ...CONTROL, announcedAlerts: async (id: string) => (id === 'upstream' ? told : []) };
    const forwarder = createForwarder({
      clock: CLOCK,
      control,
      settings: settingsFor(server.url),
      now: () => NOW_MS,
    });
    await forwarder.forwardDue();
    expect(server.seen[0]?.path).toBe('/api/v2/alerts');
    const [posted] = JSON.parse(server.seen[0]!.body) as [PostableAlert];
    expect(posted).toMatchObject({
      labels: { alertname: 'feature-drift', team: 'risk', kind: 'drift' },
      startsAt: new Date(NOW_MS).toISOString(),
      endsAt: new Date(NOW_MS + 4 * MINUTE_MS).toISOString(),
      generatorURL: 'http://127.0.0.1:8080/#/models/acme/fraud',
    });
  });

  /** A beat every second of `seconds`, against a server that answers `status` by the second since the start. */
  async function beats(seconds: number, status: (second: number) => number) {
    let second = 0;
    const posts: number[] = [];
    await using server = await httpServer(() => {
      posts.push(second);
      return { status: status(second) };
    });
    const lines: object[] = [];
    const noted: NotedAttempt[] = [];
    const note = (level: string) => (_text: string, fields?: object) =>
      void lines.push({ second, level, ...fields });
    const forwarder = createForwarder({
      clock: CLOCK,
      control: {
        announcedAlerts: async () => [alertOf()],
        noteAttempt: async (attempt) => void noted.push(attempt),
      },
      settings: settingsFor(server.url),
      now: () => NOW_MS + second * 1000,
      log: { info: note('info'), warn: note('warn'), error: note('error') },
    });
    for (; second < seconds; second += 1) await forwarder.forwardDue();
    return { posts, lines, noted };
  }

  it('posts what does not arrive again ever later, up to the resend interval', async () => {
    const { posts } = await beats(400, () => 500);
    const waits = posts.slice(1).map((second, index) => second - posts[index]!);
    const longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60];
    expect(waits.length).toBeGreaterThanOrEqual(longest.length);
    for (const [index, seconds] of longest.entries()) {
      expect(waits[index]).toBeLessThanOrEqual(seconds);
      expect(waits[index]).toBeGreaterThanOrEqual(Math.floor(seconds * 0.8));
    }
  });

  it('says so once an hour and for another reason at once, and says when it is taken again', async () => {
    const { lines } = await beats(4400, (second) => (second < 4000 ? 500 : second < 4200 ? 403 : 200));
    const way = { receiver: 'upstream', tenant: 'acme' };
    expect(lines).toEqual([
      { ...way, level: 'warn', second: 0, failures: 1, detail: expect.stringContaining('500') },
      {
        ...way,
        level: 'warn',
        second: within(3600),
        failures: expect.any(Number),
        detail: expect.stringContaining('500'),
      },
      {
        ...way,
        level: 'warn',
        second: within(4000),
        failures: expect.any(Number),
        detail: expect.stringContaining('403'),
      },
      { ...way, level: 'info', second: within(4200), failures: expect.any(Number) },
    ]);
  });

  it('keeps every failure and the success after them for whoever looks at the receivers', async () => {
    const { noted } = await beats(200, (second) => (second < 3 ? 500 : 200));
    const attempt = { receiver: 'upstream', tenant: 'acme', atMs: NOW_MS };
    expect(noted).toEqual([
      ...noted.slice(1).map(() => ({ ...attempt, failure: expect.stringContaining('500') })),
      { ...attempt, failure: null },
    ]);
    expect(noted.length).toBeGreaterThan(2);
  });

  it('waits as long as it was asked to, but not longer than the resend interval', async () => {
    await using server = await httpServer(() => ({ status: 429, headers: { 'retry-after': '30' } }));
    let nowMs = NOW_MS;
    const control = { ...CONTROL, announcedAlerts: async () => [alertOf()] };
    const forwarder = createForwarder({
      clock: CLOCK,
      control,
      settings: settingsFor(server.url),
      now: () => nowMs,
    });
    const seen = [];
    for (const afterMs of [0, 29_999, 30_000]) {
      nowMs = NOW_MS + afterMs;
      await forwarder.forwardDue();
      seen.push(server.seen.length);
    }
    expect(seen).toEqual([1, 1, 2]);
  });

  it('hands on what one tenant has, also while what another has is refused', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    const other = alertOf({ id: 'b', tenant: 'other' });
    const control = { ...CONTROL, announcedAlerts: async () => [alertOf({ id: 'a' }), other] };
    const egress = { ...LOCAL_EGRESS, allow: [], tenants: { other: LOCAL_EGRESS.allow } };
    const warned: unknown[] = [];
    const log = { warn: (_text: string, details: unknown) => void warned.push(details) };
    const settings = settingsFor(server.url, egress);
    const forwarder = createForwarder({
      clock: CLOCK,
      control,
      settings,
      now: () => NOW_MS,
      log: log as never,
    });
    await forwarder.forwardDue();
    await forwarder.forwardDue();
    const posted = server.seen.map(({ body }) => JSON.parse(body) as readonly PostableAlert[]);
    expect(posted.map((alerts) => alerts.map(({ labels }) => labels['tenant']))).toEqual([['other']]);
    expect(warned).toMatchObject([{ receiver: 'upstream', tenant: 'acme' }]);
  });

  it.each([
    ['the store fails', async () => Promise.reject(new Error('busy')), LOCAL_EGRESS, 'busy'],
    ['egress is closed', async () => [alertOf()], NO_EGRESS, 'egress.allow'],
  ])('goes on when %s', async (_name, answer, egress, detail) => {
    const warned: string[] = [];
    const log = { warn: (_text: string, { detail: said }: { detail: string }) => void warned.push(said) };
    const control = { ...CONTROL, announcedAlerts: answer };
    const settings = settingsFor('http://127.0.0.1:1', egress);
    await createForwarder({ clock: CLOCK, control, settings, log: log as never }).forwardDue();
    expect(warned.join()).toContain(detail);
  });
});

import { LOCAL_EGRESS, NO_EGRESS } from './context.ts';
import { describe, expect, it } from 'vitest';
import { createHeartbeat, decideHeartbeat, type HeartbeatState } from '../../../server/act/heartbeat.ts';
import type { ControlCounters } from '../../../server/ports.ts';
import { NOW_MS } from './samples.ts';
import { httpServer } from './servers.ts';

const MINUTE = 60_000;

describe('the decision to send a heartbeat', () => {
  const state: HeartbeatState = {
    everyMs: MINUTE,
    lastSentMs: NOW_MS - MINUTE,
    isBeating: true,
    oldestWaitingMs: null,
    unreachedSinceMs: null,
    nowMs: NOW_MS,
  };
  it.each<[string, Partial<HeartbeatState>, string]>([
    ['the first time', { lastSentMs: null }, 'due'],
    ['after the time between two', {}, 'due'],
    ['before that', { lastSentMs: NOW_MS - MINUTE + 1 }, 'not_due'],
    ['while nothing is detected', { isBeating: false, lastSentMs: null }, 'not_beating'],
    ['while something waits a little', { oldestWaitingMs: NOW_MS - 15 * MINUTE }, 'due'],
    ['while something waits too long', { oldestWaitingMs: NOW_MS - 15 * MINUTE - 1 }, 'outbox_stuck'],
    ['while a page has reached nobody for a while', { unreachedSinceMs: NOW_MS - 15 * MINUTE }, 'due'],
    ['while a page reaches nobody', { unreachedSinceMs: NOW_MS - 15 * MINUTE - 1 }, 'page_unreached'],
  ])('%s', (_name, change, expected) => {
    expect(decideHeartbeat({ ...state, ...change })).toBe(expected);
  });
});

describe('the heartbeat', () => {
  const COUNTERS = { oldestPendingDeliveryMs: null, oldestUnreachedPageMs: null } as ControlCounters;

  async function beating(statuses: readonly number[], allow = LOCAL_EGRESS.allow, counters = COUNTERS) {
    const server = await httpServer((_seen, index) => ({ status: statuses[index] ?? 200 }));
    let nowMs = NOW_MS;
    const lines: object[] = [];
    const beat = createHeartbeat({
      settings: {
        heartbeat: { url: `${server.url}/ping/secret-token`, everyMs: MINUTE },
        egress: { ...LOCAL_EGRESS, allow },
      },
      control: { counters: async () => counters },
      isBeating: () => true,
      fetch,
      now: () => nowMs,
      log: { info: () => {}, error: () => {}, warn: (text, fields) => lines.push({ text, ...fields }) },
      timeoutMs: 500,
    });
    const after = (ms: number) => {
      nowMs += ms;
      return beat();
    };
    return { server, after, lines, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }

  it('is sent once each time it is due', async () => {
    await using it = await beating([]);
    const decisions = [await it.after(0), await it.after(1), await it.after(MINUTE)];
    expect(decisions).toEqual(['due', 'not_due', 'due']);
    expect(it.server.seen.map(({ path }) => path)).toEqual(['/ping/secret-token', '/ping/secret-token']);
  });

  it('is sent again at the next beat when it was not taken, and its token appears nowhere', async () => {
    await using it = await beating([500, 200]);
    await it.after(0);
    expect(await it.after(1)).toBe('due');
    expect(it.server.seen).toHaveLength(2);
    expect(it.lines).toMatchObject([{ text: 'The heartbeat was not taken', status: 500 }]);
    expect(JSON.stringify(it.lines)).not.toContain('secret-token');
  });

  it('goes only where the egress list allows', async () => {
    await using it = await beating([], ['other.example']);
    await it.after(0);
    expect([it.server.seen.length, it.lines.length]).toEqual([0, 1]);
  });

  it('falls silent when a page was given up and nobody was told', async () => {
    const given = { ...COUNTERS, oldestUnreachedPageMs: NOW_MS };
    await using it = await beating([], LOCAL_EGRESS.allow, given);
    expect([await it.after(15 * MINUTE), await it.after(MINUTE)]).toEqual(['due', 'page_unreached']);
    expect(it.server.seen).toHaveLength(1);
  });

  it('is nothing without settings', async () => {
    const beat = createHeartbeat({
      settings: { egress: NO_EGRESS },
      control: { counters: () => Promise.reject(new Error('was called')) },
      isBeating: () => true,
      fetch,
      now: () => NOW_MS,
    });
    expect(await beat()).toBeNull();
  });
});

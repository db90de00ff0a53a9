import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turns } from '../../../server/act/slack-turns.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const turns = (longestMs = 10_000) => new Turns({ everyMs: 1_000, burst: 2, longestMs });

/** Names in the order their turns came, with ms since the start. */
function watch(all: Turns, order: string[]) {
  const startMs = Date.now();
  return (name: string, isUrgent = false, lane = 'c') => {
    const note = async () => {
      const delayMs = await all.take(lane, isUrgent);
      order.push(`${delayMs === 0 ? name : `${name} delayed`} ${Date.now() - startMs}`);
    };
    void note();
  };
}

describe('turns', () => {
  it('come at once after a pause, then one a second', async () => {
    const order: string[] = [];
    const ask = watch(turns(), order);
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(order).toEqual(['a 0', 'b 0', 'c 1000', 'd 2000']);
  });

  it('come to pages before tickets that asked earlier', async () => {
    const order: string[] = [];
    const ask = watch(turns(), order);
    for (const name of ['a', 'b', 'ticket']) ask(name);
    ask('page', true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(order).toEqual(['a 0', 'b 0', 'page 1000', 'ticket 2000']);
  });

  it('send away who would wait too long, and who was overtaken until it is too late', async () => {
    const order: string[] = [];
    const ask = watch(turns(1_500), order);
    for (const name of ['a', 'b', 'ticket', 'late']) ask(name);
    ask('page', true);
    await vi.advanceTimersByTimeAsync(1_100);
    ask('next page', true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(order).toEqual([
      'a 0',
      'b 0',
      'late delayed 0',
      'page 1000',
      'next page 2000',
      'ticket delayed 2000',
    ]);
  });

  it('are held for one lane and no other', async () => {
    const order: string[] = [];
    const all = turns(1_500);
    const ask = watch(all, order);
    all.hold('c', 4_000);
    ask('held');
    ask('other', false, 'd');
    await vi.advanceTimersByTimeAsync(4_000);
    ask('after');
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toEqual(['held delayed 0', 'other 0', 'after 4000']);
  });
});

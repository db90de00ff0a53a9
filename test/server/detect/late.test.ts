import { describe, expect, it } from 'vitest';
import { lateWindows } from '../../../server/detect/late.ts';

const HOUR_MS = 3_600_000;
const FIVE_MINUTES_MS = 300_000;
const judged = { fromMs: 0, toMs: 10 * HOUR_MS, windowMs: HOUR_MS, mostSummed: 4 };
const bucket = (model: string, fromMs: number, spanMs = FIVE_MINUTES_MS) => ({
  tenant: 'acme',
  model,
  fromMs,
  toMs: fromMs + spanMs,
  batch: 1,
});
const hours = (found: ReturnType<typeof lateWindows>) =>
  found.map(({ model, window }) => `${model} ${window.fromMs / HOUR_MS}`);

describe('windows that late rows touch', () => {
  it('are judged again once each, by model, oldest first', () => {
    const buckets = [
      bucket('b', HOUR_MS),
      bucket('a', 3 * HOUR_MS),
      bucket('a', 2 * HOUR_MS + FIVE_MINUTES_MS),
      bucket('a', 3 * HOUR_MS + FIVE_MINUTES_MS),
    ];
    expect(hours(lateWindows(buckets, () => judged))).toEqual(['b 1', 'b 3', 'a 2', 'a 3']);
  });

  it('are judged again with the ends of the blocks of two and four that they are summed in', () => {
    expect(hours(lateWindows([bucket('a', 4 * HOUR_MS)], () => judged))).toEqual(['a 4', 'a 5', 'a 7']);
    expect(hours(lateWindows([bucket('a', 8 * HOUR_MS)], () => judged))).toEqual(['a 8', 'a 9']);
    const alone = { ...judged, mostSummed: 1 };
    expect(hours(lateWindows([bucket('a', 4 * HOUR_MS)], () => alone))).toEqual(['a 4']);
  });

  it('are left to their own time while they are not yet judged', () => {
    expect(hours(lateWindows([bucket('a', 10 * HOUR_MS)], () => judged))).toEqual([]);
    expect(hours(lateWindows([bucket('a', 9 * HOUR_MS)], () => null))).toEqual([]);
  });

  it('are several where counts stand by the hour and windows are shorter', () => {
    const short = { ...judged, windowMs: HOUR_MS / 2 };
    const found = lateWindows([bucket('a', HOUR_MS, HOUR_MS)], () => short);
    expect(found.map(({ window }) => window.fromMs / HOUR_MS)).toEqual([1, 1.5]);
  });
});

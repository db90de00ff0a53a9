import { describe, expect, it } from 'vitest';
import { DELAY_EDGES, delayCell } from '../../../detectors/outcome-cells.ts';
import { isWaiting, maturedWindows, maturityOf } from '../../../server/detect/maturity.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2015-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'risk' };

/** One prediction a day for three years, each with its label after so many days. */
function labelled(delayDays: (day: number) => number, days = 1000) {
  return {
    labelDelays: async ({ fromMs = 0, toMs = Infinity }: { fromMs?: number; toMs?: number }) => {
      const counts = DELAY_EDGES.map(() => 0).concat(0);
      for (let day = 1; day <= days; day += 1) {
        const atMs = NOW_MS - day * DAY_MS;
        const delayMs = delayDays(day) * DAY_MS;
        if (atMs >= fromMs && atMs < toMs && atMs + delayMs <= NOW_MS) counts[delayCell(delayMs)]! += 1;
      }
      return { labelled: 0, counts, p50Ms: null, p95Ms: null };
    },
  };
}

const maturity = (source: ReturnType<typeof labelled>) =>
  maturityOf(source, KEY, { nowMs: NOW_MS, share: 0.9 });

describe('how long labels take', () => {
  it.each([
    ['an hour', () => 1 / 24, 90, [0.03, 0.05]],
    ['ten days', () => 10, 90, [9, 13]],
    ['fifty days: a quarter that has only half its labels tells too little', () => 50, 360, [45, 65]],
    ['a year: of the last quarter no label has come', () => 365, 1440, [300, 380]],
    ['anything up to two years', (day: number) => 100 + ((day * 7919) % 630), 1440, [560, 760]],
  ] as const)('%s', async (_name, delayDays, spanDays, [least, most]) => {
    const found = await maturity(labelled(delayDays));
    expect(found?.spanMs).toBe(spanDays * DAY_MS);
    expect((found?.matureMs ?? 0) / DAY_MS).toBeGreaterThan(least);
    expect((found?.matureMs ?? 0) / DAY_MS).toBeLessThan(most);
  });

  it('is not known before the first label', async () => {
    expect(await maturity(labelled(() => 2000))).toBeNull();
  });
});

describe('the windows whose labels have come', () => {
  const model = { windowMs: DAY_MS };
  const from = (day: number) => NOW_MS + day * DAY_MS;
  const of = (given: { markDay?: number; matureToDay: number }) => {
    const { windows, markMs } = maturedWindows({
      model,
      firstMs: from(0),
      markMs: given.markDay === undefined ? undefined : from(given.markDay),
      matureToMs: from(given.matureToDay),
    });
    return {
      days: windows.map(({ fromMs }) => (fromMs - NOW_MS) / DAY_MS),
      mark: (markMs - NOW_MS) / DAY_MS,
    };
  };

  it.each([
    ['the first time', { matureToDay: 2.5 }, { days: [0, 1], mark: 0 }],
    ['after those judged', { markDay: 2, matureToDay: 4.1 }, { days: [2, 3], mark: 2 }],
    ['none while the next is not whole', { markDay: 2, matureToDay: 2.9 }, { days: [], mark: 2 }],
    ['none again for a delay of hours more', { markDay: 3, matureToDay: 2.5 }, { days: [], mark: 3 }],
    [
      'all again once labels take longer than was known',
      { markDay: 9, matureToDay: 3.5 },
      { days: [0, 1, 2], mark: 0 },
    ],
    [
      'from the first on when none is mature after all',
      { markDay: 9, matureToDay: -40 },
      { days: [], mark: 0 },
    ],
  ])('%s', (_name, given, expected) => {
    expect(of(given)).toEqual(expected);
  });
});

describe('a window whose labels have not all come', () => {
  const window = { fromMs: NOW_MS - 30 * DAY_MS, toMs: NOW_MS - 20 * DAY_MS };
  const usual = [{ predictions: 1000, labelled: 980 }];
  it.each([
    ['waits while most are still to come', 400, 15, true],
    ['is judged once nine in ten of the usual have come', 890, 15, false],
    ['is judged as it is after twice the time that labels take', 400, 9, false],
  ] as const)('%s', (_name, labelled, matureDays, waits) => {
    const current = [{ predictions: 1000, labelled }];
    const at = { nowMs: NOW_MS, matureMs: matureDays * DAY_MS, share: 0.9 };
    expect(isWaiting({ window, current, usual }, at)).toBe(waits);
  });

  it('does not wait where nothing is usual', () => {
    const at = { nowMs: NOW_MS, matureMs: 15 * DAY_MS, share: 0.9 };
    expect(isWaiting({ window, current: [], usual }, at)).toBe(false);
    expect(isWaiting({ window, current: usual, usual: [] }, at)).toBe(false);
  });
});

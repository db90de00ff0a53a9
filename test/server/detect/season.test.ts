import { describe, expect, it } from 'vitest';
import { periodOf, seasonOf, seasonText, slotOf } from '../../../server/detect/season.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONDAY_MS = Date.UTC(2026, 2, 2);

/** Windows of one length from a Monday on, all with as many rows. */
function history(windows: number, windowMs: number, rows = 1000) {
  return {
    startsMs: Array.from({ length: windows }, (_, index) => MONDAY_MS + index * windowMs),
    rows: Array.from({ length: windows }, () => rows),
  };
}
const windowAfter = (past: ReturnType<typeof history>, windowMs: number) => {
  const fromMs = MONDAY_MS + past.startsMs.length * windowMs;
  return { fromMs, toMs: fromMs + windowMs };
};

describe('the season a window is judged in', () => {
  it.each([
    ['four weeks of hours', 28 * 24, HOUR_MS, 'slot_of_week'],
    ['an hour less than four weeks', 28 * 24 - 1, HOUR_MS, 'slot_of_day'],
    ['seven days of hours', 7 * 24, HOUR_MS, 'slot_of_day'],
    ['six days of hours', 6 * 24, HOUR_MS, 'whole'],
    ['four weeks of days', 28, DAY_MS, 'slot_of_week'],
    ['three weeks of days: a day has no time of the day', 21, DAY_MS, 'whole'],
    ['windows that do not divide a week', 500, 5 * HOUR_MS, 'whole'],
    ['ten weeks of weeks: a week is its own time', 10, 7 * DAY_MS, 'whole'],
  ])('%s', (_name, windows, windowMs, season) => {
    const past = history(windows, windowMs);
    expect(seasonOf(past, windowAfter(past, windowMs), 4)).toBe(season);
  });

  it('does not count windows of a few rows', () => {
    const past = history(28 * 24, HOUR_MS, 49);
    expect(seasonOf(past, windowAfter(past, HOUR_MS), 4)).toBe('whole');
  });

  it('does not count the window itself, when a baseline is looked at again', () => {
    const past = history(28 * 24, HOUR_MS);
    const fromMs = past.startsMs[100] ?? 0;
    expect(seasonOf(past, { fromMs, toMs: fromMs + HOUR_MS }, 4)).toBe('slot_of_day');
  });
});

describe('slots', () => {
  it('repeat after a week, a day, or not at all', () => {
    const at = MONDAY_MS + 7 * HOUR_MS;
    expect(slotOf(at, 'slot_of_week', HOUR_MS)).toBe(slotOf(at + 7 * DAY_MS, 'slot_of_week', HOUR_MS));
    expect(slotOf(at, 'slot_of_week', HOUR_MS)).not.toBe(slotOf(at + DAY_MS, 'slot_of_week', HOUR_MS));
    expect(slotOf(at, 'slot_of_day', HOUR_MS)).toBe(7);
    expect(slotOf(at, 'whole', HOUR_MS)).toBe(0);
    expect(slotOf(-HOUR_MS, 'slot_of_day', HOUR_MS)).toBe(23);
  });

  it('know their period', () => {
    expect(periodOf('slot_of_week', HOUR_MS)).toBe(7 * DAY_MS);
    expect(periodOf('slot_of_day', DAY_MS)).toBeNull();
  });

  it('are told in words', () => {
    expect(seasonText('slot_of_week', 4)).toBe('4 windows at the same time of the week');
    expect(seasonText('whole', 28)).toBe('all its windows');
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorHours } from '../../bench/detectors/error-streams.ts';
import { sfc32 } from '../../bench/detectors/random.ts';
import { errorChange } from '../../detectors/error-change.ts';
import type { ErrorHour } from '../../detectors/error-hours.ts';
import { loadParameters } from '../../server/parameters.ts';

/** The shipped ones. */
const PARAMETERS = loadParameters(join(import.meta.dirname, '../../alert-rules')).all.outcomes.errorChange;
const HOUR_MS = 3_600_000;
const score = (hours: readonly ErrorHour[]) => errorChange.score({ hours, parameters: PARAMETERS });
const world = (more: object = {}) => ({ name: '', rows: 200, error: 0.05, ...more });
const make = (factor: number, options: { hours?: number; world?: object } = {}) =>
  errorHours(world(options.world), { hours: options.hours ?? 720, step: { atHour: 600, factor } }, sfc32(3));

describe('the error of a model', () => {
  it('that doubled is told with when, from what, to what, and by whom it is seen', () => {
    const found = score(make(2));
    expect(found.isSignificant).toBe(true);
    expect(found.value).toBeCloseTo(1, 0);
    expect(found.lower).toBeGreaterThan(0.8);
    expect(found.numbers).toMatchObject({ votes: 5, detectors: 5 });
    expect(Math.abs((found.numbers?.sinceMs ?? 0) / HOUR_MS - 600)).toBeLessThan(5);
    expect(found.text).toMatch(
      /^the error rose from 5\.\d % to (9|10)\.\d % at about 1970-01-2[56]T\d\d:00Z; seen by 5 of 5 \(adwin, page-hinkley, ewma, ddm, hddm-a\)$/,
    );
  });

  it('that did not change is told as such', () => {
    expect(score(make(1))).toMatchObject({
      value: 0,
      isSignificant: false,
      text: 'the error is as it was at the start',
    });
  });

  it('that swings over the day is not taken for a change', () => {
    expect(score(make(1, { world: { swing: 0.5 } })).isSignificant).toBe(false);
  });

  it('that differs from day to day needs more than one that does not', () => {
    expect(score(make(1.3)).isSignificant).toBe(true);
    expect(score(make(1.3, { world: { daily: 0.3 } })).isSignificant).toBe(false);
  });

  it('that fell is told and breaches nothing', () => {
    const found = score(make(0.4));
    expect(found).toMatchObject({ value: 0, isSignificant: false });
    expect(found.text).toMatch(/^the error fell from 5\.\d % to [12]\.\d %/);
  });

  it('that rose and went back is as it was at the start again', () => {
    const hours = make(1, { hours: 1400 }).map((hour, index) =>
      index >= 500 && index < 600 ? { ...hour, errors: Math.min(hour.rows, hour.errors * 3) } : hour,
    );
    expect(score(hours.slice(0, 600)).isSignificant).toBe(true);
    expect(score(hours).isSignificant).toBe(false);
  });

  it('is judged the same whatever was asked before, from the start each time', () => {
    const hours = make(2);
    const early = score(hours.slice(0, 640));
    score(hours);
    expect(score(hours.slice(0, 640))).toEqual(early);
  });
});

describe('the error of a regression', () => {
  const summed = (factor: number): readonly ErrorHour[] =>
    make(factor).map(({ fromMs, rows, errors }) => {
      const mean = 2 + errors / rows;
      return { fromMs, rows, absoluteSum: rows * mean, squareSum: rows * (mean * mean + 1) };
    });

  it('is followed by its mean size, by the three that know sizes', () => {
    const hours = summed(1).map((hour, index) =>
      index >= 600 && 'absoluteSum' in hour
        ? { ...hour, absoluteSum: hour.absoluteSum * 1.5, squareSum: hour.squareSum * 2.25 }
        : hour,
    );
    const found = score(hours);
    expect(found).toMatchObject({ isSignificant: true, numbers: { votes: 3, detectors: 3 } });
    expect(found.text).toMatch(/^the error rose from 2\.\d+ to 3\.\d+ at about/);
  });

  it('that does not change is quiet', () => {
    expect(score(summed(1)).isSignificant).toBe(false);
  });

  it('without any spread cannot be judged', () => {
    const hours = make(1).map(({ fromMs, rows }) => ({ fromMs, rows, absoluteSum: rows, squareSum: rows }));
    expect(score(hours).why).toBe('the first errors are all of one size');
  });
});

describe('what cannot be judged', () => {
  const hour = { fromMs: 0, rows: 100, errors: 5 };
  it.each([
    ['no hours', [], 'no labelled rows'],
    ['hours without labels', [{ fromMs: 0, rows: 0, errors: 0 }], 'no labelled rows'],
    ['one hour', [hour], 'still learns the level of the first 336 hours, has 1 with labels'],
    [
      'few labels',
      [hour, { ...hour, fromMs: 400 * HOUR_MS }],
      'needs 500 labelled rows in the first 336 hours, has 100',
    ],
    [
      'few errors',
      Array.from({ length: 400 }, (_, at) => ({ fromMs: at * HOUR_MS, rows: 10, errors: 0 })),
      'needs 30 stretches of five expected errors, has 0',
    ],
  ])('%s', (_name, hours, why) => {
    expect(score(hours)).toMatchObject({ value: null, why });
  });

  it.each([
    ['more errors than rows', [{ ...hour, errors: 101 }], 'at hour 0'],
    ['rows below zero', [hour, { fromMs: HOUR_MS, rows: -1, errors: 0 }], 'at hour 1'],
    ['hours out of order', [hour, hour], 'Expected hours in rising order, at hour 1'],
  ])('%s is an error of the caller', (_name, hours, message) => {
    expect(() => score(hours)).toThrow(message);
  });
});

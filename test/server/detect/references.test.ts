import { describe, expect, it } from 'vitest';
import { defaultModel } from '../../../server/config.ts';
import { References, type Reference, type ReferenceQuery } from '../../../server/detect/references.ts';
import type { Baseline } from '../../../server/model.ts';
import type { Comparison, DriftSettings } from '../../../server/settings.ts';
import { PARAMETERS } from './context.ts';
import { countsSource, type StoredCounts, type StoredWindow } from './stored-counts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const MONDAY_MS = Date.UTC(2026, 2, 2);
const key = { tenant: 'acme', model: 'fraud' };
const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };

/** Hours from a Monday on; `app` takes a tenth of the rows, at night a half. */
const hours = (count: number, fromMs = MONDAY_MS): readonly StoredWindow[] =>
  Array.from({ length: count }, (_, index) => {
    const known = index % 24 < 6 ? [50, 50, 0] : [90, 10, 0];
    return { fromMs: fromMs + index * HOUR_MS, known };
  });

const baselineOf = (stored: readonly StoredWindow[], changes: Partial<Baseline> = {}): Baseline => {
  const known = [0, 1, 2].map((cell) => stored.reduce((sum, one) => sum + (one.known[cell] ?? 0), 0));
  return {
    ...key,
    id: 'b1',
    source: { kind: 'uploaded', set: 'march' },
    fromMs: stored[0]?.fromMs ?? 0,
    toMs: (stored.at(-1)?.fromMs ?? 0) + HOUR_MS,
    rows: 100 * stored.length,
    createdAtMs: 0,
    layouts: { channel: { kind: 'category', values: ['web', 'app'], rare: [] } },
    counts: { channel: { known, sides: NO_SIDES } },
    ...changes,
  };
};

interface Given {
  readonly baseline: Baseline;
  readonly stored: Partial<StoredCounts>;
  readonly drift?: Partial<DriftSettings>;
  readonly episodes?: ReferenceQuery['episodes'];
}

function world({ baseline, stored, drift = {}, episodes = [] }: Given) {
  const { source, asked } = countsSource(baseline, {
    windowMs: HOUR_MS,
    production: [],
    baseline: [],
    ...stored,
  });
  const known = new References();
  const of = (comparison: Comparison, fromMs: number, changes: Partial<ReferenceQuery> = {}) => {
    const settings = defaultModel(key);
    const model = { ...settings, windowMs: HOUR_MS, drift: { ...settings.drift, ...drift } };
    const window = { fromMs, toMs: fromMs + HOUR_MS };
    return known.of(comparison, {
      source,
      model,
      baseline,
      window,
      parameters: PARAMETERS.all,
      episodes,
      ...changes,
    });
  };
  return { asked, of };
}
const sumOf = (reference: Reference | { readonly why: string }) =>
  'why' in reference
    ? reference.why
    : (reference.counts['channel']?.known ?? []).reduce((sum, count) => sum + count, 0);

describe('what a window is judged against, by the baseline', () => {
  it.each([
    ['four weeks', 28, 'slot_of_week', [200, 200, 0], '4 windows at the same time of the week'],
    ['three weeks', 21, 'slot_of_day', [1050, 1050, 0], '21 windows at the same time of the day'],
    ['six days', 6, 'whole', undefined, 'all its windows'],
  ])('%s of hours: %s days are judged by %s, and it is told', async (_name, days, season, known, text) => {
    const stored = hours(days * 24);
    const baseline = baselineOf(stored);
    const { of } = world({ baseline, stored: { baseline: stored } });
    const reference = await of('fixed', MONDAY_MS + 8 * WEEK_MS);
    expect(reference).toMatchObject({
      season,
      baselineId: 'b1',
      counts: { channel: { known: known ?? baseline.counts['channel']?.known } },
    });
    expect('text' in reference && reference.text).toContain(text);
    expect('text' in reference && reference.text).toContain('the uploaded training rows, 2026-03-02 to');
  });

  it('is the whole baseline where the season is switched off', async () => {
    const stored = hours(28 * 24);
    const baseline = baselineOf(stored);
    const { of } = world({ baseline, stored: { baseline: stored }, drift: { season: 'none' } });
    expect(await of('fixed', MONDAY_MS + 8 * WEEK_MS)).toMatchObject({
      season: 'whole',
      counts: baseline.counts,
    });
  });

  it('is read once, and then a window costs one read of its own slot', async () => {
    const stored = hours(28 * 24);
    const { of, asked } = world({ baseline: baselineOf(stored), stored: { baseline: stored } });
    for (const hour of [0, 1, 25]) await of('fixed', MONDAY_MS + 8 * WEEK_MS + hour * HOUR_MS);
    expect(asked.map(({ slot }) => slot !== undefined)).toEqual([false, true, true, true]);
  });

  it.each<readonly [string, DriftSettings['season'], number]>([
    ['of the baseline as a whole', 'none', 100 * (28 * 24 - 1)],
    ['of the hours of its slot', 'auto', 100 * 27],
  ])('leaves the window out %s when it is part of the baseline', async (_name, season, rows) => {
    const stored = hours(28 * 24);
    const source = { kind: 'period', fromMs: MONDAY_MS, toMs: MONDAY_MS + 4 * WEEK_MS } as const;
    const baseline = baselineOf(stored, { source });
    const { of } = world({ baseline, stored: { baseline: stored }, drift: { season } });
    expect(sumOf(await of('fixed', MONDAY_MS + DAY_MS))).toBe(rows);
  });

  it('leaves nothing out of an uploaded set that tells of the same time', async () => {
    const stored = hours(28 * 24);
    const { of } = world({
      baseline: baselineOf(stored),
      stored: { baseline: stored },
      drift: { season: 'none' },
    });
    expect(sumOf(await of('fixed', MONDAY_MS + DAY_MS))).toBe(100 * 28 * 24);
  });
});

describe('what a window is judged against, by the weeks before it', () => {
  const production = hours(6 * 7 * 24);
  const baseline = baselineOf(hours(24, MONDAY_MS - WEEK_MS));
  const last = MONDAY_MS + 5 * WEEK_MS + 7 * HOUR_MS;
  const spanOf = (asked: ReturnType<typeof world>['asked']) => {
    const [first] = asked;
    return first === undefined ? null : { fromMs: first.fromMs, toMs: first.toMs };
  };

  it('is four weeks that end with a day', async () => {
    const { of, asked } = world({ baseline, stored: { production } });
    const reference = await of('moving', last);
    expect(spanOf(asked)).toEqual({ fromMs: MONDAY_MS + WEEK_MS, toMs: MONDAY_MS + 5 * WEEK_MS });
    expect(reference).toMatchObject({ comparison: 'moving', season: 'slot_of_week' });
    expect('text' in reference && reference.text).toContain('the weeks before, 2026-03-09 to 2026-04-05');
  });

  it('ends at least the embargo before the window', async () => {
    const { of, asked } = world({ baseline, stored: { production } });
    await of('moving', MONDAY_MS + 5 * WEEK_MS);
    expect(spanOf(asked)?.toMs).toBe(MONDAY_MS + 5 * WEEK_MS - DAY_MS);
  });

  it('is made anew once a day', async () => {
    const { of, asked } = world({ baseline, stored: { production }, drift: { season: 'none' } });
    for (let hour = 1; hour <= 30; hour += 1) await of('moving', MONDAY_MS + 5 * WEEK_MS + hour * HOUR_MS);
    expect(asked.map(({ toMs }) => (toMs - MONDAY_MS) / DAY_MS)).toEqual([35, 36]);
  });

  it('leaves incidents and excluded ranges out, in the whole and in the slot', async () => {
    const day = (number: number) => MONDAY_MS + number * DAY_MS;
    const given = {
      baseline,
      stored: { production },
      drift: { season: 'none' as const, excluded: [{ fromMs: day(8), toMs: day(9) }] },
      episodes: [{ fromMs: day(20), toMs: day(22) }],
    };
    expect(sumOf(await world(given).of('moving', last))).toBe(100 * 24 * 25);
    const seasonal = { ...given, drift: { ...given.drift, season: 'auto' as const } };
    expect(await world(seasonal).of('moving', last)).toMatchObject({ season: 'slot_of_day' });
    expect(sumOf(await world(seasonal).of('moving', last))).toBe(100 * 25);
  });

  it('is made anew when an incident opens, and knows nothing of what came after', async () => {
    const { of } = world({ baseline, stored: { production }, drift: { season: 'none' } });
    expect(sumOf(await of('moving', last))).toBe(100 * 24 * 28);
    const open = { fromMs: MONDAY_MS + 3 * WEEK_MS, toMs: Number.MAX_SAFE_INTEGER };
    expect(sumOf(await of('moving', last, { episodes: [open] }))).toBe(100 * 24 * 14);
  });

  it.each([
    ['windows', hours(4), 'needs 5 earlier windows to judge against, has 4'],
    ['rows', hours(6), 'needs 2000 earlier rows to judge against, has 600'],
  ])('says what is missing: too few %s', async (_name, few, why) => {
    const { of } = world({ baseline, stored: { production: few } });
    expect(await of('moving', MONDAY_MS + DAY_MS + 2 * HOUR_MS)).toEqual({ why });
  });
});

describe('a baseline that is replaced while a window is judged', () => {
  it('is no mixture of two layouts: the job fails and is tried again', async () => {
    const stored = hours(28 * 24);
    const { of } = world({ baseline: baselineOf(stored), stored: { baseline: stored } });
    const before = baselineOf(stored, { id: 'b0' });
    await expect(of('fixed', MONDAY_MS + 8 * WEEK_MS, { baseline: before })).rejects.toThrow(
      'Baseline b0 of fraud was replaced while a window was judged against it',
    );
  });
});

import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBurnWindows } from '../../../server/burn-windows.ts';
import { pairsOf, tableOf } from '../../../server/detect/slo-pairs.ts';
import { sloScores, windowsNeeded } from '../../../server/detect/slo.ts';
import type { SloWindowRow } from '../../../server/ports.ts';
import type { SloSettings } from '../../../server/settings.ts';

const TABLES = loadBurnWindows(fileURLToPath(new URL('../../../alert-rules', import.meta.url)));
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const key = { tenant: 'acme', model: 'fraud' };

function availability(target: number, periodMs = 28 * DAY): SloSettings {
  return { id: 'up', kind: 'availability', target, periodMs, thresholdMs: null };
}

function drift(sliceMs: number, target = 0.95, periodMs = 28 * DAY): SloSettings {
  return {
    id: 'stable',
    kind: 'drift',
    target,
    periodMs,
    thresholdMs: null,
    threshold: 0.2,
    minRows: 500,
    features: null,
    against: 'fixed',
    sliceMs,
  };
}

const quality: SloSettings = {
  id: 'right',
  kind: 'quality',
  target: 0.9,
  periodMs: 28 * DAY,
  thresholdMs: null,
  tolerance: null,
  minCoverage: 0.8,
};

type Counted = Omit<Partial<SloWindowRow>, 'slo' | 'windowMs'>;

/** The scores of an objective whose windows hold what `of` says of each length. */
function judge(slo: SloSettings, of: (windowMs: number) => Counted, toMs = 100 * DAY) {
  const pairs = pairsOf(TABLES, slo);
  const rows = windowsNeeded(slo, pairs).map((windowMs) => ({
    slo: slo.id,
    windowMs,
    good: 0,
    bad: 0,
    ...of(windowMs),
  }));
  const lowVolume = tableOf(TABLES, slo)?.lowVolume ?? null;
  const [page, ticket] = sloScores({ key, slo, pairs, lowVolume, rows, toMs, nowMs: toMs, notes: [] });
  if (page === undefined || ticket === undefined) throw new Error('Two scores were expected.');
  return { page, ticket };
}

describe('the shipped burn windows', () => {
  // Source of the columns of 28 and 30 days: Google SRE workbook, chapter 5; of 7 days: Sloth's example, its last factor raised.
  it.each([
    [7, [13.44, 3.5, 1.4, 1]],
    [28, [13.44, 5.6, 2.8, 1]],
    [30, [14.4, 6, 3, 1]],
    [90, [43.2, 18, 9, 3]],
  ])('have for %d days the factors %j', (days, factors) => {
    expect(pairsOf(TABLES, availability(0.999, days * DAY)).map(({ factor }) => factor)).toEqual(factors);
  });

  it.each([
    [0.999, [14.4, 6, 3, 1]],
    [0.95, [10, 6, 3, 1]],
    [0.9, [5, 5, 3, 1]],
    [0.8, [2.5, 2.5, 2.5, 1]],
    [0.5, [1, 1, 1, 1]],
    [0.3, [1, 1, 1, 1]],
  ])('are lowered for a target of %d to %j, all of which can be reached', (target, factors) => {
    const pairs = pairsOf(TABLES, availability(target, 30 * DAY));
    expect(pairs.map(({ factor }) => factor)).toEqual(factors);
    expect(pairs.every(({ factor }) => factor * (1 - target) < 1)).toBe(true);
  });

  it('say why a factor is not that of the table', () => {
    expect(pairsOf(TABLES, availability(0.95, 28 * DAY)).map(({ why }) => why)).toEqual([
      'lowered: where everything is bad the budget burns 20 times, never more',
      null,
      null,
      'raised to 1: below it would fire while the promise is kept',
    ]);
  });

  it.each([
    ['five minutes', 5 * MINUTE, ['1h', '6h', '12h', '24h', '72h', '288h']],
    ['an hour', HOUR, ['12h', '24h', '72h', '288h']],
    ['a day', DAY, ['288h']],
  ])('of slices of %s have at least twelve of them in a long window', (_name, sliceMs, longs) => {
    const pairs = pairsOf(TABLES, drift(sliceMs));
    expect(pairs.map(({ longMs }) => `${longMs / HOUR}h`)).toEqual(longs);
  });

  it('are replaced by the pairs of the objective itself', () => {
    const own = { severity: 'page', longMs: 2 * HOUR, shortMs: 10 * MINUTE, factor: 7 } as const;
    expect(pairsOf(TABLES, { ...availability(0.99), burn: [own] })).toEqual([
      { ...own, tableFactor: 7, why: null },
    ]);
  });
});

describe('an objective that counts events', () => {
  const steady = (bad: number) => () => ({ good: 1000 - bad, bad });

  it('breaches both severities in an outage and states the budget', () => {
    const { page, ticket } = judge(availability(0.99), steady(500));
    expect(page.value).toBeGreaterThan(1);
    expect(ticket.value).toBeGreaterThan(1);
    expect(page.evidence.numbers).toMatchObject({ good: 500, bad: 500, remaining: expect.closeTo(-49, 9) });
    expect(page.evidence.sloState).toBe('burning');
  });

  it.each([
    [
      500,
      'up: 500 bad of 1,000, overspent' +
        ' by 4,900 % of the error budget; page: burns 50× over 1 h and 50× over 5 min, limit 13.44×; page: burns 50× over 6 h and 50× over 30 min, limit 5.6×; ticket: burns 50× over 1 d and 50× over 2 h, limit 2.8×; ticket: burns 50× over 3 d and 50× over 6 h, limit 1×',
    ],
    [5, 'up: 5 bad of 1,000, 50 % of the error budget left'],
  ])('tells %d bad answers in words', (bad, text) =>
    expect(judge(availability(0.99), steady(bad)).page.evidence.text).toBe(text),
  );

  it('is calm within the budget', () => {
    const { page, ticket } = judge(availability(0.99), steady(5));
    expect([page, ticket].every((score) => (score.value ?? 1) < 1)).toBe(true);
    expect(page.evidence.sloState).toBe('ok');
  });

  it('has no data without traffic: neither 0 % nor 100 %', () => {
    const { page } = judge(availability(0.99), () => ({}));
    expect(page).toMatchObject({ value: null, why: 'no traffic in any window' });
    expect(page.evidence).toMatchObject({ text: 'up: no traffic', sloState: 'nodata' });
    expect(page.evidence.numbers).toMatchObject({ remaining: null, exhaustionMs: null });
    expect(page.evidence.burn?.every(({ rate }) => rate === null)).toBe(true);
  });

  it('is not told where traffic has ended: an empty short window has not recovered', () => {
    const { ticket } = judge(availability(0.99), (ms) => (ms >= DAY ? { good: 1, bad: 99 } : {}));
    expect(ticket).toMatchObject({ value: null, why: 'no traffic in the short window' });
  });

  it('judges what it can by the pairs that have traffic', () => {
    const { page } = judge(availability(0.99), (ms) => (ms === 5 * MINUTE ? {} : { good: 100, bad: 100 }));
    expect(
      page.evidence.pairs?.filter(({ severity }) => severity === 'page').map(({ ratio }) => ratio),
    ).toEqual([null, expect.any(Number)]);
    expect(page.value).toBeGreaterThan(1);
  });

  it('says what was not counted, and since when it counts', () => {
    const toMs = Date.UTC(2026, 10, 21);
    const { text } = judge(
      availability(0.99),
      () => ({ good: 90, bad: 0, excluded: 10, sinceMs: toMs - 2 * DAY }),
      toMs,
    ).page.evidence;
    expect(text).toBe(
      "up: 0 bad of 90, 100 % of the error budget left; 10 not counted (the caller's own errors); counted since 2026-11-19 00:00 UTC",
    );
  });

  it('tells when the budget ends at the pace of six hours', () => {
    const { page } = judge(availability(0.99), (ms) =>
      ms > 6 * HOUR ? { good: 995, bad: 5 } : { good: 980, bad: 20 },
    );
    // Half is left of 28 days, and it burns twice as fast as evenly.
    expect(page.evidence.numbers?.['exhaustionMs']).toBeCloseTo(107 * DAY, -3);
  });

  it('fires at a target of 80 %, where the usual 14.4 times could never be reached', () => {
    expect(judge(availability(0.8), steady(1000)).page.value).toBeGreaterThan(1);
  });

  it('fires by min_bad where statistics would not', () => {
    const low = (ms: number) => (ms <= HOUR ? { good: 97, bad: 3 } : { good: 10_000, bad: 3 });
    expect(judge(availability(0.998), low).page.value).toBeLessThan(1);
    expect(judge({ ...availability(0.998), minBad: 3 }, low).page.value).toBeGreaterThanOrEqual(1);
  });
});

describe('little traffic', () => {
  /** One prediction every `everyMs`, of which the last `failing` milliseconds are bad, nine of ten. */
  const sparse = (everyMs: number, failingMs: number) => (windowMs: number) => {
    const total = Math.floor(windowMs / everyMs);
    const bad = Math.round(Math.min(total, Math.floor(failingMs / everyMs)) * 0.9);
    return { good: total - bad, bad };
  };

  it('that fails nine times of ten pages within a day, not after eight', () => {
    const hours = Array.from({ length: 200 }, (_, index) => index + 1);
    const first = hours.find(
      (hour) => (judge(availability(0.999), sparse(HOUR, hour * HOUR)).page.value ?? 0) >= 1,
    );
    expect(first).toBeLessThanOrEqual(12);
  });

  it('says in words that little traffic is why', () => {
    const { text } = judge(availability(0.999), sparse(HOUR, 12 * HOUR)).page.evidence;
    expect(text).toContain('page: little traffic, the budget of the period is overspent for sure');
  });

  it('ends with the first good events, and never holds while short windows have traffic', () => {
    const recovered = (ms: number) => (ms <= 6 * HOUR ? { good: 6, bad: 0 } : { good: 600, bad: 40 });
    expect(judge(availability(0.999), recovered).page.value ?? 0).toBeLessThan(1);
    const busy = (ms: number) => (ms <= 30 * MINUTE ? { good: 99, bad: 1 } : { good: 9_000, bad: 400 });
    const { page } = judge(availability(0.999), busy);
    expect(page.evidence.text).not.toContain('little traffic');
  });

  it('is no page while the budget of the period is not spent for sure', () => {
    expect(judge(availability(0.9), sparse(HOUR, 6 * HOUR)).page.value ?? 0).toBeLessThan(1);
  });
});

describe('an objective of slices', () => {
  const slices = (bad: number) => (ms: number) => {
    const all = ms / HOUR;
    return { bad: Math.min(all, bad), good: Math.max(0, all - bad) };
  };

  it('pages once enough slices of the long window are bad, and the last one', () => {
    const values = [0, 1, 3, 4, 12].map((bad) => judge(drift(HOUR), slices(bad)).page.value ?? NaN);
    // 28 days at 95 %: 12 h at 5.6 times is 28 % of its slices, four of twelve.
    expect(values.map((value) => value >= 1)).toEqual([false, false, false, true, true]);
  });

  it('tells slices, not predictions', () => {
    expect(judge(drift(HOUR), slices(1)).page.evidence.text).toBe(
      'stable: 1 bad of 672 slices, 97 % of the error budget left',
    );
  });

  it('cannot be told while half of the slices are unknown', () => {
    const { page } = judge(drift(HOUR), (ms) => ({ good: 0, bad: Math.min(4, ms / HOUR) }));
    expect(page).toMatchObject({ value: null, why: '4 of 12 slices known in the long window' });
  });

  it('has no pair of a severity where slices are too long, and says so', () => {
    const { page, ticket } = judge(drift(DAY), (ms) => ({ good: ms / DAY }));
    expect(page.why).toBe('no pair of windows of this severity fits the objective');
    expect(ticket.value).toBe(0);
  });
});

describe('quality', () => {
  it('waits for labels, and says how many there are', () => {
    const { page } = judge(quality, () => ({ good: 30, bad: 10, waiting: 60 }));
    expect(page).toMatchObject({
      value: null,
      why: 'pending: 40 of 100 predictions of 12 h have a label, needs 80 %',
    });
    expect(page.evidence.sloState).toBe('pending');
  });

  it('is judged once they have come', () => {
    const { page } = judge(quality, () => ({ good: 300, bad: 600, waiting: 100 }));
    expect(page.value).toBeGreaterThan(1);
    expect(page.evidence.sloState).toBe('burning');
  });

  it('is judged when it is known, not by the age of its predictions', () => {
    const pairs = pairsOf(TABLES, quality);
    const given = { key, slo: quality, pairs, lowVolume: null, rows: [], notes: [] };
    const [page] = sloScores({ ...given, toMs: 10 * DAY, nowMs: 20 * DAY });
    expect(page).toMatchObject({ windowToMs: 10 * DAY, maturedAtMs: 20 * DAY });
  });
});

describe('the decision to fire', () => {
  const count = fc.record({ good: fc.nat(5000), bad: fc.nat(5000) });
  const target = fc.double({ min: 0.01, max: 0.9999, noNaN: true });

  it('never turns to calm by one more bad event', () => {
    fc.assert(
      fc.property(count, count, target, (long, short, share) => {
        const of = (more: number) => (ms: number) =>
          ms <= 30 * MINUTE ? { ...short, bad: short.bad + more } : { ...long, bad: long.bad + more };
        const [before, after] = [0, 1].map((more) => judge(availability(share), of(more)).ticket.value);
        if (before !== null && after !== null) expect(after).toBeGreaterThanOrEqual((before ?? 0) - 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('depends on sums alone, so that counters merge in any order', () => {
    fc.assert(
      fc.property(fc.array(count, { minLength: 1, maxLength: 6 }), (parts) => {
        const sum = (some: typeof parts) => ({
          good: some.reduce((total, { good }) => total + good, 0),
          bad: some.reduce((total, { bad }) => total + bad, 0),
        });
        const one = judge(availability(0.99), () => sum(parts));
        expect(judge(availability(0.99), () => sum(parts.toReversed()))).toEqual(one);
      }),
    );
  });
});

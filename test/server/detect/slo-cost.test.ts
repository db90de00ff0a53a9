import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadBurnWindows } from '../../../server/burn-windows.ts';
import { costScores, costWindows } from '../../../server/detect/slo-cost.ts';
import { monthAt } from '../../../server/detect/slo-month.ts';
import { pairsOf } from '../../../server/detect/slo-pairs.ts';
import type { SloSettings } from '../../../server/settings.ts';

const TABLES = loadBurnWindows(fileURLToPath(new URL('../../../alert-rules', import.meta.url)));
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const key = { tenant: 'acme', model: 'chat' };
const utc = (text: string) => Date.parse(text);
const slo: Extract<SloSettings, { kind: 'cost' }> = {
  id: 'spend',
  kind: 'cost',
  target: 0,
  periodMs: 31 * DAY,
  thresholdMs: null,
  monthly: 300,
  currency: 'USD',
  timeZone: 'UTC',
};

describe('a calendar month', () => {
  it.each([
    ['UTC', '2026-11-21T10:00:00Z', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    // The clocks change on 25 October and on 29 March.
    ['Europe/Prague', '2026-10-10T00:00:00Z', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z'],
    ['Europe/Prague', '2026-03-31T23:30:00Z', '2026-03-31T22:00:00Z', '2026-04-30T22:00:00Z'],
    ['America/New_York', '2026-12-31T23:00:00Z', '2026-12-01T05:00:00Z', '2027-01-01T05:00:00Z'],
    ['Asia/Kolkata', '2026-02-28T18:30:00Z', '2026-02-28T18:30:00Z', '2026-03-31T18:30:00Z'],
    ['Pacific/Kiritimati', '2026-01-31T10:00:00Z', '2026-01-31T10:00:00Z', '2026-02-28T10:00:00Z'],
  ])('in %s at %s begins %s and ends %s', (zone, at, from, to) => {
    expect(monthAt(utc(at), zone)).toEqual({ fromMs: utc(from), toMs: utc(to) });
  });

  it('holds every moment once, in any zone', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Prague',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Tehran',
    );
    const moment = fc.integer({ min: utc('2020-01-01T00:00:00Z'), max: utc('2030-01-01T00:00:00Z') });
    fc.assert(
      fc.property(moment, zone, (at, timeZone) => {
        const { fromMs, toMs } = monthAt(at, timeZone);
        expect(fromMs).toBeLessThanOrEqual(at);
        expect(toMs).toBeGreaterThan(at);
        expect(monthAt(toMs, timeZone).fromMs).toBe(toMs);
        expect(monthAt(fromMs - 1, timeZone).toMs).toBe(fromMs);
      }),
      { numRuns: 200 },
    );
  });
});

const NOW = utc('2026-11-11T00:00:00Z');

/** Scores where `perHour` was paid in each of the last hours, and `spent` in the month. */
function judge(perHour: number | null, spent: number, of: Partial<typeof slo> = {}) {
  const own = { ...slo, ...of };
  const pairs = pairsOf(TABLES, own);
  const lengths = costWindows(own, pairs, NOW);
  const monthMs = NOW - monthAt(NOW, own.timeZone).fromMs;
  const rows = lengths.map((windowMs) => ({
    slo: 'spend',
    windowMs,
    good: perHour === null ? 0 : 10,
    bad: 0,
    excluded: perHour === null ? 7 : 0,
    nanos: 1e9 * (windowMs === monthMs ? spent : ((perHour ?? 0) * windowMs) / HOUR),
  }));
  const [page, ticket] = costScores({ key, slo: own, pairs, rows, nowMs: NOW });
  if (page === undefined || ticket === undefined) throw new Error('Two scores were expected.');
  return { page, ticket };
}

describe('the cost of predictions', () => {
  // 300 USD for 30 days are 10 a day.
  const EVEN = 10 / 24;

  it('burns once where it is spent evenly', () => {
    const { page, ticket } = judge(EVEN, 100);
    expect(page.evidence.burn?.map(({ rate }) => rate)).toEqual(
      Array.from({ length: 7 }, () => expect.closeTo(1, 9)),
    );
    expect((ticket.value ?? 1) < 1).toBe(true);
    expect(ticket.evidence.numbers).toMatchObject({
      spent: expect.closeTo(100, 9),
      remaining: expect.closeTo(2 / 3, 9),
      projected: expect.closeTo(300, 6),
      perPrediction: expect.closeTo(10, 9),
    });
  });

  it('pages when the month would be paid in two days, and says when the budget ends', () => {
    const { page } = judge(EVEN * 20, 100);
    expect(page.value).toBeGreaterThanOrEqual(1);
    expect(page.evidence.text).toBe(
      'spend: 100 USD of 300 USD spent in the month that ends 2026-12-01 00:00 UTC (33.3 %); 4,100 USD by its end at the pace of the last 6 h; the budget ends 2026-11-12 00:00 UTC; page: spends 20× over 1 h and 20× over 5 min, limit 14.88×; page: spends 20× over 6 h and 20× over 30 min, limit 6.2×; ticket: spends 20× over 1 d and 20× over 2 h, limit 3.1×; ticket: spends 20× over 3 d and 20× over 6 h, limit 1.03×',
    );
    expect(page.evidence.numbers?.['exhaustionMs']).toBe(NOW + DAY);
  });

  it('is a ticket once the budget of the month is spent, however slowly', () => {
    const { page, ticket } = judge(EVEN / 10, 300);
    expect([(page.value ?? 1) < 1, ticket.value]).toEqual([true, 1]);
    expect(ticket.evidence.sloState).toBe('burning');
  });

  it('has no data where nothing told its price', () => {
    const { ticket } = judge(null, 0);
    expect(ticket).toMatchObject({
      value: null,
      why: 'no prediction of the month told its cost, of 7',
      evidence: { sloState: 'nodata', numbers: { remaining: null } },
    });
  });

  it('is counted by the month of its own zone', () => {
    expect(judge(EVEN, 100, { timeZone: 'Asia/Kolkata' }).ticket.windowFromMs).toBe(
      utc('2026-10-31T18:30:00Z'),
    );
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SloSettings } from '../../server/settings.ts';
import { DAY_MS, HOUR_MS, hourOf, MINUTE_MS, startFlow, type Flow } from './appliance.ts';

const START_MS = Date.UTC(2026, 10, 20);
const KEY = { tenant: 'acme', model: 'fraud' };
const period = { target: 0.95, periodMs: 28 * DAY_MS, thresholdMs: null };

const SLOS: readonly SloSettings[] = [
  { id: 'up', kind: 'availability', ...period },
  { id: 'right', kind: 'quality', ...period, target: 0.7, tolerance: null, minCoverage: 0.8 },
  {
    id: 'fresh',
    kind: 'freshness',
    ...period,
    of: 'event',
    feature: null,
    maxAgeMs: HOUR_MS,
    sliceMs: 5 * MINUTE_MS,
  },
  {
    id: 'stable',
    kind: 'drift',
    ...period,
    threshold: 0.1,
    minRows: 30,
    features: ['amount'],
    against: 'fixed',
    sliceMs: HOUR_MS,
  },
  {
    id: 'fair',
    kind: 'fairness',
    ...period,
    attribute: 'region',
    threshold: 0.3,
    minRows: 100,
    sliceMs: HOUR_MS,
  },
  {
    id: 'spend',
    kind: 'cost',
    ...period,
    target: 0,
    monthly: 100,
    currency: 'USD',
    timeZone: 'Europe/Prague',
  },
];

let flow: Flow;
beforeEach(async () => {
  flow = await startFlow(START_MS, {
    windowMs: HOUR_MS,
    settleMs: 10 * MINUTE_MS,
    groups: ['region'],
    slos: SLOS,
  });
});
afterEach(async () => {
  expect(flow.errors).toEqual([]);
  await flow.close();
});

async function latest(slo: string, severity = 'ticket') {
  const scores = await flow.control.latestScores(KEY);
  const score = scores.find((one) => one.subject === slo && one.detector === `burn-rate-${severity}`);
  if (score === undefined) throw new Error(`No score of ${slo}.`);
  return score;
}

/** Rows of an hour with a region and a price. */
const priced = (fromMs: number, factor = 1) =>
  hourOf(fromMs, { rows: 240, factor }).map((row, index) => ({
    ...row,
    cost: 0.01,
    currency: 'USD',
    segments: { region: index % 10 === 9 ? 'north' : 'south' },
  }));

async function trained(): Promise<void> {
  for (let hour = 40; hour > 0; hour -= 1)
    await flow.send(hourOf(START_MS - hour * HOUR_MS, { dataset: 'reference', rows: 100 }));
  await flow.until(START_MS + 10 * MINUTE_MS, 10 * MINUTE_MS);
}

/** Each hour's rows are sent when it is over. */
async function play(hours: number, factor = 1): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    const fromMs = Math.ceil(flow.nowMs() / HOUR_MS) * HOUR_MS;
    const rows = priced(fromMs, factor);
    await flow.until(fromMs + HOUR_MS, 30 * MINUTE_MS);
    await flow.send(rows);
  }
  await flow.until(flow.nowMs() + 15 * MINUTE_MS, 5 * MINUTE_MS);
}

describe('objectives of a model that drifts', { timeout: 120_000 }, () => {
  it('tell drift by the hour, name groups that are too small, and add up what was paid', async () => {
    await trained();
    await play(8);
    const stable = await latest('stable');
    expect(stable.evidence.text).toMatch(/^stable: 0 bad of [5-8] slices, 100 % of the error budget left/);
    await play(8, 1.45);
    const drifted = await latest('stable');
    expect(drifted.evidence.numbers?.['bad']).toBeGreaterThanOrEqual(6);
    expect(
      (await flow.control.alerts({ tenant: 'acme' })).map(({ rule, subject }) => [rule, subject]),
    ).toContainEqual(['burn-page', 'stable']);
    const fair = await latest('fair');
    expect(fair).toMatchObject({ value: null });
    expect(fair.evidence.text).toMatch(
      /no slice could be judged; groups with too few rows are left out: north \(24\)/,
    );
    const spend = await latest('spend');
    const rows = 16 * 240;
    expect(spend.evidence.numbers).toMatchObject({
      good: rows,
      spent: expect.closeTo(rows / 100, 9),
      budget: 100,
    });
    expect(spend.evidence.text).toContain(
      `spend: ${rows / 100} USD of 100 USD spent in the month that ends 2026-11-30 23:00 UTC (${rows / 100} %)`,
    );
    expect((await latest('up')).evidence.sloState).toBe('ok');
  });

  it('count a slice once, however often it is judged again', async () => {
    await trained();
    await play(6);
    const before = await flow.telemetry.sloWindows({
      key: KEY,
      toMs: flow.nowMs(),
      windowsMs: [HOUR_MS, 12 * HOUR_MS],
    });
    const again = { key: KEY, slos: ['stable'], toMs: flow.nowMs(), windowsMs: [12 * HOUR_MS] };
    await flow.until(flow.nowMs() + 20 * MINUTE_MS, MINUTE_MS);
    // One that is left out of a minute would be taken for one that is judged no more, and its alert closed.
    for (const { id } of SLOS) expect((await latest(id)).windowToMs, id).toBe(flow.nowMs());
    const [stable] = await flow.telemetry.sloWindows(again);
    expect(stable).toEqual(before.find(({ slo, windowMs }) => slo === 'stable' && windowMs === 12 * HOUR_MS));
  });
});

describe('freshness', { timeout: 120_000 }, () => {
  it('is unknown before anything came, bad while nothing comes, and good again', async () => {
    await flow.until(START_MS + HOUR_MS, 5 * MINUTE_MS);
    expect(await latest('fresh')).toMatchObject({ value: null, evidence: { sloState: 'nodata' } });
    await flow.send(hourOf(START_MS + HOUR_MS - HOUR_MS, { rows: 60 }));
    await flow.until(START_MS + 2 * HOUR_MS - 5 * MINUTE_MS, 5 * MINUTE_MS);
    expect((await latest('fresh')).evidence.numbers).toMatchObject({ bad: 0 });
    await flow.until(START_MS + 6 * HOUR_MS, 5 * MINUTE_MS);
    const stale = await latest('fresh', 'page');
    expect(stale.value).toBeGreaterThanOrEqual(1);
    expect(stale.evidence.numbers?.['bad']).toBe(49);
    await flow.send(hourOf(START_MS + 5 * HOUR_MS, { rows: 60 }));
    await flow.until(START_MS + 6 * HOUR_MS + 40 * MINUTE_MS, 5 * MINUTE_MS);
    expect((await latest('fresh')).evidence.numbers).toMatchObject({ bad: 49 });
  });
});

describe('quality', { timeout: 120_000 }, () => {
  const rowsOf = (hour: number) => hourOf(START_MS + hour * HOUR_MS, { rows: 60 });

  it('waits for labels, judges the hours they have come for, and changes with late ones', async () => {
    for (let hour = 0; hour < 24; hour += 1) await flow.send(rowsOf(hour - 24));
    await flow.until(START_MS + 10 * MINUTE_MS, 5 * MINUTE_MS);
    const waiting = await latest('right');
    expect(waiting).toMatchObject({ value: null, evidence: { sloState: 'pending' } });
    expect(waiting.why).toMatch(/^pending: 0 of [\d,]+ predictions of .* have a label, needs 80 %$/);
    const labels = (from: number, to: number, wrong: boolean) =>
      Array.from({ length: to - from }, (_, at) => rowsOf(from + at)).flatMap((rows) =>
        rows.map((row) => {
          const { id, value } = row as { id: string; value: string };
          return { model: 'fraud', id, value: wrong ? (value === 'ok' ? 'fraud' : 'ok') : value };
        }),
      );
    await flow.label(labels(-24, -2, false));
    await flow.until(START_MS + 20 * MINUTE_MS, 5 * MINUTE_MS);
    const judged = await latest('right');
    expect(judged.value).toBe(0);
    expect(judged.evidence.numbers?.['toMs']).toBe(START_MS - 2 * HOUR_MS);
    expect(judged.evidence.text).toMatch(/^right: 0 bad of 1,320, 100 % of the error budget left/);
    await flow.label(labels(-24, -2, true));
    await flow.until(START_MS + 30 * MINUTE_MS, 5 * MINUTE_MS);
    const corrected = await latest('right');
    expect(corrected.evidence.numbers).toMatchObject({ good: 0, bad: 1320 });
    expect(corrected.value).toBeGreaterThanOrEqual(1);
  });
});

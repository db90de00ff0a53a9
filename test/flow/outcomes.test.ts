import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, hourOf, startFlow, type Flow } from './appliance.ts';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'fraud' };

let flow: Flow;
afterEach(() => flow.close());

interface Row {
  readonly id: string;
  readonly value?: string;
  readonly time: number;
}

/** Labels of an hour's rows, an hour later; every so many predictions are wrong. */
function labelsOf(rows: readonly Row[], wrongEvery: number): readonly object[] {
  return rows.map(({ id, value, time }, index) => {
    const truth = index % wrongEvery === 0 ? (value === 'fraud' ? 'ok' : 'fraud') : value;
    return { model: 'fraud', id, value: truth, time: time + HOUR_MS };
  });
}

/** Rows and labels of whole days; then time passes to an hour after their end. */
async function play(fromMs: number, days: number, wrongEvery: number): Promise<void> {
  const hours = Array.from({ length: days * 24 }, (_, index) => fromMs + index * HOUR_MS);
  await flow.until(fromMs + days * DAY_MS + HOUR_MS, days * DAY_MS + HOUR_MS);
  const rows = hours.flatMap((hour) => hourOf(hour)) as readonly Row[];
  await flow.send(rows);
  await flow.label(labelsOf(rows, wrongEvery));
  await flow.until(flow.nowMs() + 2 * HOUR_MS, HOUR_MS);
}

const scoresOf = (detector: string) =>
  flow.control.scores({ ...KEY, detector, fromMs: START_MS, toMs: flow.nowMs() });

describe('a model whose errors double', () => {
  it(
    'is told by the error, the labels and the calibration, once labels have matured',
    { timeout: 120_000 },
    async () => {
      flow = await startFlow(START_MS);
      const before = Array.from({ length: 120 }, (_, index) => START_MS - (index + 1) * HOUR_MS);
      await flow.send(before.flatMap((hour) => hourOf(hour, { dataset: 'reference' })));
      await play(START_MS, 16, 10);
      const [calm] = await scoresOf('error-change');
      expect(calm).toMatchObject({ isSignificant: false });
      await play(START_MS + 16 * DAY_MS, 5, 3);
      const [risen] = await scoresOf('error-change');
      expect(risen).toMatchObject({ isSignificant: true });
      expect(risen?.value).toBeGreaterThan(1);
      expect(Object.keys(risen?.inputs ?? {})).toContain('hours[3]');
      const [target] = await scoresOf('target-drift');
      expect(target?.evidence.against).toBe('the labels of the weeks before, because the baseline has none');
      const coverage = await scoresOf('label-coverage');
      expect(coverage.every(({ value }) => (value ?? 0) < 1)).toBe(true);
    },
  );
});

describe('labels that come after their window was judged', () => {
  it('have it judged again within two hours, and nobody is told', { timeout: 120_000 }, async () => {
    flow = await startFlow(START_MS);
    const before = Array.from({ length: 120 }, (_, index) => START_MS - (index + 1) * HOUR_MS);
    await flow.send(before.flatMap((hour) => hourOf(hour, { dataset: 'reference' })));
    const hours = Array.from({ length: 10 * 24 }, (_, index) => START_MS + index * HOUR_MS);
    const rows = hours.flatMap((hour) => hourOf(hour)) as readonly Row[];
    await flow.until(START_MS + 10 * DAY_MS + HOUR_MS, 11 * DAY_MS);
    await flow.send(rows);
    await flow.label(
      labelsOf(
        rows.filter((_, index) => index % 4 < 3),
        10,
      ),
    );
    await flow.until(flow.nowMs() + 3 * HOUR_MS, 30 * MINUTE_MS);
    const scoreOf = async (day: number) =>
      (await scoresOf('target-drift')).find(({ windowFromMs }) => windowFromMs === START_MS + day * DAY_MS);
    const [judged, other] = [await scoreOf(6), await scoreOf(5)];
    expect(judged).toMatchObject({ rows: expect.any(Number) });
    const told = flow.told.length;

    const late = rows.filter(
      (row, index) => index % 4 === 3 && Math.floor((row.time - START_MS) / DAY_MS) === 6,
    );
    await flow.label(labelsOf(late, 10));
    await flow.until(flow.nowMs() + 2 * HOUR_MS, 30 * MINUTE_MS);

    const again = await scoreOf(6);
    expect(again?.id).toBe(judged?.id);
    expect(again?.rows).toBe((judged?.rows ?? 0) + late.length);
    expect((await scoreOf(5))?.atMs).toBe(other?.atMs);
    expect(flow.told.length).toBe(told);
    const coverage = (await scoresOf('label-coverage')).filter(({ value }) => (value ?? 0) >= 1);
    expect(coverage).toEqual([]);
  });
});

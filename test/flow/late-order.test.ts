import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, hourOf, MINUTE_MS, startFlow } from './appliance.ts';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const KEY = { tenant: 'acme', model: 'fraud' };
const HOURS = 5;
const ROWS_AN_HOUR = 40;
/** Not the volume: what it takes for usual leaves incidents out, and which there were depends on what was known when. */
const DETECTORS = ['drift', 'missing-rate', 'unseen-rate', 'range-rate', 'constant-value', 'lost-rate'];

/** Five hours, of which the third has another factor. Forty rows are too few alone, so that windows are summed. */
const ROWS = Array.from({ length: HOURS }, (_, hour) =>
  hourOf(START_MS + hour * HOUR_MS, { rows: ROWS_AN_HOUR, factor: hour === 2 ? 2 : 1 }),
).flat();

/** How many hours late each row comes, and in which order and parcels those of one hour do. */
interface Delivery {
  readonly delays: readonly number[];
  readonly order: readonly number[];
  readonly parcel: number;
}

const IN_TIME: Delivery = {
  delays: ROWS.map(() => 0),
  order: ROWS.map((_, row) => row),
  parcel: ROWS.length,
};

/** Only the window of its block's end and its own are touched by it. */
const ONE_ROW_LATE: Delivery = { ...IN_TIME, delays: ROWS.map((_, row) => (row === 0 ? 4 : 0)) };

/** What is said of every window once all has come and nothing is left to be judged again. */
async function scoresAfter({ delays, order, parcel }: Delivery): Promise<readonly string[]> {
  const flow = await startFlow(START_MS, {
    windowMs: HOUR_MS,
    baseline: { kind: 'reference', minRows: 600 },
    silentAfterMs: 30 * DAY_MS,
  });
  try {
    const training = Array.from({ length: 24 }, (_, hour) => START_MS - (hour + 1) * HOUR_MS);
    await flow.send(training.flatMap((hour) => hourOf(hour, { rows: 60, dataset: 'reference' })));
    for (let hour = 0; hour < HOURS * 2; hour += 1) {
      await flow.until(START_MS + (hour + 1) * HOUR_MS);
      const due = order.filter((row) => Math.floor(row / ROWS_AN_HOUR) + (delays[row] ?? 0) === hour);
      for (let at = 0; at < due.length; at += parcel)
        await flow.send(due.slice(at, at + parcel).map((row) => ROWS[row] as object));
      await flow.until(START_MS + (hour + 1) * HOUR_MS + 15 * MINUTE_MS, 5 * MINUTE_MS);
    }
    await flow.until(START_MS + 3 * HOURS * HOUR_MS, 10 * MINUTE_MS);
    expect(flow.errors).toEqual([]);
    const range = { fromMs: START_MS, toMs: START_MS + HOURS * HOUR_MS };
    const scores = await Promise.all(
      DETECTORS.map((detector) => flow.control.scores({ ...KEY, detector, ...range })),
    );
    return scores
      .flat()
      .map(({ detector, subject, windowFromMs, value, why, rows, evidence }) =>
        [windowFromMs, detector, subject, value, why, rows, evidence.text].join(' | '),
      )
      .toSorted();
  } finally {
    await flow.close();
  }
}

describe('rows delivered late, in any order and any parcels', () => {
  it('are scored in the end exactly as if they had come in time', { timeout: 180_000 }, async () => {
    const inTime = await scoresAfter(IN_TIME);
    expect(inTime.length).toBeGreaterThan(HOURS * DETECTORS.length);
    const deliveries = fc.record({
      delays: fc.array(fc.constantFrom(0, 0, 0, 1, 2, 4), { minLength: ROWS.length, maxLength: ROWS.length }),
      order: fc.shuffledSubarray(IN_TIME.order as number[], { minLength: ROWS.length }),
      parcel: fc.integer({ min: 5, max: ROWS.length }),
    });
    await fc.assert(
      fc.asyncProperty(deliveries, async (delivery) => {
        expect(await scoresAfter(delivery)).toEqual(inTime);
      }),
      { numRuns: 8, examples: [[ONE_ROW_LATE]], endOnFailure: true },
    );
  });
});

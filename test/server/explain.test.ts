import fc from 'fast-check';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CategoryLayout, FeatureCounts } from '../../detectors/types.ts';
import { driftScores } from '../../server/detect/feature-scores.ts';
import type { Scored } from '../../server/detect/types.ts';
import { explainScore } from '../../server/explain/explain.ts';
import { loadParameters } from '../../server/parameters.ts';
import { bench, DAY, RULES, score, T0, type Bench } from './route/fixture.ts';

const KEY = { tenant: 'acme', model: 'delay' };
const PARAMETERS = loadParameters(join(import.meta.dirname, '../../alert-rules')).all.drift;
const layout: CategoryLayout = { kind: 'category', values: ['a', 'b', 'c'], rare: [] };
const counts = (...known: readonly number[]): FeatureCounts => ({
  known: [...known, 0],
  sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 },
});

/** Drift of features by their counts in one day, as detection finds it. */
function detected(
  features: Readonly<Record<string, FeatureCounts>>,
  comparison: 'fixed' | 'moving' = 'fixed',
): Scored {
  const names = Object.keys(features);
  const all = <T>(value: T) => Object.fromEntries(names.map((name) => [name, value]));
  const baseline = {
    ...KEY,
    id: 'b1',
    source: { kind: 'first', rows: 3000 },
    fromMs: 0,
    toMs: T0,
    rows: 3000,
    createdAtMs: T0,
    layouts: all(layout),
    counts: all(counts(1000, 1000, 1000)),
  } as const;
  const calibration = { windows: 120, phi: 1.25, isCalibrated: true, largest: [9, 8, 7], isSteady: true };
  return driftScores(
    {
      key: KEY,
      baseline,
      window: { fromMs: T0, toMs: T0 + DAY },
      blocks: [features],
      versions: { '7': 300 },
      unmonitored: [],
      parameters: PARAMETERS,
    },
    {
      comparison,
      season: 'whole',
      baselineId: 'b1',
      text: 'the first 3 000 predictions, all 120 windows',
      counts: baseline.counts,
      calibrations: all(calibration),
    },
  );
}

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

async function explained(subject: string, detector = 'drift') {
  const latest = await b.control.latestScores(KEY);
  const found = latest.find((one) => one.subject === subject && one.detector === detector);
  if (found === undefined) throw new Error(`No score of ${subject}`);
  return explainScore(b.control, RULES, found);
}
const judge = ({ scores, documents }: Scored) => b.control.judge(scores, T0 + DAY, documents);
/** Changes the file behind the store's back. */
function tamper(sql: string): void {
  const file = new DatabaseSync(join(b.folder, 'control.sqlite'));
  file.exec(sql);
  file.close();
}
const linesOf = async (title: string, subject = 'channel', detector = 'drift') =>
  (await explained(subject, detector)).sections.find((each) => each.title === title)?.lines ?? [];

const MOVED = { channel: counts(250, 30, 20), country: counts(100, 101, 99), tiny: counts(5, 5, 5) };

describe('a stored score', () => {
  it.each(['channel', 'country', 'tiny'])('of %s comes out the same, bit for bit', async (subject) => {
    await judge(detected(MOVED));
    expect(await explained(subject)).toMatchObject({ result: 'same', why: null, differences: [] });
  });

  it('against a moving baseline too', async () => {
    await judge(detected(MOVED, 'moving'));
    expect(await explained('channel', 'drift-moving')).toMatchObject({ result: 'same' });
  });

  it('comes out the same whatever the counts, with its whole family', async () => {
    const some = fc.tuple(...[0, 1, 2].map(() => fc.nat(400))).map((known) => counts(...known));
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 6 }), async (features) => {
        const own = await bench();
        try {
          const { scores, documents } = detected(
            Object.fromEntries(features.map((each, at) => [`f${at}`, each])),
          );
          await own.control.judge(scores, T0 + DAY, documents);
          for (const each of await own.control.latestScores(KEY))
            expect(await explainScore(own.control, RULES, each)).toMatchObject({
              result: 'same',
              differences: [],
            });
        } finally {
          await own.end();
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is none of the family of features that the window no longer has when it is judged again', async () => {
    const channel = counts(127, 73, 100);
    const quiet = { country: counts(100, 101, 99), tiny: counts(99, 101, 100), region: counts(101, 100, 99) };
    await judge(detected({ channel, ...quiet }));
    const { scores, documents } = detected({ channel });
    await b.control.judge(scores, T0 + 2 * DAY, documents);
    expect(await explained('channel')).toMatchObject({
      score: { isSignificant: true },
      result: 'same',
      differences: [],
    });
  });

  it('is told in words: what, against what, the counts, the gates, the rules', async () => {
    await judge(detected(MOVED));
    expect(await linesOf('What was judged')).toEqual([
      'Drift (drift) of channel of acme/delay, 2026-06-20 00:00 UTC to 2026-06-21 00:00 UTC, 300 rows.',
      'Against the first 3 000 predictions, all 120 windows.',
      'Baseline b1.',
      'Versions: 7 300 rows.',
      expect.stringMatching(/^Value 0\.4\d+\. channel a rose from 33\.3 to 83\.3 %\.$/),
    ]);
    expect(await linesOf('Counts')).toEqual([
      'baseline: 3,000 rows in 3 known cells',
      'window: 300 rows in 3 known cells',
    ]);
    const gates = await linesOf('Gates');
    expect(gates[0]).toBe('rows: 300 rows in known cells, needs 50: enough');
    expect(gates[1]).toMatch(
      /^chance: T \d.* with 2 degrees of freedom, the baseline's own 120 windows vary 1\.25 times/,
    );
    expect(gates[2]).toBe(
      'family: one of 2 tests of this window, taken as independent, at most 0.01 of the findings by chance: significant',
    );
    expect(gates[3]).toBe(
      'rank: against 120 windows of the baseline as large as 0.008264 of them, needs 0.008264 at most',
    );
    expect(await linesOf('Rules')).toEqual([
      'feature-drift: at or above its page limit (ticket 0.1, page 0.25); the alert fires as a page',
    ]);
    expect(await linesOf('Computed again')).toEqual(['The same, bit for bit.']);
  });

  it('that has too few rows says so', async () => {
    await judge(detected(MOVED));
    expect(await linesOf('Gates', 'tiny')).toEqual(['rows: 15 rows in known cells, needs 50: too few']);
    expect(await linesOf('Rules', 'tiny')).toEqual([
      'feature-drift: not enough data to judge; nothing fires',
    ]);
  });

  it('whose value was changed comes out different', async () => {
    await judge(detected(MOVED));
    tamper("UPDATE scores SET value = 0.01 WHERE subject = 'channel'");
    const { result, differences } = await explained('channel');
    expect(result).toBe('different');
    expect(differences).toEqual([expect.stringMatching(/^value: stored 0\.01, now 0\.4/)]);
  });

  it('whose family was changed so that it would not stand comes out different', async () => {
    await judge(detected({ channel: counts(130, 85, 85), country: counts(100, 101, 99) }));
    const before = await explained('channel');
    expect(before.result).toBe('same');
    tamper(`UPDATE scores SET is_significant = 1 - is_significant WHERE subject = 'channel'`);
    expect((await explained('channel')).differences).toEqual([expect.stringMatching(/^isSignificant: /)]);
  });

  it.each([
    ['DELETE FROM documents', /its \w+, document [0-9a-f]{32}, is not stored any more/],
    [
      `UPDATE documents SET body = replace(body, '250', '251')`,
      /its current, document .* the file was changed/,
    ],
    ['UPDATE scores SET inputs = NULL', /stored without what it was computed from/],
    [`UPDATE scores SET detector = 'gone'`, /no detector "gone" is there to score it/],
  ])('that cannot be computed again says why: after %s', async (sql, why) => {
    await judge(detected(MOVED));
    const before = (await b.control.latestScores(KEY)).find(({ subject }) => subject === 'channel');
    tamper(sql);
    const found = await b.control.score(before!.id);
    const { result, why: told, sections } = await explainScore(b.control, RULES, found!);
    expect([result, told]).toEqual(['impossible', expect.stringMatching(why)]);
    expect(sections.at(-1)?.lines[0]).toMatch(/^It cannot be computed again: /);
  });

  it('of counters tells its story, though it cannot be computed again', async () => {
    await b.control.judge([score(1, 2, { detector: 'burn-rate-page', subject: 'availability' })], T0 + DAY);
    const told = await explained('availability', 'burn-rate-page');
    expect(told.result).toBe('impossible');
    expect(told.sections.find(({ title }) => title === 'Rules')?.lines).toEqual([
      'burn-page: at or above its page limit (page 1); the alert fires as a page',
    ]);
  });
});

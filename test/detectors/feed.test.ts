import { describe, expect, it } from 'vitest';
import { constantValue } from '../../detectors/constant-value.ts';
import { duplicateIds } from '../../detectors/duplicate-ids.ts';
import { freshness } from '../../detectors/freshness.ts';
import { labelCoverage } from '../../detectors/label-coverage.ts';
import { lostFeature } from '../../detectors/lost-feature.ts';
import { countCdf, countSurvival } from '../../detectors/negative-binomial.ts';
import { delayCell, DELAY_EDGES } from '../../detectors/outcome-cells.ts';
import { schemaChange, type Column } from '../../detectors/schema-change.ts';
import { sideRateDetectors } from '../../detectors/side-rate-findings.ts';
import { typeMismatch } from '../../detectors/type-mismatch.ts';
import type { Detector, FeatureInput, NumberLayout } from '../../detectors/types.ts';
import { unitFinding } from '../../detectors/unit-finding.ts';
import { volume } from '../../detectors/volume.ts';
import { counts, featureInput, mulberry32 } from './kit.ts';

const rate = (id: string): Detector<FeatureInput> => {
  const found = sideRateDetectors.find((detector) => detector.id === id);
  if (found === undefined) throw new Error(`no detector ${id}`);
  return found;
};
const NUMBER: NumberLayout = { kind: 'number', edges: [1, 2], min: 0, max: 3 };

describe('side rates as detectors', () => {
  const ages = (rows: number, missing: number) =>
    featureInput([300, 300, 114], [rows - missing, 0, 0], {
      feature: 'Age',
      baseline: counts([300, 300, 114], { missing: 177 }),
      current: counts([rows - missing, 0, 0], { missing }),
    });

  // The page of NannyML that alerts on a tail of eight rows; reference detectors.md, 1.6 and 5.11.
  it("do not alarm on the Titanic's last eight rows, four of them without an age", () => {
    const found = rate('missing-rate').score(ages(8, 4));
    expect(found).toMatchObject({ value: null, why: 'needs 30 rows, has 8' });
  });

  it('alarm when half of eight hundred rows lose their age', () => {
    const found = rate('missing-rate').score(ages(800, 400));
    expect(found.value).toBeGreaterThan(1);
    expect(found.cause).toBe('Age is missing in 50.0 % of rows');
  });

  it("alarm on Adult's groups that the baseline never saw", () => {
    const known = [2000, 500];
    const found = rate('unseen-rate').score(
      featureInput(known, [850, 0], { feature: 'race', current: counts([850, 0], { unseen: 150 }) }),
    );
    expect(found.value).toBeGreaterThan(2);
    expect(found.cause).toBe('race has a value never seen before in 15.0 % of rows');
  });

  it('say which kind of feature has no such values', () => {
    const found = rate('range-rate').score(featureInput([10, 10], [100, 100]));
    expect(found).toMatchObject({ value: null, why: 'a category has no such values' });
  });

  it('are undefined without rows, whatever the feature', () => {
    const empty = featureInput([10, 10], [0, 0]);
    expect(rate('missing-rate').score(empty)).toMatchObject({ value: null, why: 'no rows' });
    expect(lostFeature.score(empty)).toMatchObject({ value: null, why: 'no rows' });
    expect(unitFinding.score(empty)).toMatchObject({ value: null, why: 'only numbers have a unit' });
    const moving = { windows: 9, phi: 40, isCalibrated: true, largest: [], isSteady: false };
    expect(unitFinding.score({ ...empty, calibration: moving })).toMatchObject({
      value: null,
      why: 'the baseline moves by itself, as far as another unit would move it',
    });
  });

  it('tell a feature of which nothing is left', () => {
    const found = lostFeature.score(
      featureInput([500, 500], [0, 0], { current: counts([0, 0], { unseen: 100 }) }),
    );
    expect(found.value).toBeCloseTo(0.963, 3);
    expect(found.cause).toMatch(/^at least 96\.3 % of channel cannot be compared .*unseen 100\.0 %/);
  });
});

describe('values of another kind', () => {
  const score = (hits: number, rows: number, before = 0) =>
    typeMismatch.score({
      feature: 'amount',
      kind: 'number',
      hits,
      rows,
      baseline: { hits: before, rows: 5000 },
      parameters: { leastRise: 0.01, leastRows: 30 },
    });
  it.each([
    ['six of a hundred', 60, 1000, 0, 4.7],
    ['one of thirty', 1, 30, 0, 0.59],
    ['as many as ever', 100, 1000, 500, 0.41],
    ['none', 0, 1000, 0, 0],
  ])('%s', (_name, hits, rows, before, expected) => {
    expect(score(hits, rows, before).value).toBeCloseTo(expected, 1);
  });

  it('are told with their share, and as the cause once proven', () => {
    expect(score(60, 1000).cause).toBe(
      'amount is no number as expected in 6.0 % of rows, 0.0 % in the baseline',
    );
    expect(score(1, 100).cause).toBeUndefined();
  });

  it('are not judged in eight rows, in none, or without a baseline', () => {
    expect(score(8, 8).why).toBe('needs 30 rows, has 8');
    expect(score(0, 0).why).toBe('no rows');
    const parameters = { leastRise: 0.01, leastRows: 30 };
    const without = { hits: 5, rows: 100, baseline: { hits: 0, rows: 0 }, parameters };
    expect(duplicateIds.score(without).why).toBe('the baseline has no rows');
  });

  it('refuse more hits than rows', () => {
    expect(() => score(9, 8)).toThrow('no more hits than rows');
  });
});

describe('ids that repeat', () => {
  it('are told once a tenth of a thousand does', () => {
    const parameters = { leastRise: 0.01, leastRows: 30 };
    const found = duplicateIds.score({
      hits: 100,
      rows: 1000,
      baseline: { hits: 0, rows: 9000 },
      parameters,
    });
    expect(found.value).toBeCloseTo(8.3, 1);
    expect(found.text).toBe(
      'the prediction id repeats one that came before in 10.0 % of rows, 0.0 % in the baseline',
    );
  });
});

describe('a value that stands still', () => {
  const moments = { center: 0, unit: 1 };
  it('is told when a hundred rows fall into a cell of a twentieth', () => {
    const even = Array.from({ length: 20 }, () => 250);
    const one = even.map((_, cell) => (cell === 4 ? 100 : 0));
    const found = constantValue.score(featureInput(even, one));
    expect(found.value).toBeGreaterThan(30);
    expect(found.cause).toBe('channel is v4 in all 100 rows');
  });

  it('is no news where nearly all rows always had that value', () => {
    expect(constantValue.score(featureInput([9900, 100], [60, 0])).value).toBeLessThan(0.1);
  });

  it('needs one row in another cell to vary', () => {
    const found = constantValue.score(featureInput([100, 100], [999, 1]));
    expect(found).toMatchObject({ value: 0, text: 'channel varies' });
  });

  it('names the one value of a number where sums of squares prove it, else the cell', () => {
    const layout = { ...NUMBER, moments };
    const baseline = { ...counts([500, 500, 500]), moments: { sum: 2000, squares: 5000 } };
    const current = { ...counts([0, 80, 0]), moments: { sum: 160, squares: 320 } };
    const number = featureInput([], [], { feature: 'x', layout, baseline, current });
    expect(constantValue.score(number).text).toBe('x has one value, 2, in all 80 rows');
    const plain = { ...number, layout: NUMBER };
    expect(constantValue.score(plain).text).toBe('x lies in one cell, 1 to 2, in all 80 rows');
  });

  it('is seen above the range too', () => {
    const number = featureInput([], [], {
      feature: 'x',
      layout: NUMBER,
      baseline: counts([50, 50, 50]),
      current: counts([0, 0, 0], { above_max: 90 }),
    });
    expect(constantValue.score(number).text).toBe('x lies in one cell, above its range, in all 90 rows');
  });

  it.each([
    ['eight rows', [100, 100], [8, 0], 'needs 30 rows with a value, has 8'],
    ['no rows', [100, 100], [0, 0], 'needs 30 rows with a value, has 0'],
    ['a constant baseline', [100, 0], [100, 0], 'it stood still in the baseline too'],
    ['an empty baseline', [0, 0], [100, 0], 'the baseline has no value that could be compared'],
  ])('is not judged with %s', (_name, before, now, why) => {
    expect(constantValue.score(featureInput(before, now))).toMatchObject({ value: null, why });
  });
});

describe('counts that vary more than chance', () => {
  // scipy.stats.nbinom and poisson.
  it.each([
    [10, 0.5, 5, 0.33020404663923186, 0.736775548696845],
    [10, 0.5, 30, 0.9783512988021896, 0.025276321398524582],
    [1000, 0.01, 800, 0.022510056111301805, 0.9780716841740655],
    [1000, 0.01, 1300, 0.9961183394680151, 0.003975772141651524],
    [5, 2, 40, 0.9946829058284796, 0.005909520272280729],
    [10, 0, 5, 0.06708596287903189, 0.9707473119230389],
    [100, 0, 60, 1.0812218170244006e-5, 0.9999936584965726],
    [100, 0, 150, 0.9999987669055809, 1.8842104660386844e-6],
    [10_000, 0, 10_400, 0.9999655943430839, 3.586263819097981e-5],
  ])('mean %d, dispersion %d, %d', (mean, dispersion, x, below, above) => {
    expect(countCdf(x, { mean, dispersion })).toBeCloseTo(below, 9);
    expect(countSurvival(x, { mean, dispersion })).toBeCloseTo(above, 9);
  });
});

describe('volume', () => {
  const parameters = { alpha: 0.0001, leeway: 0.25, leastWindows: 5 };
  const random = mulberry32(2);
  const noise = () => random() + random() + random() - 1.5;
  const usual = (slot: number) => 200 + 100 * Math.sin((slot / 24) * 2 * Math.PI);
  const weeks = (count: number) =>
    Array.from({ length: count * 168 }, (_, hour) => ({
      slot: hour % 168,
      rows: Math.round(usual(hour % 168) * (1 + 0.2 * noise())),
    }));
  const baseline = weeks(4);
  const score = (rows: number, slot = 6) => volume.score({ rows, slot, baseline, parameters });

  it.each([
    ['as usual', 300, false],
    ['a fifth less', 240, false],
    ['two fifths less', 180, false],
    ['a third', 100, true],
    ['none', 0, true],
    ['twice as many', 600, true],
  ])('%s', (_name, rows, isAlarm) => {
    expect((score(rows).value ?? 0) >= 1).toBe(isAlarm);
  });

  it('is judged in its slot: what is normal at night is an outage at noon', () => {
    expect(score(100, 18).value).toBeLessThan(1);
    expect(score(100, 6).text).toMatch(
      /^100 rows where \d+ are usual in this slot of the week \(4 windows\)$/,
    );
  });

  it('falls back to all windows for a slot that came once, and says so', () => {
    const found = volume.score({ rows: 0, slot: 999, baseline, parameters });
    expect(found.text).toMatch(/are usual in any window$/);
  });

  it('alarms on no more than one quiet window in a thousand', () => {
    const quiet = weeks(12);
    const alarms = quiet.filter((window) => (score(window.rows, window.slot).value ?? 0) >= 1);
    expect(alarms.length / quiet.length).toBeLessThan(0.001);
  });

  it('takes no trifle for a change, however much traffic there is', () => {
    const busy = Array.from({ length: 28 }, (_, day) => ({ slot: 0, rows: 1_000_000 + day }));
    const found = volume.score({ rows: 1_150_000, slot: 0, baseline: busy, parameters });
    expect(found.value).toBeLessThan(1);
    expect(volume.score({ rows: 1_500_000, slot: 0, baseline: busy, parameters }).value).toBeGreaterThan(1);
  });

  it('knows a slot without any traffic', () => {
    const idle = Array.from({ length: 28 }, () => ({ slot: 3, rows: 0 }));
    expect(volume.score({ rows: 0, slot: 3, baseline: idle, parameters }).value).toBe(0);
    expect(volume.score({ rows: 50, slot: 3, baseline: idle, parameters }).value).toBeGreaterThan(1);
  });

  it('needs windows to compare with', () => {
    const found = volume.score({ rows: 8, slot: 0, baseline: [{ slot: 0, rows: 300 }], parameters });
    expect(found).toMatchObject({ value: null, why: 'needs 5 windows beside the first of each slot, has 0' });
  });

  it('refuses what is no count', () => {
    expect(() => score(-1)).toThrow('Expected counts of rows of at least 0');
    expect(() => score(1.5)).toThrow('Expected counts of rows of at least 0');
  });
});

describe('freshness', () => {
  const HOUR_MS = 3_600_000;
  const parameters = { leastRise: 0.05, leastRows: 30, leastDelayMs: 300_000 };
  const delays = (rows: Readonly<Record<number, number>>) => {
    const cells = Array.from({ length: DELAY_EDGES.length + 1 }, () => 0);
    for (const [ms, count] of Object.entries(rows)) cells[delayCell(Number(ms))] = count;
    return cells;
  };
  const baseline = delays({ 2000: 1000, 30_000: 5 });

  it('tells rows that come an hour late', () => {
    const found = freshness.score({ delays: delays({ 2000: 500, [HOUR_MS]: 500 }), baseline, parameters });
    expect(found.value).toBeCloseTo(9.4, 1);
    expect(found.text).toBe(
      'a prediction arrives more than 5.3 min late in 50.0 % of rows, 0.0 % in the baseline',
    );
  });

  it('allows twice what is usual', () => {
    const slow = delays({ [HOUR_MS]: 1000 });
    const found = freshness.score({ delays: delays({ [1.5 * HOUR_MS]: 1000 }), baseline: slow, parameters });
    expect(found.value).toBeLessThan(0.001);
  });

  it('does not alarm on four of eight', () => {
    const found = freshness.score({ delays: delays({ 2000: 4, [HOUR_MS]: 4 }), baseline, parameters });
    expect(found.why).toBe('needs 30 rows, has 8');
  });

  it('tells the time since the last event where no delays are known', () => {
    const found = freshness.score({ nowMs: 9 * HOUR_MS, lastEventMs: 3 * HOUR_MS, allowedMs: 4 * HOUR_MS });
    expect(found).toMatchObject({
      value: 1.5,
      cause: 'the last prediction was 6.0 h ago, allowed are 4.0 h',
    });
    expect(freshness.score({ nowMs: 0, lastEventMs: null, allowedMs: 1 }).why).toBe(
      'no prediction has arrived yet',
    );
  });

  it('refuses what cannot be', () => {
    expect(() => freshness.score({ delays: [-1], baseline, parameters })).toThrow('of at least 0');
    expect(() => freshness.score({ nowMs: 0, lastEventMs: 0, allowedMs: 0 })).toThrow('above 0');
  });
});

describe('the schema', () => {
  const parameters = { alpha: 0.0001, leastShare: 0.01, leastRows: 30 };
  const column = (feature: string, rows: number, kind = 'number'): Column => ({ feature, kind, rows });
  const baseline = { rows: 1000, columns: [column('amount', 1000), column('note', 10, 'text')] };
  const score = (rows: number, columns: readonly Column[]) =>
    schemaChange.score({ baseline, current: { rows, columns }, parameters });

  it.each([
    [
      'as it was',
      [column('amount', 500), column('note', 9, 'text')],
      0,
      'the columns are those of the baseline',
    ],
    ['a column gone', [column('note', 9, 'text')], 1, 'gone: amount'],
    ['a new column', [column('amount', 500), column('fee', 400), column('note', 9, 'text')], 1, 'new: fee'],
    [
      'another kind',
      [column('amount', 500, 'category'), column('note', 9, 'text')],
      1,
      'of another kind: amount',
    ],
    ['a column in one row', [column('amount', 500), column('fee', 1), column('note', 9, 'text')], 0, null],
    ['a rare column that did not come', [column('amount', 100)], 0, null],
  ])('%s', (_name, columns, value, text) => {
    const found = score(500, columns);
    expect(found.value).toBe(value);
    if (text !== null) expect(found.text).toBe(text);
  });

  it('is not judged in eight rows, nor without a baseline', () => {
    expect(score(8, []).why).toBe('needs 30 rows, has 8');
    const none = { rows: 0, columns: [] };
    expect(schemaChange.score({ baseline: none, current: baseline, parameters }).why).toBe(
      'the baseline has no rows',
    );
  });

  it('names no more than five columns', () => {
    const columns = Array.from({ length: 7 }, (_, index) => column(`c${index}`, 500));
    const found = score(500, [...baseline.columns.map((one) => ({ ...one, rows: 30 })), ...columns]);
    expect(found.text).toBe('new: c0, c1, c2, c3, c4 and 2 more');
  });

  it('refuses a column in more rows than there are', () => {
    expect(() => score(5, [column('amount', 6)])).toThrow('at most all rows');
  });
});

describe('labels that do not come', () => {
  const DAY_MS = 86_400_000;
  const age = (days: number, predictions: number, labelled: number) => ({
    fromAgeMs: days * DAY_MS,
    toAgeMs: (days + 1) * DAY_MS,
    predictions,
    labelled,
  });
  const curve = [age(0, 1000, 0), age(1, 1000, 500), age(7, 1000, 950)];
  const parameters = { leastRise: 0.05, leastRows: 30 };
  const score = (ages: readonly ReturnType<typeof age>[]) => labelCoverage.score({ ages, curve, parameters });

  it('are told when a third is there where nearly all are usual', () => {
    const found = score([age(7, 1000, 300)]);
    expect(found.value).toBeCloseTo(6.7, 1);
    expect(found.cause).toBe('30.0 % are labelled where 95.0 % are usual at their age');
  });

  it('are as usual when half of the young and nearly all of the old have come', () => {
    expect(score([age(1, 400, 205), age(7, 400, 378)]).value).toBeLessThan(1);
  });

  it.each([
    ['no curve', [age(7, 100, 90)], [], 'no maturity curve is known yet'],
    ['no predictions', [], curve, 'no predictions of an age the maturity curve knows'],
    ['another age', [age(99, 100, 0)], curve, 'no predictions of an age the maturity curve knows'],
    ['predictions too young', [age(0, 100, 0)], curve, 'no labels are usual at this age'],
    ['eight predictions', [age(7, 8, 0)], curve, 'needs 30 rows, has 8'],
  ])('are not judged with %s', (_name, ages, known, why) => {
    expect(labelCoverage.score({ ages, curve: known, parameters })).toMatchObject({ value: null, why });
  });

  it.each([
    [
      'all that wait could make it usual',
      600,
      null,
      '600 labels have come and are not joined to their predictions yet',
    ],
    ['all that wait would still be too few', 200, 'beyond', null],
    ['none waits', 0, 'beyond', null],
  ])(
    'with 300 of 1000 joined are judged only where waiting labels change nothing: %s',
    (_, waiting, is, why) => {
      const found = labelCoverage.score({ ages: [age(7, 1000, 300)], curve, parameters, waiting });
      expect(found.why).toBe(why);
      expect(found.value !== null && found.value >= 1 ? 'beyond' : found.value).toBe(is);
    },
  );

  it('are as usual where those that are joined already are, whatever waits', () => {
    const found = labelCoverage.score({ ages: [age(7, 1000, 940)], curve, parameters, waiting: 5000 });
    expect(found.value).toBeLessThan(1);
  });

  it('refuses more labels than predictions', () => {
    expect(() => score([age(7, 8, 9)])).toThrow('as many labels as predictions');
  });
});

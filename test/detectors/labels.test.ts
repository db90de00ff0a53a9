import { describe, expect, it } from 'vitest';
import {
  calibrationError,
  calibrationSpread,
  type CalibrationInput,
} from '../../detectors/calibration-error.ts';
import { knownCells, sideCell } from '../../detectors/cells.ts';
import { SCORE_LAYOUT } from '../../detectors/outcome-cells.ts';
import { brierScore, evenBins, gather, scoreBins, type ScoreCount } from '../../detectors/reliability.ts';
import { meanCalibration, targetDrift, type LabelSums } from '../../detectors/target-drift.ts';
import type { NumberLayout } from '../../detectors/types.ts';
import { BASELINE, CURRENT, EDGES, EXPECTED } from './calibration-fixtures.ts';
import { mulberry32, PARAMETERS, UNCALIBRATED } from './kit.ts';

type Packed = readonly (readonly [number, string, number, number, number])[];
const unpack = (packed: Packed): readonly ScoreCount[] =>
  packed.map(([scoreCell, label, rows, scoreSum, scoreSquareSum]) => ({
    scoreCell,
    label,
    rows,
    scoreSum,
    scoreSquareSum,
  }));
const DECILES: NumberLayout = { kind: 'number', edges: EDGES, min: 0, max: 1 };
const LEAST = { alpha: 0.001, leastRows: 200, leastOfClass: 10 };
const judged = (changed: Partial<CalibrationInput>) =>
  calibrationError.score({
    scoreLayout: DECILES,
    positive: '1',
    baseline: unpack(BASELINE),
    current: unpack(CURRENT),
    spread: { windows: 0, phi: 1 },
    parameters: LEAST,
    ...changed,
  });

describe('calibration', () => {
  it('says the ECE and Brier score that scikit-learn computes from the rows', () => {
    const { numbers } = judged({});
    expect(numbers?.ece_before).toBeCloseTo(EXPECTED.baseline.eceByScikitLearn, 9);
    expect(numbers?.ece).toBeCloseTo(EXPECTED.current.ece, 9);
    expect(numbers?.brier_before).toBeCloseTo(EXPECTED.baseline.brier, 9);
    expect(numbers?.brier).toBeCloseTo(EXPECTED.current.brier, 9);
    expect(numbers?.bins).toBe(10);
  });

  it('that moved by a seventh is told, with the test that numpy and scipy compute', () => {
    const found = judged({});
    expect(found.value).toBeCloseTo(EXPECTED.value, 9);
    expect(found.numbers?.p).toBeCloseTo(EXPECTED.p, 12);
    expect(found.isSignificant).toBe(true);
    expect(found.text).toBe(
      'scores of 28.9 % on average where 35.5 % came true; calibration error 7.2 % (baseline 1.3 %), Brier 0.1892 (0.1815)',
    );
  });

  it('of days that differ by themselves is no news when one more does', () => {
    const rows = (share: number) =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((scoreCell) => {
        const score = (scoreCell + 0.5) / 10;
        const positives = Math.round(100 * Math.min(0.95, score * share));
        return [
          { label: '1', rows: positives },
          { label: '0', rows: 100 - positives },
        ].map((one) => ({
          ...one,
          scoreCell,
          scoreSum: one.rows * score,
          scoreSquareSum: one.rows * score * score,
        }));
      });
    const given = { scoreLayout: DECILES, positive: '1', parameters: LEAST, leastWindows: 5 };
    const days = [0.6, 1.3, 0.9, 0.7, 1.4, 1.1].map(rows);
    const spread = calibrationSpread(days, given);
    expect(spread.windows).toBe(6);
    expect(spread.phi).toBeGreaterThan(5);
    const found = { baseline: days.flat(), current: rows(1.3) };
    expect(judged(found).isSignificant).toBe(true);
    expect(judged({ ...found, spread }).isSignificant).toBe(false);
    expect(calibrationSpread(days.slice(0, 4), given)).toEqual({ windows: 4, phi: 1 });
    expect(calibrationSpread([], given)).toEqual({ windows: 0, phi: 1 });
  });

  it('that is what it was says so', () => {
    const same = judged({ current: unpack(BASELINE) });
    expect(same).toMatchObject({ value: 0, isSignificant: false });
  });

  it('alarms on at most three of a thousand quiet windows at an alpha of .001', () => {
    const random = mulberry32(5);
    const rows = (count: number): readonly ScoreCount[] =>
      Array.from({ length: count }, () => {
        const score = random() ** 2;
        const label = random() < score ? '1' : '0';
        const scoreCell = SCORE_LAYOUT.edges.filter((edge) => edge < score).length;
        return { scoreCell, label, rows: 1, scoreSum: score, scoreSquareSum: score * score };
      });
    const baseline = rows(5000);
    const alarms = Array.from({ length: 1000 }, () =>
      judged({ scoreLayout: SCORE_LAYOUT, baseline, current: rows(250) }),
    ).filter((found) => found.isSignificant === true);
    expect(alarms.length).toBeLessThanOrEqual(3);
  });

  const one = (more: Partial<ScoreCount> = {}): ScoreCount => ({
    scoreCell: 3,
    label: '1',
    rows: 300,
    scoreSum: 100,
    scoreSquareSum: 40,
    ...more,
  });
  it.each([
    ['no rows', { current: [] }, 'there are no rows with both score and label'],
    ['no labels', { current: [one({ label: null })] }, 'there are no rows with both score and label'],
    [
      'no scores',
      { current: [one({ scoreCell: sideCell(DECILES, 'missing'), scoreSum: 0 })] },
      'there are no rows with both score and label',
    ],
    ['a baseline without', { baseline: [] }, 'the baseline has no rows with both score and label'],
    [
      'eight rows',
      { current: [one({ rows: 8, scoreSum: 3, scoreSquareSum: 1 })] },
      'needs 200 rows with score and label, has 8',
    ],
    ['one class only', { current: [one()] }, 'needs 10 rows of either outcome, has 300 and 0'],
    [
      'scores beyond one',
      { current: [one({ scoreSum: 900, scoreSquareSum: 5000 }), one({ label: '0' })] },
      'scores are no probabilities',
    ],
  ])('with %s is not judged', (_name, changed, why) => {
    expect(judged(changed)).toMatchObject({ value: null, why });
  });

  it('refuses counts below 0', () => {
    expect(() => judged({ current: [one({ rows: -1 })] })).toThrow('Expected finite sums of scores');
  });
});

describe('bins of score cells', () => {
  it('hold about as many rows each and cut no cell', () => {
    const counts = Array.from({ length: 20 }, (_, scoreCell) => ({
      scoreCell,
      label: '0',
      rows: scoreCell === 0 ? 1000 : 100,
      scoreSum: 0,
      scoreSquareSum: 0,
    }));
    const cells = scoreBins(counts, { layout: SCORE_LAYOUT, positive: '1' });
    const bins = gather(cells, evenBins(cells, 10)).filter((bin) => bin.rows > 0);
    expect(bins.reduce((total, bin) => total + bin.rows, 0)).toBe(2900);
    expect(bins[0]?.rows).toBe(1000);
    expect(Math.max(...bins.slice(1).map((bin) => bin.rows))).toBeLessThanOrEqual(400);
  });

  it('count scores below and above the range of the layout too', () => {
    const narrow: NumberLayout = { kind: 'number', edges: [0.5], min: 0.4, max: 0.6 };
    const at = (scoreCell: number, label: string, score: number) => ({
      scoreCell,
      label,
      rows: 1,
      scoreSum: score,
      scoreSquareSum: score * score,
    });
    const bins = scoreBins(
      [at(sideCell(narrow, 'above_max'), '1', 0.9), at(sideCell(narrow, 'below_min'), '0', 0.1)],
      { layout: narrow, positive: '1' },
    );
    expect(bins).toHaveLength(knownCells(narrow) + 2);
    expect(brierScore(bins)).toBeCloseTo(0.01, 12);
  });
});

describe('how much a mean varies by itself', () => {
  const day = (mean: number, rows = 400) => ({ rows, sum: rows * mean, squareSum: rows * (mean * mean + 1) });
  const LEAST_WINDOWS = { leastWindows: 5, leastRows: 50 };

  it('is chance where days are alike, and more where every day is another', () => {
    const alike = [0.02, -0.03, 0.05, -0.04, 0.01, 0].map((mean) => day(mean));
    expect(meanCalibration(alike, LEAST_WINDOWS)).toMatchObject({ phi: 1, isCalibrated: true, windows: 6 });
    const apart = [0.5, -0.6, 0.4, -0.3, 0.7, -0.7].map((mean) => day(mean));
    expect(meanCalibration(apart, LEAST_WINDOWS).phi).toBeGreaterThan(50);
  });

  it('cannot be told from four days, days of a few rows, or labels that are all the same', () => {
    const unknown = { phi: 1, isCalibrated: false };
    expect(
      meanCalibration(
        [1, 2, 3, 4].map((mean) => day(mean)),
        LEAST_WINDOWS,
      ),
    ).toMatchObject(unknown);
    expect(
      meanCalibration(
        [1, 2, 3, 4, 5].map((mean) => day(mean, 49)),
        LEAST_WINDOWS,
      ),
    ).toMatchObject(unknown);
    const same = Array.from({ length: 6 }, () => ({ rows: 100, sum: 100, squareSum: 100 }));
    expect(meanCalibration(same, LEAST_WINDOWS)).toMatchObject(unknown);
  });
});

describe('drift of the labels', () => {
  const parameters = { ...PARAMETERS, alpha: 0.001 };
  const classes = (baseline: Record<string, number>, current: Record<string, number>) =>
    targetDrift.score({ classes: { baseline, current }, calibration: UNCALIBRATED, parameters });

  it('of classes is a distance, with the class that grew', () => {
    const found = classes({ yes: 300, no: 700 }, { yes: 450, no: 550 });
    expect(found.isSignificant).toBe(true);
    // scipy.spatial.distance.jensenshannon([.3, .7], [.45, .55], 2) = 0.1318; one degree of freedom taken out.
    expect(found.value).toBeCloseTo(0.13054, 5);
    expect(found.text).toMatch(/^label (yes rose from 30\.0 to 45\.0|no fell from 70\.0 to 55\.0) %$/);
  });

  it('within chance is told as none', () => {
    const found = classes({ yes: 300, no: 700 }, { yes: 31, no: 69 });
    expect(found).toMatchObject({ isSignificant: false, text: 'the labels are those of the baseline' });
  });

  it('sees a class that never came before', () => {
    const found = classes({ yes: 300, no: 700 }, { yes: 290, no: 680, maybe: 200 });
    expect(found.isSignificant).toBe(true);
    expect(found.text).toBe('label maybe rose from 0.0 to 17.1 %');
  });

  it.each([
    ['no labels now', { a: 100 }, {}, 'no labels in this window'],
    ['none before', {}, { a: 100 }, 'no labels in the baseline'],
    ['eight labels', { a: 100, b: 100 }, { a: 4, b: 4 }, 'needs 50 rows in known cells, has 8'],
  ])('with %s is not judged', (_name, before, now, why) => {
    expect(classes(before, now)).toMatchObject({ value: null, why });
  });

  it('refuses counts below 0', () => {
    expect(() => classes({ a: 1 }, { a: -1 })).toThrow('Expected counts of labels of at least 0.');
  });

  const sums = (rows: number, mean: number, deviation: number): LabelSums => ({
    rows,
    sum: rows * mean,
    squareSum: (rows - 1) * deviation ** 2 + rows * mean * mean,
  });
  const means = (baseline: LabelSums, current: LabelSums) =>
    targetDrift.score({ numbers: { baseline, current }, calibration: UNCALIBRATED, parameters });

  it('of numbers is a difference of means in deviations, with its interval', () => {
    const found = means(sums(1000, 10, 4), sums(400, 12, 4));
    expect(found).toMatchObject({ isSignificant: true, text: 'the mean label rose from 10 to 12' });
    expect(found.value).toBeCloseTo(0.5, 9);
    // 3.2905 sqrt(16/1000 + 16/400) / 4
    expect((found.upper ?? 0) - (found.value ?? 0)).toBeCloseTo(0.1947, 3);
  });

  it('of numbers within chance is told as none', () => {
    const found = means(sums(1000, 10, 4), sums(60, 11, 4));
    expect(found).toMatchObject({ isSignificant: false, lower: 0 });
  });

  it.each([
    ['no labels', sums(1000, 10, 4), sums(0, 0, 0), 'no labels in this window'],
    ['few labels', sums(1000, 10, 4), sums(8, 10, 4), 'needs 50 labels, has 8'],
    [
      'a constant baseline',
      sums(1000, 10, 0),
      sums(100, 10, 4),
      'the labels of the baseline are all the same',
    ],
  ])('of numbers with %s is not judged', (_name, before, now, why) => {
    expect(means(before, now)).toMatchObject({ value: null, why });
  });
});

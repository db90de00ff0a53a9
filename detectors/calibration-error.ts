import { chiSquareSurvival, sum } from './math.ts';
import {
  addBins,
  brierScore,
  evenBins,
  expectedCalibrationError,
  gapOf,
  gapVariance,
  gather,
  scoreBins,
  type Bin,
  type ScoreCount,
} from './reliability.ts';
import { percent } from './share-ratio.ts';
import type { Detector, Finding, NumberLayout } from './types.ts';

/**
 * Whether scores still mean what they meant: the share of positives against the mean score, in ten bins of the baseline.
 *
 *   gap_b = (positives - sum of scores) / rows,  ECE = sum w_b |gap_b|,  Brier = sum (outcome - score)² / rows
 *   chi2 = sum (gap_b now - gap_b before)² / (phi (variance now + variance before)), as many degrees of freedom as bins
 *   value = sqrt(max(0, sum w_b ((gap_b now - gap_b before)² - variance now - variance before))): without the part of chance
 *
 * phi is how much wider than chance the baseline's own windows vary (`calibrationSpread`): where every day is another, as
 * with weather, one day's gap is no news. It is in the part of chance too.
 * Bins hold about equal counts of the baseline and are made of whole score cells. A plain test of one window with error
 * alpha: with an hourly look and alpha .001, one false alarm in about six weeks before persistence.
 * Reference: Naeini, Cooper and Hauskrecht 2015 (ECE); Brier 1950; Hosmer and Lemeshow 1980 (the form of the test).
 * Example: scores that promise 10 points too much everywhere, 5000 rows each side: about 0.1.
 */
export const calibrationError: Detector<CalibrationInput> = {
  id: 'calibration-error',
  title: 'Drift of the calibration',
  unit: 'probability',
  score: ({ scoreLayout: layout, positive, baseline, current, spread, parameters }) => {
    const cells = scoreBins(baseline, { layout, positive });
    const places = evenBins(cells, BINS);
    const before = gather(cells, places);
    const now = gather(scoreBins(current, { layout, positive }), places);
    const rows = sum(now.map((bin) => bin.rows));
    const why = whyNot('the baseline ', before, parameters) ?? whyNot('', now, parameters);
    return why === null
      ? judged(before, now, { alpha: parameters.alpha, phi: spread.phi })
      : { value: null, why, rows, text: `calibration: ${why}` };
  },
};

export interface CalibrationInput {
  readonly scoreLayout: NumberLayout;
  /** The label that scores are the probability of. */
  readonly positive: string;
  readonly baseline: readonly ScoreCount[];
  readonly current: readonly ScoreCount[];
  readonly spread: CalibrationSpread;
  readonly parameters: CalibrationParameters;
}

/** How much the baseline's own windows vary: phi is 1 where there are too few to tell. */
export interface CalibrationSpread {
  readonly windows: number;
  readonly phi: number;
}

/** The mean of chi2 over its degrees of freedom, of each window of the baseline against the others; at least 1. */
export function calibrationSpread(
  windows: readonly (readonly ScoreCount[])[],
  {
    scoreLayout: layout,
    positive,
    parameters,
    leastWindows,
  }: Pick<CalibrationInput, 'scoreLayout' | 'positive' | 'parameters'> & { readonly leastWindows: number },
): CalibrationSpread {
  const places = evenBins(scoreBins(windows.flat(), { layout, positive }), BINS);
  const binned = windows.map((window) => gather(scoreBins(window, { layout, positive }), places));
  const ratios = binned.flatMap((own, index) => {
    const others = gatherAll(binned.filter((_, other) => other !== index));
    if (whyNot('', own, parameters) !== null || whyNot('', others, parameters) !== null) return [];
    const pairs = pairsOf(others, own);
    return pairs.length === 0 ? [] : [chiSquareOf(pairs) / pairs.length];
  });
  const isKnown = ratios.length >= leastWindows;
  return { windows: ratios.length, phi: isKnown ? Math.max(1, sum(ratios) / ratios.length) : 1 };
}

/** The same bins of several windows together. */
function gatherAll(windows: readonly (readonly Bin[])[]): readonly Bin[] {
  const [first = [], ...others] = windows;
  return others.reduce(
    (total, window) => total.map((bin, index) => addBins(bin, window[index] ?? bin)),
    first,
  );
}

export interface CalibrationParameters {
  readonly alpha: number;
  readonly leastRows: number;
  /** Of either outcome. */
  readonly leastOfClass: number;
}

const BINS = 10;
/** A bin with fewer rows on either side says nothing by itself. */
const LEAST_IN_BIN = 10;

function whyNot(whose: string, bins: readonly Bin[], parameters: CalibrationParameters): string | null {
  const { leastRows, leastOfClass } = parameters;
  const rows = sum(bins.map((bin) => bin.rows));
  const positives = sum(bins.map((bin) => bin.positives));
  if (rows === 0)
    return `${whose === '' ? 'there are' : 'the baseline has'} no rows with both score and label`;
  if (rows < leastRows) return `${whose}needs ${leastRows} rows with score and label, has ${rows}`;
  if (Math.min(positives, rows - positives) < leastOfClass)
    return `${whose}needs ${leastOfClass} rows of either outcome, has ${positives} and ${rows - positives}`;
  const isProbability = bins.every(
    ({ rows: most, scoreSum, scoreSquareSum }) =>
      scoreSum >= 0 && scoreSum <= most && scoreSquareSum <= scoreSum * (1 + 1e-9),
  );
  return isProbability ? null : `${whose}scores are no probabilities`;
}

interface Pair {
  readonly rows: number;
  readonly moved: number;
  readonly variance: number;
}

/** Bins with rows enough on both sides, and how far their gaps lie apart. */
function pairsOf(before: readonly Bin[], now: readonly Bin[]): readonly Pair[] {
  return now.flatMap((bin, index) => {
    const old = before[index];
    if (old === undefined || Math.min(bin.rows, old.rows) < LEAST_IN_BIN) return [];
    const variance = gapVariance(bin) + gapVariance(old);
    return variance === 0 ? [] : [{ rows: bin.rows, moved: gapOf(bin) - gapOf(old), variance }];
  });
}

function chiSquareOf(pairs: readonly Pair[]): number {
  return sum(pairs.map(({ moved, variance }) => moved ** 2 / variance));
}

function judged(
  before: readonly Bin[],
  now: readonly Bin[],
  { alpha, phi }: { readonly alpha: number; readonly phi: number },
): Finding {
  const rows = sum(now.map((bin) => bin.rows));
  const pairs = pairsOf(before, now);
  if (pairs.length === 0) return unjudged(rows);
  const seen = sum(pairs.map((pair) => pair.rows));
  const beyond = sum(pairs.map((pair) => pair.rows * (pair.moved ** 2 - phi * pair.variance))) / seen;
  const p = chiSquareSurvival(chiSquareOf(pairs) / phi, pairs.length);
  const [mean, share] = [
    sum(now.map((bin) => bin.scoreSum)) / rows,
    sum(now.map((bin) => bin.positives)) / rows,
  ];
  const [ece, eceBefore] = [expectedCalibrationError(now), expectedCalibrationError(before)];
  const [brier, brierBefore] = [brierScore(now), brierScore(before)];
  return {
    value: Math.sqrt(Math.max(0, beyond)),
    why: null,
    rows,
    isSignificant: p <= alpha,
    text:
      `scores of ${percent(mean)} on average where ${percent(share)} came true; ` +
      `calibration error ${percent(ece)} (baseline ${percent(eceBefore)}), Brier ${brier.toFixed(4)} (${brierBefore.toFixed(4)})`,
    numbers: { ece, ece_before: eceBefore, brier, brier_before: brierBefore, p, phi, bins: pairs.length },
  };
}

function unjudged(rows: number): Finding {
  const why = `no bin of scores has ${LEAST_IN_BIN} rows on both sides`;
  return { value: null, why, rows, text: `calibration: ${why}` };
}

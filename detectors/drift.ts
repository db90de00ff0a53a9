import { effect } from './effect.ts';
import { explainingCells, explanation } from './explain.ts';
import { driftDetectors } from './index.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';
import { momentsOf } from './moments.ts';
import { rowsOf } from './side-rates.ts';
import { phiFor, significance } from './significance.ts';
import type { Detector, FeatureInput } from './types.ts';
import { wasserstein } from './wasserstein.ts';

/**
 * Drift of one feature against a baseline: one statistic for every type and size.
 *
 *   value = Jensen-Shannon distance, base 2, without the part chance explains on average (`effect.ts`)
 *
 * The value is told whether it is significant or not; whether it is, is for the whole family of features to say
 * (`judgeFamily`), from p and rank_p among the numbers. Undefined numbers are null; p is null when nothing was judged.
 * Reference: Lin 1991; Yurdakul 2018. Example: the share of a category that rises from 0 to 12 % is 0.25.
 */
export const drift: Detector<FeatureInput> = {
  id: 'drift',
  title: 'Drift',
  unit: 'distance, base 2',
  score: (input) => {
    const measured = effect(input);
    const cells = explainingCells(input);
    return {
      value: measured.value,
      why: measured.why ?? null,
      rows: rowsOf(input.current),
      text: measured.value === null ? `${input.feature}: ${measured.why}` : explanation(input.feature, cells),
      cells,
      numbers: {
        ...Object.fromEntries(
          driftDetectors.map((detector) => [detector.id, detector.score(input).value] as const),
        ),
        ...shapeNumbers(input),
        ...testNumbers(input, measured.value !== null),
      },
    };
  },
};

function shapeNumbers(input: FeatureInput): Readonly<Record<string, number | null>> {
  const distance = kolmogorovSmirnov(input);
  const before = momentsOf(input.layout, input.baseline);
  const now = momentsOf(input.layout, input.current);
  return {
    ks_lower: distance?.lower ?? null,
    ks_upper: distance?.upper ?? null,
    wasserstein: wasserstein(input),
    mean_before: before?.mean ?? null,
    mean_now: now?.mean ?? null,
    mean_error: now?.meanError ?? null,
    deviation_before: before?.deviation ?? null,
    deviation_now: now?.deviation ?? null,
    deviation_error: now?.deviationError ?? null,
  };
}

function testNumbers(input: FeatureInput, isJudged: boolean): Readonly<Record<string, number | null>> {
  const { calibration } = input;
  const test = significance(input);
  return {
    statistic: test?.statistic ?? null,
    freedom: test?.freedom ?? null,
    p: isJudged ? (test?.p ?? null) : null,
    rank_p: isJudged ? (test?.rankP ?? null) : null,
    phi: test === null ? calibration.phi : phiFor(input),
    windows: calibration.windows,
    calibrated: calibration.isCalibrated ? 1 : 0,
  };
}

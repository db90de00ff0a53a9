import { nameOf, percent } from './share-ratio.ts';
import { looksLikeIdentifier, lostRate, rowsOf } from './side-rates.ts';
import { SIDES, type Detector, type FeatureInput, type Side } from './types.ts';

/**
 * Share of a feature's rows that cannot be compared with the baseline any more, beyond the baseline's own (`side-rates.ts`).
 *
 * New values are no loss in an identifier, nor numbers out of range where the baseline moves by itself, nor a prediction
 * that failed. Above a half most rows are lost, and the rows left say little: that is told as the cause.
 * Reference: reference detectors.md 3.3. Example: 100 of 100 rows unseen, none in the baseline: 0.963.
 */
export const lostFeature: Detector<FeatureInput> = {
  id: 'lost-rate',
  title: 'Rows the baseline does not know',
  unit: 'share of rows',
  score: (input) => {
    const { feature, baseline, current } = input;
    const sides = lossSides(input);
    const lost = lostRate(sides, baseline, current);
    const rows = rowsOf(current);
    if (lost.value === null) return { value: null, why: lost.why, rows, text: `${feature}: ${lost.why}` };
    const text = `at least ${percent(lost.value)} of ${nameOf(feature)} cannot be compared with the baseline (${sidesText(sides, input)})`;
    return { value: lost.value, why: null, rows, text, ...(lost.value >= MOST && { cause: text }) };
  },
};

const MOST = 0.5;

function lossSides({ feature, layout, baseline, calibration }: FeatureInput): readonly Side[] {
  const normal = new Set<Side>([
    ...(feature.startsWith('$') ? (['missing'] as const) : []),
    ...(looksLikeIdentifier(layout, baseline) ? (['unseen'] as const) : []),
    ...(calibration.isSteady ? [] : (['below_min', 'above_max'] as const)),
  ]);
  return SIDES.filter((side) => !normal.has(side));
}

function sidesText(sides: readonly Side[], { current }: FeatureInput): string {
  const rows = rowsOf(current);
  const present = sides.filter((side) => current.sides[side] > 0);
  const told = present.map((side) => `${side.replaceAll('_', ' ')} ${percent(current.sides[side] / rows)}`);
  return told.join(', ') || 'none';
}

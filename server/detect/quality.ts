import {
  looksLikeIdentifier,
  lostRate,
  rowsOf,
  sideRates,
  sideShare,
  type SideRate,
} from '../../detectors/side-rates.ts';
import type { DriftInput, FeatureInput, Finding, Side } from '../../detectors/types.ts';
import { unitChange } from '../../detectors/unit-change.ts';
import { PREDICTION, SCORE } from '../model.ts';
import { featureInputs, judgedFeatures, placeOf, type FeatureWindow } from './feature-scores.ts';
import type { Reference } from './references.ts';
import { scored } from './scored.ts';
import { together, type Scored } from './types.ts';

interface QualitySubject {
  readonly feature: string;
  /** The prediction or the score: rows that failed have none, which is for the SLO to judge. */
  readonly isPseudo: boolean;
  /** The window alone, then the sums over the blocks of windows that end with it. */
  readonly inputs: readonly FeatureInput[];
  /** Whether the baseline is known not to move by itself, as a counter or a time stamp does. */
  readonly isSteady: boolean;
}

interface Found extends Finding {
  readonly detector: string;
  readonly input: FeatureInput;
}

/** With fewer rows one odd value would be a ticket; below the page's own fifty the rate is undefined anyway. */
const LEAST_ROWS = 30;

/** Whether the rows of each feature can be compared with the baseline at all; pure. */
export function qualityScores(input: FeatureWindow, reference: Reference): Scored {
  return together(
    judgedFeatures(input).flatMap((feature) => {
      const inputs = featureInputs(input, reference, feature);
      const isPseudo = feature === PREDICTION || feature === SCORE;
      const isSteady = reference.calibrations[feature]?.isSteady ?? false;
      return findings({ feature, isPseudo, inputs, isSteady }).map(({ detector, input: own, ...finding }) =>
        scored({ ...own }, finding, placeOf(input, reference, { detector, subject: feature })),
      );
    }),
  );
}

function findings(subject: QualitySubject): readonly Found[] {
  const { isPseudo, inputs } = subject;
  const [alone] = inputs;
  if (alone === undefined) return [];
  const rates = sideRates.filter(
    (rate) => rate.kinds.includes(alone.layout.kind) && !(isPseudo && rate.id !== 'unseen-rate'),
  );
  const unit = alone.layout.kind === 'number' && !isPseudo ? [unitFinding(subject.feature, alone)] : [];
  return [...rates.map((rate) => rateFinding(rate, subject)), lostFinding(subject), ...unit];
}

/** The first of the sums with enough rows, else the window alone. */
function withRows(inputs: readonly FeatureInput[], least: number): FeatureInput {
  const found = inputs.find((input) => rowsOf(input.current) >= least) ?? inputs[0];
  if (found === undefined) throw new Error('A window has at least its own counts.');
  return found;
}

const IDENTIFIER =
  'nearly every value is a new one, as in an identifier or free text; list it under unmonitored';

function rateFinding(rate: SideRate, { feature, inputs }: QualitySubject): Found {
  const input = withRows(inputs, LEAST_ROWS);
  const rows = rowsOf(input.current);
  const { share, ratio, allowed } = sideShare(rate, input.baseline, input.current);
  const why = ratio.why ?? whyNotJudged(rate, input);
  const text =
    share.value === null || why !== null
      ? `${feature}: ${why}`
      : `${nameOf(feature)} ${rate.words} in ${percent(share.value)} of rows`;
  const value = why === null ? ratio.value : null;
  return {
    input,
    detector: rate.id,
    value,
    why,
    rows,
    text,
    numbers: { share: share.value, allowed },
    ...causeIf((value ?? 0) >= 1, text),
  };
}

function whyNotJudged(rate: SideRate, { layout, baseline, current }: DriftInput): string | null {
  const rows = rowsOf(current);
  if (rows < LEAST_ROWS) return `needs ${LEAST_ROWS} rows, has ${rows}`;
  return rate.id === 'unseen-rate' && looksLikeIdentifier(layout, baseline) ? IDENTIFIER : null;
}

const ALL_SIDES: readonly Side[] = ['missing', 'non_finite', 'below_min', 'above_max', 'unseen'];
/** Above this most rows are lost, and the rows left say little. */
const MOST = 0.5;

function lostFinding(subject: QualitySubject): Found {
  const input = withRows(subject.inputs, 50);
  const sides = lossSides(subject, input);
  const lost = lostRate(sides, input.baseline, input.current);
  const text =
    lost.value === null
      ? `${subject.feature}: ${lost.why}`
      : `at least ${percent(lost.value)} of ${nameOf(subject.feature)} cannot be compared with the baseline (${sidesText(sides, input)})`;
  return {
    input,
    detector: 'lost-rate',
    value: lost.value,
    why: lost.why ?? null,
    rows: rowsOf(input.current),
    text,
    ...causeIf((lost.value ?? 0) >= MOST, text),
  };
}

/** New values are no loss in an identifier, nor numbers out of range where the baseline itself may move on. */
function lossSides(
  { isPseudo, isSteady }: QualitySubject,
  { layout, baseline }: DriftInput,
): readonly Side[] {
  const normal = new Set<Side>([
    ...(isPseudo ? (['missing'] as const) : []),
    ...(looksLikeIdentifier(layout, baseline) ? (['unseen'] as const) : []),
    ...(isSteady ? [] : (['below_min', 'above_max'] as const)),
  ]);
  return ALL_SIDES.filter((side) => !normal.has(side));
}

function sidesText(sides: readonly Side[], { current }: DriftInput): string {
  const rows = rowsOf(current);
  const present = sides.filter((side) => current.sides[side] > 0);
  return (
    present.map((side) => `${side.replaceAll('_', ' ')} ${percent(current.sides[side] / rows)}`).join(', ') ||
    'none'
  );
}

function unitFinding(feature: string, input: FeatureInput): Found {
  const { found, distance } = unitChange(input);
  const cause =
    found === null ? '' : `${feature} looks multiplied by ${found.factor.toPrecision(4)}: ${found.text}`;
  return {
    input,
    detector: 'unit-change',
    value: distance.value === null ? null : Number(found !== null),
    why: distance.why ?? null,
    rows: rowsOf(input.current),
    text: cause || `${feature}: no change of unit found`,
    numbers: { distance: distance.value, factor: found?.factor ?? null, residual: found?.residual ?? null },
    ...causeIf(found !== null, cause),
  };
}

function causeIf(known: boolean, cause: string): { readonly cause?: string } {
  return known ? { cause } : {};
}

function nameOf(feature: string): string {
  return feature.startsWith('$') ? `the ${feature.slice(1)}` : feature;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

import { lostRate, rowsOf, sideRates, sideShare, type SideRate } from '../../detectors/side-rates.ts';
import type { DriftInput, Side } from '../../detectors/types.ts';
import { unitChange } from '../../detectors/unit-change.ts';
import type { Score } from '../model.ts';
import type { ScoreBase } from './drift.ts';

export interface QualitySubject {
  readonly feature: string;
  /** The prediction or the score: rows that failed have none, which is for the SLO to judge. */
  readonly isPseudo: boolean;
  readonly input: DriftInput;
}

/** Whether the rows of one feature can be compared with the baseline at all; pure. */
export function qualityScores(subject: QualitySubject, base: ScoreBase): readonly Score[] {
  const { isPseudo, input } = subject;
  const rates = sideRates.filter(
    (rate) => rate.kinds.includes(input.layout.kind) && !(isPseudo && rate.id !== 'unseen-rate'),
  );
  const unit = input.layout.kind === 'number' && !isPseudo ? [unitScore(subject, base)] : [];
  return [...rates.map((rate) => rateScore(rate, subject, base)), lostScore(subject, base), ...unit];
}

function rateScore(rate: SideRate, { feature, input }: QualitySubject, base: ScoreBase): Score {
  const { share, ratio, allowed } = sideShare(rate, input.baseline, input.current);
  const text =
    share.value === null
      ? `${feature}: ${share.why}`
      : `${nameOf(feature)} ${rate.words} in ${percent(share.value)} of rows`;
  return {
    ...base,
    detector: rate.id,
    value: ratio.value,
    why: ratio.why ?? null,
    rows: rowsOf(input.current),
    evidence: { text, numbers: { share: share.value, allowed }, ...causeIf((ratio.value ?? 0) >= 1, text) },
  };
}

const ALL_SIDES: readonly Side[] = ['missing', 'non_finite', 'below_min', 'above_max', 'unseen'];
/** Above this most rows are lost, and the rows left say little. */
const MOST = 0.5;

function lostScore({ feature, isPseudo, input }: QualitySubject, base: ScoreBase): Score {
  const sides = isPseudo ? ALL_SIDES.filter((side) => side !== 'missing') : ALL_SIDES;
  const lost = lostRate(sides, input.baseline, input.current);
  const text =
    lost.value === null
      ? `${feature}: ${lost.why}`
      : `at least ${percent(lost.value)} of ${nameOf(feature)} cannot be compared with the baseline (${sidesText(sides, input)})`;
  return {
    ...base,
    detector: 'lost-rate',
    value: lost.value,
    why: lost.why ?? null,
    rows: rowsOf(input.current),
    evidence: { text, ...causeIf((lost.value ?? 0) >= MOST, text) },
  };
}

function sidesText(sides: readonly Side[], { current }: DriftInput): string {
  const rows = rowsOf(current);
  const present = sides.filter((side) => current.sides[side] > 0);
  return (
    present.map((side) => `${side.replaceAll('_', ' ')} ${percent(current.sides[side] / rows)}`).join(', ') ||
    'none'
  );
}

function unitScore({ feature, input }: QualitySubject, base: ScoreBase): Score {
  const { found, distance } = unitChange(input);
  const cause =
    found === null ? '' : `${feature} looks multiplied by ${found.factor.toPrecision(4)}: ${found.text}`;
  return {
    ...base,
    detector: 'unit-change',
    value: distance.value === null ? null : Number(found !== null),
    why: distance.why ?? null,
    rows: rowsOf(input.current),
    evidence: {
      text: cause || `${feature}: no change of unit found`,
      numbers: { distance: distance.value, factor: found?.factor ?? null, residual: found?.residual ?? null },
      ...causeIf(found !== null, cause),
    },
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

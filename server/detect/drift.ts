import { effect, overdispersion, type Overdispersion } from '../../detectors/effect.ts';
import { explainingCells, explanation } from '../../detectors/explain.ts';
import { driftDetectors } from '../../detectors/index.ts';
import { rowsOf } from '../../detectors/side-rates.ts';
import type { DriftInput } from '../../detectors/types.ts';
import { PREDICTION, SCORE, type Baseline, type CountsRow, type ModelKey, type Score } from '../model.ts';
import { qualityScores } from './quality.ts';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DriftWindow {
  readonly key: ModelKey;
  readonly baseline: Baseline;
  /** The baseline's own windows, for calibration. */
  readonly baselineWindows: readonly CountsRow[];
  readonly window: Window;
  /** The window's counts, then sums over the block of windows it ends, for features with too few rows. */
  readonly current: readonly CountsRow[];
  readonly versions: Readonly<Record<string, number>>;
  readonly unmonitored: readonly string[];
}

/** Every drift and quality score of one model's window; pure. */
export function driftScores(input: DriftWindow): readonly Score[] {
  const features = Object.keys(input.baseline.layouts).filter(
    (feature) => !input.unmonitored.includes(feature),
  );
  return features.flatMap((feature) => {
    const { isSteady } = spreadOf(input, feature);
    const inputs = input.current.map((_, depth) => driftInput(input, feature, depth));
    const subject = { feature, isPseudo: feature === PREDICTION || feature === SCORE, inputs, isSteady };
    return [driftScore(input, feature), ...qualityScores(subject, scoreBase(input, feature))];
  });
}

function driftInput({ baseline, current }: DriftWindow, feature: string, depth = 0): DriftInput {
  const layout = baseline.layouts[feature];
  const before = baseline.counts[feature];
  if (layout === undefined || before === undefined)
    throw new Error(`Baseline ${baseline.id} has no counts for ${feature}.`);
  return { layout, baseline: before, current: current[depth]?.features[feature] ?? emptyLike(before) };
}

function emptyLike(counts: DriftInput['baseline']): DriftInput['baseline'] {
  return {
    known: counts.known.map(() => 0),
    sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 },
  };
}

function driftScore(window: DriftWindow, feature: string): Score {
  const { phi, calibrated } = spreadOf(window, feature);
  const depth = enoughRows(window, feature, phi);
  const input = driftInput(window, feature, depth);
  const measured = effect(input, phi);
  const cells = explainingCells(input);
  const statistics = driftDetectors.map((detector) => [detector.id, detector.score(input).value] as const);
  return {
    ...scoreBase(window, feature),
    detector: 'drift',
    value: measured.value,
    why: measured.why ?? null,
    rows: rowsOf(input.current),
    evidence: {
      text: measured.value === null ? `${feature}: ${measured.why}` : explanation(feature, cells),
      cells,
      numbers: { ...Object.fromEntries(statistics), phi, calibrated: calibrated ? 1 : 0, blocks: depth + 1 },
      current: input.current,
      versions: window.versions,
    },
  };
}

function spreadOf(window: DriftWindow, feature: string): Overdispersion {
  return overdispersion(window.baselineWindows.flatMap((row) => row.features[feature] ?? []));
}

/** The first of the sums with the least number of rows; the window alone when none has it. */
function enoughRows(window: DriftWindow, feature: string, phi: number): number {
  const depth = window.current.findIndex(
    (_, index) => effect(driftInput(window, feature, index), phi).value !== null,
  );
  return Math.max(0, depth);
}

/** What all scores of one subject in one window share. */
export type ScoreBase = Omit<Score, 'detector' | 'value' | 'why' | 'rows' | 'evidence'>;

function scoreBase(window: DriftWindow, subject: string): ScoreBase {
  return {
    ...window.key,
    subject,
    windowFromMs: window.window.fromMs,
    windowToMs: window.window.toMs,
    lower: null,
    upper: null,
    baselineId: window.baseline.id,
  };
}

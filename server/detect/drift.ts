import { effect, overdispersion } from '../../detectors/effect.ts';
import { explainingCells, explanation } from '../../detectors/explain.ts';
import { driftDetectors } from '../../detectors/index.ts';
import { missingRate, rowsOf } from '../../detectors/missing-rate.ts';
import type { DriftInput } from '../../detectors/types.ts';
import { unitChange } from '../../detectors/unit-change.ts';
import { PREDICTION, SCORE, type Baseline, type CountsRow, type ModelKey, type Score } from '../model.ts';

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
  /** The window's counts, then sums over two, three and four windows back, for features with too few rows. */
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
    const drift = driftInput(input, feature);
    const scores = [driftScore(input, feature)];
    if (feature === PREDICTION || feature === SCORE) return scores;
    return [
      ...scores,
      missingScore(input, feature, drift),
      ...(drift.layout.kind === 'number' ? [unitScore(input, feature, drift)] : []),
    ];
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
  const windows = window.baselineWindows.flatMap((row) => row.features[feature] ?? []);
  const { phi, calibrated } = overdispersion(windows);
  const depth = enoughRows(window, feature, phi);
  const input = driftInput(window, feature, depth);
  const measured = effect(input, phi);
  const cells = explainingCells(input);
  const statistics = driftDetectors.map((detector) => [detector.id, detector.score(input).value] as const);
  return {
    ...scoreBase(window, feature, 'drift'),
    value: measured.value,
    why: measured.why ?? null,
    rows: rowsOf(input.current),
    evidence: {
      text: measured.value === null ? `${feature}: ${measured.why}` : explanation(feature, cells),
      cells,
      numbers: { ...Object.fromEntries(statistics), phi, calibrated: calibrated ? 1 : 0, windows: depth + 1 },
      current: input.current,
      versions: window.versions,
    },
  };
}

/** How many windows back must be summed to reach the least number of rows; 0 when none helps. */
function enoughRows(window: DriftWindow, feature: string, phi: number): number {
  const depth = window.current.findIndex(
    (_, index) => effect(driftInput(window, feature, index), phi).value !== null,
  );
  return Math.max(0, depth);
}

function missingScore(window: DriftWindow, feature: string, input: DriftInput): Score {
  const { share, ratio, allowed } = missingRate(input.baseline, input.current);
  const text =
    share.value === null
      ? `${feature}: ${share.why}`
      : `${feature} missing in ${(share.value * 100).toFixed(1)} % of rows`;
  return {
    ...scoreBase(window, feature, 'missing-rate'),
    value: ratio.value,
    why: ratio.why ?? null,
    rows: rowsOf(input.current),
    evidence: { text, numbers: { share: share.value, allowed }, versions: window.versions },
  };
}

function unitScore(window: DriftWindow, feature: string, input: DriftInput): Score {
  const { found, distance } = unitChange(input);
  const cause =
    found === null
      ? undefined
      : `${feature} looks multiplied by ${found.factor.toPrecision(4)}: ${found.text}`;
  return {
    ...scoreBase(window, feature, 'unit-change'),
    value: distance.value === null ? null : Number(found !== null),
    why: distance.why ?? null,
    rows: rowsOf(input.current),
    evidence: {
      text: cause ?? `${feature}: no change of unit found`,
      numbers: { distance: distance.value, factor: found?.factor ?? null, residual: found?.residual ?? null },
      versions: window.versions,
      ...(cause === undefined ? {} : { cause }),
    },
  };
}

function scoreBase(window: DriftWindow, subject: string, detector: string) {
  return {
    ...window.key,
    detector,
    subject,
    windowFromMs: window.window.fromMs,
    windowToMs: window.window.toMs,
    lower: null,
    upper: null,
    baselineId: window.baseline.id,
  };
}

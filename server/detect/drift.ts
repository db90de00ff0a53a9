import { calibrate } from '../../detectors/calibration.ts';
import { emptyCounts, modelLayout } from '../../detectors/cells.ts';
import { drift } from '../../detectors/drift.ts';
import { judgeFamily } from '../../detectors/false-discovery.ts';
import type { Calibration, DriftInput, DriftParameters, Finding } from '../../detectors/types.ts';
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

/** Source of each number: reference detectors.md, 5.2 and 5.13; rankShare: measured by `npm run bench detectors`. */
const PARAMETERS: DriftParameters = {
  falseDiscoveryRate: 0.01,
  dependence: 'independent',
  rankShare: 0.0015,
  rankWindows: 100,
  leastWindows: 5,
  leastRows: 50,
  rowsPerCell: 5,
};

/** Every drift and quality score of one model's window; pure. */
export function driftScores(input: DriftWindow): readonly Score[] {
  const features = Object.keys(input.baseline.layouts).filter(
    (feature) => !input.unmonitored.includes(feature),
  );
  const calibrations = calibrationsOf(input);
  const found = features.map((feature) => findingOf(input, feature, calibrations[feature]));
  const drifts = judgeFamily(found, PARAMETERS);
  return features.flatMap((feature, index) => {
    const { isSteady = false } = calibrations[feature] ?? {};
    const inputs = input.current.map((_, depth) => driftInput(input, feature, depth));
    const subject = { feature, isPseudo: feature === PREDICTION || feature === SCORE, inputs, isSteady };
    const base = scoreBase(input, feature);
    const finding = drifts[index];
    return [
      ...(finding === undefined ? [] : [driftScore(input, finding, base)]),
      ...qualityScores(subject, base),
    ];
  });
}

function calibrationsOf({ baseline, baselineWindows }: DriftWindow): Readonly<Record<string, Calibration>> {
  const layout = modelLayout(baseline.layouts);
  const rows = new Float64Array(baselineWindows.length * layout.cells);
  for (const [window, { features }] of baselineWindows.entries())
    for (const { name, offset } of layout.features)
      rows.set(features[name]?.known ?? [], window * layout.cells + offset);
  return calibrate({ layout, rows, slots: baselineWindows.map(() => 0) }, PARAMETERS);
}

function driftInput({ baseline, current }: DriftWindow, feature: string, depth = 0): DriftInput {
  const layout = baseline.layouts[feature];
  const before = baseline.counts[feature];
  if (layout === undefined || before === undefined)
    throw new Error(`Baseline ${baseline.id} has no counts for ${feature}.`);
  return { layout, baseline: before, current: current[depth]?.features[feature] ?? emptyCounts(layout) };
}

interface DeepFinding extends Finding {
  readonly depth: number;
}

/** Of the first sum with rows enough; of the window alone when none has them. */
function findingOf(
  window: DriftWindow,
  feature: string,
  calibration: Calibration = { windows: 0, phi: 1, isCalibrated: false, largest: [], isSteady: false },
): DeepFinding {
  const findings = window.current.map((_, depth) => {
    const input = { ...driftInput(window, feature, depth), feature, calibration, parameters: PARAMETERS };
    return { ...drift.score(input), depth };
  });
  const found = findings.find(({ value }) => value !== null) ?? findings[0];
  if (found === undefined) throw new Error('A window has at least its own counts.');
  return found;
}

/** What chance explains is no drift: 0. */
function driftScore(window: DriftWindow, finding: DeepFinding, base: ScoreBase): Score {
  const { depth, value, why, rows, text, cells, numbers, isSignificant } = finding;
  return {
    ...base,
    detector: 'drift',
    value: isSignificant === false ? 0 : value,
    why,
    rows,
    ...(isSignificant !== undefined && { isSignificant }),
    evidence: {
      text,
      ...(cells !== undefined && { cells }),
      numbers: { ...numbers, blocks: depth + 1 },
      current: driftInput(window, base.subject, depth).current,
      versions: window.versions,
    },
  };
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

import { drift } from '../../detectors/drift.ts';
import { effect } from '../../detectors/effect.ts';
import { judgeFamily } from '../../detectors/false-discovery.ts';
import type {
  Calibration,
  DriftParameters,
  FeatureCounts,
  FeatureInput,
  Finding,
} from '../../detectors/types.ts';
import type { Baseline, ModelKey, Score } from '../model.ts';
import { DRIFT_DETECTORS, type Comparison } from '../settings.ts';
import type { CountsByFeature } from './count-windows.ts';
import type { Reference } from './references.ts';
import { scored, type ScorePlace } from './scored.ts';
import { together, type Scored, type Window } from './types.ts';

export interface FeatureWindow {
  readonly key: ModelKey;
  readonly baseline: Baseline;
  readonly window: Window;
  /** The window's counts, then sums over the blocks of windows it ends, for features with too few rows. */
  readonly blocks: readonly CountsByFeature[];
  readonly versions: Readonly<Record<string, number>>;
  readonly unmonitored: readonly string[];
  readonly parameters: DriftParameters;
}

/** The features that are judged, in the order of the layout. */
export function judgedFeatures({ baseline, unmonitored }: FeatureWindow): readonly string[] {
  return Object.keys(baseline.layouts).filter((feature) => !unmonitored.includes(feature));
}

/** What a detector of one feature gets, by how many windows are summed. */
export function featureInputs(
  input: FeatureWindow,
  reference: Reference,
  feature: string,
): readonly FeatureInput[] {
  const layout = input.baseline.layouts[feature];
  const baseline = reference.counts[feature];
  if (layout === undefined || baseline === undefined)
    throw new Error(`Baseline ${input.baseline.id} has no counts for ${feature}.`);
  const calibration = reference.calibrations[feature] ?? UNCALIBRATED;
  const { parameters } = input;
  return input.blocks.map((counts) => {
    const current = counts[feature] ?? emptyLike(baseline);
    return { feature, layout, baseline, current, calibration, parameters };
  });
}

const UNCALIBRATED: Calibration = { windows: 0, phi: 1, isCalibrated: false, largest: [], isSteady: false };

function emptyLike(counts: FeatureCounts): FeatureCounts {
  return {
    known: counts.known.map(() => 0),
    sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 },
  };
}

interface Found {
  readonly feature: string;
  /** How often the number of windows was doubled. */
  readonly depth: number;
  readonly input: FeatureInput;
  readonly finding: Finding;
}

/** Drift of every judged feature against one reference: found alone, then judged as one family; pure. */
export function driftScores(input: FeatureWindow, reference: Reference): Scored {
  const found = judgedFeatures(input).map((feature): Found => {
    const inputs = featureInputs(input, reference, feature);
    const first = inputs.findIndex((each) => effect(each).value !== null);
    const depth = Math.max(0, first);
    const own = inputs[depth] as FeatureInput;
    return { feature, depth, input: own, finding: drift.score(own) };
  });
  const judged = judgeFamily(
    found.map(({ finding }) => finding),
    input.parameters,
  );
  return together(
    found.map((each, index) =>
      scored({ ...each.input }, judged[index] ?? each.finding, placeOfDrift(input, reference, each)),
    ),
  );
}

function placeOfDrift(
  input: FeatureWindow,
  reference: Reference,
  { feature, depth, input: { current } }: Found,
): ScorePlace {
  const detector = DRIFT_DETECTORS[reference.comparison];
  const place = placeOf(input, reference, { detector, subject: feature });
  return { ...place, evidence: { ...place.evidence, current, numbers: { blocks: 2 ** depth } } };
}

/** Why there is nothing to judge against, told for every feature instead of silence. */
export function unreferenced(input: FeatureWindow, comparison: Comparison, why: string): Scored {
  const scores = judgedFeatures(input).map((feature): Score => ({
    ...input.key,
    detector: DRIFT_DETECTORS[comparison],
    subject: feature,
    windowFromMs: input.window.fromMs,
    windowToMs: input.window.toMs,
    value: null,
    why,
    lower: null,
    upper: null,
    rows: 0,
    baselineId: null,
    evidence: { text: `${feature}: ${why}` },
  }));
  return { scores, documents: [] };
}

/** Where the scores of one subject in one window belong. */
export function placeOf(
  input: FeatureWindow,
  reference: Reference,
  of: { readonly detector: string; readonly subject: string },
): ScorePlace {
  return {
    ...input.key,
    ...of,
    windowFromMs: input.window.fromMs,
    windowToMs: input.window.toMs,
    baselineId: reference.baselineId,
    evidence: { against: reference.text, versions: input.versions },
  };
}

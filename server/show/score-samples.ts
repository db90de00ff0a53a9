import type { Rule } from '../model.ts';
import type { FleetScore } from '../ports.ts';
import { sample, type Labels, type Sample } from './series.ts';
import { comparisonOf, latestBySubject, latestDrift } from './views/scores.ts';
import { isOutput, limitRatio, ratioTo, thresholdsOf } from './views/thresholds.ts';

/** Subjects a detector exports: the furthest towards their limits, and in any case those beyond, up to the second number. */
const SUBJECTS = { usual: 50, most: 80 } as const;

export interface Exported {
  /** The latest scores of one model, and older ones of drift. */
  readonly scores: readonly FleetScore[];
  readonly labels: Labels;
  readonly rules: readonly Rule[];
}

interface Ratioed {
  readonly score: FleetScore;
  readonly ratio: number | null;
}

/** Drift of the latest window, by feature and comparison; what cannot be computed is absent. Pure. */
export function driftSamples({ scores, labels, rules }: Exported): readonly Sample[] {
  const judged = latestDrift(scores).map((score): Ratioed => ({
    score,
    ratio: ratioTo(thresholdsOf(rules, score.detector, score).ticket, score),
  }));
  const features = judged.filter(({ score }) => !isOutput(score.subject));
  const outputs = judged.filter(({ score }) => isOutput(score.subject));
  return [
    ...featureCounts(features, labels),
    ...baselineSamples(judged, labels),
    ...outputs.flatMap(({ score, ratio }) =>
      sample(
        'leeway_prediction_drift_ratio',
        { ...labels, output: score.subject.replace('$', ''), comparison: comparisonIn(score) },
        ratio,
      ),
    ),
    ...byDetector(features).flatMap((own) => own.flatMap((one) => featureSamples(one, labels))),
    ...missingSamples(scores, labels),
  ];
}

function featureCounts(features: readonly Ratioed[], labels: Labels): readonly Sample[] {
  if (features.length === 0) return [];
  const named = (some: readonly Ratioed[]) => new Set(some.map(({ score }) => score.subject)).size;
  return [
    ...sample('leeway_features_monitored', labels, named(features)),
    ...sample('leeway_features_drifted', labels, named(features.filter(({ ratio }) => (ratio ?? 0) >= 1))),
  ];
}

function baselineSamples(judged: readonly Ratioed[], labels: Labels): readonly Sample[] {
  const baselines = new Map(
    judged.flatMap(({ score }) =>
      score.baselineId === null ? [] : [[comparisonIn(score), score.baselineId] as const],
    ),
  );
  return [...baselines].flatMap(([comparison, baseline]) =>
    sample('leeway_baseline_info', { ...labels, baseline, comparison }, 1),
  );
}

function featureSamples({ score, ratio }: Ratioed, labels: Labels): readonly Sample[] {
  const full = { ...labels, feature: score.subject, comparison: comparisonIn(score) };
  return [
    ...sample('leeway_feature_drift_ratio', full, ratio),
    ...sample('leeway_feature_drift_js_distance', full, score.value),
    ...sample(
      'leeway_feature_drift_psi',
      full,
      score.value === null ? null : score.evidence.numbers?.['psi'],
    ),
  ];
}

function missingSamples(scores: readonly FleetScore[], labels: Labels): readonly Sample[] {
  const missing = [...latestBySubject(scores, 'missing-rate').values()].map((score) => ({
    score,
    ratio: score.evidence.numbers?.['share'] ?? null,
  }));
  return furthest(missing).flatMap(({ score, ratio }) =>
    sample('leeway_feature_missing_ratio', { ...labels, feature: score.subject }, ratio),
  );
}

/** Every latest score of a model, whatever its detector: a new one is exported without a change here. Pure. */
export function scoreSamples({ scores, labels, rules }: Exported): readonly Sample[] {
  const latest = [...new Set(scores.map(({ detector }) => detector))].flatMap((detector) => [
    ...latestBySubject(scores, detector).values(),
  ]);
  const ratioed = latest.map((score): Ratioed => ({ score, ratio: limitRatio(rules, score) }));
  return [
    ...undecided(latest, labels),
    ...byDetector(ratioed).flatMap((own) => own.flatMap((one) => oneScore(one, labels))),
  ];
}

function oneScore({ score, ratio }: Ratioed, labels: Labels): readonly Sample[] {
  const { detector, subject, value, isSignificant, rows } = score;
  const full = { ...labels, detector, subject, comparison: comparisonIn(score) };
  return [
    ...sample('leeway_score', full, value),
    ...sample('leeway_score_limit_ratio', full, ratio),
    ...sample(
      'leeway_score_significant',
      full,
      value === null || isSignificant === undefined ? null : Number(isSignificant),
    ),
    ...sample('leeway_score_rows', full, rows),
  ];
}

function undecided(latest: readonly FleetScore[], labels: Labels): readonly Sample[] {
  return [...Map.groupBy(latest, ({ detector }) => detector)].flatMap(([detector, own]) =>
    sample(
      'leeway_scores_undecided',
      { ...labels, detector },
      own.filter(({ value }) => value === null).length,
    ),
  );
}

function comparisonIn({ detector }: FleetScore): string {
  return comparisonOf(detector) ?? '';
}

function byDetector(all: readonly Ratioed[]): readonly (readonly Ratioed[])[] {
  return [...Map.groupBy(all, ({ score }) => score.detector).values()].map(furthest);
}

function furthest(all: readonly Ratioed[]): readonly Ratioed[] {
  return [...all]
    .sort((first, second) => (second.ratio ?? -1) - (first.ratio ?? -1))
    .slice(0, SUBJECTS.most)
    .filter((one, index) => index < SUBJECTS.usual || (one.ratio ?? 0) >= 1);
}

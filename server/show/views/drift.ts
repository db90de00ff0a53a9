import type { DriftParameters, FeatureCounts, FeatureLayout } from '../../../detectors/types.ts';
import { SCORE, type Alert, type Baseline, type Rule } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import { DRIFT_DETECTORS, type Comparison, type ModelSettings } from '../../settings.ts';
import type { Distribution, DriftRow, Level } from '../types.ts';
import { gatesOf } from './gates.ts';
import { partOf, type Documents } from './parts.ts';
import { comparisonOf, latestBySubject, trendOf } from './scores.ts';
import { isOutput, levelOf, ratioTo, thresholdsOf } from './thresholds.ts';

export interface DriftInput {
  readonly baseline: Baseline | null;
  readonly settings: Pick<ModelSettings, 'drift'>;
  /** The scores of the window that is shown. */
  readonly shown: readonly StoredScore[];
  /** Drift scores of all listed windows. */
  readonly history: readonly StoredScore[];
  readonly documents: Documents;
  readonly windows: readonly number[];
  readonly firing: readonly Alert[];
  readonly rules: readonly Rule[];
}

/** Worst first; what an alert fires for stands before what is calm again. */
const SEVERITY: readonly Level[] = ['page', 'ticket', 'within', 'chance', 'undecided'];

/**
 * The features of a window against each comparison: by how bad it is, then by how much it matters, which is its impact or,
 * without one, the distance times the importance its owner gave it. What could not be judged comes last and says why.
 */
export function driftRows(input: DriftInput): readonly DriftRow[] {
  return comparisons()
    .flatMap((comparison) => rowsAgainst(input, comparison))
    .sort(
      (first, second) =>
        rankOf(first) - rankOf(second) ||
        weightOf(first) - weightOf(second) ||
        impactOf(second) - impactOf(first) ||
        first.feature.localeCompare(second.feature, 'en'),
    );
}

function comparisons(): readonly Comparison[] {
  return Object.keys(DRIFT_DETECTORS) as Comparison[];
}

function rankOf({ level, alert }: DriftRow): number {
  const rank = SEVERITY.indexOf(level);
  return alert === null ? rank : Math.min(rank, SEVERITY.indexOf('ticket') + 0.5);
}

/** What the model answers comes first, then what is ranked by its impact; impacts and distances do not compare. */
function weightOf({ feature, impact }: DriftRow): number {
  if (isOutput(feature)) return 0;
  return impact === null ? 2 : 1;
}

function impactOf({ value, importance, impact }: DriftRow): number {
  return impact === null ? (value ?? 0) * (importance ?? 1) : Math.abs(impact);
}

function rowsAgainst(input: DriftInput, comparison: Comparison): readonly DriftRow[] {
  const scores = [...latestBySubject(input.shown, DRIFT_DETECTORS[comparison]).values()];
  const tests = scores.filter(({ evidence }) => (evidence.numbers?.['p'] ?? null) !== null).length;
  return scores.map((score) => driftRow(input, score, tests));
}

function driftRow(input: DriftInput, score: StoredScore, tests: number): DriftRow {
  const { rules, shown } = input;
  const { subject: feature, detector, evidence } = score;
  const limits = thresholdsOf(rules, detector, score);
  const level = levelOf(rules, score);
  const parameters = partOf<DriftParameters>(score, 'parameters', input.documents);
  return {
    scoreId: score.id,
    feature,
    kind: kindOf(feature, input),
    comparison: comparisonOf(detector) ?? 'fixed',
    level,
    value: score.value,
    why: score.why,
    ratio: ratioTo(limits.ticket, score),
    psi: evidence.numbers?.['psi'] ?? null,
    missingShare: latestBySubject(shown, 'missing-rate').get(feature)?.evidence.numbers?.['share'] ?? null,
    rows: score.rows,
    explanation: evidence.text,
    against: evidence.against ?? null,
    numbers: evidence.numbers ?? {},
    gates: gatesOf({ score, level, limits, rules, tests, parameters }),
    importance: input.settings.drift.importance[feature] ?? null,
    impact: evidence.numbers?.['impact'] ?? null,
    together: evidence.together ?? [],
    limits: { ticket: finiteOrNull(limits.ticket), page: finiteOrNull(limits.page) },
    trend: trendOf(input.history, score, input.windows),
    alert: worstAlert(input, score),
  };
}

function finiteOrNull(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}

function kindOf(feature: string, { baseline }: DriftInput): DriftRow['kind'] {
  if (isOutput(feature)) return feature === SCORE ? 'score' : 'prediction';
  return baseline?.layouts[feature]?.kind ?? 'number';
}

function worstAlert({ firing, rules }: DriftInput, score: StoredScore): DriftRow['alert'] {
  const own = new Set(rules.filter(({ detector }) => detector === score.detector).map(({ id }) => id));
  const alerts = firing.filter((alert) => alert.subject === score.subject && own.has(alert.rule));
  if (alerts.some((alert) => alert.severity === 'page')) return 'page';
  return alerts.length > 0 ? 'ticket' : null;
}

type DistributionInput = Pick<DriftInput, 'baseline' | 'shown' | 'documents'>;

/** What each drift score was really made of, in its own cells: what it was judged against, and the window. */
export function distributions(input: DistributionInput): readonly Distribution[] {
  return input.shown
    .filter(({ detector }) => comparisonOf(detector) !== null)
    .flatMap((score) => {
      const counts = storedCounts(score, input.documents) ?? frozenCounts(score, input.baseline);
      if (counts === null) return [];
      const { id: scoreId, subject: feature, evidence } = score;
      return [{ scoreId, feature, against: evidence.against ?? null, ...counts }];
    });
}

type Counts = Pick<Distribution, 'layout' | 'baseline' | 'current'>;

function storedCounts(score: StoredScore, documents: Documents): Counts | null {
  const layout = partOf<FeatureLayout>(score, 'layout', documents);
  const baseline = partOf<FeatureCounts>(score, 'baseline', documents);
  const current = partOf<FeatureCounts>(score, 'current', documents) ?? score.evidence.current;
  return layout === undefined || baseline === undefined || current === undefined
    ? null
    : { layout, baseline, current };
}

/** Of scores that were stored without what they were made of: counts of another baseline lie in other cells. */
function frozenCounts(
  { subject, evidence, baselineId }: StoredScore,
  baseline: Baseline | null,
): Counts | null {
  const layout = baseline?.layouts[subject];
  const counts = baseline?.counts[subject];
  if (layout === undefined || counts === undefined || evidence.current === undefined) return null;
  return baselineId === baseline?.id ? { layout, baseline: counts, current: evidence.current } : null;
}

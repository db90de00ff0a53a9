import { SCORE, type Alert, type Baseline, type Rule } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import type { Distribution, DriftRow } from '../types.ts';
import { latestBySubject, trendOf } from './scores.ts';
import { isOutput, ratioTo, thresholdsOf } from './thresholds.ts';

export interface DriftInput {
  readonly baseline: Baseline | null;
  /** The scores of the window that is shown. */
  readonly shown: readonly StoredScore[];
  /** Drift scores of all listed windows. */
  readonly history: readonly StoredScore[];
  readonly windows: readonly number[];
  readonly firing: readonly Alert[];
  readonly rules: readonly Rule[];
}

/** The features of a window, furthest from their limit first; what could not be judged comes last and says why. */
export function driftRows(input: DriftInput): readonly DriftRow[] {
  const rows = [...latestBySubject(input.shown, 'drift').values()].map((score) => driftRow(input, score));
  return rows.sort(
    (first, second) =>
      (second.ratio ?? -1) - (first.ratio ?? -1) || first.feature.localeCompare(second.feature, 'en'),
  );
}

function driftRow(input: DriftInput, score: StoredScore): DriftRow {
  const feature = score.subject;
  const missing = latestBySubject(input.shown, 'missing-rate').get(feature);
  return {
    feature,
    kind: kindOf(feature, input.baseline),
    value: score.value,
    why: score.why,
    ratio: ratioTo(thresholdsOf(input.rules, 'drift', score).ticket, score.value),
    psi: score.evidence.numbers?.['psi'] ?? null,
    missingShare: missing?.evidence.numbers?.['share'] ?? null,
    rows: score.rows,
    explanation: score.evidence.text,
    trend: trendOf(input.history, feature, input.windows),
    alert: worstAlert(input.firing.filter((alert) => alert.subject === feature)),
  };
}

function kindOf(feature: string, baseline: Baseline | null): DriftRow['kind'] {
  if (isOutput(feature)) return feature === SCORE ? 'score' : 'prediction';
  return baseline?.layouts[feature]?.kind ?? 'number';
}

function worstAlert(alerts: readonly Alert[]): DriftRow['alert'] {
  if (alerts.some((alert) => alert.severity === 'page')) return 'page';
  return alerts.length > 0 ? 'ticket' : null;
}

/** Baseline against the shown window, on the same frozen cells. */
export function distributions(
  baseline: Baseline | null,
  shown: readonly StoredScore[],
): readonly Distribution[] {
  if (baseline === null) return [];
  return [...latestBySubject(shown, 'drift').values()].flatMap(({ subject, evidence, baselineId }) => {
    const layout = baseline.layouts[subject];
    const counts = baseline.counts[subject];
    if (layout === undefined || counts === undefined || evidence.current === undefined) return [];
    // Counts of another baseline lie in other cells.
    if (baselineId !== baseline.id) return [];
    return [{ feature: subject, layout, baseline: counts, current: evidence.current }];
  });
}

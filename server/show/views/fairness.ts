import type { Rule } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import type { FairnessRow } from '../types.ts';
import { latestBySubject } from './scores.ts';
import { thresholdsOf } from './thresholds.ts';

/** The gap of each protected attribute in the shown window, with what each group got. */
export function fairnessRows(shown: readonly StoredScore[], rules: readonly Rule[]): readonly FairnessRow[] {
  return [...latestBySubject(shown, 'fairness-gap').values()].map((score) => ({
    attribute: score.subject,
    measure: 'selection_rate',
    limit: limitOf(score, rules),
    gap: score.value,
    lower: score.lower,
    upper: score.upper,
    why: score.why,
    groups: score.evidence.groups ?? [],
  }));
}

/** What the score was judged by; no limit at all is shown as the whole range. */
function limitOf(score: StoredScore, rules: readonly Rule[]): number {
  const limit = score.evidence.numbers?.['limit'] ?? thresholdsOf(rules, 'fairness-gap', score).ticket;
  return Number.isFinite(limit) ? limit : 1;
}

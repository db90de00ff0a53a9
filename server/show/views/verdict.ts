import type { Alert, Rule } from '../../model.ts';
import type { FleetRow, Health } from '../types.ts';
import type { ModelFacts } from './facts.ts';
import { kindOf, leadingAlert } from './health.ts';
import { percent, plural, sentence, utc, whole } from './words.ts';

export interface VerdictInput {
  readonly facts: ModelFacts;
  readonly health: Health;
  readonly firing: readonly Alert[];
  readonly rules: readonly Rule[];
  readonly worstFeature: FleetRow['worstFeature'];
  /** Features that had rows enough. */
  readonly judged: number;
  readonly worstBudget: FleetRow['worstBudget'];
}

/** One sentence or two: how the model is, and by what evidence. */
export function verdictOf(input: VerdictInput): string {
  switch (input.health) {
    case 'learning':
      return learning(input.facts);
    case 'healthy':
      return healthy(input);
    case 'silent':
      return `${silent(input)}${more(input)}`;
    case 'action':
    case 'drifting':
      return `${alerted(input)}${more(input)}`;
  }
}

function learning({ settings, entry }: ModelFacts): string {
  if (entry === null || entry.predictions + entry.referenceRows === 0)
    return 'No prediction has arrived yet.';
  const source = settings.baseline;
  if (source.kind === 'reference')
    return `No baseline yet: needs ${plural(source.minRows, 'reference row')}, has ${whole(entry.referenceRows)}.`;
  if (source.kind === 'period') return `No baseline yet: its period ends ${utc(source.toMs)}.`;
  if (source.kind === 'first' && entry.predictions < source.rows)
    return `No baseline yet: needs ${plural(source.rows, 'prediction')}, has ${whole(entry.predictions)}.`;
  return 'Nothing judged yet: the first window has not closed.';
}

function healthy({ worstFeature, judged, worstBudget }: VerdictInput): string {
  const drift =
    worstFeature !== null
      ? `No feature drifts${furthest(worstFeature)}`
      : judged > 0
        ? `No feature drifts; chance explains what moved in ${judged === 1 ? 'the one' : `all ${whole(judged)}`}`
        : 'No feature could be judged in the latest window';
  return `${drift}${worstBudget === null ? '' : `; ${budgetText(worstBudget)}`}.`;
}

function furthest({ feature, ratio }: NonNullable<FleetRow['worstFeature']>): string {
  return ratio > 0 ? `; the furthest, ${feature}, is at ${percent(ratio)} of its limit` : '';
}

function budgetText({ slo, remaining }: NonNullable<FleetRow['worstBudget']>): string {
  return remaining < 0
    ? `the ${slo} budget is overspent by ${percent(-remaining)}`
    : `${percent(remaining)} of the ${slo} budget is left`;
}

function silent({ facts, firing, rules }: VerdictInput): string {
  const alert = firing.find((one) => kindOf(one, rules) === 'absence');
  const last = facts.entry?.lastEventMs ?? null;
  if (last !== null) return `Silent: no prediction since ${utc(last)}.`;
  return `Silent: ${sentence(alert?.summary ?? 'no prediction arrives')}`;
}

function alerted({ firing, rules }: VerdictInput): string {
  const alert = leadingAlert(firing, rules);
  if (alert === null) return 'An alert fires.';
  const { cause, text } = alert.evidence;
  const likely = cause === undefined || cause === text ? '' : ` Likely cause: ${sentence(cause)}`;
  return `${sentence(alert.summary)}${evidenceOf(alert)}${likely}`;
}

function evidenceOf({ summary, evidence }: Alert): string {
  return evidence.text === '' || summary.includes(evidence.text) ? '' : ` ${sentence(evidence.text)}`;
}

function more({ firing }: VerdictInput): string {
  return firing.length <= 1
    ? ''
    : ` ${plural(firing.length - 1, 'more alert')} ${firing.length === 2 ? 'fires' : 'fire'}.`;
}

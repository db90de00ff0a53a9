import type { Alert, Incident, Rule } from '../../model.ts';
import type { FleetScore } from '../../ports.ts';
import type { FleetRow } from '../types.ts';
import { currentVersion, type ModelFacts } from './facts.ts';
import { healthOf, WORST_FIRST } from './health.ts';
import { judgedWindows, latestBySubject, latestDrift, trendOf } from './scores.ts';
import { stripOf } from './strip.ts';
import { isOutput, ratioTo, thresholdsOf } from './thresholds.ts';
import { verdictOf } from './verdict.ts';

export interface FleetRowInput {
  readonly facts: ModelFacts;
  /** The model's latest scores and its drift history. */
  readonly scores: readonly FleetScore[];
  /** The model's alerts, resolved ones too. */
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly rules: readonly Rule[];
}

/** How many windows the strip and the trends show. */
export const SHOWN_WINDOWS = 30;

/** One model on the fleet page; pure. */
export function fleetRow(input: FleetRowInput): FleetRow {
  const { facts, scores, alerts, incidents, rules } = input;
  const firing = alerts.filter((alert) => alert.state === 'firing');
  const windows = judgedWindows(scores, SHOWN_WINDOWS);
  const drift = latestDrift(scores);
  const worst = worstFeatureOf(drift, rules);
  const worstFeature = worst?.told ?? null;
  const judged = judgedFeatures(drift);
  const worstBudget = worstBudgetOf(scores);
  const health = healthOf({ firing, rules, hasBaseline: scores.some((score) => score.baselineId !== null) });
  return {
    tenant: facts.tenant,
    model: facts.model,
    title: facts.settings.title,
    task: facts.settings.task,
    health,
    verdict: verdictOf({ facts, health, firing, rules, worstFeature, judged, worstBudget }),
    version: currentVersion(facts),
    predictions: facts.entry?.predictions ?? 0,
    lastEventMs: facts.entry?.lastEventMs ?? null,
    worstFeature,
    judgedFeatures: judged,
    trend: worst === null ? [] : trendOf(scores, worst.score, windows).map((point) => point.value),
    worstBudget,
    fairness: widestGap(scores),
    openAlerts: {
      page: firing.filter((alert) => alert.severity === 'page').length,
      ticket: firing.filter((alert) => alert.severity === 'ticket').length,
    },
    incidentId: openIncident(incidents)?.id ?? null,
    strip: stripOf({ windows, windowMs: facts.settings.windowMs, alerts, rules }),
  };
}

interface Worst {
  readonly score: FleetScore;
  readonly told: NonNullable<FleetRow['worstFeature']>;
}

/** The feature furthest towards its limit against any comparison; what chance explains does not count. */
function worstFeatureOf(drift: readonly FleetScore[], rules: readonly Rule[]): Worst | null {
  const found = drift.flatMap((score): readonly Worst[] => {
    const { subject: feature, value, isSignificant } = score;
    const ratio = ratioTo(thresholdsOf(rules, score.detector, score).ticket, score);
    if (value === null || ratio === null || isOutput(feature) || isSignificant === false) return [];
    return [{ score, told: { feature, value, ratio } }];
  });
  return found.sort((first, second) => second.told.ratio - first.told.ratio)[0] ?? null;
}

function judgedFeatures(drift: readonly FleetScore[]): number {
  const judged = drift.filter(({ subject, value }) => value !== null && !isOutput(subject));
  return new Set(judged.map(({ subject }) => subject)).size;
}

function worstBudgetOf(scores: readonly FleetScore[]): FleetRow['worstBudget'] {
  const found = [...latestBySubject(scores, 'burn-rate-ticket').values()].flatMap((score) => {
    const remaining = score.evidence.numbers?.['remaining'] ?? null;
    return remaining === null ? [] : [{ slo: score.subject, remaining }];
  });
  return found.sort((first, second) => first.remaining - second.remaining)[0] ?? null;
}

function widestGap(scores: readonly FleetScore[]): FleetRow['fairness'] {
  const found = [...latestBySubject(scores, 'fairness-gap').values()].flatMap(
    ({ subject, value, lower, upper }) =>
      value === null || lower === null || upper === null
        ? []
        : [{ attribute: subject, gap: value, lower, upper }],
  );
  return found.sort((first, second) => second.gap - first.gap)[0] ?? null;
}

function openIncident(incidents: readonly Incident[]): Incident | null {
  const open = incidents.filter((incident) => incident.state !== 'resolved');
  return open.sort((first, second) => second.openedAtMs - first.openedAtMs)[0] ?? null;
}

/** The order of the fleet: worst health, then the highest drift over its limit, then by name. */
export function worstFirst(first: FleetRow, second: FleetRow): number {
  return (
    WORST_FIRST.indexOf(first.health) - WORST_FIRST.indexOf(second.health) ||
    (second.worstFeature?.ratio ?? 0) - (first.worstFeature?.ratio ?? 0) ||
    first.title.localeCompare(second.title, 'en') ||
    first.tenant.localeCompare(second.tenant, 'en')
  );
}

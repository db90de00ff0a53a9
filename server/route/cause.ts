import type { Alert, Rule } from '../model.ts';
import { FIRST_PREDICTION, isRollback } from './deployments.ts';
import type { Deployment } from './types.ts';

/** Pipeline causes outrank drift (reference detectors.md 5.12); what a burning budget says comes between. */
const RANK: Readonly<Record<Rule['kind'], number>> = {
  quality: 0,
  absence: 0,
  slo: 1,
  drift: 2,
  fairness: 3,
};

const SUSPECT_MS = 7 * 86_400_000;

/** Alerts in the order in which they explain an incident: pipeline first, then known causes, pages, the greatest impact, the largest. */
export function ranked(alerts: readonly Alert[], rules: readonly Rule[]): readonly Alert[] {
  const keys = (alert: Alert): readonly number[] => [
    RANK[kindOf(alert, rules) ?? 'fairness'],
    alert.evidence.cause === undefined ? 1 : 0,
    alert.severity === 'page' ? 0 : 1,
    -Math.abs(alert.evidence.numbers?.['impact'] ?? 0),
    -(alert.peak ?? 0),
  ];
  return alerts
    .map((alert) => ({ alert, keys: keys(alert) }))
    .sort((first, second) => compare(first.keys, second.keys) || (first.alert.id < second.alert.id ? -1 : 1))
    .map(({ alert }) => alert);
}

function compare(first: readonly number[], second: readonly number[]): number {
  const differences = first.map((key, index) => key - (second[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

export function kindOf(alert: Alert, rules: readonly Rule[]): Rule['kind'] | undefined {
  return rules.find((rule) => rule.id === alert.rule)?.kind;
}

export function isBrokenFeed(alert: Alert, rules: readonly Rule[]): boolean {
  const kind = kindOf(alert, rules);
  return kind === 'quality' || kind === 'absence';
}

/**
 * The newest deployment that may be behind an alert: inside its window, or at most seven days before it. A rollback is
 * none: in a window that it ended the version before is still suspected, after it nothing new has come. Nor is the version
 * that a model was first seen with: nothing has changed.
 */
export function suspectDeployment(alert: Alert, deployments: readonly Deployment[]): Deployment | undefined {
  const fromMs = alert.windowFromMs ?? alert.startedAtMs;
  const toMs = alert.windowToMs ?? alert.startedAtMs;
  const newest = deployments.find(
    (deployment) => deployment.atMs <= toMs && !(isRollback(deployment) && deployment.atMs > fromMs),
  );
  if (newest === undefined || isRollback(newest)) return undefined;
  if (newest.source === FIRST_PREDICTION && newest === deployments.at(-1)) return undefined;
  return newest.atMs >= fromMs - SUSPECT_MS ? newest : undefined;
}

/** The likely cause in words: what the best-ranked alert knows, and the deployment that came before; null: nothing known. */
export function causeOf(
  alerts: readonly Alert[],
  deployments: readonly Deployment[],
  rules: readonly Rule[],
): string | null {
  const best = ranked(alerts, rules)[0];
  if (best === undefined) return null;
  const deployment = suspectDeployment(best, deployments);
  const known = best.evidence.cause ?? (isBrokenFeed(best, rules) ? best.summary : null);
  const parts = [known, deployment === undefined ? null : deploymentText(deployment, best.startedAtMs)];
  return parts.filter((part) => part !== null).join('; ') || null;
}

function deploymentText(deployment: Deployment, alertMs: number): string {
  const at = new Date(deployment.atMs).toISOString().slice(0, 16).replace('T', ' ');
  return `version ${deployment.version}, deployed ${at} UTC, ${distance(alertMs - deployment.atMs)} before`;
}

function distance(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

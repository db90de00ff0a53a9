import type { Alert, Rule } from '../../model.ts';
import type { Health } from '../types.ts';

export interface HealthInput {
  /** The model's firing alerts. */
  readonly firing: readonly Alert[];
  readonly rules: readonly Rule[];
  readonly hasBaseline: boolean;
}

export function kindOf(alert: Alert, rules: readonly Rule[]): Rule['kind'] | null {
  return rules.find((rule) => rule.id === alert.rule)?.kind ?? null;
}

/** action: a page fires; silent: no data comes; drifting: a ticket fires; learning: nothing to compare with yet. */
export function healthOf({ firing, rules, hasBaseline }: HealthInput): Health {
  const silent = firing.filter((alert) => kindOf(alert, rules) === 'absence');
  const others = firing.filter((alert) => !silent.includes(alert));
  if (others.some((alert) => alert.severity === 'page')) return 'action';
  if (silent.length > 0) return 'silent';
  if (others.length > 0) return 'drifting';
  return hasBaseline ? 'healthy' : 'learning';
}

/** The alert that says best why the health is what it is: pages first, then broken feeds before drift, then the oldest. */
export function leadingAlert(firing: readonly Alert[], rules: readonly Rule[]): Alert | null {
  const rank = (alert: Alert) =>
    (alert.severity === 'page' ? 0 : 10) + (KIND_RANK[kindOf(alert, rules) ?? 'drift'] ?? 9);
  return (
    [...firing].sort(
      (first, second) => rank(first) - rank(second) || first.startedAtMs - second.startedAtMs,
    )[0] ?? null
  );
}

const KIND_RANK: Readonly<Record<Rule['kind'], number>> = {
  absence: 0,
  quality: 1,
  slo: 2,
  drift: 3,
  fairness: 4,
};

/** Worst first; one order for the fleet and the strip. */
export const WORST_FIRST: readonly Health[] = ['action', 'silent', 'drifting', 'learning', 'healthy'];

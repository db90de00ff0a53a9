import type { Alert, Rule } from '../model.ts';
import type { Episode } from './types.ts';

/** No end yet: whatever comes belongs to it. */
const OPEN_END_MS = Number.MAX_SAFE_INTEGER;

/**
 * When something was wrong with a model's data, from the windows that showed it to its end; never part of what is normal.
 * The windows that a rule counts before it opens are part of it, and so are alerts whose rule the configuration has lost.
 */
export function episodesOf(alerts: readonly Alert[], rules: readonly Rule[]): readonly Episode[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return alerts.flatMap((alert) => {
    const rule = byId.get(alert.rule);
    if (rule !== undefined && rule.kind !== 'drift' && rule.kind !== 'quality') return [];
    const toMs = alert.resolvedAtMs ?? OPEN_END_MS;
    return { fromMs: beganMs(alert, rule), toMs, detector: rule?.detector ?? '' };
  });
}

function beganMs(alert: Alert, rule: Rule | undefined): number {
  const { windowFromMs = alert.startedAtMs, windowToMs = windowFromMs } = alert;
  const isTold = alert.evidence.numbers?.['sinceMs'] !== undefined;
  const before = isTold ? 0 : (rule?.persistence.of ?? 1) - 1;
  return windowFromMs - before * (windowToMs - windowFromMs);
}

import type { Alert, Rule } from '../model.ts';
import type { Episode } from './types.ts';

/** No end yet: whatever comes belongs to it. */
const OPEN_END_MS = Number.MAX_SAFE_INTEGER;

/** When something was wrong with a model's data, from the window that showed it to its end; never part of what is normal. */
export function episodesOf(alerts: readonly Alert[], rules: readonly Rule[]): readonly Episode[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return alerts.flatMap((alert) => {
    const rule = byId.get(alert.rule);
    if (rule?.kind !== 'drift' && rule?.kind !== 'quality') return [];
    const fromMs = alert.windowFromMs ?? alert.startedAtMs;
    return { fromMs, toMs: alert.resolvedAtMs ?? OPEN_END_MS, detector: rule.detector };
  });
}

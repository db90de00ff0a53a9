import type { Alert, Rule } from '../model.ts';
import type { Window } from './types.ts';

/** No end yet: whatever comes belongs to it. */
const OPEN_END_MS = Number.MAX_SAFE_INTEGER;

/** When something was wrong with a model's data, from the window that showed it to its end; never part of what is normal. */
export function episodesOf(alerts: readonly Alert[], rules: readonly Rule[]): readonly Window[] {
  const kinds = new Map(rules.map((rule) => [rule.id, rule.kind]));
  return alerts
    .filter(({ rule }) => kinds.get(rule) === 'drift' || kinds.get(rule) === 'quality')
    .map((alert) => ({
      fromMs: alert.windowFromMs ?? alert.startedAtMs,
      toMs: alert.resolvedAtMs ?? OPEN_END_MS,
    }));
}

import type { Alert, Silence } from '../model.ts';
import { withAlert } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

const MATCHER_KEYS = ['model', 'rule', 'subject', 'severity'] as const;

type MatcherKey = (typeof MATCHER_KEYS)[number];

/** What is wrong with a silence's matchers, in words; null when nothing is. */
export function matcherMistake(matchers: Readonly<Record<string, string>>): string | null {
  const entries = Object.entries(matchers);
  if (entries.length === 0)
    return `A silence needs at least one matcher on ${MATCHER_KEYS.join(', ')}; it has none.`;
  const unknown = entries.find(([key]) => !MATCHER_KEYS.includes(key as MatcherKey));
  if (unknown !== undefined)
    return `A silence matches on ${MATCHER_KEYS.join(', ')}; "${unknown[0]}" is none of them.`;
  return entries.some(([, value]) => value === '')
    ? 'A matcher of a silence needs a value; an empty one would never match.'
    : null;
}

/** The silence that mutes the alert at `nowMs`: its tenant's, active, every matcher equal. */
export function silencedBy(alert: Alert, silences: readonly Silence[], nowMs: number): Silence | undefined {
  return silences.find(
    (silence) =>
      silence.tenant === alert.tenant &&
      silence.fromMs <= nowMs &&
      nowMs < silence.toMs &&
      Object.entries(silence.matchers).every(([key, value]) => alert[key as MatcherKey] === value),
  );
}

/** Brings `silencedBy` of every firing alert up to date. */
export function refreshSilenced(situation: Situation, context: RouteContext): Situation {
  return [...situation.alerts.values()]
    .filter((alert) => alert.state === 'firing')
    .reduce((before, alert) => {
      const silence = silencedBy(alert, before.silences, context.nowMs)?.id ?? null;
      return silence === alert.silencedBy ? before : withAlert(before, { ...alert, silencedBy: silence });
    }, situation);
}

import { parseMatchers } from '../../../server/route/matchers.ts';
import type { Matcher, RouteSettings, Settings } from '../../../server/settings.ts';

/** Settings of routing as literals, all that a test does not say left empty. */

export function matchersOf(...texts: readonly string[]): readonly Matcher[] {
  return texts.flatMap((text) => {
    const parsed = parseMatchers(text);
    if (!parsed.ok) throw new Error(parsed.message);
    return parsed.matchers;
  });
}

export function routeWith(change: Partial<RouteSettings> = {}): RouteSettings {
  return {
    id: 'root',
    matchers: [],
    continues: false,
    receivers: [],
    groupBy: ['tenant', 'model'],
    groupWaitMs: 0,
    groupIntervalMs: 0,
    repeatIntervalMs: 0,
    active: [],
    muted: [],
    escalate: [],
    fallback: [],
    routes: [],
    ...change,
  };
}

export const PLAIN_ROUTING: Pick<
  Settings,
  'calendars' | 'inhibit' | 'acknowledgeForMs' | 'longestSilenceMs'
> = { calendars: [], inhibit: [], acknowledgeForMs: 2 * 3_600_000, longestSilenceMs: 7 * 86_400_000 };

import type { Incident } from '../model.ts';
import type { IncidentTimes, Portion, Typical } from '../ports.ts';

/** How long things took, and what is typical: medians and ninetieth percentiles, never means. */

/** What the timeline and the outbox know of an incident. */
export interface IncidentFacts {
  readonly incident: Incident;
  /** Its first acknowledgement, also when it was opened again since. */
  readonly acknowledgedAtMs: number | null;
  /** The first notice that arrived at a person. */
  readonly notifiedAtMs: number | null;
  readonly notices: number;
}

export function timesOf({ incident, acknowledgedAtMs, notifiedAtMs }: IncidentFacts): IncidentTimes {
  const { openedAtMs, beganAtMs = null, visibleAtMs = null, mitigatedAtMs, resolvedAtMs } = incident;
  return {
    detectMs: between(beganAtMs, openedAtMs),
    judgeMs: between(visibleAtMs, openedAtMs),
    notifyMs: between(openedAtMs, notifiedAtMs),
    acknowledgeMs: between(openedAtMs, acknowledgedAtMs ?? incident.acknowledgedAtMs),
    mitigateMs: between(openedAtMs, mitigatedAtMs),
    resolveMs: between(openedAtMs, resolvedAtMs),
  };
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
}

/** Fewer say little of the middle, and nothing of the far end. */
const LEAST_FOR_MEDIAN = 3;
const LEAST_FOR_P90 = 10;

/** One, and many. */
export type Noun = readonly [one: string, many: string];

/** The middle of the values (of two in the middle, their mean), and the smallest that nine of ten do not exceed. */
export function typicalOf(values: readonly number[], [one, many]: Noun): Typical {
  const sorted = values.toSorted((first, second) => first - second);
  const count = sorted.length;
  const has = `${count} ${count === 1 ? one : many}`;
  if (count === 0) return { count, median: null, p90: null, why: `no ${one} yet` };
  if (count < LEAST_FOR_MEDIAN)
    return { count, median: null, p90: null, why: `${has}, a median needs ${LEAST_FOR_MEDIAN}` };
  const at = (index: number) => sorted[index] ?? 0;
  const median = (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2;
  return count < LEAST_FOR_P90
    ? { count, median, p90: null, why: `${has}, a p90 needs ${LEAST_FOR_P90}` }
    : { count, median, p90: at(Math.ceil(0.9 * count) - 1), why: null };
}

export function portionOf(count: number, of: number, noun: string): Portion {
  return of === 0
    ? { count, of, share: null, why: `no ${noun} yet` }
    : { count, of, share: count / of, why: null };
}

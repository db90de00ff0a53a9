import type { GoodBad } from '../../detectors/burn-rate.ts';
import type { JudgedPair, SloState } from '../model.ts';
import type { SloSettings } from '../settings.ts';

/** What an on-call reads of an objective. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface SloFacts {
  readonly slo: SloSettings;
  readonly period: GoodBad;
  readonly remaining: number | null;
  readonly pairs: readonly JudgedPair[];
  /** Pairs of windows with the burn of each. */
  readonly rateOf: (windowMs: number) => number | null;
  readonly state: SloState;
  /** Why nothing can be said; null: something can. */
  readonly why: string | null;
  /** More to know, in words. */
  readonly notes: readonly string[];
}

export function sloText(facts: SloFacts): string {
  const { slo, period, remaining, why, notes } = facts;
  if (remaining === null) return [`${slo.id}: ${why ?? 'no traffic'}`, ...notes].join('; ');
  const what = 'sliceMs' in slo ? ' slices' : '';
  const counts = `${slo.id}: ${whole(period.bad)} bad of ${whole(period.good + period.bad)}${what}`;
  return [`${counts}, ${budgetText(remaining)}`, ...firing(facts), ...notes].join('; ');
}

export function budgetText(remaining: number): string {
  const share = `${whole(Math.abs(remaining) * 100, 1)} % of the error budget`;
  return remaining < 0 ? `overspent by ${share}` : `${share} left`;
}

function firing({ pairs, rateOf }: SloFacts): readonly string[] {
  return pairs
    .filter(({ ratio }) => (ratio ?? 0) >= 1)
    .map(
      ({ severity, longMs, shortMs, factor }) =>
        `${severity}: burns ${rate(rateOf(longMs))} over ${span(longMs)} and ${rate(rateOf(shortMs))} over ${span(shortMs)}, limit ${rate(factor)}`,
    );
}

function rate(value: number | null): string {
  return value === null ? 'unknown' : `${whole(value, 2)}×`;
}

export function span(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${whole(ms / 60_000)} min`;
}

export function whole(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

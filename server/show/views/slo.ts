import type { SloCountsRow } from '../../model.ts';
import type { FleetScore } from '../../ports.ts';
import type { SloSettings } from '../../settings.ts';
import type { SloRow } from '../types.ts';
import { latestBySubject } from './scores.ts';
import { duration } from './words.ts';

export interface SloInput {
  readonly slos: readonly SloSettings[];
  readonly scores: readonly FleetScore[];
  /** Good and bad per step, over the last two periods; by SLO. */
  readonly counts: readonly SloCountsRow[];
  readonly nowMs: number;
}

/** Each SLO with the budget its last score found, so that page, chart and alert tell the same number. */
export function sloRows(input: SloInput): readonly SloRow[] {
  const latest = latestBySubject(input.scores, 'burn-rate-ticket');
  return input.slos.map((slo) => {
    const evidence = latest.get(slo.id)?.evidence;
    return {
      slo: slo.id,
      kind: slo.kind,
      description: describe(slo),
      target: slo.target,
      periodMs: slo.periodMs,
      good: evidence?.numbers?.['good'] ?? 0,
      bad: evidence?.numbers?.['bad'] ?? 0,
      remaining: evidence?.numbers?.['remaining'] ?? null,
      exhaustionMs: evidence?.numbers?.['exhaustionMs'] ?? null,
      burn: evidence?.burn ?? [],
      trend: budgetTrend(slo, input),
    };
  });
}

function describe({ kind, target, periodMs, thresholdMs }: SloSettings): string {
  const promise = kind === 'latency' ? `answered within ${thresholdMs ?? 0} ms` : 'answered without an error';
  return `${exact(target)} of predictions ${promise}, over ${duration(periodMs)}`;
}

/** All digits kept: a target of 99.95 % is not 100 %. */
function exact(share: number): string {
  return `${Number((share * 100).toPrecision(8))} %`;
}

/** Share of the budget left at the end of each step of the last period: 1 - bad share over allowed bad share. */
function budgetTrend(slo: SloSettings, { counts, nowMs }: SloInput): SloRow['trend'] {
  const rows = counts
    .filter((row) => row.slo === slo.id)
    .sort((first, second) => first.fromMs - second.fromMs);
  let [good, bad, oldest] = [0, 0, 0];
  return rows.flatMap((row) => {
    good += row.good;
    bad += row.bad;
    for (
      let gone = rows[oldest];
      gone !== undefined && gone.fromMs <= row.fromMs - slo.periodMs;
      gone = rows[oldest]
    ) {
      good -= gone.good;
      bad -= gone.bad;
      oldest += 1;
    }
    if (row.fromMs < nowMs - slo.periodMs) return [];
    return [{ fromMs: row.fromMs, remaining: remainingOf({ good, bad }, slo.target) }];
  });
}

function remainingOf({ good, bad }: { good: number; bad: number }, target: number): number | null {
  const events = good + bad;
  return events === 0 || target >= 1 ? null : 1 - bad / events / (1 - target);
}

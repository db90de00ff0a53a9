import type { Evidence, SloCountsRow } from '../../model.ts';
import type { FleetScore } from '../../ports.ts';
import type { SloSettings } from '../../settings.ts';
import type { SloRow } from '../types.ts';
import { latestBySubject } from './scores.ts';
import { describeSlo } from './slo-words.ts';

type Judged = FleetScore & { readonly evidence: Partial<Evidence> };

export interface SloInput {
  readonly slos: readonly SloSettings[];
  readonly scores: readonly Judged[];
  /** Good and bad per step, over the last two periods; by SLO. */
  readonly counts: readonly SloCountsRow[];
  readonly nowMs: number;
}

/** Each SLO with the budget its last score found, so that page, chart and alert tell the same number. */
export function sloRows(input: SloInput): readonly SloRow[] {
  const latest = latestBySubject(input.scores, 'burn-rate-ticket');
  return input.slos.map((slo) => {
    const evidence: Partial<Evidence> = latest.get(slo.id)?.evidence ?? {};
    const numbers = evidence.numbers ?? {};
    return {
      slo: slo.id,
      kind: slo.kind,
      state: evidence.sloState ?? null,
      text: evidence.text ?? '',
      description: describeSlo(slo),
      target: slo.target,
      periodMs: slo.periodMs,
      good: numbers['good'] ?? 0,
      bad: numbers['bad'] ?? 0,
      remaining: numbers['remaining'] ?? null,
      exhaustionMs: numbers['exhaustionMs'] ?? null,
      excluded: numbers['excluded'] ?? 0,
      waiting: numbers['waiting'] ?? 0,
      sinceMs: numbers['sinceMs'] ?? null,
      burn: evidence.burn ?? [],
      pairs: evidence.pairs ?? [],
      spending: spendingOf(slo, numbers),
      trend: slo.kind === 'cost' ? costTrend(slo, numbers, input) : budgetTrend(slo, input),
    };
  });
}

type Numbers = NonNullable<Evidence['numbers']>;

function spendingOf(slo: SloSettings, numbers: Numbers): SloRow['spending'] {
  if (slo.kind !== 'cost' || numbers['monthToMs'] === undefined) return null;
  return {
    spent: numbers['spent'] ?? 0,
    budget: slo.monthly,
    currency: slo.currency,
    projected: numbers['projected'] ?? null,
    perPrediction: numbers['perPrediction'] ?? null,
    monthToMs: numbers['monthToMs'] ?? 0,
  };
}

/** Share of the month's budget left at the end of each step. */
function costTrend(
  slo: Extract<SloSettings, { kind: 'cost' }>,
  numbers: Numbers,
  { counts }: SloInput,
): SloRow['trend'] {
  let spent = 0;
  return ordered(counts, slo.id)
    .filter(({ fromMs }) => fromMs >= (numbers['monthFromMs'] ?? Infinity))
    .map(({ fromMs, nanos = 0 }) => {
      spent += nanos * 1e-9;
      return { fromMs, remaining: 1 - spent / slo.monthly };
    });
}

function ordered(counts: readonly SloCountsRow[], slo: string): readonly SloCountsRow[] {
  return counts.filter((row) => row.slo === slo).sort((first, second) => first.fromMs - second.fromMs);
}

/** Share of the budget left at the end of each step of the last period: 1 - bad share over allowed bad share. */
function budgetTrend(slo: SloSettings, { counts, nowMs }: SloInput): SloRow['trend'] {
  const rows = ordered(counts, slo.id);
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

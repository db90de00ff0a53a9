import { LEAST_SLICES, reachableFactor } from '../../detectors/burn-rate.ts';
import type { BurnPair, SloSettings } from '../settings.ts';
import type { BurnTable } from './types.ts';

/** A pair as one SLO is judged by it, with what the table says and why it differs. */
export interface AdaptedPair extends BurnPair {
  readonly tableFactor: number;
  readonly why: string | null;
}

/** How long a slice is; null: the SLO counts events. */
export function sliceMsOf(slo: SloSettings): number | null {
  return 'sliceMs' in slo ? slo.sliceMs : null;
}

const HOUR_MS = 3_600_000;

/** No window can be shorter: slices are whole, and labels that come late are counted by the hour. 0: any. */
function grainMsOf(slo: SloSettings): number {
  return slo.kind === 'quality' ? HOUR_MS : (sliceMsOf(slo) ?? 0);
}

/** The table that holds for an SLO: of its make, the one for the longest period that its own reaches. Pure. */
export function tableOf(tables: readonly BurnTable[], slo: SloSettings): BurnTable | null {
  const of = grainMsOf(slo) === 0 ? 'events' : 'slices';
  const fitting = tables.filter((table) => table.of === of && table.fromPeriodMs <= slo.periodMs);
  return fitting.toSorted((first, second) => second.fromPeriodMs - first.fromPeriodMs)[0] ?? null;
}

/** The pairs an SLO is judged by: its own, else those of the table with factors that its target can reach. Pure. */
export function pairsOf(tables: readonly BurnTable[], slo: SloSettings): readonly AdaptedPair[] {
  if (slo.burn !== undefined)
    return slo.burn.map((pair) => ({ ...pair, tableFactor: pair.factor, why: null }));
  const grainMs = grainMsOf(slo);
  const pairs = (tableOf(tables, slo)?.pairs ?? []).filter(
    ({ longMs, shortMs }) => longMs <= slo.periodMs && longMs >= LEAST_SLICES * grainMs && shortMs >= grainMs,
  );
  return pairs.map(({ severity, longMs, shortMs, budget }) => {
    const tableFactor = rounded((budget * slo.periodMs) / longMs);
    return { severity, longMs, shortMs, tableFactor, ...adapted(tableFactor, slo) };
  });
}

function adapted(tableFactor: number, slo: SloSettings): Pick<AdaptedPair, 'factor' | 'why'> {
  // Money has no share that could be reached: a month's budget can be spent in a minute.
  const factor =
    slo.kind === 'cost' ? Math.max(1, tableFactor) : rounded(reachableFactor(tableFactor, slo.target));
  if (factor > tableFactor)
    return { factor, why: 'raised to 1: below it would fire while the promise is kept' };
  if (factor === tableFactor) return { factor, why: null };
  const most = rounded(1 / (1 - slo.target));
  return { factor, why: `lowered: where everything is bad the budget burns ${most} times, never more` };
}

/** Ten digits: 14.4, not 14.399999999999999. */
function rounded(factor: number): number {
  return Number(factor.toPrecision(10));
}

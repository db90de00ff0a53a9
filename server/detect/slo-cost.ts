import type { BurnWindow, JudgedPair, ModelKey, Score, SloState } from '../model.ts';
import type { SloWindowRow } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import { monthAt } from './slo-month.ts';
import type { AdaptedPair } from './slo-pairs.ts';
import { day, span, whole } from './slo-text.ts';
import type { Window } from './types.ts';

/** What predictions cost against a budget for the calendar month; burn 1 spends it evenly until the month ends. */

type CostSlo = Extract<SloSettings, { kind: 'cost' }>;

export interface CostInput {
  readonly key: ModelKey;
  readonly slo: CostSlo;
  readonly pairs: readonly AdaptedPair[];
  readonly rows: readonly SloWindowRow[];
  readonly nowMs: number;
}

const NANO = 1e-9;
const SIX_HOURS_MS = 6 * 3_600_000;

/** The windows that a cost is judged by: those of its pairs and the month so far. */
export function costWindows(slo: CostSlo, pairs: readonly AdaptedPair[], nowMs: number): readonly number[] {
  const lengths = pairs.flatMap((pair) => [pair.longMs, pair.shortMs]);
  return [...new Set([...lengths, nowMs - monthAt(nowMs, slo.timeZone).fromMs])]
    .filter((ms) => ms > 0)
    .sort((first, second) => first - second);
}

/** One score a severity; pure. A month's budget that is spent is a ticket until the month ends. */
export function costScores(input: CostInput): readonly Score[] {
  const { slo, nowMs } = input;
  const month = monthAt(nowMs, slo.timeZone);
  const soFar = rowOf(input, nowMs - month.fromMs);
  const spent = (soFar?.nanos ?? 0) * NANO;
  const burn = burnWindows(input, month);
  const pairs = input.pairs.map((pair): JudgedPair => ({ ...pair, ratio: ratioOf(burn, pair) }));
  const hasPrices = (soFar?.good ?? 0) > 0 || pairs.some(({ ratio }) => ratio !== null);
  const evidence = evidenceOf(input, { month, soFar, spent, burn, pairs, hasPrices });
  return (['page', 'ticket'] as const).map((severity) => {
    const known = pairs.filter((pair) => pair.severity === severity).flatMap(({ ratio }) => ratio ?? []);
    const overspent = severity === 'ticket' && hasPrices ? [spent / slo.monthly] : [];
    const value = known.length + overspent.length === 0 ? null : Math.max(...known, ...overspent);
    return {
      ...input.key,
      detector: `burn-rate-${severity}`,
      subject: slo.id,
      windowFromMs: month.fromMs,
      windowToMs: nowMs,
      value,
      why: value === null ? noPrices(soFar) : null,
      lower: null,
      upper: null,
      rows: soFar?.good ?? 0,
      baselineId: null,
      evidence,
    };
  });
}

function noPrices(soFar: SloWindowRow | undefined): string {
  const { excluded = 0 } = soFar ?? {};
  return excluded > 0
    ? `no prediction of the month told its cost, of ${whole(excluded)}`
    : 'no traffic in the month';
}

function rowOf({ rows, slo }: CostInput, windowMs: number): SloWindowRow | undefined {
  return rows.find((row) => row.slo === slo.id && row.windowMs === windowMs);
}

function burnWindows(input: CostInput, month: Window): readonly BurnWindow[] {
  const { slo, pairs } = input;
  const lengths = [...new Set(pairs.flatMap((pair) => [pair.longMs, pair.shortMs]))].sort(
    (first, second) => first - second,
  );
  const evenly = slo.monthly / (month.toMs - month.fromMs);
  return lengths.map((windowMs) => {
    const row = rowOf(input, windowMs);
    const factors = pairs
      .filter((pair) => pair.longMs === windowMs || pair.shortMs === windowMs)
      .map(({ factor }) => factor);
    const isKnown = row !== undefined && row.good > 0;
    return {
      windowMs,
      threshold: Math.min(...factors),
      rate: isKnown ? ((row.nanos ?? 0) * NANO) / windowMs / evenly : null,
    };
  });
}

function ratioOf(burn: readonly BurnWindow[], { longMs, shortMs, factor }: AdaptedPair): number | null {
  const rates = [longMs, shortMs].map((ms) => burn.find(({ windowMs }) => windowMs === ms)?.rate ?? null);
  const [long = null, short = null] = rates;
  return long === null || short === null ? null : Math.min(long, short) / factor;
}

interface Spending {
  readonly month: Window;
  readonly soFar: SloWindowRow | undefined;
  readonly spent: number;
  readonly burn: readonly BurnWindow[];
  readonly pairs: readonly JudgedPair[];
  readonly hasPrices: boolean;
}

function evidenceOf(input: CostInput, spending: Spending): Score['evidence'] {
  const { slo, nowMs } = input;
  const { month, soFar, spent, burn, pairs, hasPrices } = spending;
  const remaining = hasPrices ? 1 - spent / slo.monthly : null;
  const perMs = paceOf(burn, slo.monthly / (month.toMs - month.fromMs));
  const projected = perMs === null ? null : spent + perMs * (month.toMs - nowMs);
  const endsMs = perMs === null || perMs <= 0 ? null : nowMs + Math.max(0, slo.monthly - spent) / perMs;
  const exhaustionMs = endsMs !== null && endsMs < month.toMs ? endsMs : null;
  const isBurning = pairs.some(({ ratio }) => (ratio ?? 0) >= 1) || spent >= slo.monthly;
  const state: SloState = !hasPrices ? 'nodata' : isBurning ? 'burning' : 'ok';
  return {
    text: costText(input, { ...spending, projected, exhaustionMs }),
    burn,
    pairs,
    sloState: state,
    numbers: {
      good: soFar?.good ?? 0,
      bad: 0,
      excluded: soFar?.excluded ?? 0,
      waiting: 0,
      remaining,
      exhaustionMs,
      sinceMs: soFar?.sinceMs ?? null,
      spent,
      budget: slo.monthly,
      projected,
      perPrediction: soFar === undefined || soFar.good === 0 ? null : spent / soFar.good,
      monthFromMs: month.fromMs,
      monthToMs: month.toMs,
    },
  };
}

/** Money a millisecond as in the last six hours; null: nothing was priced. */
function paceOf(burn: readonly BurnWindow[], evenly: number): number | null {
  const rate = burn.find(({ windowMs }) => windowMs >= SIX_HOURS_MS)?.rate ?? null;
  return rate === null ? null : rate * evenly;
}

function costText(
  { slo }: CostInput,
  told: Spending & { readonly projected: number | null; readonly exhaustionMs: number | null },
): string {
  const { month, soFar, spent, hasPrices, projected, exhaustionMs, pairs, burn } = told;
  if (!hasPrices) return `${slo.id}: ${noPrices(soFar)}`;
  const money = (value: number) => `${whole(value, 2)}${slo.currency === null ? '' : ` ${slo.currency}`}`;
  const rate = (ms: number) => `${whole(burn.find((one) => one.windowMs === ms)?.rate ?? 0, 2)}×`;
  const firing = pairs
    .filter(({ ratio }) => (ratio ?? 0) >= 1)
    .map(
      ({ severity, longMs, shortMs, factor }) =>
        `${severity}: spends ${rate(longMs)} over ${span(longMs)} and ${rate(shortMs)} over ${span(shortMs)}, limit ${whole(factor, 2)}×`,
    );
  return [
    `${slo.id}: ${money(spent)} of ${money(slo.monthly)} spent in the month that ends ${day(month.toMs)} UTC (${whole((spent / slo.monthly) * 100, 1)} %)`,
    ...(projected === null ? [] : [`${money(projected)} by its end at the pace of the last 6 h`]),
    ...(exhaustionMs === null ? [] : [`the budget ends ${day(exhaustionMs)} UTC`]),
    ...firing,
    ...((soFar?.excluded ?? 0) > 0
      ? [`${whole(soFar?.excluded ?? 0)} predictions told no cost in this currency`]
      : []),
  ].join('; ');
}

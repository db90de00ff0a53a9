import {
  budgetRemaining,
  burnRate,
  pairRatio,
  reachableFactor,
  type GoodBad,
} from '../../detectors/burn-rate.ts';
import type { BurnWindow, Evidence, ModelKey, Score } from '../model.ts';
import type { SloWindowRow } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import type { BurnPair } from './types.ts';

export interface SloInput {
  readonly key: ModelKey;
  readonly slo: SloSettings;
  readonly pairs: readonly BurnPair[];
  readonly rows: readonly SloWindowRow[];
  readonly nowMs: number;
}

/** One score a severity: how far beyond its threshold the worst pair of windows burns; pure. */
export function sloScores(input: SloInput): readonly Score[] {
  const evidence = sloEvidence(input);
  return (['page', 'ticket'] as const).map((severity) => severityScore(input, severity, evidence));
}

function severityScore(input: SloInput, severity: BurnPair['severity'], evidence: Evidence): Score {
  const pairs = input.pairs.filter((pair) => pair.severity === severity);
  const ratios = pairs.map((pair) =>
    pairRatio(
      { long: countOf(input, pair.longMs), short: countOf(input, pair.shortMs), factor: pair.factor },
      input.slo.target,
    ),
  );
  const known = ratios.flatMap((ratio) => ratio.value ?? []);
  const longest = Math.max(...pairs.map((pair) => pair.longMs));
  const count = countOf(input, longest);
  return {
    ...input.key,
    detector: `burn-rate-${severity}`,
    subject: input.slo.id,
    windowFromMs: input.nowMs - longest,
    windowToMs: input.nowMs,
    value: known.length === 0 ? null : Math.max(...known),
    why: known.length === 0 ? 'no traffic in any window' : null,
    lower: null,
    upper: null,
    rows: count.good + count.bad,
    baselineId: null,
    evidence,
  };
}

function sloEvidence(input: SloInput): Evidence {
  const { slo, nowMs } = input;
  const period = countOf(input, slo.periodMs);
  const remaining = budgetRemaining(period, slo.target).value;
  const burn = burnWindows(input);
  return {
    text: sloText(slo.id, period, remaining),
    burn,
    numbers: {
      good: period.good,
      bad: period.bad,
      remaining,
      exhaustionMs: exhaustion({ remaining, burn, slo, nowMs }),
    },
  };
}

function sloText(slo: string, { good, bad }: GoodBad, remaining: number | null): string {
  if (remaining === null) return `${slo}: no traffic`;
  const share = `${whole(Math.abs(remaining) * 100, 1)} % of the error budget`;
  const budget = remaining < 0 ? `overspent by ${share}` : `${share} left`;
  return `${slo}: ${whole(bad)} bad of ${whole(good + bad)}, ${budget}`;
}

function whole(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function burnWindows(input: SloInput): readonly BurnWindow[] {
  return input.pairs
    .flatMap((pair) => [
      { windowMs: pair.longMs, threshold: pair.factor },
      { windowMs: pair.shortMs, threshold: pair.factor },
    ])
    .sort((first, second) => first.windowMs - second.windowMs)
    .filter((window, index, all) => all[index - 1]?.windowMs !== window.windowMs)
    .map(({ windowMs, threshold }) => ({
      windowMs,
      threshold,
      rate: burnRate(countOf(input, windowMs), input.slo.target).value,
    }));
}

/** When the budget ends if errors go on as in the last six hours; null when it does not shrink. */
function exhaustion(state: {
  readonly remaining: number | null;
  readonly burn: readonly BurnWindow[];
  readonly slo: SloSettings;
  readonly nowMs: number;
}): number | null {
  const rate = state.burn.find((window) => window.windowMs >= SIX_HOURS_MS)?.rate ?? null;
  if (state.remaining === null || rate === null || rate <= 0) return null;
  return state.nowMs + (Math.max(0, state.remaining) * state.slo.periodMs) / rate;
}

const SIX_HOURS_MS = 6 * 3_600_000;

function countOf({ rows, slo }: Pick<SloInput, 'rows' | 'slo'>, windowMs: number): GoodBad {
  return rows.find((row) => row.slo === slo.id && row.windowMs === windowMs) ?? { good: 0, bad: 0 };
}

/** Every window length the pairs and the period of these SLOs need. */
export function windowsNeeded(pairs: readonly BurnPair[], slos: readonly SloSettings[]): readonly number[] {
  const lengths = [
    ...pairs.flatMap((pair) => [pair.longMs, pair.shortMs]),
    ...slos.map((slo) => slo.periodMs),
  ];
  return [...new Set(lengths)].sort((first, second) => first - second);
}

/** The pairs with factors that this target can reach. */
export function reachablePairs(pairs: readonly BurnPair[], target: number): readonly BurnPair[] {
  return pairs.map((pair) => ({ ...pair, factor: reachableFactor(pair.factor, target) }));
}

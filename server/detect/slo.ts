import {
  budgetRemaining,
  burnRate,
  lowVolumeRatio,
  pairRatio,
  type GoodBad,
} from '../../detectors/burn-rate.ts';
import type { BurnWindow, Evidence, JudgedPair, ModelKey, Score, SloState } from '../model.ts';
import type { SloWindowRow } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import { sliceMsOf, type AdaptedPair } from './slo-pairs.ts';
import { day, sloText, span, whole } from './slo-text.ts';
import type { LowVolume } from './types.ts';

export interface SloInput {
  readonly key: ModelKey;
  readonly slo: SloSettings;
  readonly pairs: readonly AdaptedPair[];
  readonly lowVolume: LowVolume | null;
  readonly rows: readonly SloWindowRow[];
  /** The end of every window. */
  readonly toMs: number;
  readonly nowMs: number;
  /** More to know of the objective, in words. */
  readonly notes: readonly string[];
}

/** One score a severity: how far beyond its threshold the worst pair of windows burns; pure. */
export function sloScores(input: SloInput): readonly Score[] {
  const pairs = input.pairs.map((pair): JudgedPair => ({ ...pair, ratio: ratioOf(input, pair) }));
  const guard = guardRatio(input);
  const evidence = sloEvidence(input, pairs, guard);
  return (['page', 'ticket'] as const).map((severity) => {
    const own = pairs.filter((pair) => pair.severity === severity);
    const known = own.flatMap(({ ratio }) => ratio ?? []);
    const ratios = severity === 'page' && guard !== null ? [...known, guard.ratio] : known;
    return severityScore(input, { severity, ratios, pairs: own, evidence });
  });
}

interface Judged {
  readonly severity: 'page' | 'ticket';
  readonly ratios: readonly number[];
  readonly pairs: readonly JudgedPair[];
  readonly evidence: Evidence;
}

function severityScore(input: SloInput, { severity, ratios, pairs, evidence }: Judged): Score {
  const longest = Math.max(...pairs.map((pair) => pair.longMs), HOUR_MS);
  const count = countOf(input, longest);
  return {
    ...input.key,
    detector: `burn-rate-${severity}`,
    subject: input.slo.id,
    windowFromMs: input.toMs - longest,
    windowToMs: input.toMs,
    // Labels and slices come later than their time.
    ...(input.nowMs > input.toMs && { maturedAtMs: input.nowMs }),
    value: ratios.length === 0 ? null : Math.max(...ratios),
    why: ratios.length === 0 ? whyUnknown(input, pairs) : null,
    lower: null,
    upper: null,
    rows: count.good + count.bad,
    baselineId: null,
    evidence,
  };
}

function whyUnknown(input: SloInput, pairs: readonly JudgedPair[]): string {
  if (pairs.length === 0) return 'no pair of windows of this severity fits the objective';
  const whys = pairs.map((pair) => pairWhy(input, pair));
  return whys.find((why) => why.startsWith('pending')) ?? whys[0] ?? 'no traffic in any window';
}

function pairWhy(input: SloInput, pair: JudgedPair): string {
  const why = pending(input, pair) ?? measured(input, pair).why ?? '';
  const isAnywhere = pairsLength(input, pair) > 0;
  return isAnywhere || why.startsWith('pending') || sliceMsOf(input.slo) !== null
    ? why
    : 'no traffic in any window';
}

/** Events in the longest window of the SLO's pairs. */
function pairsLength(input: SloInput, { severity }: JudgedPair): number {
  const own = input.pairs.filter((pair) => pair.severity === severity);
  const { good, bad } = countOf(input, Math.max(...own.map(({ longMs }) => longMs)));
  return good + bad;
}

function ratioOf(input: SloInput, pair: AdaptedPair): number | null {
  return pending(input, pair) === null ? measured(input, pair).value : null;
}

function measured(input: SloInput, pair: AdaptedPair) {
  const { slo } = input;
  const sliceMs = sliceMsOf(slo);
  const counts = {
    long: countOf(input, pair.longMs),
    short: countOf(input, pair.shortMs),
    factor: pair.factor,
  };
  return pairRatio(counts, slo.target, {
    minBad: slo.minBad,
    ...(sliceMs !== null && { slices: { long: pair.longMs / sliceMs, short: pair.shortMs / sliceMs } }),
  });
}

/** Quality: why a pair is better judged once more labels have come. */
function pending(input: SloInput, pair: Pick<AdaptedPair, 'longMs' | 'shortMs'>): string | null {
  return [pair.longMs, pair.shortMs].map((windowMs) => uncovered(input, windowMs)).find(isText) ?? null;
}

function isText(text: string | null): text is string {
  return text !== null;
}

function uncovered(input: SloInput, windowMs: number): string | null {
  const { slo } = input;
  if (slo.kind !== 'quality') return null;
  const { good, bad, excluded = 0, waiting = 0 } = rowOf(input, windowMs);
  const labelled = good + bad + excluded;
  const all = labelled + waiting;
  if (all === 0 || labelled >= slo.minCoverage * all) return null;
  return `pending: ${whole(labelled)} of ${whole(all)} predictions of ${span(windowMs)} have a label, needs ${whole(slo.minCoverage * 100, 1)} %`;
}

interface Guard {
  readonly windowMs: number;
  readonly factor: number;
  readonly ratio: number;
}

/** null: there is enough traffic for the short windows, or none that could prove anything. */
function guardRatio(input: SloInput): Guard | null {
  const { lowVolume, slo } = input;
  if (lowVolume === null || sliceMsOf(slo) !== null || slo.burn !== undefined) return null;
  const { events, withinMs, budget, overMs } = lowVolume;
  const holds = (windowMs: number) => totalOf(countOf(input, windowMs)) >= events;
  if (holds(withinMs)) return null;
  const windowMs = windowsOf(input).find((ms) => ms > withinMs && holds(ms));
  if (windowMs === undefined || uncovered(input, windowMs) !== null) return null;
  const most = 0.5 / (1 - slo.target);
  const factor = Math.max(1, Math.min((budget * slo.periodMs) / overMs, most));
  const counts = { period: countOf(input, slo.periodMs), recent: countOf(input, windowMs), factor };
  return { windowMs, factor, ratio: lowVolumeRatio(counts, slo.target) };
}

function totalOf({ good, bad }: GoodBad): number {
  return good + bad;
}

function sloEvidence(input: SloInput, pairs: readonly JudgedPair[], guard: Guard | null): Evidence {
  const { slo } = input;
  const period = rowOf(input, slo.periodMs);
  const isPending = uncovered(input, slo.periodMs) !== null || isAllPending(input, pairs);
  const remaining = budgetRemaining(period, slo.target).value;
  const burn = burnWindows(input, pairs);
  const ratios = [...pairs.flatMap(({ ratio }) => ratio ?? []), ...(guard === null ? [] : [guard.ratio])];
  const state: SloState = stateOf({ ratios, isPending });
  const why = state === 'pending' ? whyUnknown(input, pairs) : noDataText(input);
  const rateOf = (windowMs: number) => burn.find((window) => window.windowMs === windowMs)?.rate ?? null;
  return {
    text: sloText({ slo, period, remaining, pairs, rateOf, state, why, notes: notesOf(input, guard) }),
    burn,
    pairs,
    sloState: state,
    numbers: {
      good: period.good,
      bad: period.bad,
      excluded: period.excluded ?? 0,
      waiting: period.waiting ?? 0,
      remaining,
      exhaustionMs: exhaustion(input, { remaining, burn }),
      sinceMs: period.sinceMs ?? null,
    },
  };
}

function isAllPending(input: SloInput, pairs: readonly JudgedPair[]): boolean {
  return pairs.length > 0 && pairs.every((pair) => pending(input, pair) !== null);
}

function stateOf({
  ratios,
  isPending,
}: {
  readonly ratios: readonly number[];
  readonly isPending: boolean;
}): SloState {
  if (ratios.some((ratio) => ratio >= 1)) return 'burning';
  if (ratios.length > 0) return 'ok';
  return isPending ? 'pending' : 'nodata';
}

function noDataText({ slo }: SloInput): string {
  if (slo.kind === 'quality') return 'no prediction has a label';
  return sliceMsOf(slo) === null ? 'no traffic' : 'no slice could be judged';
}

function notesOf(input: SloInput, guard: Guard | null): readonly string[] {
  const { slo, toMs } = input;
  const { excluded = 0, sinceMs = null } = rowOf(input, slo.periodMs);
  const late = sinceMs !== null && sinceMs > toMs - slo.periodMs + DAY_MS;
  return [
    ...input.notes,
    ...(guard !== null && guard.ratio >= 1
      ? [
          `page: little traffic, the budget of the period is overspent for sure and the last ${span(guard.windowMs)} still burn over ${whole(guard.factor, 2)}×`,
        ]
      : []),
    ...(excluded > 0 ? [`${whole(excluded)} not counted (${EXCLUDED[slo.kind]})`] : []),
    ...(late ? [`counted since ${day(sinceMs)} UTC`] : []),
  ];
}

const EXCLUDED: Readonly<Record<SloSettings['kind'], string>> = {
  availability: "the caller's own errors",
  latency: 'failed, or no time told',
  quality: 'prediction and label cannot be compared',
  freshness: 'Leeway was not running',
  drift: 'too few rows, or nothing to compare with',
  fairness: 'too few rows in the groups',
  cost: 'no price told',
};

/** Rising, each once. */
function windowsOf({ pairs, slo }: Pick<SloInput, 'pairs' | 'slo'>): readonly number[] {
  const lengths = [...pairs.flatMap((pair) => [pair.longMs, pair.shortMs]), slo.periodMs];
  return [...new Set(lengths)].sort((first, second) => first - second);
}

function burnWindows(input: SloInput, pairs: readonly JudgedPair[]): readonly BurnWindow[] {
  return windowsOf(input).map((windowMs) => {
    const factors = pairs
      .filter((pair) => pair.longMs === windowMs || pair.shortMs === windowMs)
      .map(({ factor }) => factor);
    const count = countOf(input, windowMs);
    return {
      windowMs,
      threshold: factors.length === 0 ? null : Math.min(...factors),
      rate: burnRate(count, input.slo.target).value,
      bad: count.bad,
      total: totalOf(count),
    };
  });
}

/** When the budget ends if errors go on as in the last six hours; null when it does not shrink. */
function exhaustion(
  { slo, toMs }: SloInput,
  { remaining, burn }: { readonly remaining: number | null; readonly burn: readonly BurnWindow[] },
): number | null {
  const rate = burn.find((window) => window.windowMs >= SIX_HOURS_MS)?.rate ?? null;
  if (remaining === null || rate === null || rate <= 0) return null;
  return toMs + (Math.max(0, remaining) * slo.periodMs) / rate;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SIX_HOURS_MS = 6 * HOUR_MS;

function rowOf({ rows, slo }: Pick<SloInput, 'rows' | 'slo'>, windowMs: number): Omit<SloWindowRow, 'slo'> {
  return rows.find((row) => row.slo === slo.id && row.windowMs === windowMs) ?? { windowMs, good: 0, bad: 0 };
}

function countOf(input: Pick<SloInput, 'rows' | 'slo'>, windowMs: number): GoodBad {
  return rowOf(input, windowMs);
}

/** Every window length that an SLO needs. */
export function windowsNeeded(slo: SloSettings, pairs: readonly AdaptedPair[]): readonly number[] {
  return windowsOf({ slo, pairs });
}

import { adwin } from './adwin.ts';
import { ddm } from './ddm.ts';
import { learn, plainHours, stretchesOf, type ErrorHour, type Level, type Stretch } from './error-hours.ts';
import { ewma } from './ewma.ts';
import { hddmA } from './hddm-a.ts';
import { sum } from './math.ts';
import { pageHinkley } from './page-hinkley.ts';
import type { Change, ErrorShare } from './stream.ts';
import type { Detector, Finding } from './types.ts';

/**
 * Whether the error of a model has risen since an episode began, from the hourly counts of labelled rows alone.
 *
 *   z = (errors - expected) / sqrt(phi variance) by stretch of hours, expected from the first hours and their time of day
 *   ADWIN, Page-Hinkley and EWMA fold z; DDM and HDDM-A fold the counts, as if phi times fewer rows had come
 *   value = (error after - error before) / error before at the likeliest split; significant when enough of the five see it
 *   and the last level they see still lies above the first
 *
 * It keeps no state: every evaluation begins at the start. Hours of the day that differ, and hours that vary more than
 * chance, raise no alarm: both are learned from the first hours. DDM and HDDM-A know nothing of sizes, so three judge
 * where errors are summed. Late labels are for the caller: only matured hours may be given.
 * Reference: reference detectors.md 5.5; each detector's own file. Run lengths: `npm run bench detectors`.
 * Example: 100 rows an hour, 5 % wrong for 30 days, then 10 %: seen within about a day by all five.
 */
export const errorChange: Detector<ErrorChangeInput> = {
  id: 'error-change',
  title: 'Change of the error',
  unit: 'share of the error before',
  score: ({ hours, parameters }) => {
    const plain = plainHours(hours);
    const rows = sum(plain.map((hour) => hour.rows));
    const endMs = (plain[0]?.fromMs ?? 0) + parameters.learnHours * HOUR_MS;
    const first = plain.filter((hour) => hour.fromMs < endMs);
    const learned = sum(first.map((hour) => hour.rows));
    const why = whyNot({ hours: plain.length, spare: plain.length - first.length, learned }, parameters);
    if (why !== null) return nothing(rows, why);
    const isCounted = hours.every((hour) => 'errors' in hour);
    const level = learn(first, isCounted);
    const stretches = stretchesOf(plain, level);
    if (level.variance === 0) return nothing(rows, 'the first errors are all of one size');
    if (stretches.length < LEAST_STRETCHES)
      return nothing(
        rows,
        `needs ${LEAST_STRETCHES} stretches of five expected errors, has ${stretches.length}`,
      );
    const votes = votesOf(stretches, level, parameters);
    return { ...finding(stretches, votes, { level, parameters }), rows };
  },
};

export interface ErrorChangeInput {
  /** Matured hours from the start of the episode, in order; all counted or all summed. */
  readonly hours: readonly ErrorHour[];
  readonly parameters: ErrorChangeParameters;
}

export interface ErrorChangeParameters {
  /** The first hours, which tell what is normal. */
  readonly learnHours: number;
  /** Labelled rows among them. */
  readonly learnRows: number;
  /** Share of the detectors that must see it. */
  readonly agree: number;
  readonly adwin: { readonly delta: number; readonly clock: number };
  /** In deviations of a stretch. */
  readonly pageHinkley: { readonly delta: number; readonly threshold: number };
  readonly ewma: { readonly alpha: number; readonly width: number };
  readonly ddm: { readonly change: number };
  readonly hddm: { readonly change: number };
}

const HOUR_MS = 3_600_000;
const LEAST_STRETCHES = 30;

interface Known {
  readonly hours: number;
  readonly spare: number;
  readonly learned: number;
}

function whyNot(
  { hours, spare, learned }: Known,
  { learnHours, learnRows }: ErrorChangeParameters,
): string | null {
  if (hours === 0) return 'no labelled rows';
  if (spare === 0) return `still learns the level of the first ${learnHours} hours, has ${hours} with labels`;
  return learned < learnRows
    ? `needs ${learnRows} labelled rows in the first ${learnHours} hours, has ${learned}`
    : null;
}

function nothing(rows: number, why: string): Finding {
  return { value: null, why, rows, text: `error: ${why}` };
}

/** What one detector says now: where the last level began, and on which side of the first level it lies. */
export interface Vote {
  readonly id: string;
  readonly direction: Change['direction'] | null;
}

/** What every detector sees, changes of long ago that were taken back left out. */
export function votesOf(
  stretches: readonly Stretch[],
  level: Level,
  parameters: ErrorChangeParameters,
): readonly Vote[] {
  const changes = changesOf(stretches, level, parameters);
  return Object.entries(changes)
    .filter(([id]) => level.isCounted || !NEEDS_COUNTS.has(id))
    .map(([id, found]) => ({ id, direction: standing(stretches, found.slice(-2), level) }));
}

const NEEDS_COUNTS: ReadonlySet<string> = new Set(['ddm', 'hddm-a']);

/** The changes each detector sees, by its id. */
export function changesOf(
  stretches: readonly Stretch[],
  level: Level,
  parameters: ErrorChangeParameters,
): Readonly<Record<string, readonly Change[]>> {
  const z = stretches.map((stretch) => stretch.z);
  const shares = stretches.map((stretch) => effective(stretch, level));
  return {
    adwin: adwin(z, { ...parameters.adwin, leastVariance: 1 }),
    'page-hinkley': pageHinkley(z, { ...parameters.pageHinkley, alpha: 1 }),
    ewma: ewma(z, { ...parameters.ewma, sigma: 1 }),
    ddm: bothWays(shares, parameters),
    'hddm-a': hddmA(shares, { ...parameters.hddm, isTwoSided: true }).changes,
  };
}

/** DDM sees a rise only; a fall of the errors is a rise of the rows that were right. */
function bothWays(shares: readonly ErrorShare[], parameters: ErrorChangeParameters): readonly Change[] {
  const right = shares.map(({ rows, errors }) => ({ rows, errors: rows - errors }));
  const falls = ddm(right, parameters.ddm).changes.map((change) => ({
    ...change,
    direction: 'fall' as const,
  }));
  return [...ddm(shares, parameters.ddm).changes, ...falls].toSorted((one, two) => one.at - two.at);
}

/** The counts with the time of day taken out, as if as many rows had come as tell the same by chance alone. */
function effective({ rows, sum: errors, expected }: Stretch, { mean, phi }: Level): ErrorShare {
  const level = Math.min(rows, Math.max(0, rows * mean + errors - expected));
  return { rows: rows / phi, errors: level / phi };
}

/** Two deviations: a level that went back to where it was votes for nothing. */
const LEAST_Z = 2;
/** So that the last wild hours of a spell that is over do not outweigh the quiet ones behind it. */
const MOST_Z = 3;

/** Detectors tell late or roughly where a level began, so it is looked up between their last two changes. */
function standing(
  stretches: readonly Stretch[],
  lastTwo: readonly Change[],
  level: Level,
): Change['direction'] | null {
  const last = lastTwo.at(-1);
  if (last === undefined || level.stretches === 0) return null;
  const from = lastTwo.length === 2 ? (lastTwo[0]?.at ?? 0) : 0;
  const since = from + likeliestSplit(stretches.slice(from, last.at + 1), last.direction === 'rise' ? 1 : -1);
  const z = stretches.slice(since).map((stretch) => Math.min(MOST_Z, Math.max(-MOST_Z, stretch.z)));
  const apart = sum(z) / z.length / Math.sqrt(1 / z.length + 1 / level.stretches);
  if (Math.abs(apart) < LEAST_Z) return null;
  return apart > 0 ? 'rise' : 'fall';
}

function finding(
  stretches: readonly Stretch[],
  votes: readonly Vote[],
  { level, parameters }: { readonly level: Level; readonly parameters: ErrorChangeParameters },
): Omit<Finding, 'rows'> {
  const rise = votes.filter((vote) => vote.direction === 'rise');
  const fall = votes.filter((vote) => vote.direction === 'fall');
  const seen = rise.length >= fall.length ? rise : fall;
  const numbers = { votes: seen.length, detectors: votes.length, phi: level.phi };
  if (seen.length === 0) return { value: 0, why: null, isSignificant: false, text: STEADY, numbers };
  const split = likeliestSplit(stretches, rise.length >= fall.length ? 1 : -1);
  const levels = levelsAt(stretches, split, level);
  const isSignificant = rise.length / votes.length >= parameters.agree;
  const isTold = seen.length / votes.length >= parameters.agree;
  const text = `${changeText(levels, level.isCounted)}; seen by ${seen.length} of ${votes.length} (${seen.map((vote) => vote.id).join(', ')})`;
  return {
    value: Math.max(0, levels.rise),
    lower: Math.max(0, levels.rise - levels.doubt),
    upper: Math.max(0, levels.rise + levels.doubt),
    why: null,
    isSignificant,
    text: isTold ? text : `${STEADY}; ${text}, too few`,
    numbers: { ...numbers, before: levels.before, after: levels.after, sinceMs: levels.sinceMs },
  };
}

const STEADY = 'the error is as it was at the start';

interface Levels {
  readonly sinceMs: number;
  readonly before: number;
  readonly after: number;
  /** Of the level before. */
  readonly rise: number;
  /** Half the 95 % interval of the rise. */
  readonly doubt: number;
}

/** Where the squared difference of the two sides, in its deviations, is largest. */
function likeliestSplit(stretches: readonly Stretch[], sign: 1 | -1): number {
  const total = sum(stretches.map((stretch) => stretch.z));
  let [best, split, before] = [-Infinity, 1, 0];
  for (let at = 1; at < stretches.length; at += 1) {
    before += stretches[at - 1]?.z ?? 0;
    const apart = sign * ((total - before) / (stretches.length - at) - before / at);
    const gain = apart * Math.sqrt((at * (stretches.length - at)) / stretches.length);
    if (gain > best) [best, split] = [gain, at];
  }
  return split;
}

const Z_95 = 1.959963984540054;

/** The error on both sides of a split, the time of day taken out. */
function levelsAt(stretches: readonly Stretch[], split: number, { mean, phi }: Level): Levels {
  const [before, after] = [sideOf(stretches.slice(0, split)), sideOf(stretches.slice(split))];
  const rise = after.ratio / before.ratio - 1;
  const doubt = (Z_95 * Math.sqrt(phi * (before.variance + after.variance))) / before.ratio;
  const sinceMs = stretches[split]?.fromMs ?? 0;
  return { sinceMs, before: mean * before.ratio, after: mean * after.ratio, rise, doubt };
}

function sideOf(stretches: readonly Stretch[]): { readonly ratio: number; readonly variance: number } {
  const expected = sum(stretches.map((stretch) => stretch.expected));
  const ratio = (sum(stretches.map((stretch) => stretch.sum)) || 0.5) / expected;
  const variance = sum(stretches.map((stretch) => stretch.variance)) / expected ** 2;
  return { ratio, variance: variance * Math.max(1, ratio) };
}

function changeText({ sinceMs, before, after }: Levels, isCounted: boolean): string {
  const verb = after > before ? 'rose' : 'fell';
  const at = new Date(sinceMs).toISOString().slice(0, 16);
  return `the error ${verb} from ${shown(before, isCounted)} to ${shown(after, isCounted)} at about ${at}Z`;
}

function shown(level: number, isCounted: boolean): string {
  return isCounted ? `${(level * 100).toFixed(1)} %` : Number(level.toPrecision(3)).toString();
}

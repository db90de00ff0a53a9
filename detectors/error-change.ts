import { learn, plainHours, stretchesOf, type ErrorHour, type Level, type Stretch } from './error-hours.ts';
import { votesOf, type ErrorChangeParameters, type Vote } from './error-votes.ts';
import { likeliestSplit } from './likeliest-split.ts';
import { sum } from './math.ts';
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
 * Example: 100 rows an hour, 5 % wrong for 30 days, then 10 %: told after about twelve hours (median of the bench).
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
  const by = `seen by ${seen.length} of ${votes.length} (${seen.map((vote) => vote.id).join(', ')})`;
  const told = changeText(levels, level.isCounted);
  return {
    value: Math.max(0, levels.rise),
    lower: Math.max(0, levels.rise - levels.doubt),
    upper: Math.max(0, levels.rise + levels.doubt),
    why: null,
    isSignificant,
    text: isTold ? `${told}; ${by}` : `too few see a change: ${told}; ${by}`,
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

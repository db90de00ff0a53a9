import { adwin } from './adwin.ts';
import { ddm } from './ddm.ts';
import type { Level, Stretch } from './error-hours.ts';
import { ewma } from './ewma.ts';
import { hddmA } from './hddm-a.ts';
import { likeliestSplit } from './likeliest-split.ts';
import { sum } from './math.ts';
import { pageHinkley } from './page-hinkley.ts';
import type { Change, ErrorShare } from './stream.ts';

/** What each of the five change detectors says of a model's errors, and whether it still holds. */

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

import type { FleetScore, StoredScore } from '../../ports.ts';
import { DRIFT_DETECTORS, type Comparison } from '../../settings.ts';
import type { TrendPoint } from '../types.ts';

/** By the end of their windows; a window scored again keeps its last score behind the ones before. */
export function oldestFirst(scores: readonly StoredScore[]): readonly StoredScore[] {
  return [...scores].sort((first, second) => first.windowToMs - second.windowToMs || first.id - second.id);
}

/** Drift of each feature in the last judged window, by comparison; a feature that is judged no more is left out. */
export function latestDrift<S extends FleetScore>(scores: readonly S[]): readonly S[] {
  const latest = Object.values(DRIFT_DETECTORS).flatMap((detector) => [
    ...latestBySubject(scores, detector).values(),
  ]);
  const lastMs = Math.max(...latest.map((score) => score.windowToMs));
  return latest.filter((score) => score.windowToMs === lastMs);
}

/** The last score of each subject of a detector, of scores ordered oldest first. */
export function latestBySubject<S extends FleetScore>(
  scores: readonly S[],
  detector: string,
): ReadonlyMap<string, S> {
  const latest = new Map<string, S>();
  for (const score of scores) {
    if (score.detector !== detector) continue;
    const before = latest.get(score.subject);
    if (before === undefined || score.windowToMs >= before.windowToMs) latest.set(score.subject, score);
  }
  return latest;
}

/** Which comparison a detector's scores are of; null: it is no drift detector. */
export function comparisonOf(detector: string): Comparison | null {
  const found = Object.entries(DRIFT_DETECTORS).find(([, id]) => id === detector);
  return found === undefined ? null : (found[0] as Comparison);
}

/** One point a window, oldest first; a window that is scored twice shows its last score. */
export function trendOf(
  scores: readonly FleetScore[],
  of: Pick<FleetScore, 'detector' | 'subject'>,
  windows: readonly number[],
): readonly TrendPoint[] {
  const own = new Map(
    scores
      .filter(({ detector, subject }) => detector === of.detector && subject === of.subject)
      .map((score) => [score.windowFromMs, score] as const),
  );
  return windows.map((fromMs) => ({
    fromMs,
    value: own.get(fromMs)?.value ?? null,
    isSignificant: own.get(fromMs)?.isSignificant ?? null,
  }));
}

/** The starts of the judged windows, oldest first, at most `most` of the newest. */
export function judgedWindows(scores: readonly FleetScore[], most: number): readonly number[] {
  const starts = scores
    .filter(({ detector }) => comparisonOf(detector) !== null)
    .map(({ windowFromMs }) => windowFromMs);
  return [...new Set(starts)].sort((first, second) => first - second).slice(-most);
}

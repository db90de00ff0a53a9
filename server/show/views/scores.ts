import type { FleetScore, StoredScore } from '../../ports.ts';

/** By the end of their windows; a window scored again keeps its last score behind the ones before. */
export function oldestFirst(scores: readonly StoredScore[]): readonly StoredScore[] {
  return [...scores].sort((first, second) => first.windowToMs - second.windowToMs || first.id - second.id);
}

/** Drift of each feature in the last judged window; a feature that is judged no more is left out. */
export function latestDrift<S extends FleetScore>(scores: readonly S[]): readonly S[] {
  const latest = [...latestBySubject(scores, 'drift').values()];
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

export interface TrendPoint {
  readonly fromMs: number;
  readonly value: number | null;
}

/** One point a window, oldest first; a window that is scored twice shows its last score. */
export function trendOf(
  scores: readonly FleetScore[],
  subject: string,
  windows: readonly number[],
): readonly TrendPoint[] {
  const values = new Map(
    scores
      .filter((score) => score.detector === 'drift' && score.subject === subject)
      .map((score) => [score.windowFromMs, score.value] as const),
  );
  return windows.map((fromMs) => ({ fromMs, value: values.get(fromMs) ?? null }));
}

/** The starts of the judged windows, oldest first, at most `most` of the newest. */
export function judgedWindows(scores: readonly FleetScore[], most: number): readonly number[] {
  const starts = scores.filter((score) => score.detector === 'drift').map((score) => score.windowFromMs);
  return [...new Set(starts)].sort((first, second) => first - second).slice(-most);
}

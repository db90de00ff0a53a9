import type { Rule, Score } from '../model.ts';
import type { Level } from '../route/persistence.ts';
import { memoryOf } from '../route/track.ts';
import type { Database } from '../store/sqlite/database.ts';
import { tracksBefore, type TrackBefore } from '../store/sqlite/scores.ts';

/** What a rule has said of a subject before a window. */
export interface Before {
  readonly history: readonly Level[];
  readonly newest: boolean;
}

/**
 * Reads for all subjects of a rule and window at once what came before, when the first is asked for. Scores are of one model
 * and asked for in the order of their windows: what one window puts down no other subject of it looks at.
 */
export function tracksOf(database: Database, scores: readonly Score[]): (score: Score, rule: Rule) => Before {
  const subjects = Map.groupBy(scores, windowText);
  const known = new Map<string, ReadonlyMap<string, TrackBefore>>();
  return (score, rule) => {
    const most = memoryOf(rule);
    const text = JSON.stringify([rule.id, score.windowToMs, most]);
    const { tenant, model, windowToMs, subject } = score;
    const tracks =
      known.get(text) ??
      tracksBefore(database, {
        tenant,
        model,
        windowToMs,
        most,
        rule: rule.id,
        subjects: (subjects.get(windowText(score)) ?? [score]).map((one) => one.subject),
      });
    known.set(text, tracks);
    const found = tracks.get(subject);
    return { history: (found?.levels ?? []) as readonly Level[], newest: found?.isNewest ?? true };
  };
}

function windowText({ detector, windowToMs }: Score): string {
  return JSON.stringify([detector, windowToMs]);
}

import type { Rule, Score, Severity } from '../model.ts';
import { levelOf } from './judge.ts';
import { decideVerdict, type Level, type Verdict } from './persistence.ts';

/** What a rule remembers of one subject from window to window, as the control store keeps it; for windows judged in time. */
export interface Track {
  /** Levels of the windows before, newest first, without those of too little data. */
  readonly history: readonly Level[];
  readonly firing: Severity | null;
}

export const NEW_TRACK: Track = { history: [], firing: null };

export interface Step {
  readonly level: Level;
  readonly verdict: Verdict;
  readonly track: Track;
}

/** Judges the next window of a subject; pure. */
export function judgeNext(
  rule: Rule,
  track: Track,
  score: Pick<Score, 'value' | 'lower' | 'isSignificant'>,
): Step {
  const level = levelOf(rule, score);
  const verdict = decideVerdict({ rule, level, ...track });
  const history = level === null ? track.history : [level, ...track.history].slice(0, memoryOf(rule));
  return { level, verdict, track: { history, firing: verdict.severity } };
}

/** How many windows back a rule looks. */
export function memoryOf({ persistence: { open, of, pageOpen, close } }: Pick<Rule, 'persistence'>): number {
  return Math.max(open, of, pageOpen, close);
}

import type { Document, Evidence, ModelKey, Score, Severity } from './model.ts';

/** What the control store tells of scores, and what rules would have made of them. Types only. */

export interface ScoreQuery extends ModelKey {
  readonly detector?: string;
  readonly subject?: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A score without the heavy part of its evidence. */
export interface FleetScore extends Omit<Score, 'evidence' | 'why' | 'inputs'> {
  readonly evidence: Pick<Evidence, 'numbers' | 'burn' | 'sloState'>;
}

export interface WorstQuery extends ModelKey {
  readonly detector: string;
  /** null: every one. */
  readonly subjects: readonly string[] | null;
  /** Windows of this length that begin in [fromMs, toMs). */
  readonly windowMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Scores of fewer rows say nothing. */
  readonly minRows: number;
}

/** What the scores of one window say together. */
export interface WorstOfWindow {
  readonly fromMs: number;
  /** The largest value, 0 for one that chance explains; null: none has a value. */
  readonly value: number | null;
}

export interface StoredScore extends Score {
  readonly id: number;
  readonly atMs: number;
  readonly verdicts: readonly {
    readonly rule: string;
    readonly reason: string;
    readonly severity: string | null;
  }[];
}

export interface ScoreReads {
  latestScores(key: ModelKey): Promise<readonly StoredScore[]>;
  scores(query: ScoreQuery): Promise<readonly StoredScore[]>;
  score(id: number): Promise<StoredScore | null>;
  /** One entry a window that was scored, oldest first. */
  worstOfWindows(query: WorstQuery): Promise<readonly WorstOfWindow[]>;
  /** Those that are stored, of the ids asked for. */
  documents(ids: readonly string[]): Promise<readonly Document[]>;
  /**
   * The whole fleet in one read, for the models of `tenant` (null: all): the latest score of every model, detector and
   * subject, and besides every score of detector `historyOf` whose window ends after `fromMs`; oldest window first.
   */
  fleetScores(query: {
    readonly tenant: string | null;
    readonly historyOf: string;
    readonly fromMs: number;
  }): Promise<readonly FleetScore[]>;
}

/** What rules would have done in a range. Times are the ends of windows. */
export interface Backtest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Windows of detectors and subjects that were judged. */
  readonly scores: number;
  readonly rules: readonly BacktestRule[];
  /** What was left out, and where scores came from, in words. */
  readonly notes: readonly string[];
}

export interface BacktestRule {
  readonly rule: string;
  readonly title: string;
  /** Scores it judged, and those of them that had too little data. */
  readonly judged: number;
  readonly undecided: number;
  readonly alerts: number;
  readonly pages: number;
  /** Incidents in 28 days at this rate. */
  readonly perFourWeeks: number;
  /** Oldest first. */
  readonly incidents: readonly BacktestIncident[];
}

/** Alerts of one rule and model that overlap in time. */
export interface BacktestIncident extends ModelKey {
  readonly severity: Severity;
  readonly fromMs: number;
  /** null: it would go on. */
  readonly toMs: number | null;
  readonly alerts: readonly BacktestAlert[];
}

export interface BacktestAlert {
  readonly subject: string;
  readonly severity: Severity;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly peak: number | null;
  /** Why, in words, at its peak. */
  readonly text: string;
}

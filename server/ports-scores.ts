import type { Document, Evidence, ModelKey, Score } from './model.ts';

/** What the control store tells of scores. Types only. */

export interface ScoreQuery extends ModelKey {
  readonly detector?: string;
  readonly subject?: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A score without the heavy part of its evidence. */
export interface FleetScore extends Omit<Score, 'evidence' | 'why' | 'inputs'> {
  readonly evidence: Pick<Evidence, 'numbers' | 'burn'>;
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

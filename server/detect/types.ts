import type { Document, ModelEntry, ModelKey, Score, ScheduledJob } from '../model.ts';
import type { Telemetry, WorstOfWindow, WorstQuery } from '../ports.ts';
import type { DetectionParameters, ModelSettings } from '../settings.ts';
import type { Ranking } from './ranking.ts';
import type { References } from './references.ts';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the window that showed it to its end, and which detector's score it was. */
export interface Episode extends Window {
  readonly detector: string;
}

/** What a detection job may ask of the telemetry store. */
export type CountsSource = Pick<
  Telemetry,
  | 'baseline'
  | 'freezeBaseline'
  | 'replaceBaseline'
  | 'countWindows'
  | 'dirtyBuckets'
  | 'newestBatch'
  | 'counts'
  | 'sloWindows'
  | 'sloCounts'
  | 'putSlices'
  | 'volume'
  | 'qualityCounts'
  | 'summarize'
  | 'categories'
  | 'outcomeCounts'
  | 'labelDelays'
  | 'errorCells'
  | 'freshness'
>;

/** What all jobs work with. */
export interface DetectContext {
  readonly source: CountsSource;
  readonly references: References;
  /** What the store knows of a model, as of this beat. */
  readonly entryOf: (key: ModelKey) => ModelEntry | undefined;
  readonly parametersOf: (key: ModelKey) => DetectionParameters;
  /** When a model's alerts fired: what was not normal. */
  readonly episodes: (key: ModelKey) => Promise<readonly Episode[]>;
  /** Stored scores of a model's detector. */
  readonly history: Ranking['history'];
  readonly burnWindows: readonly BurnTable[];
  /** The worst score of each window of a detector. */
  readonly worst: (query: WorstQuery) => Promise<readonly WorstOfWindow[]>;
  readonly nowMs: number;
  /** When this process began to listen. */
  readonly startedMs: number;
}

export interface JobInput extends DetectContext {
  readonly model: ModelSettings;
  readonly job: ScheduledJob;
}

/** Scores, and the documents they can be computed from again. */
export interface Scored {
  readonly scores: readonly Score[];
  readonly documents: readonly Document[];
}

export interface JobResult extends Scored {
  readonly next: ScheduledJob;
}

/**
 * Pairs of windows for SLOs of one make, from `alert-rules/burn-windows.yaml`. The one with the longest `fromPeriodMs` that
 * an SLO's period reaches holds.
 */
export interface BurnTable {
  readonly of: 'events' | 'slices';
  readonly fromPeriodMs: number;
  readonly pairs: readonly {
    readonly severity: 'page' | 'ticket';
    readonly longMs: number;
    readonly shortMs: number;
    /** Share of the period's budget that is spent in the long window when the pair fires. */
    readonly budget: number;
  }[];
  readonly lowVolume: LowVolume | null;
}

/** When there are fewer events than it takes to prove anything in short windows. */
export interface LowVolume {
  /** It holds while the last `withinMs` have fewer than `events` of them. */
  readonly withinMs: number;
  readonly events: number;
  /** Still burning: at the pace that spends this share of the budget in `overMs`. */
  readonly budget: number;
  readonly overMs: number;
}

export function keyOf(model: ModelSettings): ModelKey {
  return { tenant: model.tenant, model: model.model };
}

export function together(parts: readonly Scored[]): Scored {
  return {
    scores: parts.flatMap(({ scores }) => scores),
    documents: parts.flatMap(({ documents }) => documents),
  };
}

import type { Document, ModelEntry, ModelKey, Score, ScheduledJob } from '../model.ts';
import type { Telemetry } from '../ports.ts';
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
  readonly burnWindows: readonly BurnPair[];
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

/** One pair of a multi-window burn-rate rule, from `alert-rules/burn-windows.yaml`. */
export interface BurnPair {
  readonly severity: 'page' | 'ticket';
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
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

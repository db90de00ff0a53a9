import type { ModelKey, ViolationKind } from './model.ts';

/** What is read of counts, many windows at once. Types only. */

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Which windows: they begin at `fromMs` and follow each other; one that would end after `toMs` is left out. Times are
 * multiples of five minutes; counts of long ago stand at the begin of their hour.
 */
export interface CountWindowsQuery {
  readonly key: ModelKey;
  readonly fromMs: number;
  readonly toMs: number;
  /** null: all of [fromMs, toMs) as one. */
  readonly windowMs: number | null;
  /** `baseline`: the rows that the model's baseline was made of; of those made of production rows, all of that time. */
  readonly dataset: 'production' | 'baseline';
  readonly version?: string;
  /** Only windows that begin at `atMs` or any number of `everyMs` before or after. */
  readonly slot?: { readonly everyMs: number; readonly atMs: number };
  /** Counts that touch one of these ranges are left out. */
  readonly without?: readonly Span[];
}

/** Windows without rows are left out; oldest first. */
export interface CountWindows {
  /** Whose cells they are; null: there is no baseline, so that rows have no cells. */
  readonly baselineId: string | null;
  readonly startsMs: Float64Array;
  readonly rows: Float64Array;
  /** Window after window, every cell of the model's layout. */
  readonly cells: Float64Array;
}

export interface QualityQuery extends Span {
  readonly key: ModelKey;
  readonly stepMs: number;
}

/** What was not in order of the rows of a step. */
export interface QualityCounts {
  readonly fromMs: number;
  /** Production rows that were kept. */
  readonly rows: number;
  /** Production rows that were left out, because their id had come before. */
  readonly repeatedIds: number;
  /** Rows by feature and by what was wrong with its value. */
  readonly violations: readonly {
    readonly feature: string;
    readonly kind: ViolationKind;
    readonly rows: number;
  }[];
}

/** One slice of an SLO: good or bad as a whole, or neither where it was not to be told. */
export interface SloSlice {
  readonly slo: string;
  readonly fromMs: number;
  readonly state: 'good' | 'bad' | 'unknown';
}

/** What an SLO that counts events has counted ever, whatever was deleted since; it only grows. */
export interface SloTotal extends ModelKey {
  readonly slo: string;
  readonly good: number;
  readonly bad: number;
}

export interface CountReads {
  /** Writes slices down; one that is there is replaced, or with `keep` stays as it is. Safe to repeat. */
  putSlices(input: {
    readonly key: ModelKey;
    readonly slices: readonly SloSlice[];
    readonly keep: boolean;
  }): Promise<void>;
  sloTotals(): Promise<readonly SloTotal[]>;
  /** Throws BadRequestError for spans that are none, and for more than 64 million cells. */
  countWindows(query: CountWindowsQuery): Promise<CountWindows>;
  /** The newest commit on disk, to ask `dirtyBuckets` of what comes after it. */
  newestBatch(): Promise<number>;
  /** By the time that rows tell; steps without anything are left out. */
  qualityCounts(query: QualityQuery): Promise<readonly QualityCounts[]>;
}

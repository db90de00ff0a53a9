import type { FeatureLayout, NumberLayout } from '../detectors/types.ts';
import type { ModelKey } from './model.ts';

/** What can be asked of stored predictions and labels beside their counts. Types only, but for the names of measures. */

/** What a prediction cost and took; asked for like a feature of that name. */
export const MEASURES = {
  $durationMs: 'duration_ms',
  $inputTokens: 'input_tokens',
  $outputTokens: 'output_tokens',
  $cost: 'cost',
} as const;

export type Dataset = 'production' | 'reference' | 'shadow';
export type Plain = number | string | null;

/** Which rows: event time in [fromMs, toMs). Absent: production, every version. */
export interface RowScope extends ModelKey {
  readonly fromMs: number;
  readonly toMs: number;
  readonly versions?: readonly string[];
  readonly dataset?: Dataset;
  /** Rows whose segment or protected attributes have these values, all of them. */
  readonly where?: Readonly<Record<string, string>>;
}

/** Answers one row a group value and a step that has rows; neither: one row over all, also when there are none. */
export interface Split {
  /** A segment or protected attribute; `unknown` where a row tells none. */
  readonly by?: { readonly attribute: string };
  readonly stepMs?: number;
}

export interface SplitRow {
  readonly group: string | null;
  /** Start of the step, or of the scope. */
  readonly fromMs: number;
  readonly rows: number;
}

/** A numeric feature, `$prediction`, `$score` or a measure; `edges` rise and are finite. */
export interface BinnedColumn {
  readonly name: string;
  readonly edges: readonly number[];
}

/**
 * `bins[i]` counts finite values in (edges[i-1], edges[i]]; the first is open below, the last above, so there is one
 * more than edges. Sums, min and max are of finite values.
 */
export interface NumberSummary {
  readonly bins: readonly number[];
  readonly finite: number;
  readonly nulls: number;
  readonly nonFinite: number;
  readonly sum: number;
  readonly squareSum: number;
  readonly min: number | null;
  readonly max: number | null;
}

export interface SummaryRow extends SplitRow {
  readonly columns: Readonly<Record<string, NumberSummary>>;
}

/** Commonest first, equal ones by their text; `other` is the rows of all values left out. `distinct` is exact. */
export interface CategoryRow extends SplitRow {
  readonly values: readonly { readonly value: string; readonly rows: number }[];
  readonly other: number;
  readonly nulls: number;
  readonly distinct: number;
}

export interface LaidOutColumn {
  readonly name: string;
  readonly layout: FeatureLayout;
}

export interface RowSample {
  readonly rows: number;
  /** Milliseconds. */
  readonly times: readonly number[];
  readonly columns: Readonly<Record<string, readonly Plain[]>>;
}

export interface LabelRecord {
  readonly value: number | string;
  readonly timeMs: number;
  readonly receivedAtMs: number;
  readonly source: string | null;
}

/** One stored prediction, as a person reads it. Protected attributes only for those who may see them. */
export interface PredictionRecord {
  /** null: not joinable. */
  readonly id: string | null;
  readonly timeMs: number;
  readonly receivedAtMs: number;
  readonly version: string;
  readonly dataset: Dataset;
  readonly value: Plain;
  readonly score: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cost: number | null;
  readonly currency: string | null;
  readonly features: Readonly<Record<string, Plain>>;
  readonly segments: Readonly<Record<string, string>>;
  readonly protected?: Readonly<Record<string, string>>;
  /** The label that stands, whatever came before it. */
  readonly label: LabelRecord | null;
}

/** Newest first. `next` is null on the last page. */
export interface PredictionPage {
  readonly predictions: readonly PredictionRecord[];
  readonly next: string | null;
}

export interface Freshness extends ModelKey {
  readonly lastEventMs: number | null;
  readonly lastReceivedMs: number | null;
  readonly lastLabelReceivedMs: number | null;
  /** Labels stored but not yet counted. */
  readonly labelsUnresolved: number;
  /** Labels whose prediction has not come. */
  readonly labelsWaiting: number;
}

/** Counts of a model and time span changed in a commit after the one asked about. */
export interface DirtyBucket extends ModelKey {
  readonly fromMs: number;
  readonly toMs: number;
  /** The newest commit that changed it. */
  readonly batch: number;
  /**
   * What has come: production rows, labels of any, or a new baseline, in whose cells all was counted again. Empty: rows of
   * another dataset. Absent: the store cannot tell.
   */
  readonly causes?: readonly DirtyCause[];
}

export const DIRTY_CAUSES = ['rows', 'labels', 'recount'] as const;
export type DirtyCause = (typeof DIRTY_CAUSES)[number];

/* ---- labels ---- */

/** What one step did. `labels` were taken up; `remaining` says that another step has work. */
export interface ResolveStep {
  readonly labels: number;
  readonly matched: number;
  readonly waiting: number;
  readonly expired: number;
  readonly remaining: boolean;
}

/** By the five minutes of the prediction. Absent: production, every version, no split. */
export interface OutcomeQuery extends ModelKey {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version?: string;
  readonly dataset?: Dataset;
  readonly by?: { readonly attribute: string };
  readonly stepMs?: number;
  /**
   * How finely labelled predictions are told apart, `scores` where nothing is said: by score cell and class, by class, by
   * class with errors of all cells as one, or not at all. Eight weeks of hours have some twenty times as many cells as classes.
   */
  readonly detail?: 'scores' | 'classes' | 'sums' | 'totals';
  /** Unlabelled predictions older than `waitMs` at `nowMs` are told as expired, no longer as waiting. */
  readonly maturity?: { readonly nowMs: number; readonly waitMs: number };
}

/**
 * Labelled predictions of one score cell, predicted value and label. Sums are of finite scores. Values beyond the
 * first hundred of a model, and numbers that are not whole from 0 to 99, are `other`; null is none.
 */
export interface ClassCount {
  /** -1 where scores were not asked for. */
  readonly scoreCell: number;
  readonly predicted: string | null;
  readonly label: string | null;
  readonly rows: number;
  readonly scoreSum: number;
  readonly scoreSquareSum: number;
}

/** Labelled predictions of one cell of prediction minus label, both numbers; cells are those of `errorCell`. */
export interface ErrorCount {
  /** 0 where cells were not asked for. */
  readonly cell: number;
  readonly rows: number;
  readonly sum: number;
  readonly absoluteSum: number;
  readonly squareSum: number;
  readonly labelSum: number;
  readonly labelSquareSum: number;
}

export interface OutcomeRow {
  readonly group: string | null;
  readonly fromMs: number;
  readonly predictions: number;
  readonly labelled: number;
  readonly waiting: number;
  readonly expired: number;
  readonly classes: readonly ClassCount[];
  readonly errors: readonly ErrorCount[];
}

/** `scoreLayout` is what score cells are numbered by: known cells, then the sides. */
export interface OutcomeCounts {
  readonly scoreLayout: NumberLayout;
  readonly rows: readonly OutcomeRow[];
}

/** Time from predictions to their first label, in the cells of `delayCell`. */
export interface LabelDelays {
  readonly labelled: number;
  readonly counts: readonly number[];
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** How many of the predictions of an age have a label now. */
export interface AgeCoverage {
  readonly fromAgeMs: number;
  readonly toAgeMs: number;
  readonly predictions: number;
  readonly labelled: number;
}

/** A sum of outcome counts that is not what the stored rows say. */
export interface OutcomeDifference {
  readonly model: string;
  readonly bucketMs: number;
  readonly what: string;
  readonly counted: number;
  readonly recounted: number;
}

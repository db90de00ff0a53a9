import type {
  AgeCoverage,
  BinnedColumn,
  CategoryRow,
  Dataset,
  DirtyBucket,
  Freshness,
  LabelDelays,
  LaidOutColumn,
  ModelKey,
  OutcomeCounts,
  OutcomeDifference,
  OutcomeQuery,
  PredictionPage,
  PredictionRecord,
  ResolveStep,
  RowSample,
  RowScope,
  Split,
  SummaryRow,
} from './model.ts';

/** What every telemetry store answers about stored rows and labels; `test/server/store/conformance` holds it to it. */

export type SummaryQuery = RowScope & Split & { readonly columns: readonly BinnedColumn[] };
export type CategoryQuery = RowScope & Split & { readonly column: string; readonly topK: number };
export type CrosstabQuery = RowScope & { readonly columns: readonly [LaidOutColumn, LaidOutColumn] };
export type ErrorCellsQuery = RowScope & { readonly columns: readonly LaidOutColumn[] };
export type SampleQuery = RowScope & { readonly columns: readonly string[]; readonly rows: number };
export type EdgesQuery = RowScope & { readonly column: string; readonly bins: number; readonly rows: number };
/** `protected`: the asker may see protected attributes. */
export type PredictionQuery = ModelKey & { readonly id: string; readonly protected?: boolean };
export type PageQuery = RowScope & {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
  readonly protected?: boolean;
};
export type DelayQuery = ModelKey & {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version?: string;
  readonly dataset?: Dataset;
};

/** Labelled rows of one cell: wrong ones, or for a regression sums of |prediction - label| and of its square. */
export interface CellErrors {
  readonly rows: number;
  readonly sum: number;
  readonly squares: number;
}

/**
 * A model nobody has sent answers like one without rows. Throws BadRequestError for a column that is unknown or of the
 * wrong kind, and for numbers out of range.
 */
export interface RowReads {
  /** Bins and sums of numeric columns. */
  summarize(query: SummaryQuery): Promise<readonly SummaryRow[]>;
  /** The commonest values of a column of texts. */
  categories(query: CategoryQuery): Promise<readonly CategoryRow[]>;
  /** `answer[a][b]`: rows in cell a of the first column and cell b of the second, numbered as `cellOf` does. */
  crosstab(query: CrosstabQuery): Promise<readonly (readonly number[])[]>;
  /** How wrong labelled predictions were, by known cell of each column; the newest 100,000 labels. */
  errorCells(query: ErrorCellsQuery): Promise<Readonly<Record<string, readonly CellErrors[]>>>;
  /** Up to 100,000 rows, the same ones at every ask; a smaller sample is the beginning of a larger one. */
  sample(query: SampleQuery): Promise<RowSample>;
  /** Edges of about equal rows, from a sample; fewer where values repeat, none without finite values. */
  proposeEdges(query: EdgesQuery): Promise<readonly number[]>;
  /** null: no prediction has this id. */
  getPrediction(query: PredictionQuery): Promise<PredictionRecord | null>;
  listPredictions(query: PageQuery): Promise<PredictionPage>;
  /** One entry a model that is known. */
  freshness(keys: readonly ModelKey[]): Promise<readonly Freshness[]>;
  /** What was counted, labelled or relabelled in commits after `sinceBatch`; 0 for all. Compaction changes nothing. */
  dirtyBuckets(sinceBatch: number): Promise<readonly DirtyBucket[]>;
  /** Labels that were resolved, by their predictions' time. */
  outcomeCounts(query: OutcomeQuery): Promise<OutcomeCounts>;
  /** How long the first labels of the predictions in the window took. */
  labelDelays(query: DelayQuery): Promise<LabelDelays>;
  /** The share labelled by age: one entry between each two of `agesMs`, which rise. Production, every version. */
  coverageByAge(
    query: ModelKey & { readonly nowMs: number; readonly agesMs: readonly number[] },
  ): Promise<readonly AgeCoverage[]>;
}

export interface LabelSteps {
  /**
   * Takes up to `limit` new labels, and waiting ones whose predictions have come, and counts what they change. Safe to
   * repeat: with nothing new nothing is written. A label waits 30 days for its prediction.
   */
  resolveLabels(nowMs: number, limit: number): Promise<ResolveStep>;
  /** Counts every outcome of the model again from the stored rows and compares; empty means equal. */
  recountOutcomes(key: ModelKey): Promise<readonly OutcomeDifference[]>;
}

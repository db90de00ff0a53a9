import type { Declaration, IngestReply, Rejection, RejectReason } from './model.ts';
import type { ShapeField } from './ports-schema.ts';

/** Rows of one request as columns: what decoding hands to the store. Types only. */

/** What a cell of a ValueColumn holds: nothing, a number, a text, or true and false as the numbers 1 and 0. */
export const ABSENT = 0;
export const NUMBER = 1;
export const TEXT = 2;
export const BOOLEAN = 3;

/**
 * One value a row, of any kind. That of a row stands at `first + row * step` of `tags` and `numbers`: the columns of a
 * model lie side by side, row after row, as in the table they go to.
 */
export interface ValueColumn {
  readonly name: string;
  readonly first: number;
  readonly step: number;
  readonly tags: Uint8Array;
  /** A number, 1 or 0, or the place of a text in `texts`. */
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
}

/** What a row of an IdColumn holds: no id, a canonical UUID, or any other text, known by the hash of its bytes. */
export const NO_ID = 0;
export const UUID = 1;
export const HASHED = 2;

/** One id a row. */
export interface IdColumn {
  readonly kinds: readonly number[];
  /** Four words of 32 bits a row, the highest first: the UUID itself, or the hash. */
  readonly words: readonly number[];
  /** Set where the kind is HASHED; may be shorter. */
  readonly texts: readonly (string | undefined)[];
}

/** One text a row, or undefined. May be shorter than the rows. */
export interface TextColumn {
  readonly name: string;
  readonly texts: readonly (string | undefined)[];
}

export const DATASETS = ['production', 'reference', 'shadow'] as const;

/** Every column but `rows`, times and ids may be shorter than the rows: what is not there was not told. */
export interface PredictionColumns {
  readonly rows: number;
  readonly timeMs: readonly number[];
  /** Nanoseconds within the millisecond. */
  readonly restNs: readonly number[];
  /** Index into DATASETS. */
  readonly dataset: readonly number[];
  readonly version: readonly string[];
  readonly id: IdColumn;
  readonly error: readonly (string | undefined)[];
  /** NaN where not told. */
  readonly durationMs: readonly number[];
  readonly inputTokens: readonly number[];
  readonly outputTokens: readonly number[];
  readonly cost: readonly number[];
  readonly currency: readonly (string | undefined)[];
  /** Features, and the pseudo-features PREDICTION and SCORE. */
  readonly values: readonly ValueColumn[];
  readonly segments: readonly TextColumn[];
  readonly protected: readonly TextColumn[];
}

export interface LabelColumns {
  readonly rows: number;
  readonly timeMs: readonly number[];
  readonly restNs: readonly number[];
  readonly id: IdColumn;
  readonly value: ValueColumn;
  readonly source: readonly (string | undefined)[];
}

export interface ModelBatch {
  readonly model: string;
  readonly predictions: PredictionColumns;
  readonly labels: LabelColumns;
  /** How many of the labels came in the record of their prediction: one record, two rows. */
  readonly together?: number;
  /** What the sender declares of its features; it holds for the rows of this request already. */
  readonly schema?: Declaration;
}

/** One of the two events of a serving stack, its request and its response, that together are predictions. */
export interface Half {
  /** Names the two within their tenant. */
  readonly pair: string;
  readonly side: 'request' | 'response';
  /** What is kept of it until the other one comes: compact, never the body as sent. */
  readonly payload: string;
  /** Makes the rows of both from the payload of the one that waited. Always the same ones; may be asked again. */
  readonly complete: (other: string) => Pick<Batch, 'models' | 'rejected' | 'warnings'>;
}

export interface Batch {
  readonly tenant: string;
  readonly receivedAtMs: number;
  /**
   * Names the request: a repeat of it changes nothing. null where the same bytes may well be another event: a row of
   * it has neither an id nor a time.
   */
  readonly digest: string | null;
  readonly models: readonly ModelBatch[];
  readonly rejected: readonly Rejection[];
  readonly warnings: readonly Rejection[];
  /** Names and kinds of the first record refused for each reason; for the quarantine. */
  readonly shapes?: ReadonlyMap<RejectReason, readonly ShapeField[]>;
  /** The uploaded set that all of its predictions belong to, whatever dataset they name. */
  readonly referenceSet?: string;
  /** Stored until their other halves come. */
  readonly halves?: readonly Half[];
}

/** Where decoded rows go. */
export interface RowStore {
  /**
   * The reply to a request that was stored within ten minutes before `nowMs`, or is about to be, with accepted rows
   * named as repeated; null when it is new.
   */
  repeated(digest: string, nowMs: number): Promise<IngestReply> | null;
  /** Resolves when the rows are on disk; the reply holds the batch's refusals and the store's own. */
  append(batch: Batch): Promise<IngestReply>;
}

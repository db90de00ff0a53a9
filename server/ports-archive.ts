import type { ModelKey } from './model.ts';

/** What people may do with stored rows as a whole: take them along, and have them erased. Types only. */

/** What was erased: rows of predictions and labels, and files that were written anew without them. */
export interface Erased {
  readonly predictions: number;
  readonly labels: number;
  readonly files: number;
}

/** A Parquet file of a model's rows. Whoever asked removes it; else the next start does. */
export interface Exported {
  /** Absolute. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface ExportAsked {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'predictions' | 'protected' | 'labels';
}

export interface RowsAtLarge {
  /** Erases predictions by their ids, hot and in Parquet, with their labels and protected attributes; counts stay. */
  erase(key: ModelKey, ids: readonly string[]): Promise<Erased>;
  /** Writes the model's rows of `[fromMs, toMs)` into one Parquet file, by time; null when there is no such model. */
  exportRange(key: ModelKey, asked: ExportAsked): Promise<Exported | null>;
}

/** What people do to stored rows and their schemas, for the audit log. */
export interface WrittenDown {
  /** Writes down who had predictions erased, and how many; not which. */
  recordErasure(
    input: ModelKey & { readonly erased: Erased; readonly actor: string; readonly nowMs: number },
  ): Promise<void>;
  /** Writes down who declared the schema of a model by the API. */
  recordDeclaration(
    input: ModelKey & { readonly text: string; readonly actor: string; readonly nowMs: number },
  ): Promise<void>;
}

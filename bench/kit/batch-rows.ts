import { valueAt } from '../../server/batch-edit.ts';
import { idText } from '../../server/ids.ts';
import { DATASETS } from '../../server/batch.ts';
import type { Batch, PredictionColumns, TextColumn } from '../../server/batch.ts';
import { PREDICTION, SCORE } from '../../server/model.ts';

export type Cell = number | string | boolean;

/** A prediction as plain values, to be compared with what another decoder made of the same bytes. */
export interface PlainRow {
  readonly model: string;
  readonly version: string;
  readonly dataset: string;
  readonly id: string | null;
  readonly timeMs: number;
  readonly restNs: number;
  readonly value: Cell | null;
  readonly score: Cell | null;
  readonly durationMs: number | null;
  readonly error: string | null;
  readonly features: Readonly<Record<string, Cell>>;
  readonly segments: Readonly<Record<string, string>>;
}

/** The predictions of a batch, row by row: the one place that reads what decoding hands to the store. */
export function plainRows(batch: Batch): readonly PlainRow[] {
  return batch.models.flatMap(({ model, predictions }) =>
    Array.from({ length: predictions.rows }, (_, row) => plainRow(model, predictions, row)),
  );
}

function plainRow(model: string, rows: PredictionColumns, row: number): PlainRow {
  const valueOf = (name: string) => {
    const column = rows.values.find((one) => one.name === name);
    return column === undefined ? null : valueAt(column, row);
  };
  const features = rows.values.filter(({ name }) => name !== PREDICTION && name !== SCORE);
  const durationMs = rows.durationMs[row] ?? NaN;
  return {
    model,
    version: rows.version[row] ?? '',
    dataset: DATASETS[rows.dataset[row] ?? 0] ?? '',
    id: idText(rows.id, row),
    timeMs: rows.timeMs[row] ?? NaN,
    restNs: rows.restNs[row] ?? NaN,
    value: valueOf(PREDICTION),
    score: valueOf(SCORE),
    durationMs: Number.isNaN(durationMs) ? null : durationMs,
    error: rows.error[row] ?? null,
    features: told(features, (column) => valueAt(column, row)),
    segments: told(rows.segments, (column: TextColumn) => column.texts[row] ?? null),
  };
}

function told<C extends { readonly name: string }, V>(
  columns: readonly C[],
  valueOf: (column: C) => V | null,
): Record<string, V> {
  return Object.fromEntries(
    columns.flatMap((column) => {
      const value = valueOf(column);
      return value === null ? [] : [[column.name, value] as const];
    }),
  );
}

import { ABSENT, NUMBER, TEXT } from './batch.ts';
import type { PredictionColumns, ValueColumn } from './batch.ts';

/** Changes to finished columns. Pure. */

/** The same rows with other columns. Every column is named, so that one added later is not lost in silence. */
export function withColumns(
  columns: PredictionColumns,
  changed: Partial<Pick<PredictionColumns, 'id' | 'values' | 'segments' | 'protected'>>,
): PredictionColumns {
  return {
    rows: columns.rows,
    timeMs: columns.timeMs,
    restNs: columns.restNs,
    dataset: columns.dataset,
    version: columns.version,
    id: changed.id ?? columns.id,
    error: columns.error,
    durationMs: columns.durationMs,
    inputTokens: columns.inputTokens,
    outputTokens: columns.outputTokens,
    cost: columns.cost,
    currency: columns.currency,
    values: changed.values ?? columns.values,
    segments: changed.segments ?? columns.segments,
    protected: changed.protected ?? columns.protected,
  };
}

/** A value in words, as a category; undefined where there is none. */
export function wordsAt(column: ValueColumn, row: number): string | undefined {
  const tag = row < column.tags.length ? (column.tags[row] as number) : ABSENT;
  if (tag === ABSENT) return undefined;
  if (tag === TEXT) return column.texts[row] ?? '';
  const value = column.numbers[row] as number;
  return tag === NUMBER ? String(value) : value === 1 ? 'true' : 'false';
}

import { ABSENT, NUMBER, TEXT } from './batch.ts';
import type { PredictionColumns, ValueColumn } from './batch.ts';

/** Changes to finished columns. Pure. */

/** The same rows with other columns. Every column is named, so that one added later is not lost in silence. */
export function withColumns(
  columns: PredictionColumns,
  changed: Partial<Pick<PredictionColumns, 'id' | 'dataset' | 'values' | 'segments' | 'protected'>>,
): PredictionColumns {
  return {
    rows: columns.rows,
    timeMs: columns.timeMs,
    restNs: columns.restNs,
    dataset: changed.dataset ?? columns.dataset,
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

/** What a row's cell holds: ABSENT, NUMBER, TEXT or BOOLEAN. */
export function tagAt({ tags, first, step }: ValueColumn, row: number): number {
  return tags[first + row * step] ?? ABSENT;
}

/** The number of a cell that holds one. */
export function numberAt({ numbers, first, step }: ValueColumn, row: number): number {
  return numbers[first + row * step] ?? NaN;
}

/** The text of a cell that holds one. */
export function textAt({ numbers, texts, first, step }: ValueColumn, row: number): string {
  return texts[numbers[first + row * step] ?? -1] ?? '';
}

/** The value of a cell; null where there is none. */
export function valueAt(column: ValueColumn, row: number): number | string | boolean | null {
  const tag = tagAt(column, row);
  if (tag === ABSENT) return null;
  if (tag === TEXT) return textAt(column, row);
  return tag === NUMBER ? numberAt(column, row) : numberAt(column, row) === 1;
}

/** A value in words, as a category; undefined where there is none. */
export function wordsAt(column: ValueColumn, row: number): string | undefined {
  const value = valueAt(column, row);
  return value === null ? undefined : String(value);
}

/** The same rows with each value as `change` makes it; undefined is none. */
export function changedColumn(
  column: ValueColumn,
  rows: number,
  change: (row: number) => number | string | undefined,
): ValueColumn {
  const tags = new Uint8Array(rows);
  const numbers = new Float64Array(rows);
  const texts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const value = change(row);
    if (value === undefined) continue;
    tags[row] = typeof value === 'number' ? NUMBER : TEXT;
    numbers[row] = typeof value === 'number' ? value : texts.push(value) - 1;
  }
  return { name: column.name, first: 0, step: 1, tags, numbers, texts };
}

import { wilson } from './math.ts';
import type { Detector } from './types.ts';

/**
 * Columns that came, went, or changed their kind since the baseline.
 *
 *   gone:    in no row now; by chance that happens with (1 - s)^m, s the Wilson lower bound of its share before: below alpha
 *   new:     never seen before, and the Wilson lower bound of its share now reaches `leastShare`
 *   changed: another kind than before
 *
 * value = how many of them are proven; windows with too few rows are not judged. A column that comes and goes is none.
 * Reference: reference detectors.md 5.11; TFDV schema anomalies. Example: `amount` gone from 1000 rows: 1.
 */
export const schemaChange: Detector<SchemaChangeInput> = {
  id: 'schema-change',
  title: 'Columns that came, went or changed',
  unit: 'columns',
  score: (input) => {
    const { baseline, current, parameters } = input;
    refuse(baseline);
    refuse(current);
    const { rows } = current;
    const why = whyNot(baseline.rows, rows, parameters);
    if (why !== null) return { value: null, why, rows, text: `schema: ${why}` };
    const [gone, fresh, changed] = [goneOf(input), newOf(input), changedOf(input)];
    const parts = [listed('gone', gone), listed('new', fresh), listed('of another kind', changed)];
    const text = parts.filter((part) => part !== '').join('; ') || 'the columns are those of the baseline';
    const value = gone.length + fresh.length + changed.length;
    const numbers = { gone: gone.length, new: fresh.length, changed: changed.length };
    return { value, why: null, rows, text, numbers, ...(value > 0 && { cause: text }) };
  },
};

export interface SchemaChangeInput {
  readonly baseline: ColumnRows;
  readonly current: ColumnRows;
  readonly parameters: {
    readonly alpha: number;
    readonly leastShare: number;
    readonly leastRows: number;
  };
}

export interface ColumnRows {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly feature: string;
  readonly kind: string;
  /** Rows in which it came, whatever its value. */
  readonly rows: number;
}

const Z_95 = 1.959963984540054;

function refuse({ rows, columns }: ColumnRows): void {
  if (!(rows >= 0) || columns.some((column) => !(column.rows >= 0 && column.rows <= rows)))
    throw new Error('Expected columns in at least 0 and at most all rows.');
}

function whyNot(before: number, now: number, { leastRows }: SchemaChangeInput['parameters']): string | null {
  if (before === 0) return 'the baseline has no rows';
  return now < leastRows ? `needs ${leastRows} rows, has ${now}` : null;
}

function goneOf({ baseline, current, parameters }: SchemaChangeInput): readonly string[] {
  const present = presentIn(current);
  return baseline.columns
    .filter((column) => column.rows > 0 && !present.has(column.feature))
    .filter((column) => {
      const { lower } = wilson(column.rows, baseline.rows, Z_95);
      return current.rows * Math.log1p(-lower) <= Math.log(parameters.alpha);
    })
    .map((column) => column.feature);
}

function newOf({ baseline, current, parameters }: SchemaChangeInput): readonly string[] {
  const known = presentIn(baseline);
  return current.columns
    .filter((column) => column.rows > 0 && !known.has(column.feature))
    .filter((column) => wilson(column.rows, current.rows, Z_95).lower >= parameters.leastShare)
    .map((column) => column.feature);
}

function changedOf({ baseline, current }: SchemaChangeInput): readonly string[] {
  const known = presentIn(baseline);
  return current.columns
    .filter((column) => column.rows > 0 && (known.get(column.feature) ?? column.kind) !== column.kind)
    .map((column) => column.feature);
}

/** Kinds of the columns that came at all, by name. */
function presentIn({ columns }: ColumnRows): ReadonlyMap<string, string> {
  return new Map(
    columns.filter((column) => column.rows > 0).map((column) => [column.feature, column.kind] as const),
  );
}

const MOST_NAMES = 5;

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}

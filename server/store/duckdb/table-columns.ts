import { DuckDBStructType, DuckDBTypeId } from '@duckdb/node-api';
import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';
import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../../batch.ts';
import type { CellForm, Cells, ColumnKind, SourceColumn } from '../../table.ts';

/** Columns of a file as DuckDB reads it, brought to a few types by SQL: doubles, integers, texts, true and false. */

type Reading =
  'double' | 'integer' | 'decimal' | 'text' | 'boolean' | 'timeNs' | 'timeUs' | 'date' | 'present';

export interface PlannedColumn {
  readonly path: readonly string[];
  readonly kind: ColumnKind;
  readonly reading: Reading;
  readonly sql: string;
}

type Plan = readonly [Reading, ColumnKind, (name: string) => string];

const same = (name: string) => name;
const asDouble = (name: string) => `CAST(${name} AS DOUBLE)`;
const asText = (name: string) => `CAST(${name} AS VARCHAR)`;
const present = (name: string) => `CASE WHEN ${name} IS NOT NULL THEN true END`;
/** An infinite time has no number. */
const asUs = (name: string) =>
  `CASE WHEN isfinite(CAST(${name} AS TIMESTAMP)) THEN epoch_us(CAST(${name} AS TIMESTAMP)) END`;
const DOUBLE: Plan = ['double', 'number', asDouble];
const INTEGER: Plan = ['integer', 'number', same];
const DECIMAL: Plan = ['decimal', 'number', asText];
const WORDS: Plan = ['text', 'text', asText];
const TIME_US: Plan = ['timeUs', 'time', asUs];
const CLOCK: Plan = ['double', 'number', (name) => `epoch_us(CAST(${name} AS TIME)) / 1000.0`];
const OTHER: Plan = ['present', 'other', present];
const LIST: Plan = ['present', 'list', present];

const PLANS: Readonly<Partial<Record<DuckDBTypeId, Plan>>> = {
  [DuckDBTypeId.TINYINT]: DOUBLE,
  [DuckDBTypeId.SMALLINT]: DOUBLE,
  [DuckDBTypeId.INTEGER]: DOUBLE,
  [DuckDBTypeId.UTINYINT]: DOUBLE,
  [DuckDBTypeId.USMALLINT]: DOUBLE,
  [DuckDBTypeId.UINTEGER]: DOUBLE,
  [DuckDBTypeId.FLOAT]: DOUBLE,
  [DuckDBTypeId.DOUBLE]: DOUBLE,
  [DuckDBTypeId.BIGINT]: INTEGER,
  [DuckDBTypeId.UBIGINT]: INTEGER,
  [DuckDBTypeId.HUGEINT]: DECIMAL,
  [DuckDBTypeId.UHUGEINT]: DECIMAL,
  [DuckDBTypeId.DECIMAL]: DECIMAL,
  [DuckDBTypeId.BOOLEAN]: ['boolean', 'boolean', same],
  [DuckDBTypeId.VARCHAR]: WORDS,
  [DuckDBTypeId.ENUM]: WORDS,
  [DuckDBTypeId.UUID]: WORDS,
  [DuckDBTypeId.TIMESTAMP]: TIME_US,
  [DuckDBTypeId.TIMESTAMP_S]: TIME_US,
  [DuckDBTypeId.TIMESTAMP_MS]: TIME_US,
  [DuckDBTypeId.TIMESTAMP_TZ]: [
    'timeUs',
    'time',
    (name) => `CASE WHEN isfinite(${name}) THEN epoch_us(${name}) END`,
  ],
  [DuckDBTypeId.TIMESTAMP_NS]: [
    'timeNs',
    'time',
    (name) => `CASE WHEN isfinite(${name}) THEN epoch_ns(${name}) END`,
  ],
  [DuckDBTypeId.DATE]: ['date', 'time', asUs],
  [DuckDBTypeId.TIME]: CLOCK,
  [DuckDBTypeId.LIST]: LIST,
  [DuckDBTypeId.ARRAY]: LIST,
  [DuckDBTypeId.MAP]: LIST,
  [DuckDBTypeId.BLOB]: ['present', 'bytes', present],
};

/** What to select for a column; the fields of a struct are columns of their own. */
export function plannedColumns(
  name: string,
  type: DuckDBType,
  outer: { readonly path: readonly string[]; readonly sql: string } | null = null,
): readonly PlannedColumn[] {
  const path = [...(outer?.path ?? []), name];
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const sql = outer === null ? quoted : `${outer.sql}[${literal(name)}]`;
  if (type instanceof DuckDBStructType)
    return type.entryTypes.flatMap((entry, at) =>
      plannedColumns(type.entryNames[at] ?? '', entry, { path, sql }),
    );
  const [reading, kind, select] = PLANS[type.typeId] ?? OTHER;
  return [{ path, kind, reading, sql: select(sql) }];
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The columns of a chunk; to be read before the next one is fetched. */
export function chunkColumns(
  planned: readonly PlannedColumn[],
  chunk: DuckDBDataChunk,
): readonly SourceColumn[] {
  return planned.map(({ path, kind, reading }, at) => ({
    path,
    kind,
    read: (form) => readCells(chunk.getColumnValues(at), reading, form),
  }));
}

const TAGS: Readonly<Record<Reading, number>> = {
  double: NUMBER,
  integer: NUMBER,
  decimal: NUMBER,
  text: TEXT,
  boolean: BOOLEAN,
  timeNs: NUMBER,
  timeUs: NUMBER,
  date: NUMBER,
  present: NUMBER,
};

function readCells(values: readonly unknown[], reading: Reading, form: CellForm): Cells {
  const tags = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row += 1) tags[row] = values[row] === null ? ABSENT : TAGS[reading];
  const none = { tags, numbers: new Float64Array(values.length), texts: [], restNs: null, inexact: null };
  if (reading === 'present') return none;
  if (reading === 'text')
    return { ...none, texts: values.map((value) => (value as string | null) ?? undefined) };
  if (reading === 'timeNs') return timeCells(values, tags, { form, perMs: 1_000_000n });
  if (reading === 'timeUs' || reading === 'date')
    return timeCells(values, tags, { form, perMs: 1000n, date: reading === 'date' });
  if (form === 'text') return { ...none, ...spelledValues(values, tags) };
  return { ...none, ...numbersOf(values) };
}

function spelledValues(
  values: readonly unknown[],
  tags: Uint8Array,
): { readonly tags: Uint8Array; readonly texts: readonly (string | undefined)[] } {
  return {
    tags: tags.map((tag) => (tag === ABSENT ? ABSENT : TEXT)),
    texts: values.map((value) =>
      value === null ? undefined : `${value as string | number | bigint | boolean}`,
    ),
  };
}

function numbersOf(values: readonly unknown[]): Pick<Cells, 'numbers' | 'inexact'> {
  const numbers = new Float64Array(values.length);
  let inexact: Uint8Array | null = null;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row];
    if (value === null) continue;
    const number = Number(value);
    numbers[row] = number;
    if (typeof value === 'number' || Math.abs(number) <= Number.MAX_SAFE_INTEGER) continue;
    inexact ??= new Uint8Array(values.length);
    inexact[row] = 1;
  }
  return { numbers, inexact };
}

function timeCells(
  values: readonly unknown[],
  tags: Uint8Array,
  options: { readonly form: CellForm; readonly perMs: bigint; readonly date?: boolean },
): Cells {
  const { form, perMs } = options;
  const numbers = new Float64Array(values.length);
  const restNs = new Int32Array(values.length);
  const unitNs = Number(1_000_000n / perMs);
  values.forEach((value, row) => {
    if (typeof value !== 'bigint') return;
    const rest = ((value % perMs) + perMs) % perMs;
    numbers[row] = Number((value - rest) / perMs);
    restNs[row] = Number(rest) * unitNs;
  });
  const cells = { tags, numbers, texts: [], restNs, inexact: null };
  if (form === 'time') return cells;
  if (form === 'text')
    return { ...cells, ...spelledValues(spelledTimes(cells, options.date ?? false), tags) };
  return {
    ...cells,
    numbers: numbers.map((ms, row) => ms + (restNs[row] as number) / 1_000_000),
    restNs: null,
  };
}

/** The furthest a Date reaches from 1970. */
const MAX_DATE_MS = 8.64e15;

function spelledTimes({ tags, numbers, restNs }: Cells, date: boolean): readonly (string | null)[] {
  return Array.from(tags, (tag, row) => {
    if (tag === ABSENT) return null;
    const ms = numbers[row] as number;
    if (Math.abs(ms) > MAX_DATE_MS) return String(ms);
    const iso = new Date(ms).toISOString();
    const rest = restNs?.[row] ?? 0;
    if (date) return iso.slice(0, iso.indexOf('T'));
    return rest === 0 ? iso : `${iso.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
  });
}

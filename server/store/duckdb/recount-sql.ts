import { missingCell, momentCell, MOST_UNITS, numberCell, sideCell } from '../../../detectors/cells.ts';
import type { ModelLayout, PlacedLayout } from '../../../detectors/cells.ts';
import { BUCKET_MS, GROUP_VALUES, HOUR_MS, OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import { CellFinder } from './cell-finder.ts';
import { staysSql } from './datasets.ts';
import type { Entry, ModelState } from './registry.ts';
import type { RowRange } from './archived-sql.ts';
import { valueColumn, valuesSql } from './rows-sql.ts';

/** The second way to the counts: from stored rows, by SQL alone. */

/** The column of an entry's values, of table alias `p`. */
function valueSql(entry: Entry): string {
  return `p.${valueColumn(entry)}`;
}

/** A double as SQL reads it exactly: without an exponent it would be a decimal. */
export function double(value: number): string {
  const text = String(value);
  return text.includes('e') ? `(${text})` : `(${text}e0)`;
}

/** The number of a value's cell among all cells of the model. */
function cellSql(placed: PlacedLayout, entry: Entry | undefined): string {
  const missing = placed.offset + missingCell(placed.layout);
  if (entry === undefined) return String(missing);
  return placed.layout.kind === 'number' ? numberSql(placed, valueSql(entry)) : codeSql(placed, entry);
}

/** A search by halves, as `numberCell` does it: cells are closed at the right. */
function searchSql(
  edges: readonly number[],
  x: string,
  { from, offset }: { readonly from: number; readonly offset: number },
): string {
  if (edges.length === 0) return String(offset + from);
  const middle = edges.length >> 1;
  const below = searchSql(edges.slice(0, middle), x, { from, offset });
  const above = searchSql(edges.slice(middle + 1), x, { from: from + middle + 1, offset });
  return `CASE WHEN ${x} <= ${double(edges[middle] ?? 0)} THEN ${below} ELSE ${above} END`;
}

/** The cell of the number `x` among all cells of its model. */
export function numberSql(placed: PlacedLayout, x: string): string {
  const { layout, offset } = placed;
  if (layout.kind !== 'number') return String(offset + missingCell(layout));
  return `CASE WHEN ${x} IS NULL THEN ${offset + missingCell(layout)}
    WHEN isnan(${x}) OR isinf(${x}) THEN ${offset + numberCell(layout, NaN)}
    WHEN ${x} < ${double(layout.min)} THEN ${offset + sideCell(layout, 'below_min')}
    WHEN ${x} > ${double(layout.max)} THEN ${offset + sideCell(layout, 'above_max')}
    ELSE ${searchSql(layout.edges, x, { from: 0, offset })} END`;
}

function codeSql(placed: PlacedLayout, entry: Entry): string {
  const { layout, offset } = placed;
  const x = valueSql(entry);
  const cells = new CellFinder(placed).cellsOf(entry.values);
  return `CASE WHEN ${x} IS NULL THEN ${offset + missingCell(layout)}
    ELSE ([${cells.join(',')}]::INTEGER[])[${x} + 1] END`;
}

/** The code of a row's value of a group attribute. */
function groupSql(state: ModelState, group: Entry): string {
  const sources = sourcesOf(state, group).map((source) => sourceSql(group, source));
  return sources.length === 0 ? String(UNKNOWN_GROUP) : `coalesce(${sources.join(', ')}, ${UNKNOWN_GROUP})`;
}

/** The attributes that tell a row's value of a group, the first that is there. */
function sourcesOf(state: ModelState, group: Entry): readonly Entry[] {
  const { protected: apart, segment } = state.byRole;
  return [apart.get(group.name), segment.get(group.name)].filter((entry) => entry !== undefined);
}

function sourceSql(group: Entry, source: Entry): string {
  const codes = source.values.map((text) => {
    const code = group.codes.get(text);
    return code === undefined || code >= GROUP_VALUES ? OTHER_GROUP : code;
  });
  const x = valueSql(source);
  return `CASE WHEN ${x} IS NULL THEN NULL ELSE ([${codes.join(',')}]::INTEGER[])[${x} + 1] END`;
}

export interface RowFilter {
  /** Narrows table alias `p`. */
  readonly where: string;
  /** Files of other days are not opened. */
  readonly range?: RowRange;
}

export interface Recounted extends RowFilter {
  /** The cells to count into; those of the model when it is not told. */
  readonly layout?: ModelLayout | null;
  /** Counts all rows alone, no groups of them. */
  readonly withoutGroups?: boolean;
}

/**
 * Rows (version, dataset, group_entry, group_code, bucket_ms, cell, n) of a model's stored predictions, hot and
 * archived. Cell -1 counts the rows themselves.
 */
export function recountSql(state: ModelState, given: Recounted = { where: 'true' }): string {
  const { layout = state.layout, withoutGroups = false } = given;
  const features = (layout?.features ?? []).map((placed) => {
    return { placed, entry: state.byRole.feature.get(placed.name) };
  });
  const groups = withoutGroups ? [] : [...state.byRole.group.values()];
  const asked = new Set([
    ...features.flatMap(({ entry }) => entry ?? []),
    ...groups.flatMap((group) => sourcesOf(state, group)),
  ]);
  const cells = features.map(({ placed, entry }) => cellSql(placed, entry));
  const units = features.flatMap(({ placed, entry }) => unitsSql(placed, entry));
  const codes = groups.map((group) => `{'entry': ${group.entry}, 'code': ${groupSql(state, group)}}`);
  const keys = 'version, dataset, g.entry AS group_entry, g.code AS group_code, bucket_ms';
  // Read twice, each time without the columns of the other: kept once, it would be as large as the rows.
  return `
    WITH marked AS NOT MATERIALIZED (
      SELECT p.version, p.dataset, ${bucketSql(state, 'epoch_ns(p.event_time) // 1000000')} AS bucket_ms,
        unnest([${["{'entry': -1, 'code': 0}", ...codes].join(', ')}]) AS g,
        [${['-1', ...cells].join(',\n')}]::INTEGER[] AS cells${units.map(({ sql }, at) => `,\n${sql} AS u${at}`).join('')}
      FROM ${valuesSql(state, [...asked], given.range)} p
      WHERE ${given.where}
    ),
    counted AS (
      SELECT version, dataset, group_entry, group_code, bucket_ms, cell, count(*) AS n
      FROM (SELECT ${keys}, unnest(cells) AS cell FROM marked) GROUP BY ALL
    ),
    summed AS (
      SELECT ${keys}, [${units.map((_, at) => `sum(u${at}), sum(u${at} * u${at})`).join(', ')}]::BIGINT[] AS sums
      FROM marked GROUP BY ALL
    )
    SELECT * FROM counted
    UNION ALL SELECT version, dataset, group_entry, group_code, bucket_ms,
      unnest([${units.map(({ cell }) => `${cell}, ${cell + 1}`).join(', ')}]::INTEGER[]), unnest(sums)
    FROM summed`;
}

/** A number in whole units from the centre of its feature, and the cell of their sum; nothing where none are summed. */
function unitsSql(
  { layout, offset }: PlacedLayout,
  entry: Entry | undefined,
): readonly { readonly cell: number; readonly sql: string }[] {
  const moments = momentCell(layout);
  if (moments === null || layout.kind !== 'number' || layout.moments === undefined) return [];
  if (entry === undefined || entry.kind !== 'number') return [];
  const x = valueSql(entry);
  const { center, unit } = layout.moments;
  const units = `floor((${x} - ${double(center)}) / ${double(unit)} + ${double(0.5)})`;
  const held = `least(greatest(${units}, ${double(-MOST_UNITS)}), ${double(MOST_UNITS)})::INTEGER`;
  return [
    {
      cell: offset + moments,
      sql: `CASE WHEN ${x} IS NULL OR isnan(${x}) OR isinf(${x}) THEN 0 ELSE ${held} END`,
    },
  ];
}

/** Rows of the counts table, without batch and model, of what `recountSql` finds. */
export function countRowsSql(state: ModelState, given: Recounted = { where: 'true' }): string {
  return `SELECT version, dataset, group_entry, group_code, bucket_ms,
      (sum(n) FILTER (cell = -1))::INTEGER AS row_count,
      coalesce(list(cell ORDER BY cell) FILTER (cell >= 0 AND n <> 0), [])::INTEGER[] AS cells,
      coalesce(list(n ORDER BY cell) FILTER (cell >= 0 AND n <> 0), [])::BIGINT[] AS cell_counts
    FROM (${recountSql(state, given)}) GROUP BY version, dataset, group_entry, group_code, bucket_ms`;
}

/**
 * Writes the counts of all stored rows anew: those of `rows`, SQL in the shape of `countRowsSql`; `batch` names them.
 * Where rows are gone by age their number stays, and what they held in the cells of the layout before does not.
 */
export function rebuildSql(
  state: ModelState,
  given: { readonly batch: bigint; readonly rows: readonly string[] },
): readonly string[] {
  const kept = `NOT ${staysSql('dataset')} AND bucket_ms < ${state.archived.horizonMs}`;
  return [
    `DELETE FROM counts WHERE model = ${state.model} AND NOT (${kept})`,
    `UPDATE counts SET cells = [], cell_counts = [] WHERE model = ${state.model}`,
    ...given.rows.map(
      (rows) =>
        `INSERT INTO counts SELECT ${given.batch}, ${state.model}, * FROM (${rows}) WHERE NOT (${kept})`,
    ),
  ];
}

/** Narrows counts and recounts to the time of which every row is still there. */
export function coveredSql(state: ModelState): string {
  const { horizonMs, erasedHours } = state.archived;
  const erased =
    erasedHours.size === 0
      ? ''
      : ` AND bucket_ms // ${HOUR_MS} * ${HOUR_MS} NOT IN (${[...erasedHours].join(', ')})`;
  return `bucket_ms >= ${horizonMs}${erased}`;
}

/** The start of the five minutes, or of the hour where counts were compacted. `ms` is SQL for a time. */
function bucketSql(state: ModelState, ms: string): string {
  return `CASE WHEN ${ms} < ${state.compactedBeforeMs} THEN (${ms}) // ${HOUR_MS} * ${HOUR_MS}
    ELSE (${ms}) // ${BUCKET_MS} * ${BUCKET_MS} END`;
}

/** The stored counts of a model in the shape of `recountSql`. `where` narrows the counts table. */
export function storedSql(state: ModelState, where = 'true'): string {
  return `SELECT version, dataset, group_entry, group_code, bucket_ms, cell, sum(n) AS n
    FROM (SELECT version, dataset, group_entry, group_code, ${bucketSql(state, 'bucket_ms')} AS bucket_ms,
        unnest([-1] || cells) AS cell, unnest([row_count] || cell_counts) AS n
      FROM counts WHERE model = ${state.model} AND ${where})
    GROUP BY ALL`;
}

import { missingCell, numberCell, sideCell } from '../../../detectors/cells.ts';
import type { PlacedLayout } from '../../../detectors/cells.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import { BUCKET_MS, GROUP_VALUES, HOUR_MS, OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import type { Entry, ModelState } from './registry.ts';

/** The second way to the counts: from stored rows, by SQL alone. */

/** The column of a feature's values, of table alias `p`. */
export function valueSql(entry: Entry): string {
  if (entry.name === PREDICTION) return entry.kind === 'number' ? 'p.prediction' : 'p.prediction_code';
  if (entry.name === SCORE) return 'p.score';
  return entry.kind === 'number' ? `p.num[${entry.slot + 1}]` : `p.cat[${entry.slot + 1}]`;
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

/** Counting the edges below a value gives its cell: cells are closed at the right. */
export function numberSql(placed: PlacedLayout, x: string): string {
  const { layout, offset } = placed;
  if (layout.kind !== 'number') return String(offset + missingCell(layout));
  const below = layout.edges.map((edge) => `(${x} > ${double(edge)})::INTEGER`);
  return `CASE WHEN ${x} IS NULL THEN ${offset + missingCell(layout)}
    WHEN isnan(${x}) OR isinf(${x}) THEN ${offset + numberCell(layout, NaN)}
    WHEN ${x} < ${double(layout.min)} THEN ${offset + sideCell(layout, 'below_min')}
    WHEN ${x} > ${double(layout.max)} THEN ${offset + sideCell(layout, 'above_max')}
    ELSE ${[String(offset), ...below].join(' + ')} END`;
}

function codeSql(placed: PlacedLayout, entry: Entry): string {
  const { layout, offset } = placed;
  const x = valueSql(entry);
  const cells = entry.finder?.cellsOf(entry.values) ?? [];
  return `CASE WHEN ${x} IS NULL THEN ${offset + missingCell(layout)}
    ELSE ([${cells.join(',')}]::INTEGER[])[${x} + 1] END`;
}

/** The code of a row's value of a group attribute. */
function groupSql(state: ModelState, group: Entry): string {
  const sources = [
    { entry: state.byRole.protected.get(group.name), list: 'pa.codes' },
    { entry: state.byRole.segment.get(group.name), list: 'p.segments' },
  ].flatMap(({ entry, list }) => (entry === undefined ? [] : [sourceSql(group, entry, list)]));
  return sources.length === 0 ? String(UNKNOWN_GROUP) : `coalesce(${sources.join(', ')}, ${UNKNOWN_GROUP})`;
}

function sourceSql(group: Entry, source: Entry, list: string): string {
  const codes = source.values.map((text) => {
    const code = group.codes.get(text);
    return code === undefined || code >= GROUP_VALUES ? OTHER_GROUP : code;
  });
  const x = `${list}[${source.slot + 1}]`;
  return `CASE WHEN ${x} IS NULL THEN NULL ELSE ([${codes.join(',')}]::INTEGER[])[${x} + 1] END`;
}

/**
 * Rows (version, dataset, group_entry, group_code, bucket_ms, cell, n) of a model's stored predictions. Cell -1 counts
 * the rows themselves. `where` narrows table alias `p`.
 */
export function recountSql(state: ModelState, where = 'true'): string {
  const cells = (state.layout?.features ?? []).map((placed) =>
    cellSql(placed, state.byRole.feature.get(placed.name)),
  );
  const groups = [...state.byRole.group.values()].map(
    (group) => `{'entry': ${group.entry}, 'code': ${groupSql(state, group)}}`,
  );
  return `
    WITH marked AS (
      SELECT p.version, p.dataset, ${bucketSql(state, 'epoch_ns(p.event_time) // 1000000')} AS bucket_ms,
        [${["{'entry': -1, 'code': 0}", ...groups].join(', ')}] AS groups,
        [${['-1', ...cells].join(',\n')}]::INTEGER[] AS cells
      FROM predictions p
      LEFT JOIN protected_attributes pa ON pa.batch = p.batch AND pa.ordinal = p.ordinal AND pa.model = ${state.model}
      WHERE p.model = ${state.model} AND (${where})
    ),
    grouped AS (SELECT version, dataset, bucket_ms, unnest(groups) AS g, cells FROM marked),
    single AS (SELECT version, dataset, bucket_ms, g.entry AS group_entry, g.code AS group_code, unnest(cells) AS cell FROM grouped)
    SELECT version, dataset, group_entry, group_code, bucket_ms, cell, count(*) AS n FROM single GROUP BY ALL`;
}

/** Writes the counts of all stored rows anew; `batch` names them. */
export function rebuildSql(state: ModelState, batch: bigint): readonly string[] {
  return [
    `DELETE FROM counts WHERE model = ${state.model}`,
    `INSERT INTO counts
      SELECT ${batch}, ${state.model}, version, dataset, group_entry, group_code, bucket_ms,
        sum(n) FILTER (cell = -1),
        coalesce(list(cell ORDER BY cell) FILTER (cell >= 0), []),
        coalesce(list(n ORDER BY cell) FILTER (cell >= 0), [])
      FROM (${recountSql(state)})
      GROUP BY version, dataset, group_entry, group_code, bucket_ms`,
  ];
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

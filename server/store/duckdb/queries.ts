import { featureCounts } from '../../../detectors/cells.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { CountsQuery, CountsRow, FeatureEntry, ModelEntry, ModelKey, VolumeRow } from '../../model.ts';
import type { RecountDifference } from '../../ports.ts';
import type { Session } from './database.ts';
import { PRODUCTION } from './datasets.ts';
import { OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import { coveredSql, recountSql, storedSql } from './recount-sql.ts';
import type { Entry, ModelState } from './registry.ts';

/** What is asked of the telemetry store, each as one read of counts. */

export function catalogEntry(state: ModelState): ModelEntry {
  const features = [...state.byRole.feature.values()].filter(
    ({ name }) => name !== PREDICTION && name !== SCORE,
  );
  return {
    tenant: state.tenant,
    model: state.name,
    features: features.map((entry): FeatureEntry => {
      return { name: entry.name, kind: entry.kind, kindViolations: entry.violations };
    }),
    versions: state.versionList
      .filter(({ predictions }) => predictions > 0)
      .map(({ name, firstEventMs, lastEventMs, predictions }) => {
        return { version: name, firstEventMs, lastEventMs, predictions };
      }),
    predictions: state.predictions,
    referenceRows: state.referenceRows,
    labels: state.labels,
    lastEventMs: state.lastEventMs,
    lastReceivedMs: state.lastReceivedMs,
    ...(state.schema.totals.size > 0 && { violations: Object.fromEntries(state.schema.totals) }),
  };
}

interface Cells {
  rows: number;
  readonly cells: number[];
  readonly counts: number[];
}

/** Sums counts by `key`, an SQL expression over the counts table. */
async function sumCells(
  session: Session,
  asked: { readonly key: string; readonly where: string },
): Promise<ReadonlyMap<number, Cells>> {
  const rows = await session.rows(
    `SELECT key, cell, sum(n)::DOUBLE FROM (SELECT (${asked.key})::BIGINT AS key, unnest([-1] || cells) AS cell,
        unnest([row_count] || cell_counts) AS n
      FROM counts WHERE ${asked.where}) GROUP BY ALL ORDER BY key, cell`,
  );
  const found = new Map<number, Cells>();
  for (const row of rows) {
    const [key = 0, cell = 0, count = 0] = row.map(Number);
    const sums = found.get(key) ?? { rows: 0, cells: [], counts: [] };
    found.set(key, sums);
    if (cell < 0) sums.rows = count;
    else {
      sums.cells.push(cell);
      sums.counts.push(count);
    }
  }
  return found;
}

function countsRow(state: ModelState, group: string | null, sums: Cells): CountsRow {
  const features = state.layout === null ? {} : featureCounts(state.layout, sums);
  return { group, rows: sums.rows, features };
}

/** One row over all, also when there is nothing; or one row a group value that was seen. Production rows only. */
export async function readCounts(
  session: Session,
  state: ModelState,
  query: CountsQuery,
): Promise<readonly CountsRow[]> {
  const version = query.version === undefined ? null : state.versions.get(query.version);
  const group = query.by === undefined ? null : state.byRole.group.get(query.by.attribute);
  const empty = query.by === undefined ? [countsRow(state, null, NOTHING)] : [];
  if (version === undefined || group === undefined) return empty;
  const sums = await sumCells(session, {
    key: 'group_code',
    where: [
      `model = ${state.model} AND dataset = ${PRODUCTION} AND group_entry = ${group?.entry ?? -1}`,
      `bucket_ms >= ${Math.trunc(query.fromMs)} AND bucket_ms < ${Math.trunc(query.toMs)}`,
      ...(version === null ? [] : [`version = ${version.version}`]),
    ].join(' AND '),
  });
  if (sums.size === 0) return empty;
  return [...sums].map(([code, cells]) =>
    countsRow(state, group === null ? null : groupName(group, code), cells),
  );
}

const NOTHING: Cells = { rows: 0, cells: [], counts: [] };

export function groupName(group: Entry, code: number): string {
  if (code === UNKNOWN_GROUP) return 'unknown';
  return code === OTHER_GROUP ? 'other' : (group.values[code] ?? '');
}

interface Range {
  readonly key: ModelKey;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

export interface VolumeRead {
  readonly state: ModelState;
  readonly query: Range;
}

/** Production rows by version and step, of some models in the same range. */
export async function readVolume(
  session: Session,
  reads: readonly VolumeRead[],
): Promise<readonly (readonly VolumeRow[])[]> {
  const [first] = reads;
  if (first === undefined) return [];
  const { fromMs, toMs, stepMs } = first.query;
  const models = [...new Set(reads.map(({ state }) => state.model))].join(',');
  const rows = await session.rows(
    `SELECT bucket_ms // ${stepMs} * ${stepMs} AS from_ms, version, sum(row_count)::DOUBLE, model FROM counts
      WHERE model IN (${models}) AND dataset = ${PRODUCTION} AND group_entry = -1
        AND bucket_ms >= ${Math.trunc(fromMs)} AND bucket_ms < ${Math.trunc(toMs)}
      GROUP BY ALL ORDER BY ALL`,
  );
  const byModel = Map.groupBy(rows, (row) => Number(row[3]));
  return reads.map(({ state }) =>
    (byModel.get(state.model) ?? []).map((row) => ({
      fromMs: Number(row[0]),
      version: state.versionList[Number(row[1])]?.name ?? '',
      rows: Number(row[2]),
    })),
  );
}

/** Every count that differs from what the stored rows say, as far back as all of them are there; bounded. */
export async function readDifferences(
  session: Session,
  state: ModelState,
): Promise<readonly RecountDifference[]> {
  const rows = await session.rows(
    `SELECT version, dataset, group_entry, group_code, bucket_ms, cell, coalesce(c.n, 0)::DOUBLE, coalesce(r.n, 0)::DOUBLE
      FROM (${storedSql(state)}) c
      FULL OUTER JOIN (${recountSql(state)}) r USING (version, dataset, group_entry, group_code, bucket_ms, cell)
      WHERE coalesce(c.n, 0) <> coalesce(r.n, 0) AND ${coveredSql(state)} LIMIT 1000`,
  );
  return rows.map((row) => {
    const [
      version = 0,
      dataset,
      groupEntry = -1,
      groupCode = 0,
      bucketMs = 0,
      cell = 0,
      counted = 0,
      recounted = 0,
    ] = row.map(Number);
    const placed = state.layout?.features.findLast(({ offset }) => offset <= cell);
    const group = groupEntry < 0 ? undefined : state.entries[groupEntry];
    const feature = cell < 0 || placed === undefined ? 'rows' : placed.name;
    return {
      model: state.name,
      bucketMs,
      version: state.versionList[version]?.name ?? '',
      feature:
        group === undefined ? feature : `${feature} where ${group.name} is ${groupName(group, groupCode)}`,
      cell: cell < 0 || placed === undefined ? (dataset ?? 0) : cell - placed.offset,
      counted,
      recounted,
    };
  });
}

import type { DuckDBValue } from '@duckdb/node-api';
import { modelLayout } from '../../../detectors/cells.ts';
import type { Baseline, BaselineChoice, BaselineSource, FeatureKind, IngestReply } from '../../model.ts';
import { loadArchived } from './archived.ts';
import { CellFinder } from './cell-finder.ts';
import type { Session } from './database.ts';
import { FIRST_SET } from './datasets.ts';
import { Entry, versionState } from './registry.ts';
import type { ModelState, Registry, Role } from './registry.ts';
import { keptIds } from './recent-ids.ts';
import type { Requests } from './requests.ts';
import { loadSchemas } from './schema-queries.ts';

type Row = readonly DuckDBValue[];

/** Fills an empty registry from disk. `folder` is where the archive's files are, with a slash at its end. */
export async function loadRegistry(session: Session, registry: Registry, folder: string): Promise<void> {
  const each = async (sql: string, take: (state: ModelState, row: Row) => void) => {
    for (const row of await session.rows(sql)) {
      const state = registry.models[Number(row[0])];
      if (state !== undefined) take(state, row);
    }
  };
  for (const row of await session.rows('SELECT model, tenant, name FROM models ORDER BY model'))
    registry.adopt({ model: Number(row[0]), tenant: String(row[1]), name: String(row[2]) });
  await each('SELECT model, version, name FROM versions ORDER BY model, version', (state, row) =>
    state.adoptVersion(versionState(Number(row[1]), String(row[2]))),
  );
  await each('SELECT model, entry, role, name, kind, slot FROM entries ORDER BY model, entry', adoptEntry);
  await each('SELECT model, entry, code, value FROM dictionary ORDER BY model, entry, code', adoptCode);
  await each('SELECT model, entry, sum(violations) FROM kind_violations GROUP BY ALL', (state, row) => {
    const entry = state.entries[Number(row[1])];
    if (entry !== undefined) entry.violations = Number(row[2]);
  });
  await each('SELECT model, max(before_ms) FROM compactions GROUP BY ALL', (state, row) => {
    state.compactedBeforeMs = Number(row[1]);
  });
  await loadArchived(each, folder, registry.models);
  await loadStatistics(each);
  await loadSchemas(session, registry);
  await loadBaselines(session, registry);
  await loadRecentIds(session, registry);
}

function adoptEntry(state: ModelState, row: Row): void {
  state.adopt(
    new Entry({
      entry: Number(row[1]),
      role: String(row[2]) as Role,
      name: String(row[3]),
      kind: String(row[4]) as FeatureKind,
      slot: Number(row[5]),
    }),
  );
}

function adoptCode(state: ModelState, row: Row): void {
  const entry = state.entries[Number(row[1])];
  if (entry === undefined) return;
  entry.values[Number(row[2])] = String(row[3]);
  entry.codes.set(String(row[3]), Number(row[2]));
}

type Each = (sql: string, take: (state: ModelState, row: Row) => void) => Promise<void>;

async function loadStatistics(each: Each): Promise<void> {
  await each(
    `SELECT model, version, dataset, count(*), min(epoch_ns(event_time)) // 1000000,
      max(epoch_ns(event_time)) // 1000000, max(received_ms)
    FROM predictions WHERE dataset < ${FIRST_SET} GROUP BY model, version, dataset
    UNION ALL SELECT model, version, dataset, sum(row_count), min(first_ms), max(last_ms), max(received_ms)
    FROM departed_rows WHERE version >= 0 AND dataset < ${FIRST_SET} GROUP BY model, version, dataset`,
    (state, row) => {
      const [, version, dataset, rows, first, last, received] = row.map(Number);
      state.lastReceivedMs = Math.max(state.lastReceivedMs ?? 0, received ?? 0);
      if (dataset === 1) state.referenceRows += rows ?? 0;
      if (dataset !== 0) return;
      const known = state.versionList[version ?? 0];
      if (known === undefined) return;
      known.predictions += rows ?? 0;
      known.firstEventMs = Math.min(known.firstEventMs, first ?? 0);
      known.lastEventMs = Math.max(known.lastEventMs, last ?? 0);
      state.predictions += rows ?? 0;
      state.lastEventMs = Math.max(state.lastEventMs ?? 0, last ?? 0);
    },
  );
  const labels = `SELECT model, count(*) FROM labels GROUP BY model
    UNION ALL SELECT model, sum(row_count) FROM departed_rows WHERE version < 0 GROUP BY model`;
  await each(labels, (state, row) => {
    state.labels += Number(row[1]);
  });
}

async function loadBaselines(session: Session, registry: Registry): Promise<void> {
  const rows = await session.rows(
    `SELECT ${BASELINE_COLUMNS} FROM baselines QUALIFY row_number() OVER (PARTITION BY model ORDER BY batch DESC) = 1`,
  );
  for (const row of rows) {
    const state = registry.models[Number(row[0])];
    if (state === undefined) continue;
    attachBaseline(state, baselineOf(state, row));
  }
}

export const BASELINE_COLUMNS =
  'model, id, source, from_ms, to_ms, row_count, created_ms, layouts, baseline_counts, choice';

/** A baseline from a row of BASELINE_COLUMNS. */
export function baselineOf(state: ModelState, row: Row): Baseline {
  return {
    tenant: state.tenant,
    model: state.name,
    id: String(row[1]),
    source: JSON.parse(String(row[2])) as BaselineSource,
    fromMs: Number(row[3]),
    toMs: Number(row[4]),
    rows: Number(row[5]),
    createdAtMs: Number(row[6]),
    layouts: JSON.parse(String(row[7])) as Baseline['layouts'],
    counts: JSON.parse(String(row[8])) as Baseline['counts'],
    ...(row[9] !== null && { choice: JSON.parse(String(row[9])) as BaselineChoice }),
  };
}

/** From here on the model's rows are counted into the cells of its baseline. */
export function attachBaseline(state: ModelState, baseline: Baseline): void {
  attachLayouts(state, baseline.layouts);
  state.baseline = baseline;
}

export function attachLayouts(state: ModelState, layouts: Baseline['layouts']): void {
  state.layout = modelLayout(layouts);
  for (const entry of state.byRole.feature.values()) entry.finder = null;
  state.counted = state.layout.features.flatMap((placed) => {
    const entry = state.byRole.feature.get(placed.name);
    if (entry === undefined) return [];
    entry.finder = new CellFinder(placed);
    return [entry];
  });
}

/** So many rows back ids are looked for at start. */
const RECENT_ROWS = 400_000;

async function loadRecentIds(session: Session, registry: Registry): Promise<void> {
  const rows = await session.rows(
    `SELECT model, id_key::VARCHAR FROM predictions WHERE id_key IS NOT NULL AND dataset < ${FIRST_SET} AND batch >= coalesce(
      (SELECT max(batch) FROM (SELECT batch, sum(count(*)) OVER (ORDER BY batch DESC) AS rows FROM predictions GROUP BY batch)
        WHERE rows >= ${RECENT_ROWS}), 0) ORDER BY batch, ordinal`,
  );
  const kept = keptIds(registry.models.length);
  for (const [model, key] of rows) {
    const words = wordsOf(String(key));
    registry.models[Number(model)]?.recent.add(words, 0, kept);
  }
}

/** The four words of a UUID as DuckDB writes it. */
export function wordsOf(uuid: string): readonly number[] {
  const digits = uuid.replaceAll('-', '');
  return [0, 8, 16, 24].map((from) => Number.parseInt(digits.slice(from, from + 8), 16) | 0);
}

export async function loadRequests(session: Session, requests: Requests): Promise<void> {
  const rows = await session.rows('SELECT digest, received_ms, reply FROM requests ORDER BY rowid');
  for (const row of rows)
    requests.remember(String(row[0]), Number(row[1]), JSON.parse(String(row[2])) as IngestReply);
}

/** The number of the next commit. */
export async function nextBatch(session: Session): Promise<bigint> {
  const [row] = await session.rows(
    `SELECT max(batch)::BIGINT FROM (SELECT batch FROM predictions UNION ALL SELECT batch FROM labels
      UNION ALL SELECT batch FROM counts UNION ALL SELECT batch FROM requests
      UNION ALL SELECT batch FROM violations UNION ALL SELECT batch FROM feature_days
      UNION ALL SELECT batch FROM repeated_ids UNION ALL SELECT batch FROM baselines
      UNION ALL SELECT last_batch FROM archive_files
      UNION ALL SELECT batch FROM outcome_counts UNION ALL SELECT batch FROM resolved)`,
  );
  const last = row?.[0];
  return typeof last === 'bigint' ? last + 1n : 1n;
}

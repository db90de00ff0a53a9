import type { DuckDBValue } from '@duckdb/node-api';
import { PREDICTION, SCORE } from '../../model.ts';
import type {
  ModelSchema,
  SchemaEvent,
  SchemaFeature,
  SchemaSource,
  SchemaVersion,
  SchemaViolation,
  ViolationKind,
} from '../../model.ts';
import type { Session } from './database.ts';
import type { ModelState, Registry } from './registry.ts';
import { schemaEvents } from './schema-events.ts';
import { KEPT_VERSIONS } from './schema-state.ts';

type Row = readonly DuckDBValue[];

/** Fills the schemas of a registry whose models and entries were read. */
export async function loadSchemas(session: Session, registry: Registry): Promise<void> {
  const declared =
    'SELECT model, version, source, declared_ms, features FROM schemas ORDER BY model, version';
  for (const row of await session.rows(declared))
    registry.models[Number(row[0])]?.schema.adopt({
      version: Number(row[1]),
      source: String(row[2]) as SchemaSource,
      declaredAtMs: Number(row[3]),
      features: JSON.parse(String(row[4])) as SchemaVersion['features'],
    });
  for (const row of await session.rows('SELECT model, kind, sum(n) FROM violations GROUP BY ALL'))
    registry.models[Number(row[0])]?.schema.count(String(row[1]) as ViolationKind, Number(row[2]));
  for (const { entries, schema } of registry.models)
    for (const { entry, violations } of entries) if (violations > 0) schema.kindChanged.add(entry);
}

/** Everything known of a model's schema. */
export async function readSchema(reader: Session, state: ModelState): Promise<ModelSchema> {
  const violated = await reader.rows(
    `SELECT entry, kind, sum(n), min(bucket_ms), max(bucket_ms), arg_min(version, bucket_ms), arg_max(version, bucket_ms)
    FROM violations WHERE model = ${state.model} GROUP BY entry, kind ORDER BY sum(n) DESC, entry, kind`,
  );
  const seen = await reader.rows(
    `SELECT entry, version, min(day_ms), max(day_ms)
    FROM (SELECT version, day_ms, unnest(entries) AS entry FROM feature_days WHERE model = ${state.model})
    GROUP BY entry, version ORDER BY entry, min(day_ms), version`,
  );
  return {
    tenant: state.tenant,
    model: state.name,
    features: featuresOf(state, seen),
    history: state.schema.history.toReversed(),
    violations: violated.map((row) => violationOf(state, row)),
    events: [...violated.flatMap((row) => kindChange(state, row)), ...schemaEvents(state)],
  };
}

function violationOf(state: ModelState, row: Row): SchemaViolation {
  return {
    feature: state.entries[Number(row[0])]?.name ?? '',
    kind: String(row[1]) as ViolationKind,
    count: Number(row[2]),
    firstMs: Number(row[3]),
    lastMs: Number(row[4]),
    version: state.versionList[Number(row[6])]?.name ?? '',
  };
}

function kindChange(state: ModelState, row: Row): readonly SchemaEvent[] {
  const entry = state.entries[Number(row[0])];
  if (row[1] !== 'wrong_kind' || entry === undefined) return [];
  const expected = state.schema.features.get(entry.name)?.declaration.kind ?? entry.kind;
  return [
    {
      feature: entry.name,
      what: 'kind_changed',
      firstAtMs: Number(row[3]),
      count: Number(row[2]),
      version: state.versionList[Number(row[5])]?.name ?? '',
      text: `Values came that are not of its kind, ${expected}. The rows were kept${kept(entry.kind)}.`,
    },
  ];
}

function kept(kind: SchemaFeature['kind']): string {
  return kind === 'number'
    ? '; a text where a number belongs counts as missing'
    : '; a number is stored as the text it is written as';
}

function featuresOf(state: ModelState, seen: readonly Row[]): readonly SchemaFeature[] {
  const seenBy = Map.groupBy(seen, (row) => Number(row[0]));
  const { feature } = state.byRole;
  const names = new Set([...feature.keys(), ...state.schema.features.keys()]);
  names.delete(PREDICTION);
  names.delete(SCORE);
  return [...names].map((name) => {
    const entry = feature.get(name);
    const declared = state.schema.features.get(name);
    return {
      name,
      kind: entry?.kind ?? null,
      declared: declared?.declaration ?? null,
      source: declared?.source ?? null,
      seen: (entry === undefined ? [] : (seenBy.get(entry.entry) ?? [])).map((row) => ({
        version: state.versionList[Number(row[1])]?.name ?? '',
        firstDayMs: Number(row[2]),
        lastDayMs: Number(row[3]),
      })),
    };
  });
}

/** Sums a model's violations and repeated ids in [fromMs, beforeMs) up to one row an hour, and forgets declarations of long ago. */
export function compactSchemaSql(
  state: ModelState,
  range: { readonly fromMs: number; readonly beforeMs: number; readonly batch: bigint },
): readonly string[] {
  const { fromMs, beforeMs, batch } = range;
  const old = `model = ${state.model} AND bucket_ms >= ${fromMs} AND bucket_ms < ${beforeMs} AND batch < ${batch}`;
  const kept = state.schema.history.map(({ version }) => version);
  return [
    `INSERT INTO violations SELECT ${batch}, model, version, entry, kind, bucket_ms // 3600000 * 3600000 AS hour_ms, sum(n)
      FROM violations WHERE ${old} GROUP BY model, version, entry, kind, hour_ms`,
    `DELETE FROM violations WHERE ${old}`,
    `INSERT INTO repeated_ids SELECT ${batch}, model, bucket_ms // 3600000 * 3600000 AS hour_ms, sum(n)
      FROM repeated_ids WHERE ${old} GROUP BY model, hour_ms`,
    `DELETE FROM repeated_ids WHERE ${old}`,
    ...(kept.length < KEPT_VERSIONS
      ? []
      : [`DELETE FROM schemas WHERE model = ${state.model} AND version NOT IN (${kept.join(', ')})`]),
  ];
}

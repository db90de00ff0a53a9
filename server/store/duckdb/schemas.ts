import type { ModelBatch, TextColumn, ValueColumn } from '../../batch.ts';
import { withColumns, wordsAt } from '../../batch-edit.ts';
import type { Declaration, ModelKey, SchemaNotice, SchemaSource } from '../../model.ts';
import type { Answer } from '../../ports.ts';
import type { Committer } from './committer.ts';
import type { ModelState } from './registry.ts';
import { schemaEvents } from './schema-events.ts';
import { sameDeclaration } from './schema-state.ts';
import type { Tables } from './tables.ts';

interface NewDeclaration {
  readonly source: SchemaSource;
  readonly features: Declaration;
  readonly atMs: number;
}

/**
 * Declares the features of a model, in memory and in the rows to be written; tells what follows from it. What its
 * source declared last changes nothing when it is said again.
 */
export function declareSchema(
  state: ModelState,
  tables: Tables,
  { source, features, atMs }: NewDeclaration,
): readonly SchemaNotice[] {
  const { schema } = state;
  if (sameDeclaration(schema.latest(source)?.features ?? {}, features)) return [];
  const version = (schema.history.at(-1)?.version ?? 0) + 1;
  const declaredAtMs = Math.trunc(atMs);
  schema.adopt({ version, source, declaredAtMs, features });
  const { schemas: rows } = tables;
  rows.model.push(state.model);
  rows.version.push(version);
  rows.source.push(source);
  rows.declaredMs.push(BigInt(declaredAtMs));
  rows.features.push(JSON.stringify(features));
  const text = `Schema version ${version} was declared by ${SOURCE_WORDS[source]}.`;
  return [{ model: state.name, feature: '', text }, ...troubles(state, features)];
}

const SOURCE_WORDS: Readonly<Record<SchemaSource, string>> = {
  event: 'an event',
  api: 'the API',
  config: 'the configuration',
};

function troubles(state: ModelState, features: Declaration): readonly SchemaNotice[] {
  return schemaEvents(state)
    .filter(({ feature, what }) => what !== 'never_seen' && Object.hasOwn(features, feature))
    .map(({ feature, text }) => ({ model: state.name, feature, text }));
}

/** Declares what the configuration says of models that are known; what it no longer says is withdrawn. */
export async function declareConfigured(committer: Committer, nowMs?: number): Promise<void> {
  const changed = committer.loaded.registry.models.filter(
    ({ schema, settings }) =>
      !sameDeclaration(schema.latest('config')?.features ?? {}, settings?.schema ?? {}),
  );
  if (changed.length === 0) return;
  await committer.transaction(async () => {
    const { writers } = committer.loaded;
    for (const state of changed)
      declareSchema(state, writers.columns, {
        source: 'config',
        features: state.settings?.schema ?? {},
        atMs: nowMs ?? state.lastReceivedMs ?? 0,
      });
    writers.write();
  });
}

/** Declares by the API; the model is made when it is new, as its first row would. */
export async function declareByApi(
  committer: Committer,
  key: ModelKey,
  { features, nowMs }: { readonly features: Declaration; readonly nowMs: number },
): Promise<Answer<readonly SchemaNotice[]>> {
  return committer.transaction(async () => {
    const { registry, writers } = committer.loaded;
    const state = registry.obtain(key, nowMs);
    if (state === null) return { ok: false, reason: 'conflict', message: NO_ROOM };
    const value = declareSchema(state, writers.columns, { source: 'api', features, atMs: nowMs });
    writers.write();
    return { ok: true, value };
  });
}

const NO_ROOM =
  'The model is new, and the tenant has as many models as it may; raise limits.maxModelsPerTenant.';

/** Values of features that are declared protected become protected attributes, in words. */
export function withProtected(part: ModelBatch, names: ReadonlySet<string>): ModelBatch {
  if (names.size === 0) return part;
  const { predictions } = part;
  const moved = predictions.values.filter(({ name }) => names.has(name));
  if (moved.length === 0) return part;
  const own = new Map(predictions.protected.map((column) => [column.name, column]));
  for (const column of moved)
    own.set(column.name, inWords(column, { rows: predictions.rows, own: own.get(column.name) }));
  const values = predictions.values.filter(({ name }) => !names.has(name));
  return { ...part, predictions: withColumns(predictions, { values, protected: [...own.values()] }) };
}

/** What was sent as a protected attribute of the same name stays. */
function inWords(
  column: ValueColumn,
  { rows, own }: { readonly rows: number; readonly own: TextColumn | undefined },
): TextColumn {
  const texts = Array.from({ length: rows }, (_, row) => own?.texts[row] ?? wordsAt(column, row));
  return { name: column.name, texts };
}

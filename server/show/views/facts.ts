import type { ModelEntry, ModelKey } from '../../model.ts';
import type { ModelSettings, Settings } from '../../settings.ts';

/** A model as the settings and the traffic know it. */
export interface ModelFacts extends ModelKey {
  readonly settings: ModelSettings;
  /** null: nothing has arrived yet. */
  readonly entry: ModelEntry | null;
}

export interface FactsInput {
  readonly settings: Settings;
  readonly defaultModel: (key: ModelKey) => ModelSettings;
  readonly catalog: readonly ModelEntry[];
  /** null: every tenant. */
  readonly tenant: string | null;
}

/** Every model that is configured or was seen, of one tenant or of all. */
export function modelFacts({ settings, defaultModel, catalog, tenant }: FactsInput): readonly ModelFacts[] {
  const known = new Map<string, ModelFacts>();
  for (const one of settings.models) known.set(idOf(one), { ...keyOf(one), settings: one, entry: null });
  for (const entry of catalog) {
    const key = keyOf(entry);
    known.set(idOf(entry), {
      ...key,
      settings: known.get(idOf(entry))?.settings ?? defaultModel(key),
      entry,
    });
  }
  return [...known.values()].filter((facts) => tenant === null || facts.tenant === tenant);
}

function keyOf({ tenant, model }: ModelKey): ModelKey {
  return { tenant, model };
}

export function idOf({ tenant, model }: ModelKey): string {
  return JSON.stringify([tenant, model]);
}

export function isOf(key: ModelKey): (other: ModelKey) => boolean {
  return (other) => other.tenant === key.tenant && other.model === key.model;
}

/** The version that served last. */
export function currentVersion({ entry }: ModelFacts): string | null {
  const newest = [...(entry?.versions ?? [])].sort(
    (first, second) => second.lastEventMs - first.lastEventMs || second.firstEventMs - first.firstEventMs,
  );
  return newest[0]?.version ?? null;
}

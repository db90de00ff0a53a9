import type { FeatureKind, SchemaEvent } from '../../model.ts';
import type { ModelState } from './registry.ts';
import { storedAs } from './schema-state.ts';
import type { DeclaredFeature } from './schema-state.ts';

/** Where what is declared and what is stored do not fit; told, never mended in silence. Pure. */
export function schemaEvents(state: ModelState): readonly SchemaEvent[] {
  return [...state.schema.features].flatMap(([name, declared]) => eventOf(state, name, declared) ?? []);
}

function eventOf(state: ModelState, name: string, declared: DeclaredFeature): SchemaEvent | null {
  const stored = state.byRole.feature.get(name)?.kind ?? null;
  const { kind, protected: isProtected } = declared.declaration;
  const event = (what: SchemaEvent['what'], text: string): SchemaEvent => ({
    feature: name,
    what,
    text,
    firstAtMs: declared.declaredAtMs,
    count: 0,
    version: null,
  });
  if (isProtected && stored !== null) return event('protected_late', LATE);
  if (stored !== null) return contradicts(stored, kind) ? event('contradiction', clash(stored, kind)) : null;
  const isKnown = state.byRole.protected.has(name) || state.predictions + state.referenceRows === 0;
  return isKnown
    ? null
    : event('never_seen', 'Declared, but no prediction has ever had a value of it; check the name.');
}

const LATE =
  'Declared protected after values had come: from then on they are protected attributes, earlier ones stay among the features. Drift sees it as missing until the baseline is made anew: list it under unmonitored.';

function contradicts(stored: FeatureKind, declared: FeatureKind | null): declared is FeatureKind {
  return declared !== null && declared !== 'embedding' && storedAs(declared) !== stored;
}

function clash(stored: FeatureKind, declared: FeatureKind | null): string {
  return `Declared ${declared ?? 'nothing'}, but already stored as ${stored}: it stays ${stored}, and values of another kind than declared are counted. Send it under a new name to store it as ${declared ?? 'declared'}.`;
}

import { BadRequestError } from '../errors.ts';
import type { Declaration, FeatureDeclaration, FeatureKind } from '../model.ts';
import { quoted } from './refusals.ts';

/** One leaf of `leeway.model.features`: the flattened name, as `amount.min`; a list comes as one leaf an element. */
export interface SchemaLeaf {
  readonly name: string;
  readonly value: string | number | boolean | null;
}

const KINDS: ReadonlySet<string> = new Set<FeatureKind>([
  'number',
  'category',
  'boolean',
  'text',
  'embedding',
]);
const FIELDS = ['kind', 'min', 'max', 'categories', 'protected'] as const;
type SchemaField = (typeof FIELDS)[number];

/** Categories of one feature that are taken; a feature with more is better left without a list. */
const MAX_CATEGORIES = 1000;

const NOTHING: FeatureDeclaration = { kind: null, min: null, max: null, categories: null, protected: false };

/**
 * The declaration that the leaves of `leeway.model.features` make. Throws BadRequestError for what is none: it says
 * the feature and what was expected, never a value.
 */
export function readDeclaration(
  leaves: readonly SchemaLeaf[],
  { maxFeatures }: { readonly maxFeatures: number },
): Declaration {
  if (leaves.length === 0)
    throw new BadRequestError(
      'A leeway.model.schema event declares nothing; send leeway.model.features as a map of names to {kind, min, max, categories, protected}.',
    );
  const features = new Map<string, FeatureDeclaration>();
  for (const leaf of leaves) {
    const { feature, field } = placeOf(leaf.name);
    features.set(feature, withField(features.get(feature) ?? NOTHING, { feature, field, value: leaf.value }));
    if (features.size > maxFeatures)
      throw new BadRequestError(
        `A schema declares more than ${maxFeatures} features; declare fewer or raise limits.maxFeatures.`,
      );
  }
  for (const [feature, { min, max }] of features)
    if (min !== null && max !== null && min > max)
      throw new BadRequestError(`Feature ${quoted(feature)} has a min above its max; send min at most max.`);
  return Object.fromEntries(features);
}

/** Names may hold dots: the last part is the field. */
function placeOf(name: string): { readonly feature: string; readonly field: SchemaField } {
  const dot = name.lastIndexOf('.');
  const field = FIELDS.find((known) => known === name.slice(dot + 1));
  if (dot > 0 && field !== undefined) return { feature: name.slice(0, dot), field };
  throw new BadRequestError(
    `In leeway.model.features, ${quoted(name)} is not known; a feature has ${FIELDS.join(', ')}.`,
  );
}

interface Given {
  readonly feature: string;
  readonly field: SchemaField;
  readonly value: SchemaLeaf['value'];
}

function withField(before: FeatureDeclaration, given: Given): FeatureDeclaration {
  const { field, value } = given;
  if (value === null) return before;
  switch (field) {
    case 'kind':
      return { ...before, kind: kindOf(given) };
    case 'min':
    case 'max':
      if (typeof value !== 'number' || Number.isNaN(value)) throw wrong(given, 'a number');
      return { ...before, [field]: Number.isFinite(value) ? value : null };
    case 'protected':
      if (typeof value !== 'boolean') throw wrong(given, 'true or false');
      return { ...before, protected: value };
    case 'categories':
      return { ...before, categories: withCategory(before.categories ?? [], given) };
  }
}

function kindOf(given: Given): FeatureKind {
  if (typeof given.value === 'string' && KINDS.has(given.value)) return given.value as FeatureKind;
  throw wrong(given, `one of ${[...KINDS].join(', ')}`);
}

function withCategory(before: readonly string[], given: Given): readonly string[] {
  const category = categoryOf(given);
  if (before.includes(category)) return before;
  if (before.length < MAX_CATEGORIES) return [...before, category];
  throw wrong(given, `a list of at most ${MAX_CATEGORIES} texts`);
}

function categoryOf(given: Given): string {
  if (typeof given.value === 'string') return given.value;
  if (typeof given.value === 'boolean') return String(given.value);
  throw wrong(given, 'a list of texts');
}

function wrong({ feature, field }: Given, expected: string): BadRequestError {
  return new BadRequestError(
    `In leeway.model.features, ${field} of ${quoted(feature)} must be ${expected}; correct it and send the schema again.`,
  );
}

/** Leaves of one declaration that are read; beyond, it is refused. */
export function maxLeaves(maxFeatures: number): number {
  return maxFeatures * FIELDS.length + 20 * MAX_CATEGORIES;
}

import type { FeatureKind, ModelKey } from './model.ts';

/** What is known and what was declared of a model's features. Types only. */

/** Weakest first: what the configuration says of a feature outranks the API, and that an event. */
export const SCHEMA_SOURCES = ['event', 'api', 'config'] as const;
export type SchemaSource = (typeof SCHEMA_SOURCES)[number];

/** What somebody said about one feature; null where nothing was said. */
export interface FeatureDeclaration {
  readonly kind: FeatureKind | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly categories: readonly string[] | null;
  /** Its values belong among the protected attributes. */
  readonly protected: boolean;
}

/** By the name of the feature. */
export type Declaration = Readonly<Record<string, FeatureDeclaration>>;

/** One declaration; a later one of the same source takes its place. Numbered per model from 1. */
export interface SchemaVersion {
  readonly version: number;
  readonly source: SchemaSource;
  readonly declaredAtMs: number;
  readonly features: Declaration;
}

/** How a value may not be as declared, or not of the kind the feature is stored as. */
export const VIOLATIONS = [
  'wrong_kind',
  'below_min',
  'above_max',
  'undeclared_category',
  'undeclared_feature',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];

/** Rows of one feature that violate in one way. Times are those of the five minutes the rows belong to. */
export interface SchemaViolation {
  readonly feature: string;
  readonly kind: ViolationKind;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The model version that did it last. */
  readonly version: string;
}

/** Something about the schema that a person should know; never a value. */
export interface SchemaEvent {
  readonly feature: string;
  readonly what: 'kind_changed' | 'contradiction' | 'protected_late' | 'never_seen';
  readonly firstAtMs: number;
  /** Rows; 0 where it is about the declaration itself. */
  readonly count: number;
  /** A model version it was seen with. */
  readonly version: string | null;
  readonly text: string;
}

export interface SchemaFeature {
  readonly name: string;
  /** How its values are stored; null: none has come yet. */
  readonly kind: FeatureKind | null;
  readonly declared: FeatureDeclaration | null;
  readonly source: SchemaSource | null;
  /** The model versions it came with, by days in UTC. */
  readonly seen: readonly {
    readonly version: string;
    readonly firstDayMs: number;
    readonly lastDayMs: number;
  }[];
}

/** Everything known of a model's schema: found in the traffic, declared, and where the two differ. */
export interface ModelSchema extends ModelKey {
  readonly features: readonly SchemaFeature[];
  /** Newest first. */
  readonly history: readonly SchemaVersion[];
  readonly violations: readonly SchemaViolation[];
  readonly events: readonly SchemaEvent[];
}

/** News of a schema, for those who watch. */
export interface SchemaNotice {
  readonly model: string;
  readonly feature: string;
  readonly text: string;
}

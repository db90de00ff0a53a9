import { SCHEMA_SOURCES } from '../../model.ts';
import type {
  Declaration,
  FeatureDeclaration,
  FeatureKind,
  SchemaSource,
  SchemaVersion,
  ViolationKind,
} from '../../model.ts';

/** A declaration in force, ready to be held against values. */
export interface DeclaredFeature {
  readonly declaration: FeatureDeclaration;
  readonly categories: ReadonlySet<string> | null;
  readonly source: SchemaSource;
  readonly declaredAtMs: number;
}

/** Declarations that are kept for people to read; the one in force of each source is kept besides. */
export const KEPT_VERSIONS = 100;

/** What is declared of one model's features, and how often values were not so. */
export class SchemaState {
  /** Oldest first. */
  history: readonly SchemaVersion[] = [];
  /** What is in force, by feature; of several sources the strongest that names the feature. */
  features: ReadonlyMap<string, DeclaredFeature> = new Map();
  /** Names whose values belong among the protected attributes. */
  protected: ReadonlySet<string> = new Set();
  readonly totals = new Map<ViolationKind, number>();
  /** Entries that came in another kind, as far as that was told. */
  readonly kindChanged = new Set<number>();
  /** Entries that came in another kind in the request at hand. */
  readonly violated = new Set<number>();

  get isDeclared(): boolean {
    return this.features.size > 0;
  }

  /** The last declaration of a source, if there ever was one. */
  latest(source: SchemaSource): SchemaVersion | undefined {
    return this.history.findLast((version) => version.source === source);
  }

  adopt(version: SchemaVersion): void {
    const all = [...this.history, version];
    const inForce = new Set(SCHEMA_SOURCES.map((source) => all.findLast((one) => one.source === source)));
    this.history = all.filter((one, index) => index >= all.length - KEPT_VERSIONS || inForce.has(one));
    this.features = featuresInForce(this.history);
    this.protected = new Set(
      [...this.features].flatMap(([name, { declaration }]) => (declaration.protected ? [name] : [])),
    );
  }

  /** The kind a new feature's column gets; undefined where its first value decides. */
  storedKind(name: string): FeatureKind | undefined {
    const kind = this.features.get(name)?.declaration.kind;
    return kind === undefined || kind === null ? undefined : storedAs(kind);
  }

  count(kind: ViolationKind, rows: number): void {
    this.totals.set(kind, (this.totals.get(kind) ?? 0) + rows);
  }
}

/** Texts share the columns of categories; a list has no single column to decide on. */
export function storedAs(kind: FeatureKind): FeatureKind | undefined {
  if (kind === 'embedding') return undefined;
  return kind === 'text' ? 'category' : kind;
}

function featuresInForce(history: readonly SchemaVersion[]): ReadonlyMap<string, DeclaredFeature> {
  const merged = new Map<string, DeclaredFeature>();
  for (const source of SCHEMA_SOURCES) {
    const version = history.findLast((one) => one.source === source);
    if (version === undefined) continue;
    for (const [name, declaration] of Object.entries(version.features)) {
      const categories = declaration.categories === null ? null : new Set(declaration.categories);
      merged.set(name, { declaration, categories, source, declaredAtMs: version.declaredAtMs });
    }
  }
  return merged;
}

/** Whether two declarations say the same, in whatever order. */
export function sameDeclaration(first: Declaration, second: Declaration): boolean {
  return canonical(first) === canonical(second);
}

function canonical(features: Declaration): string {
  const names = Object.keys(features).toSorted();
  return JSON.stringify(
    names.map((name) => {
      const { kind, min, max, categories, protected: isProtected } = features[name] as FeatureDeclaration;
      return [name, kind, min, max, categories?.toSorted() ?? null, isProtected];
    }),
  );
}

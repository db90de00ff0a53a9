import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../../batch.ts';
import type { ValueColumn } from '../../batch.ts';
import { numberAt, tagAt, wordsAt } from '../../batch-edit.ts';
import { PREDICTION, SCORE, VIOLATIONS } from '../../model.ts';
import type { FeatureKind, SchemaNotice, ViolationKind } from '../../model.ts';
import { BUCKET_MS } from './deltas.ts';
import type { Entry, ModelState, VersionState } from './registry.ts';
import type { StagedModel } from './staging-values.ts';
import type { Tables } from './tables.ts';

/** What the values of one feature are held against; null and the infinities allow everything. */
export interface FeatureRule {
  readonly kind: FeatureKind | null;
  readonly min: number;
  readonly max: number;
  readonly categories: ReadonlySet<string> | null;
  /** Others are declared, this one is not. */
  readonly isStranger: boolean;
}

const OWN_TAG: Readonly<Record<FeatureKind, number>> = {
  number: NUMBER,
  boolean: BOOLEAN,
  category: TEXT,
  text: TEXT,
  embedding: ABSENT,
};

/**
 * Tells every row of a column that is not as its rule says, by its place in `rows`; a value that is not there violates
 * nothing. Pure.
 */
export function findViolations(
  column: ValueColumn,
  rule: FeatureRule,
  given: { readonly rows: Int32Array; readonly found: (place: number, kind: ViolationKind) => void },
): void {
  const { rows, found } = given;
  const ownTag = rule.kind === null ? ABSENT : OWN_TAG[rule.kind];
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place] as number;
    const tag = tagAt(column, row);
    if (tag === ABSENT) continue;
    if (rule.isStranger) found(place, 'undeclared_feature');
    if (ownTag !== ABSENT && tag !== ownTag) found(place, 'wrong_kind');
    else if (tag === NUMBER) {
      const value = numberAt(column, row);
      if (value < rule.min) found(place, 'below_min');
      else if (value > rule.max) found(place, 'above_max');
    } else if (rule.categories !== null) {
      if (!rule.categories.has(wordsAt(column, row) ?? '')) found(place, 'undeclared_category');
    }
  }
}

/** What the values of a feature are held against in this request; null: nothing to find, nothing to pay for. */
export function ruleOf({ schema }: ModelState, entry: Entry): FeatureRule | null {
  if (entry.name === PREDICTION || entry.name === SCORE) return null;
  const declared = schema.features.get(entry.name);
  const isStranger = declared === undefined && schema.isDeclared;
  const hasChanged = schema.violated.has(entry.entry);
  if (declared === undefined && !isStranger && !hasChanged) return null;
  const { kind, min, max } = declared?.declaration ?? { kind: null, min: null, max: null };
  return {
    kind: kind ?? (hasChanged ? entry.kind : null),
    min: min ?? -Infinity,
    max: max ?? Infinity,
    categories: declared?.categories ?? null,
    isStranger,
  };
}

/** Five minutes of this century, five kinds and so many versions still make an exact number. */
const VERSION_SPAN = 2 ** 26;

/** Violations of the open commit, by feature, model version, kind and five minutes. */
export class Violations {
  readonly #open = new Map<ModelState, Map<number, Map<number, number>>>();

  /** Counts those of a request whose values were staged; tells the features that changed their kind for the first time. */
  add(staged: StagedModel): readonly SchemaNotice[] {
    const { state, columns, features } = staged;
    if (!state.schema.isDeclared && state.schema.violated.size === 0) return [];
    columns.values.forEach((column, index) => {
      const entry = features[index];
      const rule = entry === null || entry === undefined ? null : ruleOf(state, entry);
      if (rule !== null) this.#column(staged, { column, rule, entry: (entry as Entry).entry });
    });
    const fresh = [...state.schema.violated].filter((entry) => !state.schema.kindChanged.has(entry));
    for (const entry of fresh) state.schema.kindChanged.add(entry);
    state.schema.violated.clear();
    return fresh.flatMap((entry) => notice(state, state.entries[entry]));
  }

  #column(
    { state, columns, rows, versions }: StagedModel,
    of: { readonly column: ValueColumn; readonly rule: FeatureRule; readonly entry: number },
  ): void {
    const counts = this.#counts(state, of.entry);
    findViolations(of.column, of.rule, {
      rows,
      found: (place, kind) => {
        const { version } = versions[place] as VersionState;
        const timeMs = columns.timeMs[rows[place] as number] as number;
        const bucket = Math.floor(timeMs / BUCKET_MS);
        const key = (bucket * VIOLATIONS.length + VIOLATIONS.indexOf(kind)) * VERSION_SPAN + version;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        state.schema.count(kind, 1);
      },
    });
  }

  #counts(state: ModelState, entry: number): Map<number, number> {
    const ofModel = this.#open.get(state) ?? new Map<number, Map<number, number>>();
    this.#open.set(state, ofModel);
    const counts = ofModel.get(entry) ?? new Map<number, number>();
    ofModel.set(entry, counts);
    return counts;
  }

  /** Turns what was counted into rows of the violations table. */
  emit({ violations: rows }: Tables, batch: bigint): void {
    for (const [state, entries] of this.#open)
      for (const [entry, counts] of entries)
        for (const [key, n] of counts) {
          const place = Math.floor(key / VERSION_SPAN);
          rows.batch.push(batch);
          rows.model.push(state.model);
          rows.version.push(key % VERSION_SPAN);
          rows.entry.push(entry);
          rows.kind.push(VIOLATIONS[place % VIOLATIONS.length] as ViolationKind);
          rows.bucketMs.push(BigInt(Math.floor(place / VIOLATIONS.length) * BUCKET_MS));
          rows.n.push(n);
        }
    this.#open.clear();
  }
}

function notice(state: ModelState, entry: Entry | undefined): readonly SchemaNotice[] {
  if (entry === undefined || entry.name === PREDICTION || entry.name === SCORE) return [];
  const text = `Values of ${JSON.stringify(entry.name)} came that are not of its kind, ${entry.kind}; the rows were kept.`;
  return [{ model: state.name, feature: entry.name, text }];
}

import type { ModelLayout } from '../../../detectors/cells.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { Baseline, FeatureKind } from '../../model.ts';
import type { LimitSettings, ModelSettings } from '../../settings.ts';
import { Archived } from './archived.ts';
import type { CellFinder } from './cell-finder.ts';
import { FIRST_SET } from './datasets.ts';
import type { CountDelta } from './deltas.ts';
import { RecentIds } from './recent-ids.ts';
import { SchemaState } from './schema-state.ts';
import { declareSchema } from './schemas.ts';
import type { Tables } from './tables.ts';

/** What is known of every model: names to numbers, in memory and, in the same transaction as the rows, on disk. */

export type Role = 'feature' | 'segment' | 'protected' | 'group' | 'code';

/** The code entry whose dictionary holds the ids of objectives. */
export const SLO_ENTRY = '$slo';

/** Texts of one entry beyond this many share one code, which is told as OVERFLOW. */
const MAX_VALUES = 100_000;
const OVERFLOW = '(more than 100,000 values)';

export class Entry {
  readonly entry: number;
  readonly role: Role;
  readonly name: string;
  readonly kind: FeatureKind;
  /** The place in `num`, `cat`, `segments` or `codes`; -1 for what has a column of its own or none. */
  readonly slot: number;
  readonly codes = new Map<string, number>();
  readonly values: string[] = [];
  violations = 0;
  finder: CellFinder | null = null;
  /** What part of a batch it was last seen in. */
  stamp = 0;

  constructor(given: Pick<Entry, 'entry' | 'role' | 'name' | 'kind' | 'slot'>) {
    this.entry = given.entry;
    this.role = given.role;
    this.name = given.name;
    this.kind = given.kind;
    this.slot = given.slot;
  }
}

export interface VersionState {
  readonly version: number;
  readonly name: string;
  firstEventMs: number;
  lastEventMs: number;
  predictions: number;
  /** Deltas of the open commit by dataset, then by five minutes and group. */
  readonly deltas: Map<number, CountDelta>[];
}

export class ModelState {
  readonly model: number;
  readonly tenant: string;
  readonly name: string;
  readonly settings: ModelSettings | null;
  readonly versions = new Map<string, VersionState>();
  readonly versionList: VersionState[] = [];
  readonly entries: Entry[] = [];
  readonly byRole: Readonly<Record<Role, Map<string, Entry>>> = {
    feature: new Map(),
    segment: new Map(),
    protected: new Map(),
    group: new Map(),
    code: new Map(),
  };
  readonly recent = new RecentIds();
  /** The ids of the uploaded sets that rows came for of late, by name. */
  readonly setIds = new Map<string, RecentIds>();
  readonly #placed: Entry[] = [];
  readonly schema = new SchemaState();
  readonly archived = new Archived();
  numSlots = 0;
  catSlots = 0;
  segmentSlots = 0;
  protectedSlots = 0;
  predictions = 0;
  referenceRows = 0;
  labels = 0;
  lastEventMs: number | null = null;
  lastReceivedMs: number | null = null;
  baseline: Baseline | null = null;
  layout: ModelLayout | null = null;
  /** The features that have cells, in the order of the layout. */
  counted: readonly Entry[] = [];
  /** Counts before this time are by the hour. */
  compactedBeforeMs = 0;

  constructor(given: Pick<ModelState, 'model' | 'tenant' | 'name' | 'settings'>) {
    this.model = given.model;
    this.tenant = given.tenant;
    this.name = given.name;
    this.settings = given.settings;
  }

  /** Features a user sent; the pseudo-features are not among them. */
  get featureCount(): number {
    const { feature } = this.byRole;
    return feature.size - Number(feature.has(PREDICTION)) - Number(feature.has(SCORE));
  }

  /** The feature of this name. Requests name features in the same order: the one last at this place is tried first. */
  featureAt(place: number, name: string): Entry | undefined {
    const guess = this.#placed[place];
    if (guess !== undefined && guess.name === name) return guess;
    const known = this.byRole.feature.get(name);
    if (known !== undefined) this.#placed[place] = known;
    return known;
  }

  /** Takes an entry up, from disk or new. */
  adopt(entry: Entry): void {
    this.entries[entry.entry] = entry;
    this.byRole[entry.role].set(entry.name, entry);
    if (entry.role === 'segment') this.segmentSlots += 1;
    else if (entry.role === 'protected') this.protectedSlots += 1;
    else if (entry.role === 'feature' && entry.slot >= 0) {
      if (entry.kind === 'number') this.numSlots += 1;
      else this.catSlots += 1;
    }
  }

  adoptVersion(version: VersionState): void {
    this.versions.set(version.name, version);
    this.versionList[version.version] = version;
  }
}

export function versionState(version: number, name: string): VersionState {
  return {
    version,
    name,
    firstEventMs: Infinity,
    lastEventMs: -Infinity,
    predictions: 0,
    deltas: [new Map(), new Map(), new Map()],
  };
}

/** The code entry whose dictionary holds the names of uploaded sets. */
export const SET_ENTRY = '$set';

/** The code in `predictions.dataset` of an uploaded set; null: nothing was uploaded under this name. */
export function setDataset(state: ModelState, set: string): number | null {
  const code = state.byRole.code.get(SET_ENTRY)?.codes.get(set);
  return code === undefined ? null : FIRST_SET + code;
}

export class Registry {
  readonly models: ModelState[] = [];
  readonly #byTenant = new Map<string, Map<string, ModelState>>();
  readonly #settings: ReadonlyMap<string, ModelSettings>;
  readonly #limits: LimitSettings;
  readonly #tables: Tables;

  constructor(options: {
    readonly limits: LimitSettings;
    readonly settings: readonly ModelSettings[];
    readonly tables: Tables;
  }) {
    this.#limits = options.limits;
    this.#settings = new Map(options.settings.map((model) => [keyText(model), model]));
    this.#tables = options.tables;
  }

  find(key: { readonly tenant: string; readonly model: string }): ModelState | undefined {
    return this.#byTenant.get(key.tenant)?.get(key.model);
  }

  adopt(given: { readonly model: number; readonly tenant: string; readonly name: string }): ModelState {
    const key = keyText({ tenant: given.tenant, model: given.name });
    const state = new ModelState({ ...given, settings: this.#settings.get(key) ?? null });
    this.models[given.model] = state;
    const models = this.#byTenant.get(given.tenant) ?? new Map<string, ModelState>();
    this.#byTenant.set(given.tenant, models.set(given.name, state));
    return state;
  }

  /** The model, made when it is new; null when its tenant has as many as it may. */
  obtain(key: { readonly tenant: string; readonly model: string }, nowMs: number): ModelState | null {
    const known = this.find(key);
    if (known !== undefined) return known;
    if ((this.#byTenant.get(key.tenant)?.size ?? 0) >= this.#limits.maxModelsPerTenant) return null;
    const state = this.adopt({ model: this.models.length, tenant: key.tenant, name: key.model });
    const { models } = this.#tables;
    models.model.push(state.model);
    models.tenant.push(key.tenant);
    models.name.push(key.model);
    models.createdMs.push(BigInt(Math.trunc(nowMs)));
    for (const group of state.settings?.groups ?? []) this.entry(state, 'group', group);
    const features = state.settings?.schema ?? {};
    declareSchema(state, this.#tables, { source: 'config', features, atMs: nowMs });
    return state;
  }

  version(state: ModelState, name: string): VersionState {
    const known = state.versions.get(name);
    if (known !== undefined) return known;
    const made = versionState(state.versionList.length, name);
    state.adoptVersion(made);
    const { versions } = this.#tables;
    versions.model.push(state.model);
    versions.version.push(made.version);
    versions.name.push(name);
    return made;
  }

  /** A segment, a protected attribute, a group or a code, made when it is new. */
  entry(state: ModelState, role: Exclude<Role, 'feature'>, name: string): Entry {
    return state.byRole[role].get(name) ?? this.#make(state, { role, name, kind: 'category' });
  }

  /** The feature, made when it is new; null when the model has as many as it may. */
  feature(state: ModelState, name: string, kind: FeatureKind): Entry | null {
    const known = state.byRole.feature.get(name);
    if (known !== undefined) return known;
    const pseudo = name === PREDICTION || name === SCORE;
    if (!pseudo && state.featureCount >= this.#limits.maxFeatures) return null;
    const decided = name === SCORE ? 'number' : (state.schema.storedKind(name) ?? kind);
    return this.#make(state, { role: 'feature', name, kind: decided });
  }

  /** The number of a text in an entry's dictionary. */
  code(state: ModelState, entry: Entry, text: string): number {
    const known = entry.codes.get(text);
    if (known !== undefined) return known;
    if (entry.values.length >= MAX_VALUES && text !== OVERFLOW) return this.code(state, entry, OVERFLOW);
    const code = entry.values.length;
    entry.values.push(text);
    entry.codes.set(text, code);
    const { dictionary } = this.#tables;
    dictionary.model.push(state.model);
    dictionary.entry.push(entry.entry);
    dictionary.code.push(code);
    dictionary.value.push(text);
    return code;
  }

  /** The number of an objective, made with what its counts depend on when it is new. */
  slo(state: ModelState, id: string, definition: string): number {
    const entry = this.entry(state, 'code', SLO_ENTRY);
    const known = entry.codes.get(id);
    if (known !== undefined) return known;
    const made = this.code(state, entry, id);
    const { slo_definitions: rows } = this.#tables;
    rows.model.push(state.model);
    rows.slo.push(made);
    rows.definition.push(definition);
    return made;
  }

  violation(state: ModelState, entry: Entry, count: number): void {
    entry.violations += count;
    state.schema.violated.add(entry.entry);
    const { kind_violations: rows } = this.#tables;
    rows.model.push(state.model);
    rows.entry.push(entry.entry);
    rows.violations.push(count);
  }

  #make(state: ModelState, given: Pick<Entry, 'role' | 'name' | 'kind'>): Entry {
    const made = new Entry({ ...given, entry: state.entries.length, slot: nextSlot(state, given) });
    state.adopt(made);
    const { entries } = this.#tables;
    entries.model.push(state.model);
    entries.entry.push(made.entry);
    entries.role.push(made.role);
    entries.name.push(made.name);
    entries.kind.push(made.kind);
    entries.slot.push(made.slot);
    return made;
  }
}

function nextSlot(state: ModelState, given: Pick<Entry, 'role' | 'name' | 'kind'>): number {
  if (given.role === 'segment') return state.segmentSlots;
  if (given.role === 'protected') return state.protectedSlots;
  if (given.role !== 'feature' || given.name === PREDICTION || given.name === SCORE) return -1;
  return given.kind === 'number' ? state.numSlots : state.catSlots;
}

function keyText(key: { readonly tenant: string; readonly model: string }): string {
  return `${key.tenant}\n${key.model}`;
}

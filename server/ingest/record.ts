import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../batch.ts';
import type { RejectReason } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { FLAT } from './attributes.ts';
import type { Target } from './attributes.ts';
import type { Predictions } from './columns.ts';
import { FIELD, Fields, LEVEL } from './fields.ts';
import type { Field, Level } from './fields.ts';
import { TWO_VALUES } from './genai.ts';
import { quoted } from './refusals.ts';
import { maxLeaves } from './schema.ts';
import type { SchemaLeaf } from './schema.ts';

export type Scalar = number | string | boolean | null;
export type MapKind = 'features' | 'segments' | 'protected' | 'schema';

/** Where an attribute of OTLP goes, and where it stood. */
export interface To {
  readonly record: RecordScratch;
  readonly key: string;
  readonly level: Level;
}

/** Where the entries of a map of OTLP go. */
export interface MapTarget {
  readonly record: RecordScratch;
  readonly kind: MapKind;
  readonly prefix: string;
  readonly depth: number;
  /** The body of a record: names of the contract are read as such. */
  readonly body: boolean;
}

/** Features that stay in the request until their model is known. */
export interface LateFeatures {
  readonly any: boolean;
  readonly readInto: (record: RecordScratch, rows: Predictions, row: number) => void;
}

/** One record while it is read: reused for every record of a request, so that none of them becomes an object. */
export class RecordScratch {
  readonly fields = new Fields();
  readonly featureNames: string[] = [];
  readonly featureTags: number[] = [];
  readonly featureValues: (number | string)[] = [];
  features = 0;
  /** What is read into the columns once the model is known; only where the format can put it off. */
  late: LateFeatures | null = null;
  /** Of them those that are attributes of their own, which any log of an application may have. */
  #lone = 0;
  readonly groupKinds: ('segments' | 'protected')[] = [];
  readonly groupNames: string[] = [];
  readonly groupTexts: string[] = [];
  groups = 0;
  /** Of an event leeway.model.schema. */
  schema: SchemaLeaf[] = [];
  fault: { readonly reason: RejectReason; readonly message: string } | null = null;
  warning: { readonly reason: RejectReason; readonly message: string } | null = null;
  readonly #limits: LimitSettings;

  constructor(limits: LimitSettings) {
    this.#limits = limits;
  }

  begin(): void {
    this.fields.clear();
    this.features = 0;
    this.#lone = 0;
    this.groups = 0;
    if (this.schema.length > 0) this.schema = [];
    this.fault = null;
    this.warning = null;
  }

  /** Takes over the fields and groups of a scope or resource that this does not have itself, and what is wrong with it. */
  inherit(from: RecordScratch): void {
    this.fault ??= from.fault;
    this.warning ??= from.warning;
    this.fields.inherit(from.fields);
    if (from.features > 0) this.#inheritFeatures(from);
    const own = this.groups;
    for (let at = 0; at < from.groups; at += 1) {
      const kind = from.groupKinds[at] ?? 'segments';
      const name = from.groupNames[at] ?? '';
      if (this.#hasGroup(kind, name, own)) continue;
      this.groupKinds[this.groups] = kind;
      this.groupNames[this.groups] = name;
      this.groupTexts[this.groups] = from.groupTexts[at] ?? '';
      this.groups += 1;
    }
  }

  /** They tell nothing of what a record is: any log of the same process has them. */
  #inheritFeatures(from: RecordScratch): void {
    const own = new Set(this.featureNames.slice(0, this.features));
    for (let at = 0; at < from.features; at += 1) {
      const name = from.featureNames[at] as string;
      if (own.has(name)) continue;
      if (this.features >= this.#limits.maxFeatures) return this.#tooMany();
      this.featureNames[this.features] = name;
      this.featureTags[this.features] = from.featureTags[at] as number;
      this.featureValues[this.features] = from.featureValues[at] as number | string;
      this.features += 1;
      this.#lone += 1;
    }
  }

  #hasGroup(kind: string, name: string, groups: number): boolean {
    for (let at = 0; at < groups; at += 1)
      if (this.groupNames[at] === name && this.groupKinds[at] === kind) return true;
    return false;
  }

  /** The first fault of a record is the one that is told. */
  refuse(reason: RejectReason, message: string): void {
    this.fault ??= { reason, message };
  }

  warn(reason: RejectReason, message: string): void {
    this.warning ??= { reason, message };
  }

  put(target: Target, value: Scalar, from: { readonly key: string; readonly level: Level }): void {
    if (target.kind === 'field') {
      if (target.field === FIELD.label && target.alias > 0) this.#tellBoth(target.alias);
      if (typeof value !== 'number' && value !== null && IS_NUMBER[target.field] === true) {
        this.warn('unsupported_type', `Attribute ${quoted(from.key)} must be a number; ${LEFT_OUT}`);
        return;
      }
      if (!this.fits(from.key, value) || !this.fields.place(target.field, target.alias, from.level)) return;
      if (typeof value === 'number') this.fields.setNumber(target.field, value);
      else if (typeof value === 'string') this.fields.setText(target.field, value);
      else if (value === null) this.fields.unset(target.field);
      else this.fields.setBoolean(target.field, value);
    } else if (target.kind === 'feature') this.#alone(target, value);
    else if (target.kind === 'unstored') {
      this.warn(
        'unsupported_type',
        target.content === true
          ? `Attribute ${quoted(from.key)} holds the content of prompts or answers, which is never stored; the rest of the record was kept. Leave it out.`
          : `Attribute ${quoted(from.key)} is understood but not stored yet.`,
      );
    } else if (value !== null) {
      this.refuse('bad_feature', `Attribute ${quoted(from.key)} must be a map of names to values.`);
    }
  }

  /** An evaluation's label and score: there is one value a label. */
  #tellBoth(alias: number): void {
    const known = this.fields.alias(FIELD.label);
    if (known > 0 && known !== alias) this.warn('unsupported_type', TWO_VALUES);
  }

  /** A feature under one of its names: the first name outranks the fallbacks, in whatever order they come. */
  #alone({ name, alias }: { readonly name: string; readonly alias: number }, value: Scalar): void {
    const known = this.featureNames.indexOf(name);
    if (known < 0 || known >= this.features) {
      const before = this.features;
      this.entry('features', name, value);
      this.#lone += this.features - before;
    } else if (alias === 0 && value !== null && this.fits(name, value)) this.setFeature(known, value);
  }

  setFeature(at: number, value: Scalar): void {
    this.featureTags[at] = tagOf(value);
    this.featureValues[at] = typeof value === 'boolean' ? Number(value) : (value ?? 0);
  }

  /** An attribute under one of the flat spellings; what else begins with `leeway.` is misspelt. */
  flat(key: string, value: Scalar): void {
    const spelling = FLAT.find(({ prefix }) => key.startsWith(prefix));
    if (spelling !== undefined) this.entry(spelling.kind, key.slice(spelling.prefix.length), value);
    else this.warn('unsupported_type', `Attribute ${quoted(key)} is not known; ${LEFT_OUT}`);
  }

  /** One entry of a map. */
  entry(kind: MapKind, name: string, value: Scalar): void {
    if (!this.mayName(kind, name) || !this.fits(name, value)) return;
    if (kind === 'features') this.#feature(name, value);
    else if (kind === 'schema') this.#leaf(name, value);
    else if (value !== null) {
      this.groupKinds[this.groups] = kind;
      this.groupNames[this.groups] = name;
      this.groupTexts[this.groups] = typeof value === 'string' ? value : String(value);
      this.groups += 1;
    }
  }

  /** A value that is no scalar: told in words, the row is kept. */
  list(name: string): void {
    this.warn(
      'unsupported_type',
      `${quoted(name)} is a list; lists and embeddings are not stored yet, the rest of the row was kept. Send single values.`,
    );
  }

  bytes(name: string): void {
    this.refuse('bad_feature', `${quoted(name)} holds bytes; send a number, a text, true or false.`);
  }

  /** The sender says that it left attributes out. */
  dropped(): void {
    this.warn(
      'too_many_features',
      'The sender dropped attributes of some records (SDKs keep 128); send features as one map, leeway.prediction.features.',
    );
  }

  /** A record without an id of its own is known by its span. Ids are hexadecimal; empty or all zero means none. */
  identify(traceId: string, spanId: string): void {
    if (spanId === '' || NO_SPAN.test(spanId) || NO_SPAN.test(traceId)) return;
    if (!this.fields.place(FIELD.id, SPAN_ALIAS, LEVEL.record)) return;
    const index = this.fields.text(FIELD.batchIndex);
    this.fields.setText(FIELD.id, index === null ? `${traceId}-${spanId}` : `${traceId}-${spanId}-${index}`);
  }

  tooDeep(name: string): void {
    const { maxDepth } = this.#limits;
    this.refuse('too_deep', `${quoted(name)} is nested deeper than ${maxDepth} levels; send flatter maps.`);
  }

  /** Whether there is any feature, read or not. */
  get hasFeatures(): boolean {
    return this.features > 0 || this.late?.any === true;
  }

  /** Whether anything here is of a prediction; used where no event name says so. */
  looksLikePrediction(): boolean {
    return (
      this.features > this.#lone ||
      this.late?.any === true ||
      PREDICTION_FIELDS.some((field) => this.fields.tag(field) !== ABSENT)
    );
  }

  #leaf(name: string, value: Scalar): void {
    if (this.schema.length < maxLeaves(this.#limits.maxFeatures)) this.schema.push({ name, value });
    else
      this.refuse(
        'too_many_features',
        'A schema says more than is taken; declare fewer features or categories.',
      );
  }

  #feature(name: string, value: Scalar): void {
    const at = this.features;
    if (at >= this.#limits.maxFeatures) {
      this.#tooMany();
      return;
    }
    this.featureNames[at] = name;
    this.setFeature(at, value);
    this.features = at + 1;
  }

  /** Whether a feature may be added to those of its model in the request; refuses the record where not. */
  hasRoom(features: number): boolean {
    if (features < this.#limits.maxFeatures) return true;
    this.#tooMany();
    return false;
  }

  #tooMany(): void {
    this.refuse(
      'too_many_features',
      `A record has more than ${this.#limits.maxFeatures} features, or its model in this request; send fewer or raise limits.maxFeatures.`,
    );
  }

  /** Whether a name may stand in a map; refuses the record where not. */
  mayName(kind: MapKind, name: string): boolean {
    if (name !== '' && !name.startsWith('$')) return this.fits('a name', name);
    this.refuse(
      'bad_feature',
      `In ${kind}, ${quoted(name)} is no name: it must not be empty nor start with $.`,
    );
    return false;
  }

  /** Whether a value is short enough; refuses the record where not. */
  fits(name: string, value: Scalar): boolean {
    const { maxStringBytes } = this.#limits;
    if (typeof value !== 'string' || value.length * 3 <= maxStringBytes) return true;
    const bytes = Buffer.byteLength(value);
    if (bytes <= maxStringBytes) return true;
    this.refuse(
      'too_long',
      `${quoted(name)} is ${bytes} bytes long, at most ${maxStringBytes} are taken; send a shorter one.`,
    );
    return false;
  }
}

/** By field; every attribute of every record is looked up. */
const IS_NUMBER: readonly boolean[] = Object.values(FIELD).map((field) =>
  [FIELD.score, FIELD.durationSeconds, FIELD.inputTokens, FIELD.outputTokens, FIELD.cost].some(
    (one) => one === field,
  ),
);
const LEFT_OUT = 'it was left out, the rest of the record was kept. Correct it in the sender.';

const PREDICTION_FIELDS: readonly Field[] = [FIELD.value, FIELD.score, FIELD.label, FIELD.error];

/** Behind every named alias. */
const SPAN_ALIAS = 20;
const NO_SPAN = /^0*$/;

export function inexact(record: RecordScratch, name: string): void {
  record.warn(
    'bad_feature',
    `Integers beyond 2^53 are kept as the nearest double (first seen in ${quoted(name)}).`,
  );
}

export function tagOf(value: Scalar): number {
  if (value === null) return ABSENT;
  if (typeof value === 'number') return NUMBER;
  return typeof value === 'string' ? TEXT : BOOLEAN;
}

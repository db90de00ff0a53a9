import { createHmac } from 'node:crypto';
import type { Batch, IdColumn, ModelBatch, PredictionColumns, TextColumn, ValueColumn } from '../batch.ts';
import { changedColumn, valueAt, withColumns } from '../batch-edit.ts';
import { Ids, idText } from '../ids.ts';
import type { PiiAction, PiiRule, PiiSettings } from '../settings.ts';
import type { Scalar } from './record.ts';

/** What a tenant's attributes go through before anything is stored. Columns, not rows: a rule is looked up once a column. */
export interface PiiRules {
  readonly hash: (text: string) => string;
  readonly hashPredictionId: boolean;
  /** null: the attribute is kept as it is. */
  readonly actionOf: (name: string, among: PiiRule['among'][number]) => PiiAction | null;
}

/** Keyed SHA-256 (HMAC), the first 128 bits as hexadecimal: who has the key can find the hash of a value, nobody the value. */
export function piiRules({ key, hashPredictionId, rules }: PiiSettings): PiiRules {
  const compiled = rules.map((rule) => ({ ...rule, pattern: patternOf(rule.attribute) }));
  return {
    hashPredictionId,
    hash: (text) => {
      // The configuration refuses a hash without a key; without one the value must still not get through.
      if (key === null) return '';
      return createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
    },
    actionOf: (name, among) => {
      if (name.startsWith('$')) return null;
      const rule = compiled.find((one) => one.among.includes(among) && one.pattern.test(name));
      return rule?.action ?? null;
    },
  };
}

/** `*` stands for any run of characters, everything else for itself. */
function patternOf(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 'su');
}

/** Ids of predictions as they may be stored, for who asks by those that were sent. */
export function storedIds(ids: readonly string[], rules: PiiRules | undefined): readonly string[] {
  return rules?.hashPredictionId === true ? [...ids, ...ids.map(rules.hash)] : ids;
}

/** The batch as it may be stored. The halves in it were hidden when they were made. */
export function applyPii(batch: Batch, rules: PiiRules): Batch {
  return { ...batch, models: batch.models.map((part) => ofModel(part, rules)) };
}

function ofModel(part: ModelBatch, rules: PiiRules): ModelBatch {
  const { predictions, labels, ...rest } = part;
  return {
    ...rest,
    predictions: withColumns(predictions, {
      values: predictions.values.flatMap((column) => ofValues(column, predictions, rules)),
      segments: predictions.segments.flatMap((column) => ofTexts(column, { among: 'segments', rules })),
      protected: predictions.protected.flatMap((column) => ofTexts(column, { among: 'protected', rules })),
      ...(rules.hashPredictionId && { id: hashedIds(predictions.id, rules) }),
    }),
    labels: {
      rows: labels.rows,
      timeMs: labels.timeMs,
      restNs: labels.restNs,
      id: rules.hashPredictionId ? hashedIds(labels.id, rules) : labels.id,
      value: labels.value,
      source: labels.source,
    },
  };
}

function hashedIds(ids: IdColumn, rules: PiiRules): IdColumn {
  const hashes = new Ids();
  for (let row = 0; row < ids.kinds.length; row += 1) {
    const text = idText(ids, row);
    hashes.push(text === null ? null : rules.hash(text));
  }
  return hashes;
}

function ofValues(column: ValueColumn, { rows }: PredictionColumns, rules: PiiRules): readonly ValueColumn[] {
  const action = rules.actionOf(column.name, 'features');
  if (action === null) return [column];
  if (action.kind === 'drop') return [];
  const change = changeOf(action, rules);
  return [changedColumn(column, rows, (row) => change(valueAt(column, row)))];
}

/** The values of a feature by the first of its names that a rule is for; null when they are dropped. */
export function hiddenValues(
  names: readonly string[],
  values: readonly Scalar[],
  rules: PiiRules,
): readonly Scalar[] | null {
  const [action] = names.flatMap((name) => rules.actionOf(name, 'features') ?? []);
  if (action === undefined) return values;
  if (action.kind === 'drop') return null;
  const change = changeOf(action, rules);
  return values.map((value) => change(value) ?? null);
}

export function hiddenSegments(
  segments: Readonly<Record<string, string>>,
  rules: PiiRules,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(segments).flatMap(([name, text]) => {
      const action = rules.actionOf(name, 'segments');
      if (action === null) return [[name, text]];
      const kept = action.kind === 'drop' ? undefined : textChangeOf(action, rules)(text);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

type Change = Exclude<PiiAction, { readonly kind: 'drop' }>;

/** What becomes of a value; undefined is none. */
function changeOf(action: Change, { hash }: PiiRules): (value: Scalar) => number | string | undefined {
  if (action.kind === 'bucket') return (value) => bucketed(value, action);
  const remembered = remembering(hash);
  return (value) => (value === null ? undefined : remembered(String(value)));
}

function textChangeOf(action: Change, { hash }: PiiRules): (text: string) => string | undefined {
  return action.kind === 'bucket' ? (text) => bucketText(text, action) : remembering(hash);
}

/** Values repeat within a request more often than not. */
function remembering(hash: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text) ?? hash(text);
    known.set(text, found);
    return found;
  };
}

type Bucket = Extract<PiiAction, { readonly kind: 'bucket' }>;

function bucketed(value: Scalar, { width, characters }: Bucket): number | string | undefined {
  if (typeof value === 'number' && width !== null) return Math.floor(value / width) * width;
  return typeof value === 'string' && characters !== null ? firstOf(value, characters) : undefined;
}

function firstOf(text: string, characters: number): string {
  return Array.from(text.slice(0, characters * 2))
    .slice(0, characters)
    .join('');
}

function ofTexts(
  column: TextColumn,
  { among, rules }: { readonly among: 'segments' | 'protected'; readonly rules: PiiRules },
): readonly TextColumn[] {
  const action = rules.actionOf(column.name, among);
  if (action === null) return [column];
  if (action.kind === 'drop') return [];
  const change = textChangeOf(action, rules);
  const texts = Array.from(column.texts, (text) => (text === undefined ? undefined : change(text)));
  return [{ name: column.name, texts }];
}

/** Segments and protected attributes are texts; a number among them still has its bucket. */
function bucketText(text: string, { width, characters }: Bucket): string | undefined {
  const number = text.trim() === '' ? NaN : Number(text);
  if (width !== null && Number.isFinite(number)) return String(Math.floor(number / width) * width);
  return characters === null ? undefined : firstOf(text, characters);
}

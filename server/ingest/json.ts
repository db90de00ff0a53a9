import { BadRequestError } from '../errors.ts';
import type { IngestRoute } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { SCORES } from './attributes.ts';
import type { Target } from './attributes.ts';
import type { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Field } from './fields.ts';
import type { MapKind, RecordScratch } from './record.ts';
import { quoted } from './refusals.ts';

/** Leeway's own JSON: one object, a list of them, or a list under the name of the route. */

type Json = Readonly<Record<string, unknown>>;

/** What a field must hold; `value` is a number, a text, true or false. */
type Kind = 'text' | 'number' | 'value' | 'time' | 'duration' | 'scores' | MapKind;

interface Spec {
  readonly name: string;
  readonly kind: Kind;
  readonly target: Target | null;
}

function specs(fields: Readonly<Record<string, readonly [Kind, Field?]>>): ReadonlyMap<string, Spec> {
  return new Map(
    Object.entries(fields).map(([name, [kind, field]]) => {
      const target: Target | null = field === undefined ? null : { kind: 'field', field, alias: 0 };
      return [name, { name, kind, target }];
    }),
  );
}

const PREDICTION_FIELDS = specs({
  model: ['text', FIELD.model],
  version: ['text', FIELD.version],
  id: ['text', FIELD.id],
  time: ['time'],
  features: ['features'],
  value: ['value', FIELD.value],
  score: ['number', FIELD.score],
  scores: ['scores'],
  label: ['value', FIELD.label],
  durationMs: ['duration', FIELD.durationSeconds],
  error: ['text', FIELD.error],
  inputTokens: ['number', FIELD.inputTokens],
  outputTokens: ['number', FIELD.outputTokens],
  cost: ['number', FIELD.cost],
  currency: ['text', FIELD.currency],
  segments: ['segments'],
  protected: ['protected'],
  dataset: ['text', FIELD.dataset],
});

const LABEL_FIELDS = specs({
  model: ['text', FIELD.model],
  id: ['text', FIELD.id],
  value: ['value', FIELD.label],
  time: ['time'],
  source: ['text', FIELD.source],
});

export type JsonRoute = Extract<IngestRoute, 'predictions' | 'labels'>;

interface JsonOptions {
  readonly builder: BatchBuilder;
  readonly limits: LimitSettings;
}

/** Reads predictions or labels into columns. Throws BadRequestError when the body has none of the three shapes. */
export function readJson(body: unknown, route: JsonRoute, options: JsonOptions): void {
  const read = jsonRows(route, options);
  for (const row of rowsOf(body, route)) read(row);
}

/** Reads one row after the other into columns; one that is wrong is refused alone. `where` stands before its words. */
export function jsonRows(route: JsonRoute, options: JsonOptions): (row: unknown, where?: string) => void {
  const fields = route === 'predictions' ? PREDICTION_FIELDS : LABEL_FIELDS;
  const kind = route === 'predictions' ? 'prediction' : 'label';
  const { builder, limits } = options;
  const rowOptions: RowOptions = { builder, limits, fields, route };
  const { record } = builder;
  return (row, where = '') => {
    builder.begin();
    if (isObject(row)) readRow(row, rowOptions);
    else record.refuse('malformed', `Each of ${route} must be an object; one is ${nameOf(row)}.`);
    const { fault } = record;
    if (fault !== null && where !== '') record.fault = { ...fault, message: `${where}: ${fault.message}` };
    builder.end(kind);
  };
}

function rowsOf(body: unknown, route: string): readonly unknown[] {
  if (Array.isArray(body)) return body;
  if (!isObject(body))
    throw new BadRequestError(
      `The body must be an object, a list of objects, or {"${route}": [...]}; it is ${nameOf(body)}.`,
    );
  const rows = body[route];
  if (rows === undefined) return [body];
  if (Array.isArray(rows) && Object.keys(body).length === 1) return rows;
  throw new BadRequestError(`"${route}" must be a list and stand alone in the body.`);
}

interface RowOptions extends JsonOptions {
  readonly fields: ReadonlyMap<string, Spec>;
  readonly route: string;
}

/** Rows by the thousand: `in` walks what JSON holds without a list of its entries. */
function readRow(row: Json, options: RowOptions): void {
  for (const name in row) {
    const spec = options.fields.get(name);
    const value = row[name];
    if (spec === undefined) {
      const names = [...options.fields.keys()].join(', ');
      options.builder.record.refuse(
        'malformed',
        `Field ${quoted(name)} is not known in ${options.route}; known are ${names}.`,
      );
    } else if (value !== null) readField(spec, value, options);
  }
}

function readField(spec: Spec, value: unknown, { builder, limits }: JsonOptions): void {
  const { name, kind, target } = spec;
  const { record } = builder;
  const wrong = (expected: string) =>
    record.refuse('malformed', `Field ${quoted(name)} must be ${expected}; it is ${nameOf(value)}.`);
  if (kind === 'time') readTime(value, builder, wrong);
  else if (kind === 'features' || kind === 'segments' || kind === 'protected' || kind === 'scores') {
    const into = kind === 'scores' ? SCORES : { kind, prefix: '' };
    if (isObject(value)) readMap(value, { ...into, record, maxDepth: limits.maxDepth, depth: 1 });
    else wrong('an object of names to values');
  } else if (!isScalar(value)) wrong('a single value');
  else if (kind === 'text' && typeof value === 'boolean') wrong('a text');
  else if (kind === 'text' && typeof value === 'number' && isRounded(value))
    wrong('a text to keep all its digits');
  else if ((kind === 'number' || kind === 'duration') && typeof value !== 'number') wrong('a number');
  else if (target !== null) {
    const scalar = kind === 'text' ? String(value) : kind === 'duration' ? Number(value) / 1000 : value;
    record.put(target, scalar, { key: name, level: LEVEL.record });
  }
}

/** Two whole numbers of so many digits may have become the same one. */
function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** ISO 8601 with a zone, or milliseconds since 1970. */
function readTime(value: unknown, builder: BatchBuilder, wrong: (expected: string) => void): void {
  const timeMs =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value)
      ? Date.parse(value)
      : typeof value === 'number'
        ? value
        : NaN;
  if (!Number.isFinite(timeMs)) {
    wrong('a time like 2026-01-31T12:00:00Z, or milliseconds since 1970');
    return;
  }
  builder.timeTold = true;
  builder.moment.timeMs = Math.floor(timeMs);
  builder.moment.restNs = Math.floor((timeMs - Math.floor(timeMs)) * 1_000_000);
}

interface MapInto {
  readonly record: RecordScratch;
  readonly maxDepth: number;
  readonly kind: MapKind;
  readonly prefix: string;
  readonly depth: number;
}

function readMap(map: Json, into: MapInto): void {
  const { record, kind, prefix } = into;
  for (const key in map) {
    const value = map[key];
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (value === null || isScalar(value)) record.entry(kind, name, value);
    else if (!isObject(value)) record.list(name);
    else if (Object.keys(value).length === 0) record.entry(kind, name, null);
    else if (into.depth >= into.maxDepth) record.tooDeep(name);
    else if (record.mayName(kind, name)) readMap(value, { ...into, prefix: name, depth: into.depth + 1 });
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  if (typeof value !== 'number') return 'true or false';
  return isRounded(value) ? 'an integer beyond 2^53' : 'a number';
}

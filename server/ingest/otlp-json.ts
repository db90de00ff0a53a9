import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import { BODY_TARGETS, targetOf } from './attributes.ts';
import type { Target } from './attributes.ts';
import type { BatchBuilder } from './builder.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Level } from './fields.ts';
import type { Moment } from './moment.ts';
import { inexact, RecordScratch } from './record.ts';
import type { MapTarget, Scalar, To } from './record.ts';
import { quoted } from './refusals.ts';

type Json = Readonly<Record<string, unknown>>;

/** Reads an ExportLogsServiceRequest in JSON into columns. Throws BadRequestError when it is none. */
export function readOtlpJson(
  body: unknown,
  options: { readonly builder: BatchBuilder; readonly limits: LimitSettings },
): void {
  new JsonLogs(options).read(objectOf(body, 'The body'));
}

class JsonLogs {
  readonly #builder: BatchBuilder;
  readonly #limits: LimitSettings;
  readonly #inherited: RecordScratch;
  readonly #resource: RecordScratch;
  #scope = '';

  constructor(options: { readonly builder: BatchBuilder; readonly limits: LimitSettings }) {
    this.#builder = options.builder;
    this.#limits = options.limits;
    this.#inherited = new RecordScratch(options.limits);
    this.#resource = new RecordScratch(options.limits);
  }

  read(body: Json): void {
    if ('resourceSpans' in body || 'resourceMetrics' in body)
      throw malformed('it holds traces or metrics, not logs');
    if ('resource_logs' in body) throw malformed('its keys must be in lowerCamelCase, such as resourceLogs');
    if (!('resourceLogs' in body) && Object.keys(body).length > 0)
      throw malformed('it holds other things, but no resourceLogs');
    for (const resourceLogs of list(body, 'resourceLogs')) this.#resourceLogs(resourceLogs);
  }

  #resourceLogs(resourceLogs: Json): void {
    this.#inherited.begin();
    this.#inherit(member(resourceLogs, 'resource'), LEVEL.resource);
    this.#resource.begin();
    this.#resource.inherit(this.#inherited);
    for (const scopeLogs of list(resourceLogs, 'scopeLogs')) this.#scopeLogs(scopeLogs);
  }

  #scopeLogs(scopeLogs: Json): void {
    const scope = member(scopeLogs, 'scope');
    this.#scope = typeof scope['name'] === 'string' ? scope['name'] : '';
    this.#inherited.begin();
    this.#inherit(scope, LEVEL.scope);
    this.#inherited.inherit(this.#resource);
    for (const logRecord of list(scopeLogs, 'logRecords')) this.#logRecord(logRecord);
  }

  #inherit(from: Json, level: Level): void {
    for (const attribute of list(from, 'attributes')) this.#attribute(attribute, this.#inherited, level);
  }

  #logRecord(logRecord: Json): void {
    const { record } = this.#builder;
    this.#builder.begin();
    this.#time('timeUnixNano', logRecord, this.#builder.moment);
    this.#time('observedTimeUnixNano', logRecord, this.#builder.observed);
    for (const attribute of list(logRecord, 'attributes')) this.#attribute(attribute, record, LEVEL.record);
    const map = mapOf(member(logRecord, 'body'));
    if (map !== null) this.#map(map, { record, kind: 'features', prefix: '', depth: 1, body: true });
    if (Number(logRecord['droppedAttributesCount'] ?? 0) > 0) record.dropped();
    record.inherit(this.#inherited);
    record.identify(hex(logRecord['traceId'], 32), hex(logRecord['spanId'], 16));
    const event = logRecord['eventName'];
    this.#builder.endEvent(typeof event === 'string' && event !== '' ? event : null, this.#scope);
  }

  /** A decimal string or a number; as the number of 19 digits is not exact, its nanoseconds are not kept. */
  #time(name: string, logRecord: Json, into: Moment): void {
    const value = logRecord[name];
    if (value === undefined || value === null) return;
    const text = typeof value === 'number' ? value.toFixed(0) : value;
    if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) {
      this.#builder.record.refuse(
        'malformed',
        `${name} must be a whole number of nanoseconds, as a decimal string.`,
      );
      return;
    }
    into.timeMs = Number(text.slice(0, -6));
    into.restNs = typeof value === 'number' ? 0 : Number(text.slice(-6));
  }

  #attribute(attribute: Json, record: RecordScratch, level: Level): void {
    const key = keyOf(attribute);
    const value = member(attribute, 'value');
    const target = targetOf(key);
    if (target !== undefined) this.#target(target, value, { record, key, level });
    else if (key.startsWith('leeway.')) {
      const scalar = scalarOf(value, key, record);
      if (scalar !== undefined) record.flat(key, scalar);
    }
  }

  #target(target: Target, value: Json, to: To): void {
    if (target.kind === 'field' || target.kind === 'feature') {
      const scalar = scalarFor(target, value, to);
      if (scalar !== undefined) to.record.put(target, scalar, to);
    } else if (target.kind === 'unstored') to.record.put(target, null, to);
    else {
      const map = mapOf(value);
      if (map !== null) this.#map(map, { ...target, record: to.record, depth: 1, body: false });
      else if (Object.keys(value).length > 0) to.record.put(target, '', to);
    }
  }

  #map(entries: readonly Json[], into: MapTarget): void {
    for (const entry of entries) {
      const name = into.prefix === '' ? keyOf(entry) : `${into.prefix}.${keyOf(entry)}`;
      this.#entry(name, member(entry, 'value'), into);
    }
  }

  #entry(name: string, value: Json, into: MapTarget): void {
    const { record } = into;
    const target = into.body ? (targetOf(name) ?? BODY_TARGETS.get(name)) : undefined;
    if (target !== undefined) {
      this.#target(target, value, { record, key: name, level: LEVEL.record });
      return;
    }
    const elements = into.kind === 'schema' ? listOf(value) : null;
    if (elements !== null) {
      for (const element of elements) this.#entry(name, element, into);
      return;
    }
    const map = mapOf(value);
    if (map === null) {
      const scalar = scalarOf(value, name, record);
      if (scalar !== undefined) record.entry(into.kind, name, scalar);
    } else if (map.length === 0) record.entry(into.kind, name, null);
    else if (into.depth >= this.#limits.maxDepth) record.tooDeep(name);
    else if (record.mayName(into.kind, name))
      this.#map(map, { ...into, prefix: name, depth: into.depth + 1, body: false });
  }
}

/** A list of texts as one text where it is a feature; a whole number as an id with every digit. */
function scalarFor(target: Target, value: Json, { key, record }: To): Scalar | undefined {
  if (target.kind === 'feature') return textsOf(value) ?? scalarOf(value, key, record);
  const { intValue } = value;
  if (target.kind !== 'field' || target.field !== FIELD.id || intValue === undefined)
    return scalarOf(value, key, record);
  if (typeof intValue === 'string' && INTEGER.test(intValue)) return intValue;
  if (typeof intValue === 'number' && Number.isSafeInteger(intValue)) return String(intValue);
  return unreadable('a text, or an integer as a decimal text', key, record);
}

/** null is a missing value; undefined is none that can be kept, and was told. */
function scalarOf(value: Json, name: string, record: RecordScratch): Scalar | undefined {
  const [kind, content] = Object.entries(value).find(isTold) ?? [];
  if (kind === 'stringValue') return typeof content === 'string' ? content : unreadable('text', name, record);
  if (kind === 'boolValue')
    return typeof content === 'boolean' ? content : unreadable('true or false', name, record);
  if (kind === 'intValue') return integerOf(content, name, record);
  if (kind === 'doubleValue') return doubleOf(content, name, record);
  if (kind === 'bytesValue') record.bytes(name);
  else if (kind === 'arrayValue' || kind === 'kvlistValue') record.list(name);
  else return null;
  return undefined;
}

const KINDS: ReadonlySet<string> = new Set([
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'bytesValue',
  'arrayValue',
  'kvlistValue',
]);

function isTold([kind, content]: readonly [string, unknown]): boolean {
  return content !== null && content !== undefined && KINDS.has(kind);
}

/** A decimal text, as the mapping says, or a number, as OpenTelemetry's JavaScript sends it. */
function integerOf(value: unknown, name: string, record: RecordScratch): number | undefined {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return unreadable('an integer', name, record);
  if (!Number.isSafeInteger(number)) inexact(record, name);
  return number;
}

const INTEGER = /^-?\d{1,20}$/;

/** What is not finite comes as the words of protobuf's JSON. */
function doubleOf(value: unknown, name: string, record: RecordScratch): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && DOUBLE.test(value)) return Number(value);
  return unreadable('a number', name, record);
}
const DOUBLE = /^(NaN|-?Infinity|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/;

function unreadable(expected: string, name: string, record: RecordScratch): undefined {
  record.refuse('malformed', `The value of ${quoted(name)} cannot be read; expected was ${expected}.`);
}

/** The texts of a list as one, for what repeats by its nature; null when it is no list of texts. */
function textsOf(value: Json): string | null {
  const { arrayValue } = value;
  if (arrayValue === undefined || arrayValue === null) return null;
  const texts = list(objectOf(arrayValue, 'arrayValue'), 'values').map((one) => one['stringValue']);
  return texts.every((text) => typeof text === 'string') && texts.length > 0 ? texts.join(',') : null;
}

function mapOf(value: Json): readonly Json[] | null {
  const map = value['kvlistValue'];
  return map === undefined || map === null ? null : list(objectOf(map, 'kvlistValue'), 'values');
}

/** The categories of a schema; a list in a list is refused as any other is. */
function listOf(value: Json): readonly Json[] | null {
  const elements = value['arrayValue'];
  if (elements === undefined || elements === null) return null;
  const values = list(objectOf(elements, 'arrayValue'), 'values');
  return values.some((element) => 'arrayValue' in element || 'kvlistValue' in element) ? null : values;
}

function keyOf(keyValue: Json): string {
  const key = keyValue['key'];
  return typeof key === 'string' ? key : '';
}

function hex(value: unknown, length: number): string {
  const isId = typeof value === 'string' && value.length === length && /^[\da-f]+$/i.test(value);
  return isId ? value.toLowerCase() : '';
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw malformed(`${what} must be an object`);
}

function member(of: Json, name: string): Json {
  const value = of[name];
  return value === undefined || value === null ? {} : objectOf(value, name);
}

function list(of: Json, name: string): readonly Json[] {
  const value = of[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${name} must be a list`);
  return value.map((entry) => objectOf(entry, `An entry of ${name}`));
}

function malformed(what: string): BadRequestError {
  return new BadRequestError(`The body is not an OTLP logs request in JSON: ${what}.`);
}

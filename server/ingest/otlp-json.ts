import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import { BODY_TARGETS, targetOf } from './attributes.ts';
import type { Target } from './attributes.ts';
import type { BatchBuilder } from './builder.ts';
import { LEVEL } from './fields.ts';
import type { Level } from './fields.ts';
import type { Moment } from './moment.ts';
import { inexact, RecordScratch } from './record.ts';
import type { MapKind, Scalar } from './record.ts';

type Json = Readonly<Record<string, unknown>>;

interface To {
  readonly record: RecordScratch;
  readonly key: string;
  readonly level: Level;
}

interface MapTarget {
  readonly record: RecordScratch;
  readonly kind: MapKind;
  readonly prefix: string;
  readonly depth: number;
  readonly body: boolean;
}

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

  constructor(options: { readonly builder: BatchBuilder; readonly limits: LimitSettings }) {
    this.#builder = options.builder;
    this.#limits = options.limits;
    this.#inherited = new RecordScratch(options.limits);
    this.#resource = new RecordScratch(options.limits);
  }

  read(body: Json): void {
    if ('resourceSpans' in body || 'resourceMetrics' in body)
      throw malformed('it holds traces or metrics, not logs');
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
    this.#inherited.begin();
    this.#inherit(member(scopeLogs, 'scope'), LEVEL.scope);
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
    this.#builder.endEvent(typeof event === 'string' && event !== '' ? event : null);
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
    if (target.kind === 'field') {
      const scalar = scalarOf(value, to.key, to.record);
      if (scalar !== undefined) to.record.put(target, scalar, to);
    } else if (target.kind === 'unstored') to.record.put(target, null, to);
    else {
      const map = mapOf(value);
      if (map !== null)
        this.#map(map, { record: to.record, kind: target.kind, prefix: '', depth: 1, body: false });
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
    else this.#map(map, { ...into, prefix: name, depth: into.depth + 1, body: false });
  }
}

/** null is a missing value; undefined is none that can be kept, and was told. */
function scalarOf(value: Json, name: string, record: RecordScratch): Scalar | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined) return numberOf(intValue, name, record);
  if (doubleValue !== undefined) return numberOf(doubleValue, name, record);
  if ('bytesValue' in value) record.bytes(name);
  else if ('arrayValue' in value || 'kvlistValue' in value) record.list(name);
  else return null;
  return undefined;
}

/** Numbers come as such, integers also as text, and what is not finite as the words of protobuf's JSON. */
function numberOf(value: unknown, name: string, record: RecordScratch): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || (Number.isNaN(number) && value !== 'NaN')) {
    record.refuse('malformed', `The number in ${JSON.stringify(name.slice(0, 80))} cannot be read.`);
    return undefined;
  }
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && typeof value === 'string')
    inexact(record, name);
  return number;
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
  return typeof value === 'string' && value.length === length ? value.toLowerCase() : '';
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

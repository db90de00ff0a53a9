import { encode, encodeJson } from '../../test/server/ingest/support.ts';
import type { Attributes, LogsRequest } from '../../test/server/ingest/support.ts';
import { arrowOf } from './arrow.ts';
import { randomFrom } from './statistics.ts';

/** Requests of rows with 29 attributes, encoded once; every sending writes fresh ids and times into the bytes. */

export const NUMBERS = 20;
/** How many different values each category has. */
export const CATEGORIES = [5, 10, 50, 200, 1000] as const;
export const MODEL = 'bench';

export type Shape = 'otlp-protobuf' | 'otlp-json' | 'json' | 'arrow';

export interface PayloadOptions {
  readonly shape: Shape;
  readonly records: number;
  readonly seed: number;
  /** Records take turns between so many models; 1 names the model once, in the resource. */
  readonly models: number;
}

/** A row as the sender knows it. */
export interface SentRow {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly timeMs: number;
  readonly value: number;
  readonly durationSeconds: number;
  readonly features: Readonly<Record<string, number | string>>;
}

/** Rows with values that spread like real ones; ids and times are the template's, to be overwritten. */
export function rowsOf({ records, seed, models }: Omit<PayloadOptions, 'shape'>): readonly SentRow[] {
  const random = randomFrom(seed);
  return Array.from({ length: records }, (_, at): SentRow => {
    const numbers = Array.from({ length: NUMBERS }, (_, n): [string, number] => [
      `number_${String(n).padStart(2, '0')}`,
      (random() + random() + random() - 1.5) * 10 ** (n % 5) + 0.001,
    ]);
    const categories = CATEGORIES.map((values, c): [string, string] => [
      `category_${c}`,
      `value ${Math.floor(random() * random() * values)}`,
    ]);
    return {
      model: models === 1 ? MODEL : `${MODEL}-${at % models}`,
      version: random() < 0.9 ? 'v1' : 'v2',
      id: idOf(random),
      timeMs: TEMPLATE_MS + at,
      value: random() < 0.2 ? 1 : 0,
      durationSeconds: 0.001 + random() * 0.2,
      features: Object.fromEntries([...numbers, ...categories]),
    };
  });
}

/** Thirteen digits like every time of the coming two centuries, so that another one fits in its place. */
const TEMPLATE_MS = 1_777_777_700_000;

function idOf(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
}

export function logsRequest(rows: readonly SentRow[], models: number): LogsRequest {
  return {
    resource: {
      'service.name': 'bench-service',
      'service.version': '1.2.3',
      ...(models === 1 && { 'leeway.model.name': MODEL }),
    },
    scope: {},
    records: rows.map((row) => ({
      event: 'leeway.prediction',
      timeMs: row.timeMs,
      attributes: attributesOf(row, models),
    })),
  };
}

function attributesOf(row: SentRow, models: number): Attributes {
  return {
    ...(models > 1 && { 'leeway.model.name': row.model }),
    'leeway.model.version': row.version,
    'leeway.prediction.id': row.id,
    'leeway.prediction.value': row.value,
    'leeway.prediction.duration': row.durationSeconds,
    'leeway.prediction.features': row.features,
  };
}

function jsonOf(rows: readonly SentRow[]): Buffer {
  const predictions = rows.map(({ model, version, id, timeMs, value, durationSeconds, features }) => {
    return { model, version, id, time: timeMs, value, durationMs: durationSeconds * 1000, features };
  });
  return Buffer.from(JSON.stringify({ predictions }));
}

export function encoded(options: PayloadOptions, rows: readonly SentRow[]): Buffer {
  if (options.shape === 'json') return jsonOf(rows);
  if (options.shape === 'arrow') return arrowOf(rows);
  const request = logsRequest(rows, options.models);
  return options.shape === 'otlp-json' ? encodeJson(request) : encode(request);
}

/** Where in a body the ids and times stand. */
export interface Template {
  readonly body: Buffer;
  readonly shape: Shape;
  readonly ids: readonly number[];
  readonly times: readonly number[];
}

export function templateOf(options: PayloadOptions): Template {
  const rows = rowsOf(options);
  const body = encoded(options, rows);
  let from = 0;
  const times: number[] = [];
  const ids: number[] = [];
  for (const { id, timeMs } of rows) {
    const record = { id: body.indexOf(id, from), time: body.indexOf(timeBytes(timeMs, options.shape), from) };
    if (record.id < 0 || record.time < 0) throw new Error(`The template of ${options.shape} lost a row.`);
    ids.push(record.id);
    times.push(record.time);
    from = Math.min(record.id, record.time) + 1;
  }
  return { body, shape: options.shape, ids, times };
}

function timeBytes(timeMs: number, shape: Shape): Buffer {
  if (shape === 'otlp-json' || shape === 'json') return Buffer.from(String(timeMs));
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(timeMs) * (shape === 'arrow' ? 1n : 1_000_000n));
  return bytes;
}

const HEX = Buffer.from('0123456789abcdef');

/** Writes ids that no other `request` has and times from `nowMs` back into a copy of a template's body. */
export function stamp(
  template: Template,
  body: Buffer,
  given: { readonly request: number; readonly nowMs: number },
): void {
  const { ids } = template;
  // Multiplied by an odd number, so that ids of one request do not stand in a row; still none comes twice.
  for (let at = 0; at < ids.length; at += 1) {
    let number = Math.imul(given.request * ids.length + at, 0x9e3779b1) >>> 0;
    let place = (ids[at] as number) + 7;
    for (let digit = 0; digit < 8; digit += 1) {
      body[place] = HEX[number & 15] as number;
      number >>>= 4;
      place -= 1;
    }
  }
  if (template.shape === 'otlp-protobuf') stampWords(template, body, { nowMs: given.nowMs, unit: 1_000_000 });
  else if (template.shape === 'arrow') stampWords(template, body, { nowMs: given.nowMs, unit: 1 });
  else stampDecimals(template, body, given.nowMs);
}

/** A millisecond between records, in two words of 32 bits; `unit` is how many of the body's units it has. */
function stampWords(
  { times }: Template,
  body: Buffer,
  { nowMs, unit }: { readonly nowMs: number; readonly unit: number },
): void {
  const first = BigInt(nowMs - times.length) * BigInt(unit);
  let low = Number(first & 0xffffffffn);
  let high = Number(first >> 32n);
  for (const place of times) {
    low += unit;
    if (low >= 2 ** 32) {
      low -= 2 ** 32;
      high += 1;
    }
    body.writeUInt32LE(low, place);
    body.writeUInt32LE(high, place + 4);
  }
}

function stampDecimals({ times }: Template, body: Buffer, nowMs: number): void {
  times.forEach((place, at) => body.write(String(nowMs - times.length + at), place, 'latin1'));
}

import { DAY_MS, KEY, NOW } from '../../store/duckdb/support.ts';
import type { Attributes, LogRecord, LogsRequest, Value } from '../support.ts';
import type { Countable } from './case.ts';
import { Random } from './random.ts';

/** Records of every sort, odd ones among them. */

const TEXTS = [
  '',
  'a',
  'plain',
  'Zürich',
  '東京',
  '🌊',
  'a\0b',
  '\ud800',
  'x'.repeat(300),
  'line\nbreak',
  '$score',
  '__proto__',
];
export const NUMBERS = [0, -0, 1, -1, 0.1, 1e308, 5e-324, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53 - 1];
const NAMES = [
  'n',
  'c',
  'gone',
  'b',
  'age',
  'Größe',
  'a.b',
  '$x',
  '',
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(200),
];
const TIMES = [
  0,
  1,
  1000,
  NOW - 401 * DAY_MS,
  NOW - 400 * DAY_MS,
  NOW - 1,
  NOW,
  NOW + 3_600_000,
  NOW + 3_600_001,
  Date.UTC(2262, 3, 11),
  18_446_744_073_709,
];

function scalar(random: Random): Value {
  const kind = random.next();
  if (kind < 0.4) return random.pick(NUMBERS);
  if (kind < 0.5) return random.pick([2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -7n, 300n]);
  if (kind < 0.75) return random.pick(TEXTS);
  if (kind < 0.85) return random.chance(0.5);
  if (kind < 0.9) return null;
  if (kind < 0.95) return [1, 'two', null];
  return random.bytes(5);
}

function deepMap(levels: number, inner: Value): Value {
  return levels === 0 ? inner : { deep: deepMap(levels - 1, inner) };
}

function features(random: Random): Attributes {
  const kind = random.next();
  if (kind < 0.003) return Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, at]));
  if (kind < 0.06) return { deep: deepMap(random.pick([1, 7, 8, 10, 40, 300]), 1) };
  if (kind < 0.1)
    return Object.fromEntries(Array.from({ length: 60 }, () => [`fresh${random.below(1e9)}`, 1]));
  const usual = { n: random.below(50), c: random.pick(['a', 'b', 'c', 'd']) };
  if (kind < 0.6) return usual;
  if (kind < 0.7) return { n: 'a text for a number', c: 3.5 };
  return Object.fromEntries(
    Array.from({ length: random.below(12) }, () => [random.pick(NAMES), scalar(random)]),
  );
}

export function modelName(random: Random): string {
  const kind = random.next();
  if (kind < 0.8) return KEY.model;
  if (kind < 0.95)
    return random.pick(['second', 'third', 'm'.repeat(128), 'm'.repeat(129), '', ' ', 'a\nb', '__proto__']);
  return `flood-${random.below(1e9)}`;
}

/** Ids come again and again: repeats, other values under the same id, labels before and after their prediction. */
export function id(random: Random): string {
  return random.chance(0.1)
    ? random.pick(['', 'x'.repeat(5000), ' ', '\0', 'é'.repeat(40)])
    : `p${random.below(3000)}`;
}

function predictionOf(random: Random): LogRecord {
  const attributes: Attributes = {
    'leeway.model.name': modelName(random),
    'leeway.model.version': random.pick(['v1', 'v1', 'v2', '', 'v'.repeat(129)]),
    'leeway.prediction.id': id(random),
    'leeway.prediction.value': random.chance(0.8) ? random.pick(['late', 'on time']) : scalar(random),
    'leeway.prediction.features': random.chance(0.95) ? features(random) : scalar(random),
    ...(random.chance(0.3) && {
      'leeway.prediction.score': random.chance(0.8) ? random.next() : scalar(random),
    }),
    ...(random.chance(0.3) && {
      'leeway.prediction.duration': random.chance(0.8) ? random.next() : scalar(random),
    }),
    ...(random.chance(0.2) && {
      'leeway.protected': { region: random.pick(['north', 'south', 'x'.repeat(20)]) },
    }),
    ...(random.chance(0.1) && { 'leeway.label.value': scalar(random) }),
    ...(random.chance(0.05) && { 'leeway.tenant': random.pick(['other', KEY.tenant]) }),
    ...(random.chance(0.05) && { 'leeway.dataset': random.pick(['reference', 'shadow', 'nonsense']) }),
    ...(random.chance(0.05) && { 'error.type': 'timeout' }),
    ...(random.chance(0.1) && { [`leeway.feature.${random.pick(NAMES)}`]: scalar(random) }),
  };
  return { event: 'leeway.prediction', timeMs: NOW - random.below(DAY_MS), attributes };
}

function labelOf(random: Random): LogRecord {
  return {
    event: 'leeway.label',
    timeMs: NOW,
    attributes: {
      'leeway.model.name': modelName(random),
      'leeway.prediction.id': id(random),
      'leeway.label.value': random.chance(0.8) ? 'late' : scalar(random),
    },
  };
}

function recordOf(random: Random): LogRecord {
  const kind = random.next();
  const base = kind < 0.75 ? predictionOf(random) : kind < 0.9 ? labelOf(random) : oddOf(random);
  return random.chance(0.08) ? { ...base, timeMs: random.pick(TIMES) } : base;
}

function oddOf(random: Random): LogRecord {
  return random.pick<() => LogRecord>([
    () => ({
      body: { n: 1, prediction: 'late', request_id: id(random) },
      attributes: { 'service.name': KEY.model },
      timeMs: NOW,
    }),
    () => ({ body: 'plain words', timeMs: NOW }),
    () => ({ event: 'user.login', timeMs: NOW }),
    () => ({ event: 'leeway.model.schema', timeMs: NOW, attributes: { 'leeway.model.name': KEY.model } }),
    () => ({
      ...predictionOf(random),
      traceId: 'ab'.repeat(random.below(20)),
      spanId: 'cd'.repeat(random.below(10)),
    }),
    () => ({ ...predictionOf(random), dropped: 3 }),
    () => ({}),
  ])();
}

/** Nothing is wrong with it before it is spoiled. */
export function soundOf(random: Random): LogRecord {
  const names = Array.from({ length: random.below(8) }, (_, at) => `s${at}`);
  const values: readonly Value[] = [0, -1.5, 'a', 'Zürich', true, null, 300n, -7n, 0.1, { in: { out: 1 } }];
  return {
    event: 'leeway.prediction',
    timeMs: NOW - random.below(DAY_MS),
    restNs: random.below(1_000_000),
    attributes: {
      'leeway.model.name': random.pick([KEY.model, KEY.model, 'second']),
      'leeway.model.version': random.pick(['v1', 'v2']),
      'leeway.prediction.id': `s${random.below(1e9)}`,
      'leeway.prediction.value': random.pick(['late', 'on time', 1, true]),
      ...(random.chance(0.5) && { 'leeway.prediction.score': random.next() }),
      ...(random.chance(0.5) && { 'leeway.prediction.duration': random.next() }),
      ...(random.chance(0.3) && { 'leeway.segments': { tier: 'gold' } }),
      'leeway.prediction.features': Object.fromEntries(names.map((name) => [name, random.pick(values)])),
    },
  };
}

export function requestOf(random: Random): LogsRequest {
  if (random.chance(0.4))
    return { records: Array.from({ length: 1 + random.below(5) }, () => soundOf(random)) };
  return {
    resource: random.chance(0.5) ? { 'service.name': 'service', 'service.version': 's1' } : {},
    scope: random.chance(0.1) ? { 'leeway.segments': { region: 'north' } } : {},
    records: Array.from({ length: random.below(6) }, () => recordOf(random)),
  };
}

/** Events of a schema become no rows, but may be refused. */
export function countable({ records }: LogsRequest): Countable {
  const schemas = records.filter(({ event }) => event === 'leeway.model.schema');
  return { least: records.length - schemas.length, most: records.length };
}

function plainValue(random: Random): unknown {
  const value = scalar(random);
  return typeof value === 'bigint' || value instanceof Uint8Array ? 12 : value;
}

export function jsonRow(random: Random, route: 'predictions' | 'labels'): object {
  const time = random.chance(0.9)
    ? NOW - random.below(DAY_MS)
    : random.pick<unknown>([...TIMES, '2026-06-10', 'now', 1e300, -5, null]);
  if (route === 'labels')
    return { model: modelName(random), id: id(random), value: plainValue(random), time };
  const common = {
    model: modelName(random),
    version: 'v1',
    time,
    features: random.chance(0.9) ? jsonFeatures(random) : plainValue(random),
  };
  return {
    ...common,
    ...(random.chance(0.8) && { id: id(random) }),
    ...(random.chance(0.9) && { value: plainValue(random) }),
    ...(random.chance(0.1) && { [random.pick(NAMES)]: 1 }),
    ...(random.chance(0.2) && { protected: { region: random.pick(['north', 7, true]) } }),
  };
}

function jsonFeatures(random: Random): unknown {
  return JSON.parse(
    JSON.stringify(features(random), (_, value: unknown) =>
      typeof value === 'bigint' ? Number(value) : value,
    ),
  );
}

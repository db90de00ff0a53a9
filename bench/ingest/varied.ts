import { encode } from '../../test/server/ingest/support.ts';
import type { LogRecord, Value } from '../../test/server/ingest/support.ts';
import { randomFrom } from '../kit/statistics.ts';

/** Requests of every kind of value that is kept: the values of two decoders are compared over them. */

const MINUTE_MS = 60_000;
const NOW_MS = 1_777_777_777_000;
const TEXTS = [
  '',
  'a',
  'plain',
  'Zürich',
  '東京',
  '🌊 tide',
  'e\u0301',
  'line\nbreak',
  'tab\t',
  '"quoted"',
  '\\',
  '\u2028',
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e300,
  5e-324,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  -(2 ** 31),
  2 ** 53 - 1,
  2 ** 52 + 0.5,
];

export function variedBodies(seed: number): readonly Buffer[] {
  const random = randomFrom(seed + 77);
  return Array.from({ length: 40 }, (_, body) => {
    const records = Array.from({ length: 64 }, (_, row) => variedRecord(random, `${body}-${row}`));
    return encode(
      { resource: { 'service.name': 'varied', 'service.version': 'r1' }, records },
      body % 2 === 0 ? 'first' : 'last',
    );
  });
}

type Random = () => number;

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function valueOf(random: Random): Value {
  const kind = random();
  if (kind < 0.35) return pick(random, NUMBERS);
  if (kind < 0.5) return BigInt(Math.trunc((random() - 0.5) * 2 ** 53));
  if (kind < 0.75) return random() < 0.5 ? pick(random, TEXTS) : 'x'.repeat(Math.floor(random() * 300));
  if (kind < 0.85) return random() < 0.5;
  return null;
}

function variedRecord(random: Random, id: string): LogRecord {
  const names = Array.from(
    { length: Math.floor(random() * 30) },
    (_, at) => `f${(at * 7) % 31}-${pick(random, ['ä', 'b', ''])}`,
  );
  const features = Object.fromEntries(names.map((name): [string, Value] => [name, valueOf(random)]));
  const nested = random() < 0.2 ? { deep: { one: valueOf(random), two: { three: valueOf(random) } } } : {};
  return {
    event: 'leeway.prediction',
    timeMs: NOW_MS - Math.floor(random() * 1000) * MINUTE_MS,
    restNs: Math.floor(random() * 1e6),
    severity: 9,
    attributes: {
      'leeway.model.name': pick(random, ['one', 'two', 'Dritte']),
      ...(random() < 0.7 && { 'leeway.model.version': pick(random, ['v1', 'v2', '2026-05']) }),
      'leeway.prediction.id': random() < 0.5 ? `id-${id}` : `0192f0c1-7a3b-7c4d-8e5f-${id.padStart(12, '0')}`,
      'leeway.prediction.value': pick(random, [1, 0, 'yes', 'nein', true, 0.25]),
      ...(random() < 0.5 && { 'leeway.prediction.score': random() }),
      ...(random() < 0.5 && { 'leeway.prediction.duration': random() }),
      ...(random() < 0.1 && { 'error.type': 'TimeoutError' }),
      ...(random() < 0.3 && { 'leeway.segments': { region: pick(random, TEXTS), tier: 'gold' } }),
      'leeway.prediction.features': { ...features, ...nested },
    },
  };
}

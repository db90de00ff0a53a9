import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { decode } from '../../../server/ingest/ingest.ts';
import { TextTable } from '../../../server/ingest/text-table.ts';
import { LIMITS, NOW } from '../store/duckdb/support.ts';
import { encode, encodeJson } from './support.ts';
import type { Attributes, LogRecord } from './support.ts';

const limits = { ...LIMITS, maxFeatures: 5 };

const FORMATS = [
  ['otlp-protobuf', encode],
  ['otlp-json', encodeJson],
] as const;

function event(features: Attributes, more: Attributes = {}): LogRecord {
  const attributes = { 'leeway.model.name': 'fraud', 'leeway.model.features': features, ...more };
  return { event: 'leeway.model.schema', timeMs: NOW, attributes };
}

const nothing = { kind: null, min: null, max: null, categories: null, protected: false };

describe.each(FORMATS)('an event leeway.model.schema in %s', (protocol, toBytes) => {
  function read(...records: readonly LogRecord[]): Batch {
    const request = { tenant: 'acme', route: 'logs', protocol, receivedAtMs: NOW } as const;
    return decode(toBytes({ records }), { request, digest: 'd', limits, texts: new TextTable() }) as Batch;
  }

  it('declares kinds, ranges, categories and what is protected', () => {
    const batch = read(
      event({
        amount: { kind: 'number', min: 0, max: 99.5 },
        channel: { kind: 'category', categories: ['web', 'shop', 'web'] },
        region: { protected: true },
      }),
    );
    expect(batch.rejected).toEqual([]);
    expect(batch.warnings).toEqual([]);
    expect(batch.models[0]?.schema).toEqual({
      amount: { ...nothing, kind: 'number', min: 0, max: 99.5 },
      channel: { ...nothing, kind: 'category', categories: ['web', 'shop'] },
      region: { ...nothing, protected: true },
    });
    expect(batch.models[0]?.predictions.rows).toBe(0);
  });

  it.each([
    ['a name with dots', { 'customer.age': { kind: 'number' } }, 'customer.age'],
    ['a name that ends like a field', { 'amount.kind': { kind: 'number' } }, 'amount.kind'],
    ['a map in a map', { customer: { age: { kind: 'number' } } }, 'customer.age'],
    ['a name that objects have', { constructor: { kind: 'number' } }, 'constructor'],
  ])('takes %s', (_name, features, expected) => {
    const declared = read(event(features)).models[0]?.schema ?? {};
    expect(Object.entries(declared)).toEqual([[expected, { ...nothing, kind: 'number' }]]);
  });

  it('takes true and false as categories in words, and an infinite bound as none', () => {
    const declared = read(event({ a: { categories: [true, false] }, b: { min: -Infinity, max: 1 } }))
      .models[0]?.schema;
    expect(declared).toMatchObject({ a: { categories: ['true', 'false'] }, b: { min: null, max: 1 } });
  });

  it('counts for the last time it stands in a request', () => {
    const batch = read(event({ a: { kind: 'number' } }), event({ a: { kind: 'category' } }));
    expect(batch.models[0]?.schema).toMatchObject({ a: { kind: 'category' } });
  });

  it.each([
    ['declares nothing', {}, /declares nothing/],
    ['has a kind that is not known', { a: { kind: 'numeric' } }, /kind of "a" must be one of number,/],
    ['has a bound that is no number', { a: { min: 'zero' } }, /min of "a" must be a number/],
    ['has a min above its max', { a: { min: 2, max: 1 } }, /min above its max/],
    ['protects with a text', { a: { protected: 'yes' } }, /must be true or false/],
    ['has categories that are numbers', { a: { categories: [1, 2] } }, /list of texts/],
    [
      'has a field that is not known',
      { a: { type: 'number' } },
      /"a.type" is not known; a feature has kind,/,
    ],
    ['names a feature without a field', { a: 'number' }, /"a" is not known/],
    [
      'declares more features than a model may have',
      Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, { kind: 'number' }])),
      /more than 5 features/,
    ],
    [
      'lists too many categories',
      { a: { categories: Array.from({ length: 1001 }, (_, index) => `c${index}`) } },
      /at most 1000/,
    ],
  ])('that %s is refused in words that hold no value', (_name, features, words) => {
    const batch = read(event(features));
    expect(batch.rejected).toMatchObject([{ reason: 'malformed', count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
    expect(batch.rejected[0]?.message).not.toMatch(/zero|numeric|yes/);
    expect(batch.models[0]?.schema).toBeUndefined();
  });

  it('that names no model is refused', () => {
    expect(read(event({ a: { kind: 'number' } }, { 'leeway.model.name': '' })).rejected).toMatchObject([
      { reason: 'missing_model' },
    ]);
  });

  it('leaves a list among features what it was: told, and the rest kept', () => {
    const batch = read({
      event: 'leeway.prediction',
      timeMs: NOW,
      attributes: { 'leeway.model.name': 'fraud', 'leeway.prediction.features': { v: ['a'], a: 1 } },
    });
    expect(batch.warnings[0]?.message).toMatch(/"v" is a list/);
    expect(batch.models[0]?.predictions.values.map(({ name }) => name)).toEqual(['a']);
  });
});

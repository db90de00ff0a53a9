import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { LIMITS, NOW } from '../store/duckdb/support.ts';
import { decoded, labelsOf, predictionsOf } from './plain.ts';

const read = (text: string | Buffer, route: 'predictions' | 'labels' = 'predictions'): Batch =>
  decoded('ndjson', text, { route });
const line = (id: string, more: object = {}) =>
  JSON.stringify({ model: 'm', id, time: NOW, value: 1, ...more });
const ids = (batch: Batch) => predictionsOf(batch).map((row) => row['id']);

describe('a line of NDJSON', () => {
  it('is what an object of the JSON route is', () => {
    const row = {
      model: 'm',
      version: 'v1',
      id: 'a',
      time: '2026-06-10T12:00:00.000Z',
      features: { hour: 5, origin: 'A', nested: { deep: true }, none: null },
      value: 'late',
      score: 0.7,
      scores: { late: 0.7, 'on time': 0.3 },
      durationMs: 40,
      inputTokens: 10,
      outputTokens: 20,
      cost: 0.5,
      currency: 'EUR',
      segments: { lane: 'x' },
      protected: { sex: 'f' },
      dataset: 'shadow',
    };
    const expected = {
      ...row,
      time: undefined,
      timeMs: NOW,
      scores: undefined,
      features: { hour: 5, origin: 'A', 'nested.deep': true, 'score.late': 0.7, 'score.on time': 0.3 },
    };
    expect(predictionsOf(read(JSON.stringify(row)))).toEqual([JSON.parse(JSON.stringify(expected))]);
    expect(predictionsOf(decoded('json', JSON.stringify(row), { route: 'predictions' }))).toEqual(
      predictionsOf(read(JSON.stringify(row))),
    );
  });

  it('may hold a label', () => {
    const text = '{"model":"m","id":"a","value":"late","time":1781092800000,"source":"ops"}\n';
    expect(labelsOf(read(text, 'labels'))).toEqual([
      { model: 'm', id: 'a', value: 'late', timeMs: 1_781_092_800_000, source: 'ops' },
    ]);
  });

  it('may hold the label of its own prediction', () => {
    expect(labelsOf(read(line('a', { label: true })))).toMatchObject([{ id: 'a', value: true }]);
  });
});

describe('the lines of a body', () => {
  it.each([
    ['end in LF', `${line('a')}\n${line('b')}\n`],
    ['end in CRLF', `${line('a')}\r\n${line('b')}\r\n`],
    ['need no end behind the last', `${line('a')}\n${line('b')}`],
    ['may be empty or blank', `\n\r\n${line('a')}\n  \n\n${line('b')}\n\n`],
    ['may stand behind a byte order mark', `\uFEFF${line('a')}\n${line('b')}`],
  ])('%s', (_name, text) => {
    const batch = read(text);
    expect(ids(batch)).toEqual(['a', 'b']);
    expect(batch.rejected).toEqual([]);
  });

  it('may be none', () => {
    expect(read('')).toMatchObject({ models: [], rejected: [] });
  });

  const long = line('x', { features: { text: 'x'.repeat(1_100_000) } });
  it.each([
    ['cut', '{"model":"m","id":', 'malformed', 'Line 2 is not JSON; send one whole object a line.'],
    [
      'a list',
      '[{"model":"m"}]',
      'malformed',
      'Line 2: Each of predictions must be an object; one is a list.',
    ],
    ['a text', '"secret"', 'malformed', 'Line 2: Each of predictions must be an object; one is a text.'],
    [
      'of an unknown field',
      '{"model":"m","features":{},"wat":1}',
      'malformed',
      /^Line 2: Field "wat" is not known in predictions; known are model, version/,
    ],
    [
      'a feature without a name',
      '{"model":"m","features":{"":1}}',
      'bad_feature',
      'Line 2: In features, "" is no name: it must not be empty nor start with $.',
    ],
    ['without a model', '{"value":1}', 'missing_model', /names no model/],
    [
      'too long',
      long,
      'malformed',
      /^Line 2 has \d+ bytes, at most 1048576 are taken; send one row a line\.$/,
    ],
  ])('that are wrong are refused alone: %s', (_name, wrong, reason, words) => {
    const batch = read(`${line('a')}\n${wrong}\n${line('b')}\n`);
    expect(ids(batch)).toEqual(['a', 'b']);
    expect(batch.rejected).toEqual([
      { reason, count: 1, message: typeof words === 'string' ? words : expect.stringMatching(words) },
    ]);
  });

  it('are counted when many are wrong, the first in words', () => {
    const batch = read(`${line('a')}\nnope\n\nnope\n${line('b')}\nnope`);
    expect(batch.rejected).toEqual([
      { reason: 'malformed', count: 3, message: expect.stringMatching(/^Line 2 /) },
    ]);
    expect(ids(batch)).toEqual(['a', 'b']);
  });

  it('are never quoted in a refusal', () => {
    const batch = read('{"model":"m","secret":"hunter2"} trailing\n{"value":"hunter2"');
    expect(JSON.stringify(batch.rejected)).not.toContain('hunter2');
  });

  it('are refused without harm when they are no UTF-8', () => {
    const latin = (id: string) => Buffer.from(`${line(id)}\n`, 'latin1');
    const batch = read(Buffer.concat([latin('b\u00e9'), latin('b\u00e8'), Buffer.from(line('a'))]));
    expect(ids(batch)).toEqual(['a']);
    expect(batch.rejected).toEqual([
      { reason: 'malformed', count: 2, message: expect.stringMatching(/^Line 1 is not UTF-8/) },
    ]);
  });

  it('are taken at predictions and labels only', () => {
    expect(() => decoded('ndjson', line('a'), { route: 'logs' })).toThrow(/OTLP/);
  });

  it('keep within the limits of the features of a row', () => {
    const features = Object.fromEntries(
      Array.from({ length: LIMITS.maxFeatures + 1 }, (_, at) => [`f${at}`, 1]),
    );
    expect(read(line('a', { features })).rejected).toMatchObject([{ reason: 'too_many_features', count: 1 }]);
  });
});

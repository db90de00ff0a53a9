import { idText } from '../../../server/ids.ts';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { NOW } from '../store/duckdb/support.ts';
import { decoded, predictionsOf } from './plain.ts';

/** The JSON mapping of OTLP, field by field: what its specification asks of a server, and what real senders do. */

type Json = Readonly<Record<string, unknown>>;

const attribute = (key: string, value: unknown) => ({ key, value });
const model = attribute('leeway.model.name', { stringValue: 'm' });
const features = (...values: readonly object[]) =>
  attribute('leeway.prediction.features', { kvlistValue: { values } });

const bodyOf = (logRecord: Json, request: Json = {}): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [logRecord] }] }], ...request });
const logRecord = (more: Json = {}): Json => ({
  eventName: 'leeway.prediction',
  timeUnixNano: `${NOW}000001`,
  attributes: [model, attribute('leeway.prediction.value', { intValue: '1' })],
  ...more,
});
const read = (body: string): Batch => decoded('otlp-json', body);
const one = (more: Json = {}) => predictionsOf(read(bodyOf(logRecord(more))))[0];
const feature = (value: unknown): Batch =>
  read(
    bodyOf(
      logRecord({ attributes: [model, features(attribute('f', value), attribute('g', { intValue: 1 }))] }),
    ),
  );

describe('a value in the JSON of OTLP', () => {
  it.each([
    ['a text', { stringValue: 'x' }, 'x'],
    ['an empty text', { stringValue: '' }, ''],
    ['true', { boolValue: true }, true],
    ['an integer in decimal text', { intValue: '31' }, 31],
    ['a negative integer in text', { intValue: '-5' }, -5],
    ['an integer as a number, as OpenTelemetry for JavaScript sends it', { intValue: 31 }, 31],
    ['a double', { doubleValue: 31.5 }, 31.5],
    ['a whole double', { doubleValue: 31 }, 31],
    ['a double in text', { doubleValue: '31.5' }, 31.5],
    ['a double in scientific text', { doubleValue: '-1.5e-7' }, -1.5e-7],
    ['NaN', { doubleValue: 'NaN' }, NaN],
    ['Infinity', { doubleValue: 'Infinity' }, Infinity],
    ['-Infinity', { doubleValue: '-Infinity' }, -Infinity],
    ['a value beside an unknown field', { stringValue: 'x', whatever: 1 }, 'x'],
    ['a value beside an empty one', { stringValue: null, intValue: 5 }, 5],
  ])('may be %s', (_name, value, expected) => {
    const batch = feature(value);
    expect(predictionsOf(batch)).toMatchObject([{ features: { f: expected, g: 1 } }]);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it.each([
    ['an empty object', {}],
    ['null', null],
    ['left out', undefined],
    ['a kind that is null', { stringValue: null }],
    ['an empty map', { kvlistValue: {} }],
    ['an empty map of null', { kvlistValue: { values: null } }],
    ['a kind of a later version', { uuidValue: 'x' }],
    ['the index of a profile', { stringValueStrindex: 3 }],
    ['in snake case', { string_value: 'x' }],
  ])('is missing when it is %s', (_name, value) => {
    const batch = feature(value);
    expect(predictionsOf(batch)).toMatchObject([{ features: { g: 1 } }]);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it.each([
    ['2^53 + 1 in text', { intValue: '9007199254740993' }, 9_007_199_254_740_992],
    ['2^63 - 1 in text', { intValue: '9223372036854775807' }, 2 ** 63],
    ['2^60 as a number', { intValue: 2 ** 60 }, 2 ** 60],
  ])('is kept as the nearest double and counted when it is %s', (_name, value, expected) => {
    const batch = feature(value);
    expect(predictionsOf(batch)).toMatchObject([{ features: { f: expected } }]);
    expect(batch.warnings).toMatchObject(
      [{ reason: 'bad_feature', count: 1, message: /2\^53/ }].map(matching),
    );
  });

  it.each([
    ['a list', { arrayValue: { values: [{ doubleValue: 1 }] } }],
    ['an empty list', { arrayValue: {} }],
  ])('is left out and counted when it is %s', (_name, value) => {
    const batch = feature(value);
    expect(predictionsOf(batch)).toMatchObject([{ features: { g: 1 } }]);
    expect(batch.warnings).toMatchObject([{ reason: 'unsupported_type', count: 1 }]);
  });

  it.each([
    ['bytes in base64', { bytesValue: 'aGVsbG8=' }, 'bad_feature', /"f" holds bytes/],
    ['a text that is a number', { stringValue: 5 }, 'malformed', /expected was text/],
    ['a boolean in text', { boolValue: 'true' }, 'malformed', /expected was true or false/],
    ['an integer that is none', { intValue: 1.5 }, 'malformed', /expected was an integer/],
    ['an integer in other words', { intValue: '0x1f' }, 'malformed', /expected was an integer/],
    ['an empty integer', { intValue: '' }, 'malformed', /expected was an integer/],
    ['an integer that is a list', { intValue: [] }, 'malformed', /expected was an integer/],
    ['a double in other words', { doubleValue: 'inf' }, 'malformed', /expected was a number/],
    ['a double that is a map', { doubleValue: {} }, 'malformed', /expected was a number/],
  ])('is refused with its record when it is %s', (_name, value, reason, words) => {
    const batch = feature(value);
    expect(predictionsOf(batch)).toEqual([]);
    expect(batch.rejected).toMatchObject([{ reason, count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
  });

  it('may be a map, which is flattened with dots', () => {
    const inner = {
      kvlistValue: {
        values: [attribute('b', { kvlistValue: { values: [attribute('c', { intValue: 1 })] } })],
      },
    };
    expect(predictionsOf(feature(inner))).toMatchObject([{ features: { 'f.b.c': 1 } }]);
  });
});

function matching<T extends { readonly message: RegExp }>(told: T) {
  return { ...told, message: expect.stringMatching(told.message) };
}

describe('a time in the JSON of OTLP', () => {
  it.each([
    ['text, exact to the nanosecond', `${NOW}123457`, NOW, 123_457],
    ['a number, exact to the millisecond', NOW * 1e6, NOW, undefined],
  ])('may be %s', (_name, timeUnixNano, timeMs, restNs) => {
    const row = one({ timeUnixNano });
    expect([row?.['timeMs'], row?.['restNs']]).toEqual([timeMs, restNs]);
  });

  it.each([
    ['left out', undefined],
    ['null', null],
    ['zero in text', '0'],
    ['zero', 0],
  ])('is that of the observer when it is %s', (_name, timeUnixNano) => {
    expect(one({ timeUnixNano, observedTimeUnixNano: `${NOW - 7}000000` })).toMatchObject({
      timeMs: NOW - 7,
    });
  });

  it.each([
    ['a date', '2026-06-10T12:00:00Z', 'malformed'],
    ['empty', '', 'malformed'],
    ['negative', '-5', 'malformed'],
    ['a fraction in text', '1.5', 'malformed'],
    ['true', true, 'malformed'],
    ['beyond any number', 1e300, 'malformed'],
    ['2^64 - 1', '18446744073709551615', 'time_out_of_range'],
    ['of 1970', '1000000', 'time_out_of_range'],
  ])('is refused with its record when it is %s', (_name, timeUnixNano, reason) => {
    const batch = read(bodyOf(logRecord({ timeUnixNano })));
    expect(batch.rejected).toMatchObject([{ reason, count: 1 }]);
    expect(predictionsOf(batch)).toEqual([]);
  });
});

describe('an id in the JSON of OTLP', () => {
  const trace = '5b8efff798038103d269b633813fc60c';
  const span = 'eee19b7ec3c1b174';
  it.each([
    ['hex', trace, span, `${trace}-${span}`],
    ['hex in capitals', trace.toUpperCase(), span.toUpperCase(), `${trace}-${span}`],
    ['none when it is base64', 'W47/95gDgQPSabYzgT/GDA==', '7uGbfsPBsXQ=', null],
    ['none when it is no hex', 'z'.repeat(32), span, null],
    ['none when it is short', trace, span.slice(1), null],
    ['none when it is zero', '0'.repeat(32), '0'.repeat(16), null],
    ['none when it is empty', '', '', null],
    ['none when it is a number', 5, 5, null],
  ])('is %s', (_name, traceId, spanId, expected) => {
    const batch = read(bodyOf(logRecord({ traceId, spanId })));
    expect(idText(batch.models[0]!.predictions.id, 0)).toBe(expected);
  });
});

describe('a request in the JSON of OTLP', () => {
  it('has unknown fields ignored at every level', () => {
    const unknown = { whatever: { deep: [1] } };
    const body = {
      ...unknown,
      resourceLogs: [
        {
          ...unknown,
          schemaUrl: 'x',
          resource: { ...unknown, attributes: [{ ...model, ...unknown }], droppedAttributesCount: 0 },
          scopeLogs: [
            {
              ...unknown,
              scope: { ...unknown, name: 's', version: '1' },
              logRecords: [
                {
                  ...logRecord({ attributes: [attribute('leeway.prediction.value', { intValue: 1 })] }),
                  ...unknown,
                  severityNumber: 9,
                  severityText: 'INFO',
                  flags: 1,
                },
              ],
            },
          ],
        },
      ],
    };
    const batch = read(JSON.stringify(body));
    expect(predictionsOf(batch)).toMatchObject([{ model: 'm', value: 1 }]);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it.each([
    ['of nothing', '{}'],
    ['of an empty list', '{"resourceLogs":[]}'],
    ['of null', '{"resourceLogs":null}'],
    ['of a resource without scopes', '{"resourceLogs":[{}]}'],
    ['of a scope without records', '{"resourceLogs":[{"scopeLogs":[{"scope":null}]}]}'],
  ])('%s is a success', (_name, body) => {
    expect(read(body)).toMatchObject({ models: [], rejected: [], warnings: [] });
  });

  it.each([
    ['rows of another format', '{"model":"m","value":1}', /no resourceLogs/],
    ['profiles', '{"resourceProfiles":[]}', /no resourceLogs/],
    ['keys in snake case', '{"resource_logs":[]}', /lowerCamelCase/],
    ['traces', '{"resourceSpans":[]}', /traces or metrics/],
    ['metrics', '{"resourceMetrics":[]}', /traces or metrics/],
    ['a list', '[]', /must be an object/],
    ['a text', '"x"', /must be an object/],
    ['null', 'null', /must be an object/],
    ['records that are no list', bodyOf({}).replace(/\[\{\}\]/, '{}'), /logRecords must be a list/],
    ['attributes that are no objects', bodyOf({ attributes: [5] }), /attributes must be an object/],
    ['a value that is a text', bodyOf({ attributes: [attribute('a', 'x')] }), /value must be an object/],
    ['a body that is a text', bodyOf({ body: 'x' }), /body must be an object/],
    ['a map that is a list', bodyOf({ body: { kvlistValue: [] } }), /kvlistValue must be an object/],
    ['half of itself', '{"resourceLogs":[{"scop', /not JSON/],
  ])('of %s is refused whole, in words', (_name, body, words) => {
    expect(() => read(body)).toThrow(words);
  });

  it.each([
    ['an event name that is a number', { eventName: 5 }],
    ['a severity in words', { severityNumber: 'SEVERITY_NUMBER_INFO' }],
    ['a count of dropped attributes in words', { droppedAttributesCount: 'many' }],
    [
      'a key that is a number',
      { attributes: [model, attribute('leeway.prediction.value', { intValue: 1 }), { key: 5 }] },
    ],
  ])('may have %s: its record is kept', (_name, more) => {
    expect(one(more)).toMatchObject({ model: 'm', value: 1 });
  });
});

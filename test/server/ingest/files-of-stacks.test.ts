import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { NOW } from '../store/duckdb/support.ts';
import { decoded, labelsOf, predictionsOf } from './plain.ts';

/** Lines of the files that SageMaker and Databricks write, sent as NDJSON. */

const read = (line: object, route: 'predictions' | 'labels' = 'predictions'): Batch =>
  decoded('ndjson', `${JSON.stringify(line)}\n`, { route });

const csv = (mode: string, data: string) => ({
  observedContentType: 'text/csv',
  mode,
  data,
  encoding: 'CSV',
});
const json = (mode: string, data: unknown) => ({
  observedContentType: 'application/json',
  mode,
  data: JSON.stringify(data),
  encoding: 'JSON',
});

interface Capture {
  readonly input: object;
  readonly output: object;
  readonly more?: object;
  readonly metadata?: object;
}

/** As SageMaker writes it to S3; `model` and `version` are added by whoever sends it. */
const capture = ({ input, output, more = {}, metadata = {} }: Capture) => ({
  captureData: { endpointInput: input, endpointOutput: output },
  eventMetadata: {
    eventId: '34c69035-0000-4000-8000-000000000001',
    inferenceTime: '2026-06-10T11:59:58Z',
    ...metadata,
  },
  eventVersion: '0',
  model: 'churn',
  version: '3',
  ...more,
});

describe("a line of SageMaker's data capture", () => {
  it('is a prediction, its columns by their places', () => {
    const line = capture({ input: csv('INPUT', '132,25.5,,yes\n'), output: csv('OUTPUT', '0.014') });
    expect(predictionsOf(read(line))).toEqual([
      {
        model: 'churn',
        version: '3',
        id: '34c69035-0000-4000-8000-000000000001',
        timeMs: NOW - 2000,
        features: { 'input[0]': 132, 'input[1]': 25.5, 'input[3]': 'yes' },
        value: 0.014,
      },
    ]);
  });

  it.each<[string, object, object, readonly object[]]>([
    [
      'several rows of CSV',
      csv('INPUT', '1,2\r\n3,4'),
      csv('OUTPUT', 'a\nb\n'),
      [
        {
          id: '34c69035-0000-4000-8000-000000000001-0',
          features: { 'input[0]': 1, 'input[1]': 2 },
          value: 'a',
        },
        {
          id: '34c69035-0000-4000-8000-000000000001-1',
          features: { 'input[0]': 3, 'input[1]': 4 },
          value: 'b',
        },
      ],
    ],
    [
      'quotes and an empty first cell in CSV',
      csv('INPUT', ',"a, ""b""",-1.5e3,0x10'),
      csv('OUTPUT', '1'),
      [{ features: { 'input[1]': 'a, "b"', 'input[2]': -1500, 'input[3]': '0x10' }, value: 1 }],
    ],
    [
      'V1 in JSON',
      json('INPUT', { instances: [{ hour: 5 }] }),
      json('OUTPUT', { predictions: [{ prediction: 'late', score: 0.75 }] }),
      [{ features: { hour: 5, 'predictions.score': 0.75 }, value: 'late' }],
    ],
    [
      'an object in JSON',
      json('INPUT', { hour: 5 }),
      json('OUTPUT', { label: 'late' }),
      [{ features: { hour: 5 }, value: 'late' }],
    ],
    [
      'rows in JSON',
      json('INPUT', [
        [1, 2],
        [3, 4],
      ]),
      json('OUTPUT', [['a'], ['b']]),
      [
        { features: { 'input[0]': 1, 'input[1]': 2 }, value: 'a' },
        { features: { 'input[0]': 3, 'input[1]': 4 }, value: 'b' },
      ],
    ],
    ['a number in JSON', json('INPUT', { hour: 5 }), json('OUTPUT', 0.5), [{ value: 0.5 }]],
  ])('may hold %s', (_name, input, output, expected) => {
    const batch = read(capture({ input, output }));
    expect(predictionsOf(batch)).toMatchObject(expected);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it("goes by the client's own id of the inference, if there is one", () => {
    const line = capture({
      input: csv('INPUT', '1'),
      output: csv('OUTPUT', '1'),
      metadata: { inferenceId: 'order-7' },
    });
    expect(predictionsOf(read(line))).toMatchObject([{ id: 'order-7' }]);
  });

  const input = csv('INPUT', '1');
  it.each<[string, object, string, RegExp]>([
    [
      'without a model',
      capture({ input, output: input, more: { model: undefined } }),
      'missing_model',
      /names no model/,
    ],
    [
      'in base64',
      capture({ input: { data: 'MQ==', encoding: 'BASE64' }, output: input }),
      'malformed',
      /^Line 1: The input of a line must be a text with encoding CSV or JSON/,
    ],
    [
      'without output',
      { ...capture({ input, output: input }), captureData: { endpointInput: input } },
      'malformed',
      /no endpointOutput/,
    ],
    [
      'of broken JSON',
      capture({ input: { ...input, encoding: 'JSON', data: '{' }, output: input }),
      'malformed',
      /is not JSON/,
    ],
    [
      'of more rows in than out',
      capture({ input: csv('INPUT', '1\n2'), output: input }),
      'unpaired',
      /holds 2 rows/,
    ],
  ])('%s is refused alone, in words', (_name, line, reason, words) => {
    const text = `${JSON.stringify(line)}\n${JSON.stringify(capture({ input, output: input }))}`;
    const batch = decoded('ndjson', text, { route: 'predictions' });
    expect(batch.rejected).toMatchObject([{ reason, count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
    expect(predictionsOf(batch)).toHaveLength(1);
  });
});

describe("a line of SageMaker's ground truth", () => {
  const truth = (data: string, more: object = {}) => ({
    groundTruthData: { data, encoding: 'CSV' },
    eventMetadata: { eventId: 'a' },
    eventVersion: '0',
    model: 'churn',
    ...more,
  });

  it('is a label of its event', () => {
    expect(labelsOf(read(truth('1'), 'labels'))).toEqual([
      { model: 'churn', id: 'a', timeMs: NOW, value: 1 },
    ]);
  });

  it('of several rows is a label of each', () => {
    expect(labelsOf(read(truth('no\nyes'), 'labels'))).toMatchObject([
      { id: 'a-0', value: 'no' },
      { id: 'a-1', value: 'yes' },
    ]);
  });

  it.each<[string, object, string, RegExp]>([
    ['of several values', truth('1,2'), 'malformed', /one value a row/],
    ['of nothing', truth(''), 'malformed', /one value a row/],
    ['without an event', truth('1', { eventMetadata: {} }), 'missing_id', /names no prediction/],
    ['without a model', truth('1', { model: undefined }), 'missing_model', /names no model/],
  ])('%s is refused in words', (_name, line, reason, words) => {
    const batch = read(line, 'labels');
    expect(batch.rejected).toMatchObject([{ reason, count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
  });
});

/** As the table is exported to JSON: bodies as text, numbers as numbers or texts. */
const row = (more: object = {}) => ({
  client_request_id: null,
  databricks_request_id: '3fa85f64',
  date: '2026-06-10',
  timestamp_ms: NOW - 2000,
  status_code: 200,
  execution_time_ms: 12,
  request: JSON.stringify({ dataframe_split: { columns: ['age', 'job'], data: [[39, 'clerk']] } }),
  response: JSON.stringify({ predictions: ['no'] }),
  sampling_fraction: 1,
  request_metadata: { endpoint_name: 'serving', model_name: 'income', model_version: '7' },
  ...more,
});

describe("a row of Databricks' inference table", () => {
  it('is a prediction, named by its metadata', () => {
    expect(predictionsOf(read(row()))).toEqual([
      {
        model: 'income',
        version: '7',
        id: '3fa85f64',
        timeMs: NOW - 2000,
        durationMs: 12,
        features: { age: 39, job: 'clerk' },
        value: 'no',
      },
    ]);
  });

  it.each<[string, object, object]>([
    ["the client's id", { client_request_id: 'order-7' }, { id: 'order-7' }],
    ['records', { request: { dataframe_records: [{ age: 40 }] } }, { features: { age: 40 } }],
    ['V1', { request: '{"instances":[{"age":41}]}' }, { features: { age: 41 } }],
    [
      'V2',
      { request: { inputs: [{ name: 'age', shape: [1], datatype: 'INT64', data: [42] }] } },
      { features: { age: 42 } },
    ],
    [
      'the columns of the newer table',
      {
        timestamp_ms: undefined,
        request_time: '2026-06-10T11:59:57Z',
        execution_time_ms: undefined,
        execution_duration_ms: '15',
      },
      { timeMs: NOW - 3000, durationMs: 15 },
    ],
    ['a name of its own', { model: 'mine', version: '1' }, { model: 'mine', version: '1' }],
    [
      'no name of a model but its endpoint',
      { request_metadata: { endpoint_name: 'serving' } },
      { model: 'serving' },
    ],
    [
      'a failure',
      { status_code: 500, response: '{"error_code":"X"}' },
      { error: '500', features: { age: 39 } },
    ],
    [
      'several rows',
      {
        request: '{"dataframe_split":{"columns":["a"],"data":[[1],[2]]}}',
        response: '{"predictions":[3,4]}',
      },
      { id: '3fa85f64-0', value: 3 },
    ],
  ])('may have %s', (_name, more, expected) => {
    const batch = read(row(more));
    expect(predictionsOf(batch)[0]).toMatchObject(expected);
    expect(batch.rejected).toEqual([]);
  });

  it.each<[string, object, string, RegExp]>([
    ['without a model', { request_metadata: null }, 'missing_model', /names no model/],
    [
      'of a chat',
      { request: '{"messages":[{"content":"secret"}]}' },
      'malformed',
      /^Line 1: .*neither protocol/,
    ],
    ['of no request', { request: null }, 'malformed', /request of a row .* must be an object/],
    ['of a torn response', { response: '{"predictions":["secret' }, 'malformed', /response of a row/],
    [
      'of a table that is none',
      { request: { dataframe_split: { columns: 'a' } } },
      'malformed',
      /lists "columns" and "data"/,
    ],
    [
      'of rows without their columns',
      { request: { dataframe_split: { columns: ['a'], data: [[1, 2]] } } },
      'malformed',
      /every column/,
    ],
  ])('%s is refused alone, in words', (_name, more, reason, words) => {
    const batch = read(row(more));
    expect(batch.rejected).toMatchObject([{ reason, count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
    expect(JSON.stringify(batch.rejected)).not.toContain('secret');
  });
});

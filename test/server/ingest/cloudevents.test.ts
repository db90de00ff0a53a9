import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import type { DecodeOptions, PlainRow } from './plain.ts';
import { NOW } from '../store/duckdb/support.ts';
import { decoded, labelsOf, predictionsOf } from './plain.ts';

type Headers = Readonly<Record<string, string>>;

/** What KServe's agent sends around the body of a request or response. */
const kserve = (side: 'request' | 'response', more: Headers = {}): Headers => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': '0a1b2c3d-0000-4000-8000-000000000001',
  'ce-type': `org.kubeflow.serving.inference.${side}`,
  'ce-source': 'http://localhost:9081/',
  'ce-time': side === 'request' ? '2026-06-10T11:59:58.123456789Z' : '2026-06-10T11:59:59Z',
  'ce-inferenceservicename': 'iris',
  'ce-namespace': 'fraud',
  'ce-component': 'predictor',
  'ce-endpoint': '',
  'ce-metadata': '{}',
  ...more,
});

/** What Seldon's executor sends; the id of an event is its own, the request is named apart. */
const seldon = (
  kind: 'inference.request' | 'inference.response' | 'feedback',
  more: Headers = {},
): Headers => ({
  'content-type': 'application/json',
  'ce-specversion': '1.0',
  'ce-id': `own-id-of-${kind}`,
  'ce-type': `io.seldon.serving.${kind}`,
  'ce-source': 'http://:8000/',
  'ce-time': '2026-06-10T11:59:58.5Z',
  'ce-modelid': 'classifier',
  'ce-requestid': 'puid-1',
  'ce-inferenceservicename': 'income',
  'ce-namespace': 'seldon',
  'ce-endpoint': 'canary',
  'ce-protocol': 'seldon',
  ...more,
});

function event(headers: Headers, body: unknown, options: DecodeOptions = {}): Batch {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = {
    tenant: 'acme',
    route: 'events',
    protocol: 'cloudevents',
    receivedAtMs: NOW,
    headers,
  } as const;
  return decoded('cloudevents', text, { route: 'events', ...options, request });
}

interface Served {
  readonly request: unknown;
  readonly response: unknown;
  readonly headers?: Headers;
}

/** The rows of both halves, whichever comes second; the same ones either way. */
function joined({ request, response, headers = {} }: Served, of: (side: 'request' | 'response') => Headers) {
  const first = event({ ...of('request'), ...headers }, request);
  const second = event({ ...of('response'), ...headers }, response);
  const [asked] = first.halves ?? [];
  const [answered] = second.halves ?? [];
  if (asked === undefined || answered === undefined) throw new Error('There are no halves.');
  expect(asked.pair).toBe(answered.pair);
  const late = answered.complete(asked.payload);
  const early = asked.complete(answered.payload);
  const batch = { ...first, ...late, warnings: [...first.warnings, ...second.warnings, ...late.warnings] };
  expect(predictionsOf(batch)).toEqual(predictionsOf({ ...first, ...early }));
  return batch;
}

const served = (given: Served) => joined(given, (side) => kserve(side));

describe("an inference in KServe's log", () => {
  it('is one half an event, which keeps its columns and not its body', () => {
    const body = { parameters: { secret: 'not needed' }, instances: [{ hour: 5, origin: 'A' }] };
    const batch = event(kserve('request'), body);
    expect(batch).toMatchObject({ models: [], rejected: [], warnings: [] });
    expect(batch.halves).toMatchObject([{ side: 'request' }]);
    expect(batch.halves?.[0]?.payload).not.toContain('not needed');
  });

  it('has names, time and segments by its headers', () => {
    const batch = served({ request: { instances: [{ hour: 5 }] }, response: { predictions: ['late'] } });
    expect(predictionsOf(batch)).toEqual([
      {
        model: 'iris',
        id: '0a1b2c3d-0000-4000-8000-000000000001',
        timeMs: Date.UTC(2026, 5, 10, 11, 59, 58, 123),
        restNs: 456_789,
        features: { hour: 5 },
        value: 'late',
        segments: { namespace: 'fraud', component: 'predictor' },
      },
    ]);
  });

  it.each<[string, Headers, PlainRow]>([
    [
      'the endpoint as version',
      { 'ce-endpoint': 'canary' },
      { version: 'canary', segments: { endpoint: 'canary' } },
    ],
    ['a transformer as a model of its own', { 'ce-component': 'transformer' }, { model: 'iris/transformer' }],
    ['no component', { 'ce-component': '' }, { model: 'iris' }],
    ['an id of the client', { 'ce-id': 'order 7' }, { id: 'order 7' }],
    ['a time with a zone', { 'ce-time': '2026-06-10T13:59:58+02:00' }, { timeMs: NOW - 2000 }],
    ['the time received where there is none', { 'ce-time': '' }, { timeMs: NOW }],
    ['the time received where it is none', { 'ce-time': 'yesterday' }, { timeMs: NOW }],
  ])('may have %s', (_name, headers, expected) => {
    const batch = served({ request: { instances: [[1]] }, response: { predictions: [1] }, headers });
    expect(predictionsOf(batch)).toMatchObject([expected]);
  });

  const v1: readonly (readonly [string, readonly unknown[], readonly unknown[], readonly object[]])[] = [
    [
      'objects with names',
      [{ hour: 5, weather: { wind: 3, rain: true }, none: null }],
      [1],
      [{ features: { hour: 5, 'weather.wind': 3, 'weather.rain': true }, value: 1 }],
    ],
    [
      'lists, by their places',
      [[6.8, 2.8, 4.8, 1.4]],
      [1],
      [
        {
          features: { 'instances[0]': 6.8, 'instances[1]': 2.8, 'instances[2]': 4.8, 'instances[3]': 1.4 },
          value: 1,
        },
      ],
    ],
    [
      'single values',
      [5, 'x'],
      ['a', 'b'],
      [{ features: { instances: 5 } }, { features: { instances: 'x' } }],
    ],
    [
      'several rows, each with its number behind the id',
      [{ hour: 1 }, { hour: 2, wind: 3 }],
      ['late', 'on time'],
      [
        { id: '0a1b2c3d-0000-4000-8000-000000000001-0', features: { hour: 1 }, value: 'late' },
        { id: '0a1b2c3d-0000-4000-8000-000000000001-1', features: { hour: 2, wind: 3 }, value: 'on time' },
      ],
    ],
    ['a list of one as the value', [[1]], [[0.75]], [{ value: 0.75 }]],
    ['an object of one as the value', [[1]], [{ score: 0.75 }], [{ value: 0.75 }]],
    [
      'a prediction among other outputs',
      [[1]],
      [{ prediction: 'late', probability: 0.75 }],
      [{ value: 'late', features: { 'predictions.probability': 0.75 } }],
    ],
  ];
  it.each(v1)('of V1 may have %s', (_name, instances, predictions, expected) => {
    const batch = served({ request: { instances }, response: { predictions } });
    expect(predictionsOf(batch)).toMatchObject(expected);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it('of V1 with several numbers a row keeps them as features, and says that none is the prediction', () => {
    const batch = served({ request: { instances: [[1]] }, response: { predictions: [[0.25, 0.75]] } });
    expect(predictionsOf(batch)).toMatchObject([
      { features: { instances: 1, 'predictions[0]': 0.25, 'predictions[1]': 0.75 } },
    ]);
    expect(batch.warnings).toMatchObject([{ reason: 'missing_value', count: 1 }]);
  });

  const tensor = (name: string, shape: readonly number[], datatype: string, data: readonly unknown[]) => ({
    name,
    shape,
    datatype,
    data,
  });
  const predict = tensor('predict', [1], 'INT64', [1]);
  const both = { inputs: [tensor('x', [2, 2], 'FP32', [1, 2, 3, 4])] };
  const answer = tensor('predict', [2], 'INT64', [0, 1]);

  it.each<[string, object, readonly object[], readonly object[]]>([
    [
      'a matrix in row order',
      both,
      [answer],
      [
        { features: { 'x[0]': 1, 'x[1]': 2 }, value: 0 },
        { features: { 'x[0]': 3, 'x[1]': 4 }, value: 1 },
      ],
    ],
    [
      'a matrix in rows',
      {
        inputs: [
          tensor('x', [2, 2], 'FP32', [
            [1, 2],
            [3, 4],
          ]),
        ],
      },
      [answer],
      [{ features: { 'x[0]': 1, 'x[1]': 2 } }, { features: { 'x[0]': 3, 'x[1]': 4 } }],
    ],
    [
      'a column an input, as MLServer has pandas',
      { inputs: [tensor('age', [2, 1], 'INT64', [30, 40]), tensor('job', [2], 'BYTES', ['a', 'b'])] },
      [answer],
      [{ features: { age: 30, job: 'a' } }, { features: { age: 40, job: 'b' } }],
    ],
    [
      'true and false, also as numbers',
      { inputs: [tensor('a', [1], 'BOOL', [true]), tensor('b', [1], 'BOOL', [0])] },
      [predict],
      [{ features: { a: true, b: false } }],
    ],
    [
      'missing values',
      { inputs: [tensor('a', [1, 2], 'FP64', [null, 1])] },
      [predict],
      [{ features: { 'a[1]': 1 } }],
    ],
    [
      'half precision as numbers',
      { inputs: [tensor('a', [1], 'FP16', [1.5])] },
      [predict],
      [{ features: { a: 1.5 } }],
    ],
    [
      'a single value without a shape',
      { inputs: [tensor('a', [], 'FP32', [2])] },
      [predict],
      [{ features: { a: 2 } }],
    ],
    [
      'one output of any name',
      both,
      [tensor('output__0', [2, 1], 'BYTES', ['p', 'q'])],
      [{ value: 'p' }, { value: 'q' }],
    ],
    [
      'probabilities beside the prediction',
      { inputs: [tensor('a', [1], 'FP32', [2])] },
      [predict, tensor('predict_proba', [1, 2], 'FP64', [0.25, 0.75])],
      [{ value: 1, features: { a: 2, 'predict_proba[0]': 0.25, 'predict_proba[1]': 0.75 } }],
    ],
    [
      'an output that is called as an input',
      { inputs: [tensor('a', [1, 2], 'FP32', [1, 2])] },
      [predict, tensor('a', [1, 2], 'FP32', [3, 4])],
      [{ features: { 'a[0]': 1, 'a[1]': 2, 'response.a[0]': 3, 'response.a[1]': 4 } }],
    ],
  ])('of V2 may have %s', (_name, request, outputs, expected) => {
    const response = { model_name: 'iris', model_version: 'v7', id: 'x', outputs };
    const batch = served({ request: { id: 'x', ...request }, response });
    expect(predictionsOf(batch)).toMatchObject(expected.map((row) => ({ version: 'v7', ...row })));
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it.each<[string, object, string]>([
    ['a list in an object', { instances: [{ hour: 5, words: [1, 2] }] }, 'words'],
    ['bytes in an object', { instances: [{ hour: 5, image: { b64: 'aGk=' } }] }, 'image'],
    [
      'a picture in lists',
      {
        instances: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      'instances',
    ],
    [
      'a picture in a tensor',
      { inputs: [tensor('hour', [1], 'FP32', [5]), tensor('pixels', [1, 2, 2], 'UINT8', [1, 2, 3, 4])] },
      'pixels',
    ],
    [
      'a tensor of another number of rows',
      { inputs: [tensor('hour', [1], 'FP32', [5]), tensor('ids', [3], 'INT32', [1, 2, 3])] },
      'ids',
    ],
    ['a list longer than a row may be', { instances: [Array.from({ length: 1001 }, () => 1)] }, 'instances'],
  ])('leaves %s out, and says so', (_name, request, name) => {
    const batch = served({ request, response: { predictions: [1] } });
    expect(predictionsOf(batch)).toMatchObject([{ value: 1 }]);
    expect(batch.warnings).toMatchObject([{ reason: 'unsupported_type', count: 1 }]);
    expect(batch.warnings[0]?.message).toContain(JSON.stringify(name));
  });

  it('counts integers beyond 2^53', () => {
    const batch = served({
      request: { inputs: [tensor('id', [1], 'INT64', [2 ** 60])] },
      response: { predictions: [1] },
    });
    expect(batch.warnings).toMatchObject([{ reason: 'bad_feature', count: 1 }]);
  });

  it.each([{ '': 1 }, { '': { in: 1 } }])('with a feature without a name is refused: %j', (instance) => {
    const batch = served({ request: { instances: [instance] }, response: { predictions: [1] } });
    expect(predictionsOf(batch)).toEqual([]);
    expect(batch.rejected).toMatchObject([{ reason: 'bad_feature', count: 1 }]);
  });

  it('of other numbers of rows is not joined, and says so', () => {
    const batch = served({ request: { instances: [[1], [2]] }, response: { predictions: [1] } });
    expect(predictionsOf(batch)).toEqual([]);
    expect(batch.rejected).toMatchObject([
      { reason: 'unpaired', message: expect.stringMatching(/holds 2 rows, its response 1/) },
    ]);
  });

  it('keeps to the limits of a row when it is joined', () => {
    const names = Array.from({ length: 600 }, (_, at) => `f${at}`);
    const half = tensor(
      'a',
      [1, 600],
      'FP32',
      names.map(() => 1),
    );
    const batch = served({ request: { inputs: [half] }, response: { outputs: [{ ...half, name: 'b' }] } });
    expect(batch.rejected).toMatchObject([{ reason: 'too_many_features', count: 1 }]);
  });

  it('that waited under another version of Leeway is refused in words', () => {
    const [half] = event(kserve('request'), { instances: [[1]] }).halves ?? [];
    expect(half?.complete('{"format":0}')).toMatchObject({
      models: [],
      rejected: [{ reason: 'unpaired', count: 1 }],
    });
  });

  it('of no rows is refused in words', () => {
    expect(event(kserve('request'), { instances: [] }).rejected).toMatchObject([{ reason: 'missing_value' }]);
    expect(event(kserve('request'), { inputs: [] }).halves).toEqual(undefined);
  });

  it.each<[string, unknown, RegExp]>([
    ['of another protocol', { model: 'llm', messages: [] }, /of neither protocol/],
    ['in binary', Buffer.from([0x0a, 0xff]).toString('latin1'), /is not JSON/],
    ['empty', '', /is not JSON/],
    ['a list', [], /must be an object/],
    ['a number', 5, /must be an object/],
    ['of tensors without names', { inputs: [{ shape: [1], data: [1] }] }, /tensor with a name/],
    ['of tensors that are none', { inputs: [5] }, /tensor with a name/],
    ['of shapes that are none', { inputs: [tensor('a', [-1], 'FP32', [1])] }, /whole numbers/],
    ['of shapes beyond any data', { inputs: [tensor('a', [1e15], 'FP32', [1])] }, /at most 100000/],
    ['of shapes of nothing', { inputs: [tensor('a', [100_001, 0], 'FP32', [])] }, /at most 100000/],
    [
      'of too few values',
      { inputs: [tensor('a', [2, 2], 'FP32', [1])] },
      /has 1 values, its shape asks for 4/,
    ],
    [
      "of tensors in Triton's binary",
      { inputs: [{ name: 'a', shape: [1, 3], datatype: 'FP16', parameters: { binary_data_size: 6 } }] },
      /no data in JSON.*FP16/,
    ],
    ['of texts for numbers', { inputs: [tensor('a', [1], 'FP32', ['1'])] }, /datatype "FP32" holds a string/],
    ['of numbers for texts', { inputs: [tensor('a', [1], 'BYTES', [1])] }, /datatype "BYTES" holds a number/],
    ['of objects for numbers', { inputs: [tensor('a', [1], 'INT8', [{}])] }, /holds a list or an object/],
    ['of an unknown datatype', { inputs: [tensor('a', [1], 'COMPLEX', [1])] }, /datatype "COMPLEX"/],
    [
      'of more features than a row may have',
      { instances: [Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`f${at}`, 1]))] },
      /more than 1000 different features/,
    ],
    [
      'of more rows than a log should hold',
      { instances: Array.from({ length: 100_001 }, () => 1) },
      /100001 rows/,
    ],
    [
      'of a few names on very many rows',
      { instances: Array.from({ length: 90_000 }, (_, at) => ({ [`f${at % 50}`]: 1 })) },
      /more than 4000000 values/,
    ],
  ])('%s is refused whole, in words', (_name, body, words) => {
    expect(() => event(kserve('request'), body)).toThrow(words);
  });

  it.each<[string, object, RegExp]>([
    ['of another protocol', { choices: [] }, /of neither protocol/],
    ['an error', { error: 'boom' }, /of neither protocol/],
    ['of predictions that are no list', { predictions: 5 }, /of neither protocol/],
  ])('with a response %s is refused whole, in words', (_name, body, words) => {
    expect(() => event(kserve('response'), body)).toThrow(words);
  });
});

const message = (data: object, more: object = {}) => ({ meta: {}, data, ...more });
const income = { names: ['age', 'hours'], ndarray: [[39, 40.5]] };

describe("an inference in Seldon's log", () => {
  const seldonServed = (given: Served) => joined(given, (side) => seldon(`inference.${side}`));

  it('is joined by its request, not by the id of its events, and named by its headers', () => {
    const response = message({ names: ['proba'], ndarray: [[0.75]] });
    expect(predictionsOf(seldonServed({ request: { data: income }, response }))).toEqual([
      {
        model: 'income/classifier',
        version: 'canary',
        id: 'puid-1',
        timeMs: NOW - 1500,
        features: { age: 39, hours: 40.5 },
        value: 0.75,
        segments: { namespace: 'seldon', endpoint: 'canary', modelid: 'classifier' },
      },
    ]);
  });

  const yes = message({ ndarray: [['yes']] });
  it.each<[string, unknown, unknown, readonly object[]]>([
    [
      'an ndarray without names',
      { data: { ndarray: [[1, 2]] } },
      yes,
      [{ features: { 'data[0]': 1, 'data[1]': 2 } }],
    ],
    [
      'an ndarray of single values',
      { data: { names: ['x'], ndarray: [1] } },
      yes,
      [{ features: { x: 1 }, value: 'yes' }],
    ],
    [
      'texts and numbers',
      { data: { names: ['job', 'age'], ndarray: [['clerk', 39]] } },
      yes,
      [{ features: { job: 'clerk', age: 39 } }],
    ],
    [
      'a tensor',
      { data: { names: ['a', 'b'], tensor: { shape: [2, 2], values: [1, 2, 3, 4] } } },
      message({ tensor: { shape: [2, 1], values: [0, 1] } }),
      [
        { id: 'puid-1-0', features: { a: 1, b: 2 }, value: 0 },
        { id: 'puid-1-1', features: { a: 3, b: 4 }, value: 1 },
      ],
    ],
    ['a text', { data: income }, { strData: 'approved' }, [{ value: 'approved' }]],
    [
      'objects',
      { jsonData: [{ age: 39, home: { rooms: 3 } }] },
      { jsonData: { label: 'no' } },
      [{ features: { age: 39, 'home.rooms': 3 }, value: 'no' }],
    ],
    ['V1', { instances: [{ age: 39 }] }, { predictions: ['no'] }, [{ features: { age: 39 }, value: 'no' }]],
    [
      'V2',
      { inputs: [{ name: 'age', shape: [1], datatype: 'INT32', data: [39] }] },
      { model_version: '3', outputs: [{ name: 'predict', shape: [1], datatype: 'INT32', data: [1] }] },
      [{ version: '3', features: { age: 39 }, value: 1 }],
    ],
  ])('may be of %s', (_name, request, response, expected) => {
    const batch = seldonServed({ request, response });
    expect(predictionsOf(batch)).toMatchObject(expected);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it('with several outputs keeps them under their names, and says that none is the prediction', () => {
    const response = message({ names: ['t:0', 't:1'], ndarray: [[0.25, 0.75]] });
    const batch = seldonServed({ request: { data: income }, response });
    expect(predictionsOf(batch)).toMatchObject([{ features: { 't:0': 0.25, 't:1': 0.75 } }]);
    expect(batch.warnings).toMatchObject([{ reason: 'missing_value', count: 1 }]);
  });

  it.each<[string, unknown, RegExp]>([
    ['binData', { binData: 'aGk=' }, /binData, which is not read/],
    ['a tftensor', { data: { tftensor: {} } }, /tftensor is not read/],
    [
      'a tensor of other values than its shape',
      { data: { tensor: { shape: [2, 2], values: [1] } } },
      /as many values/,
    ],
    ['a tensor of nothing', { data: { tensor: { shape: [1e9, 0], values: [] } } }, /as many values/],
    ['a tensor without a shape', { data: { tensor: { values: [1] } } }, /as many values/],
    ['nothing', {}, /of neither protocol/],
  ])('of %s is refused whole, in words', (_name, body, words) => {
    expect(() => event(seldon('inference.request'), body)).toThrow(words);
  });
});

describe("a feedback in Seldon's log", () => {
  const label = (body: unknown, headers: Headers = {}) => labelsOf(event(seldon('feedback', headers), body));

  it('is a label of the prediction its response names', () => {
    const body = {
      request: { data: income },
      response: message({ ndarray: [[1]] }, { meta: { puid: 'puid-7' } }),
      reward: 1,
      truth: { data: { ndarray: [[0]] } },
    };
    expect(label(body)).toEqual([
      { model: 'income/classifier', id: 'puid-7', timeMs: NOW - 1500, value: 0, source: 'truth' },
    ]);
  });

  it.each<[string, unknown, readonly object[]]>([
    [
      'the prediction its header names',
      { truth: { data: { ndarray: [['yes']] } } },
      [{ id: 'puid-1', value: 'yes' }],
    ],
    [
      'each row of it',
      { truth: { data: { names: ['y'], tensor: { shape: [2, 1], values: [0, 1] } } } },
      [
        { id: 'puid-1-0', value: 0 },
        { id: 'puid-1-1', value: 1 },
      ],
    ],
    ['it in text', { truth: { strData: 'yes' } }, [{ value: 'yes', source: 'truth' }]],
    ['its reward, where there is no truth', { reward: 0.5, truth: {} }, [{ value: 0.5, source: 'reward' }]],
  ])('is a label of %s', (_name, body, expected) => {
    expect(label(body)).toMatchObject(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ['neither truth nor reward', { request: { data: income } }, /a truth .* or a reward/],
    ['a truth of several values a row', { truth: { data: { ndarray: [[0, 1]] } } }, /one value a row/],
    ['a truth of lists', { truth: { jsonData: [{ boxes: [1, 2] }] } }, /one value a row/],
  ])('of %s is refused, in words', (_name, body, words) => {
    expect(() => label(body)).toThrow(words);
  });
});

describe('a CloudEvent', () => {
  const around = (data: object, headers: Headers = kserve('request')) => ({
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace('ce-', ''), value])),
    'content-type': undefined,
    datacontenttype: 'application/json',
    ...data,
  });
  const BODY = { instances: [[1]] };
  it.each<[string, string, object]>([
    ['with its data inside', 'application/cloudevents+json; charset=utf-8', { data: BODY }],
    ['with its type in capitals', 'Application/CloudEvents+JSON', { data: BODY }],
    [
      'with its data in base64',
      'application/cloudevents+json',
      { data_base64: Buffer.from(JSON.stringify(BODY)).toString('base64') },
    ],
  ])('may be in structured mode, %s', (_name, type, data) => {
    const [half] = event({ 'content-type': type }, around(data)).halves ?? [];
    const [binary] = event(kserve('request'), BODY).halves ?? [];
    expect(half).toMatchObject({ pair: binary?.pair, payload: binary?.payload });
  });

  it('may come with others in a list, where one that cannot be read is refused alone', () => {
    const type = { 'content-type': 'application/cloudevents-batch+json' };
    const batch = event(type, [
      around({ data: BODY }),
      5,
      around({ data: { instances: 5 } }),
      around({ data: { predictions: [1] } }, kserve('response')),
      around({ data: {} }, kserve('request', { 'ce-type': 'io.knative.ping' })),
    ]);
    expect(batch.halves?.map(({ side }) => side)).toEqual(['request', 'response']);
    expect(batch.rejected).toMatchObject([
      { reason: 'malformed', count: 2, message: expect.stringMatching(/no CloudEvent/) },
      { reason: 'unknown_event', count: 1 },
    ]);
    expect(() => event(type, { instances: [[1]] })).toThrow(/must be a list/);
  });

  it('of an unknown type is refused in words that name what is known', () => {
    const batch = event(kserve('request', { 'ce-type': 'io.knative.ping' }), {});
    expect(batch.rejected).toMatchObject([{ reason: 'unknown_event', count: 1 }]);
    expect(batch.rejected[0]?.message).toMatch(/"io.knative.ping".*io.seldon.serving.feedback/);
  });

  it.each<[string, Headers, RegExp]>([
    ['without a type', { 'ce-type': '' }, /ce-id and ce-type/],
    ['without an id', { 'ce-id': '' }, /ce-id and ce-type/],
    ['without a service', { 'ce-inferenceservicename': '' }, /ce-inferenceservicename/],
  ])('%s is refused in words', (_name, headers, words) => {
    expect(() => event(kserve('request', headers), { instances: [[1]] })).toThrow(words);
  });

  it('without headers is refused in words', () => {
    expect(() => event({}, { instances: [[1]] })).toThrow(/no CloudEvent/);
    expect(() => event(seldon('feedback', { 'ce-requestid': '' }), { reward: 1 })).toThrow(/ce-requestid/);
  });

  it.each(['request', 'response'] as const)(
    'of a %s says nothing of the values it holds when it is refused',
    (side) => {
      for (const body of [
        { secret: 'hunter2' },
        { inputs: [{ name: 'a', shape: [1], data: ['hunter2'] }] },
        'hunter2',
      ])
        expect(() => event(kserve(side), body)).toThrow(/^(?!.*hunter2)/);
    },
  );

  it('takes its tenant from the key only', () => {
    const batch = event(kserve('request', { 'ce-tenant': 'other', 'ce-leewaytenant': 'other' }), {
      instances: [[1]],
    });
    expect(batch.tenant).toBe('acme');
  });
});

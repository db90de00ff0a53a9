import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, ModelBatch } from '../../../server/batch.ts';
import { DATASETS } from '../../../server/batch.ts';
import { valueAt } from '../../../server/batch-edit.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { idText } from '../../../server/ids.ts';
import { decode } from '../../../server/ingest/ingest.ts';
import { TextTable } from '../../../server/ingest/text-table.ts';
import type { Protocol } from '../../../server/model.ts';
import { DAY_MS, LIMITS, NOW } from '../store/duckdb/support.ts';
import { bytesField, encode, encodeJson, keyValue, varint } from './support.ts';
import type { LogRecord, LogsRequest } from './support.ts';

const limits = { ...LIMITS, maxFeatures: 5, maxStringBytes: 100, maxDepth: 3 };
const texts = new TextTable();

function read(body: Buffer, protocol: Protocol = 'otlp-protobuf'): Batch {
  const request = { tenant: 'acme', route: 'logs', protocol, receivedAtMs: NOW } as const;
  return decode(body, { request, digest: 'd', limits, texts }) as Batch;
}

interface PlainRow {
  readonly [field: string]: unknown;
}

/** The first prediction of a model as a plain object; what is absent is left out. */
function plain(model: ModelBatch | undefined, row = 0): PlainRow {
  if (model === undefined) return {};
  const { predictions } = model;
  const values = predictions.values.flatMap((column) => {
    const value = valueAt(column, row);
    return value === null ? [] : [[column.name, value] as const];
  });
  const named = (columns: typeof predictions.segments) =>
    Object.fromEntries(
      columns.flatMap((one) => (one.texts[row] === undefined ? [] : [[one.name, one.texts[row]]])),
    );
  return {
    model: model.model,
    version: predictions.version[row],
    id: idText(predictions.id, row),
    timeMs: predictions.timeMs[row],
    restNs: predictions.restNs[row],
    dataset: DATASETS[predictions.dataset[row] ?? 0],
    durationMs: predictions.durationMs[row] ?? NaN,
    error: predictions.error[row] ?? null,
    tokens: [predictions.inputTokens[row] ?? NaN, predictions.outputTokens[row] ?? NaN],
    cost: [predictions.cost[row] ?? NaN, predictions.currency[row] ?? null],
    values: Object.fromEntries(values),
    segments: named(predictions.segments),
    protected: named(predictions.protected),
  };
}

const record = (
  attributes: NonNullable<LogRecord['attributes']>,
  more: Partial<LogRecord> = {},
): LogRecord => ({
  event: 'leeway.prediction',
  timeMs: NOW - 1000,
  attributes: { 'leeway.model.name': 'm', ...attributes },
  ...more,
});
const request = (...records: readonly LogRecord[]): LogsRequest => ({ records });

const formats: readonly (readonly [Protocol, (request: LogsRequest) => Buffer])[] = [
  ['otlp-protobuf', (given) => encode(given)],
  ['otlp-json', encodeJson],
];

describe.each(formats)('a record of %s', (protocol, encoded) => {
  const readOne = (...records: readonly LogRecord[]) => read(encoded(request(...records)), protocol);
  const one = (attributes: NonNullable<LogRecord['attributes']>, more: Partial<LogRecord> = {}) =>
    plain(readOne(record(attributes, more)).models[0]);

  it('carries everything of the contract', () => {
    const found = one(
      {
        'leeway.model.version': '3.1',
        'leeway.prediction.id': 'p-1',
        'leeway.prediction.features': { n: 1, x: -2.5, word: 'wörd', flag: true, none: null },
        'leeway.prediction.value': 'late',
        'leeway.prediction.score': 0.75,
        'leeway.prediction.duration': 0.25,
        'error.type': 'Timeout',
        'leeway.segments': { shop: 's1' },
        'leeway.protected': { region: 'west' },
        'leeway.dataset': 'reference',
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 20,
        'leeway.cost.amount': 0.5,
        'leeway.cost.currency': 'EUR',
        'leeway.tenant': 'acme',
      },
      { restNs: 123_456 },
    );
    expect(found).toEqual({
      model: 'm',
      version: '3.1',
      id: 'p-1',
      timeMs: NOW - 1000,
      restNs: 123_456,
      dataset: 'reference',
      durationMs: 250,
      error: 'Timeout',
      tokens: [10, 20],
      cost: [0.5, 'EUR'],
      values: { $prediction: 'late', $score: 0.75, n: 1, x: -2.5, word: 'wörd', flag: true },
      segments: { shop: 's1' },
      protected: { region: 'west' },
    });
  });

  it('may spell its maps flat, nest them, and hold numbers that are not finite', () => {
    expect(one({ 'leeway.feature.a': 1.5, 'leeway.segment.s': 't', 'leeway.protected.p': 7 })).toMatchObject({
      values: { a: 1.5 },
      segments: { s: 't' },
      protected: { p: '7' },
    });
    expect(one({ 'leeway.prediction.features': { a: { b: { c: 1.5 } }, e: {} } })['values']).toEqual({
      'a.b.c': 1.5,
    });
    expect(one({ 'leeway.prediction.features': { nan: NaN, inf: -Infinity } })['values']).toEqual({
      nan: NaN,
      inf: -Infinity,
    });
  });

  it('may say nothing but a map as its body', () => {
    const body = { age: 31, name: 'x', prediction: 0.5, request_id: 'r1', deep: { er: 2 } };
    const batch = read(
      encoded({ resource: { 'service.name': 'svc', 'service.version': '9' }, records: [{ body }] }),
      protocol,
    );
    expect(plain(batch.models[0])).toMatchObject({
      model: 'svc',
      version: '9',
      id: 'r1',
      timeMs: NOW,
      values: { age: 31, name: 'x', 'deep.er': 2, $prediction: 0.5 },
    });
    expect(batch.rejected).toEqual([]);
  });

  it('outranks its scope, and that its resource; a name of the contract outranks a fallback', () => {
    const given: LogsRequest = {
      resource: {
        'service.name': 'svc',
        'leeway.model.version': 'resource',
        'leeway.segments': { a: '1', b: '1' },
      },
      scope: { 'leeway.model.version': 'scope', 'leeway.segments': { b: '2', c: '2' } },
      records: [
        {
          event: 'leeway.prediction',
          attributes: { 'leeway.prediction.value': 1, 'leeway.segments': { c: '3' } },
        },
        {
          event: 'leeway.prediction',
          attributes: {
            'leeway.prediction.value': 1,
            'leeway.model.version': 'own',
            'ml.model.name': 'alias',
          },
        },
      ],
    };
    const batch = read(encoded(given), protocol);
    expect(plain(batch.models[0])).toMatchObject({
      model: 'svc',
      version: 'scope',
      segments: { a: '1', b: '2', c: '3' },
    });
    expect(plain(batch.models[1])).toMatchObject({
      model: 'alias',
      version: 'own',
      segments: { a: '1', b: '2', c: '2' },
    });
  });

  it('without an id is known by its span', () => {
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    expect(one({ 'leeway.prediction.value': 1 }, span)['id']).toBe(`${span.traceId}-${span.spanId}`);
    expect(one({ 'leeway.prediction.value': 1, 'leeway.batch.index': 4 }, span)['id']).toBe(
      `${span.traceId}-${span.spanId}-4`,
    );
    expect(one({ 'leeway.prediction.value': 1 }, { ...span, spanId: '00'.repeat(8) })['id']).toBeNull();
  });

  it('with a label is a prediction and a label', () => {
    const [model] = readOne(
      record({ 'leeway.prediction.id': 'p', 'leeway.prediction.value': 1, 'leeway.label.value': 0 }),
      record(
        { 'leeway.prediction.id': 'q', 'leeway.label.value': 'late', 'leeway.label.source': 'ops' },
        { event: 'leeway.label' },
      ),
    ).models;
    expect(model?.predictions.rows).toBe(1);
    expect(model?.labels).toMatchObject({ rows: 2, source: [undefined, 'ops'] });
    expect([0, 1].map((row) => idText(model!.labels.id, row))).toEqual(['p', 'q']);
    expect([0, 1].map((row) => valueAt(model!.labels.value, row))).toEqual([0, 'late']);
  });

  it('of GenAI lands as it is', () => {
    const batch = readOne(
      {
        event: 'gen_ai.client.inference.operation.details',
        attributes: {
          'gen_ai.request.model': 'g',
          'gen_ai.response.id': 'r',
          'gen_ai.usage.prompt_tokens': 5,
        },
      },
      {
        event: 'gen_ai.evaluation.result',
        attributes: {
          'gen_ai.request.model': 'g',
          'gen_ai.response.id': 'r',
          'gen_ai.evaluation.score.label': 'good',
        },
      },
    );
    expect(plain(batch.models[0])).toMatchObject({ model: 'g', id: 'r', tokens: [5, NaN] });
    expect(batch.models[0]?.labels.rows).toBe(1);
  });

  const refusals: readonly (readonly [string, LogRecord, string, RegExp])[] = [
    [
      'in 1970',
      record({ 'leeway.prediction.value': 1 }, { timeMs: 1 }),
      'time_out_of_range',
      /1970-01-01.*older than 400 days/,
    ],
    [
      'in two hours',
      record({ 'leeway.prediction.value': 1 }, { timeMs: NOW + 7_200_000 }),
      'time_out_of_range',
      /more than 60 minutes ahead/,
    ],
    [
      'of another tenant',
      record({ 'leeway.prediction.value': 1, 'leeway.tenant': 'other' }),
      'tenant_mismatch',
      /not the tenant of the key/,
    ],
    [
      'without a model',
      { event: 'leeway.prediction', attributes: { 'leeway.prediction.value': 1 } },
      'missing_model',
      /leeway\.model\.name/,
    ],
    [
      'of a model with a control character in its name',
      record({ 'leeway.model.name': 'a\nb', 'leeway.prediction.value': 1 }),
      'malformed',
      /model "a\\nb" has a control character/,
    ],
    [
      'of a version with a control character in its name',
      record({ 'leeway.model.version': '\u007f', 'leeway.prediction.value': 1 }),
      'malformed',
      /version .* has a control character/,
    ],
    ['with nothing in it', record({}), 'missing_value', /no value, no error and no features/],
    [
      'of a label without an id',
      record({ 'leeway.label.value': 1 }, { event: 'leeway.label' }),
      'missing_id',
      /leeway\.prediction\.id/,
    ],
    [
      'of a label without a value',
      record({ 'leeway.prediction.id': 'p' }, { event: 'leeway.label' }),
      'missing_value',
      /leeway\.label\.value/,
    ],
    [
      'with bytes',
      record({ 'leeway.prediction.features': { b: new Uint8Array([1]) } }),
      'bad_feature',
      /"b" holds bytes/,
    ],
    [
      'with a nameless feature',
      record({ 'leeway.prediction.features': { '': 1 } }),
      'bad_feature',
      /no name/,
    ],
    [
      'with features under a map without a name (fuzz seed 9608)',
      record({ 'leeway.prediction.features': { '': { in: { out: 1 } } } }),
      'bad_feature',
      /"" is no name/,
    ],
    [
      'with segments under a map without a name',
      record({ 'leeway.prediction.value': 1, 'leeway.segments': { '': { in: 'north' } } }),
      'bad_feature',
      /"" is no name/,
    ],
    [
      'with a body under a map without a name',
      record({}, { body: { '': { in: 1 } } }),
      'bad_feature',
      /"" is no name/,
    ],
    [
      'with a feature of a reserved name',
      record({ 'leeway.prediction.features': { $score: 1 } }),
      'bad_feature',
      /\$score/,
    ],
    [
      'with features that are no map',
      record({ 'leeway.prediction.features': 'age=3' }),
      'bad_feature',
      /must be a map/,
    ],
    [
      'with too many features',
      record({ 'leeway.prediction.features': { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 } }),
      'too_many_features',
      /more than 5 features/,
    ],
    [
      'with a text too long',
      record({ 'leeway.prediction.features': { a: 'x'.repeat(101) } }),
      'too_long',
      /"a" is 101 bytes long/,
    ],
    [
      'with maps too deep',
      record({ 'leeway.prediction.features': { a: { b: { c: { d: 1 } } } } }),
      'too_deep',
      /deeper than 3/,
    ],
    [
      'of an unknown dataset',
      record({ 'leeway.prediction.value': 1, 'leeway.dataset': 'test' }),
      'malformed',
      /none of production, reference, shadow/,
    ],
    [
      'of an unknown event',
      record({}, { event: 'user.login' }),
      'unknown_event',
      /"user\.login" were not stored/,
    ],
    ['of plain words', { body: 'GET / 200' }, 'unknown_event', /without an event name/],
  ];

  it.each(refusals)('%s is refused in words, beside one that is kept', (_name, given, reason, words) => {
    const batch = readOne(given, record({ 'leeway.prediction.value': 1 }), given);
    expect(batch.rejected).toMatchObject([{ reason, count: 2 }]);
    expect(batch.rejected[0]?.message).toMatch(words);
    expect(batch.models.reduce((sum, model) => sum + model.predictions.rows + model.labels.rows, 0)).toBe(1);
  });

  const warnings: readonly (readonly [string, LogRecord, RegExp])[] = [
    ['a list', record({ 'leeway.prediction.features': { v: [1, 2], a: 1 } }), /"v" is a list/],
    [
      'a list under the name of a number (fuzz seed 5080170)',
      record({ 'leeway.prediction.features': { n: 16 }, 'leeway.feature.n': [1, 'two', null] }),
      /n" is a list/,
    ],
    [
      'attributes that were dropped',
      record({ 'leeway.prediction.value': 1 }, { dropped: 14 }),
      /dropped attributes/,
    ],
    [
      'a text where a number belongs',
      record({ 'leeway.prediction.value': 1, 'gen_ai.usage.input_tokens': '12' }),
      /"gen_ai.usage.input_tokens" must be a number/,
    ],
    [
      'a score in words',
      record({ 'leeway.prediction.value': 1, 'leeway.prediction.score': '0.9' }),
      /"leeway.prediction.score" must be a number/,
    ],
    [
      'a name of the contract that is misspelt',
      record({ 'leeway.prediction.value': 1, 'leeway.prediction.scor': 0.9 }),
      /"leeway.prediction.scor" is not known/,
    ],
    [
      'an integer beyond 2^53',
      record({ 'leeway.prediction.features': { id: 2n ** 60n + 1n } }),
      /beyond 2\^53/,
    ],
  ];

  it.each(warnings)('with %s is kept, and told', (_name, given, words) => {
    const batch = readOne(given);
    expect(batch.rejected).toEqual([]);
    expect(batch.warnings[0]?.message).toMatch(words);
  });

  it.each(['scope', 'resource'])(
    'is refused for what is wrong with its %s (fuzz seed 120903), as for what is wrong with itself',
    (level) => {
      const batch = read(
        encoded({
          [level]: { 'leeway.segments': { '': 'north' } },
          ...request(record({ 'leeway.prediction.value': 1 })),
        }),
        protocol,
      );
      expect(batch.rejected).toMatchObject([{ reason: 'bad_feature', count: 1 }]);
      expect(batch.models).toEqual([]);
    },
  );

  it.each(['scope', 'resource'])('is kept with what is odd about its %s, and that is told', (level) => {
    const records = request(
      record({ 'leeway.prediction.value': 1 }),
      record({ 'leeway.prediction.value': 2 }),
    );
    const batch = read(
      encoded({ [level]: { 'leeway.segments': { tier: ['gold', 'silver'] } }, ...records }),
      protocol,
    );
    expect(batch.rejected).toEqual([]);
    expect(batch.warnings).toMatchObject([{ count: 2, message: expect.stringMatching(/"tier" is a list/) }]);
  });

  it.each(['leeway.prediction.id', 'gen_ai.response.id'])('keeps every digit of %s', (name) => {
    const ids = [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 7n];
    const batch = read(
      encoded(request(...ids.map((id) => record({ 'leeway.prediction.value': 1, [name]: id })))),
      protocol,
    );
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
    expect(ids.map((_, row) => plain(batch.models[0], row)['id'])).toEqual(ids.map(String));
  });

  it('has features of its scope and its resource, which its own outrank', () => {
    const batch = read(
      encoded({
        resource: {
          'leeway.feature.a': 'resource',
          'leeway.feature.b': 'resource',
          'leeway.feature.c': 'resource',
        },
        scope: {
          'leeway.prediction.features': { b: 'scope', c: 'scope' },
          'leeway.prediction.scores': { x: 0.5 },
        },
        ...request(
          record({ 'leeway.prediction.features': { c: 'record' } }),
          record({ 'leeway.feature.c': 'record' }),
        ),
      }),
      protocol,
    );
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
    const values = { a: 'resource', b: 'scope', c: 'record', 'score.x': 0.5 };
    for (const row of [0, 1]) expect(plain(batch.models[0], row)['values']).toEqual(values);
  });

  it('of an application is no prediction for the features of its resource', () => {
    const batch = read(
      encoded({
        resource: { 'service.name': 's', 'leeway.feature.a': 1 },
        records: [{ timeMs: NOW, body: 'log' }],
      }),
      protocol,
    );
    expect(batch.rejected).toMatchObject([{ reason: 'unknown_event', count: 1 }]);
  });

  it('takes any time up to the limits as it is', () => {
    for (const timeMs of [NOW - 400 * DAY_MS, NOW + 3_600_000])
      expect(one({ 'leeway.prediction.value': 1 }, { timeMs })['timeMs']).toBe(timeMs);
  });

  it.each([undefined, 0])('without a time (%s) has that at which it was observed', (timeMs) => {
    const told = timeMs === undefined ? {} : { timeMs };
    const batch = readOne({
      event: 'leeway.prediction',
      attributes: { 'leeway.model.name': 'm', 'leeway.prediction.value': 1 },
      observedMs: NOW - 5000,
      ...told,
    });
    expect(plain(batch.models[0])['timeMs']).toBe(NOW - 5000);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it('without any time has that at which it was received, and is told of', () => {
    const untimed = {
      event: 'leeway.prediction',
      attributes: { 'leeway.model.name': 'm', 'leeway.prediction.value': 1 },
    };
    const batch = readOne(untimed, { ...untimed, timeMs: 0, observedMs: 0 }, record({ 'error.type': 'x' }));
    expect(plain(batch.models[0])['timeMs']).toBe(NOW);
    expect(batch.models[0]?.predictions.rows).toBe(3);
    expect(batch.warnings).toEqual([
      { reason: 'missing_time', count: 2, message: expect.stringMatching(/time received used/i) },
    ]);
  });

  it.each(['m', ' ', 'team/fraud:v2 (Süd)'])('takes the name %j', (name) => {
    const found = one({
      'leeway.model.name': name,
      'leeway.model.version': name,
      'leeway.prediction.value': 1,
    });
    expect(found).toMatchObject({ model: name, version: name });
  });

  it('takes integers of either sign exactly', () => {
    for (const n of [0, -1, -128, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(one({ 'leeway.prediction.features': { n } })['values']).toEqual({ n });
  });
});

describe('protobuf', () => {
  const full: LogsRequest = {
    resource: { 'service.name': 'svc', 'leeway.segments': { a: 'b' } },
    scope: { 'leeway.model.version': '1' },
    records: [
      record({
        'leeway.prediction.features': { n: 1, x: 0.5, s: 'text', deep: { b: true } },
        'leeway.prediction.id': 'p',
      }),
      record({ 'leeway.prediction.value': -3 }, { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }),
    ],
  };

  it('may put the resource behind the records, and a value before its key', () => {
    expect(plain(read(encode(full, 'last')).models[0])).toEqual(plain(read(encode(full)).models[0]));
    const swapped = Buffer.concat([
      bytesField(2, bytesField(1, Buffer.from('late'))),
      bytesField(1, Buffer.from('leeway.prediction.value')),
    ]);
    const model = keyValue('leeway.model.name', 'm');
    const logRecord = Buffer.concat([bytesField(6, swapped), bytesField(6, model)]);
    const body = bytesField(1, bytesField(2, bytesField(2, logRecord)));
    expect(plain(read(body).models[0])['values']).toEqual({ $prediction: 'late' });
  });

  const string = (text: string) => bytesField(1, Buffer.from(text));
  const entry = (name: string, value: Buffer) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, value)]));
  const map = (name: string, value: Buffer) => bytesField(6, entry(name, value));
  const number = (value: number) => Buffer.concat([varint(3 << 3), varint(value)]);

  it.each([
    ['texts', [string('a'), string('b')], 'b'],
    ['a text, then a number', [string('a'), number(7)], 7],
    ['a number, then a text', [number(7), string('a')], 'a'],
    ['a list, then a number', [bytesField(5, bytesField(1, string('a'))), number(7)], 7],
    ['a map, then a text', [map('in', number(1)), string('a')], 'a'],
    ['a number, then nothing that is known', [number(7), bytesField(9, Buffer.from('later'))], 7],
    ['a number, then a text of another wire type', [number(7), Buffer.from([0x08, 3])], 7],
  ])('takes the last of what is told twice in one value (fuzz seed 11245): %s', (_name, values, last) => {
    const told = (key: string) =>
      Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, Buffer.concat(values))]);
    const features = Buffer.concat([
      bytesField(1, Buffer.from('leeway.prediction.features')),
      bytesField(2, bytesField(6, Buffer.concat([bytesField(1, told('x')), bytesField(1, told('y'))]))),
    ]);
    const attributes = [keyValue('leeway.model.name', 'm'), told('leeway.prediction.value'), features];
    const logRecord = Buffer.concat(attributes.map((attribute) => bytesField(6, attribute)));
    const event = bytesField(12, Buffer.from('leeway.prediction'));
    const batch = read(bytesField(1, bytesField(2, bytesField(2, Buffer.concat([logRecord, event])))));
    expect([batch.rejected, batch.warnings.filter(({ reason }) => reason !== 'missing_time')]).toEqual([
      [],
      [],
    ]);
    expect(plain(batch.models[0])['values']).toEqual({ $prediction: last, x: last, y: last });
  });

  const attribute = (name: string, ...values: readonly Buffer[]) =>
    bytesField(
      6,
      Buffer.concat([bytesField(1, Buffer.from(name)), ...values.map((one) => bytesField(2, one))]),
    );
  const logOf = (...fields: readonly Buffer[]) =>
    bytesField(
      1,
      bytesField(2, bytesField(2, Buffer.concat([attribute('leeway.model.name', string('m')), ...fields]))),
    );
  const features = (...values: readonly Buffer[]) => attribute('leeway.prediction.features', ...values);
  const joined = (...parts: readonly Buffer[]) => Buffer.concat(parts);
  const [x, y] = [map('x', number(1)), map('y', number(2))];

  it.each([
    ['maps in one value', features(joined(x, y)), { x: 1, y: 2 }],
    ['maps in two values', features(x, y), { x: 1, y: 2 }],
    ['maps of one name, of which the last counts', features(x, map('x', number(7))), { x: 7 }],
    [
      'maps with another kind between them, which ends the first',
      features(joined(x, string('a'), y)),
      { y: 2 },
    ],
    ['maps behind another kind', features(joined(string('a'), x, y)), { x: 1, y: 2 }],
    ['a map, then a value of nothing', features(x, Buffer.alloc(0)), { x: 1 }],
    ['maps within a map', features(map('in', joined(x, y))), { 'in.x': 1, 'in.y': 2 }],
    ['values within a map', features(map('in', x), map('in', y)), { 'in.x': 1, 'in.y': 2 }],
    ['a body', joined(bytesField(5, x), bytesField(5, y)), { x: 1, y: 2 }],
    [
      'a text, then a value of nothing',
      attribute('leeway.prediction.value', string('late'), Buffer.alloc(0)),
      { $prediction: 'late' },
    ],
    [
      'maps in two attributes, told apart',
      joined(features(x, y), attribute('leeway.segments', string('a'), map('lane', string('b')))),
      { x: 1, y: 2 },
    ],
  ])(
    'makes one message of two that are told for one field (fuzz seed 5029664): %s',
    (_name, fields, values) => {
      const batch = read(logOf(fields));
      expect(batch.rejected).toEqual([]);
      expect(plain(batch.models[0])['values']).toEqual(values);
    },
  );

  it('holds a value of another wire type for one that is not told (fuzz seed 102889)', () => {
    const text = (field: number) => Buffer.concat([varint(field * 8 + 2), varint(1), Buffer.from('7')]);
    const told = joined(
      attribute('leeway.prediction.id', text(3)),
      attribute('leeway.prediction.value', text(4)),
      attribute('leeway.prediction.duration', text(2)),
      features(map('x', text(3)), map('y', number(2))),
    );
    const { models, rejected } = read(logOf(told));
    expect([plain(models[0])['id'], plain(models[0])['values'], rejected]).toEqual([null, { y: 2 }, []]);
  });

  it('reads a map the same however it is torn into several', () => {
    const entries = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'long'.repeat(30)), fc.nat(300)), {
      minLength: 1,
      maxLength: 5,
    });
    const tearing = fc.infiniteStream(fc.constantFrom('map', 'value'));
    fc.assert(
      fc.property(entries, tearing, (told, tears) => {
        const maps = told.map(([name, value]) => map(name, number(value)));
        const values: Buffer[] = [];
        for (const one of maps) {
          const last = values.pop();
          if (last === undefined) values.push(one);
          else if (tears.next().value === 'value') values.push(last, one);
          else values.push(joined(last, one));
        }
        const whole = bytesField(6, joined(...told.map(([name, value]) => entry(name, number(value)))));
        expect(plain(read(logOf(features(...values))).models[0])['values']).toEqual(
          plain(read(logOf(features(whole))).models[0])['values'],
        );
      }),
    );
  });

  it.each([
    ['too often', joined(...Array.from({ length: 10_001 }, () => features(x, y))), /told twice/],
    [
      'and is broken behind',
      joined(features(x, y), bytesField(6, Buffer.from([0x0a, 0x7f]))),
      /a field of 127 bytes where 0 are left/,
    ],
  ])('is refused in words when a message is told twice %s', (_name, fields, words) => {
    expect(() => read(logOf(fields))).toThrow(words);
    expect(() => read(logOf(fields))).toThrow(BadRequestError);
  });

  it('is merged as deep as it is read, and no stack is deep enough to be asked for', () => {
    let deep: Buffer = joined(x, y);
    for (let level = 0; level < 3000; level += 1) deep = map('d', deep);
    const batch = read(logOf(features(x, y), attribute('other', deep)));
    expect(plain(batch.models[0])['values']).toEqual({ x: 1, y: 2 });
  });

  it('of nothing is a request without records', () => {
    expect(read(Buffer.alloc(0))).toMatchObject({ models: [], rejected: [] });
  });

  it('cut at any byte is either refused or a part of the records, never anything else', () => {
    const body = encode(full);
    const whole = read(body);
    for (let bytes = 0; bytes < body.length; bytes += 1) {
      const found = attempt(body.subarray(0, bytes));
      if (found instanceof BadRequestError) continue;
      const rows = found.models.reduce((sum, model) => sum + model.predictions.rows, 0);
      expect(rows).toBeLessThan(whole.models.reduce((sum, model) => sum + model.predictions.rows, 0));
    }
  });

  it('of any bytes is refused or read, but never throws anything but words for the sender', () => {
    const body = encode(full);
    const flipped = fc
      .array(fc.record({ at: fc.nat(body.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 6 })
      .map((flips) => {
        const bytes = Buffer.from(body);
        for (const { at, to } of flips) bytes[at] = to;
        return bytes;
      });
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(flipped, any), (bytes) => {
        const found = attempt(bytes);
        expect(found instanceof BadRequestError || Array.isArray(found.models)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('of traces is told apart from logs by the wire types', () => {
    const span = Buffer.concat([
      bytesField(1, Buffer.alloc(16, 1)),
      bytesField(2, Buffer.alloc(8, 1)),
      bytesField(5, Buffer.from('GET')),
    ]);
    const traces = bytesField(1, bytesField(2, bytesField(2, span)));
    expect(() => read(traces)).toThrow(/looks like OTLP traces/);
    const noTraceId = bytesField(1, bytesField(2, bytesField(2, bytesField(2, Buffer.alloc(8, 1)))));
    expect(() => read(noTraceId)).toThrow(/looks like OTLP traces/);
  });

  it('keeps unknown fields out of the way', () => {
    const unknown = Buffer.concat([
      varint((40 << 3) | 5),
      Buffer.alloc(4),
      varint((41 << 3) | 1),
      Buffer.alloc(8),
    ]);
    expect(read(Buffer.concat([encode(full), unknown])).models).toMatchObject([{ predictions: { rows: 2 } }]);
  });
});

describe('OTLP JSON', () => {
  it.each([
    ['a list', '[]', /The body must be an object/],
    ['no JSON', '{"resourceLogs": [', /not JSON/],
    ['traces', '{"resourceSpans": []}', /traces or metrics/],
    ['a text for a list', '{"resourceLogs": "x"}', /resourceLogs must be a list/],
    ['null for a resource', '{"resourceLogs": [null]}', /An entry of resourceLogs must be an object/],
  ])('that is %s is refused in words', (_name, body, words) => {
    expect(() => read(Buffer.from(body), 'otlp-json')).toThrow(words);
  });

  it('may have numbers as numbers, texts or the words of protobuf', () => {
    const kvlistValue = {
      values: [
        { key: 'a', value: { intValue: 31 } },
        { key: 'b', value: { intValue: '-5' } },
        { key: 'c', value: { doubleValue: 'NaN' } },
        { key: 'd', value: {} },
      ],
    };
    const attributes = [
      { key: 'leeway.model.name', value: { stringValue: 'm' } },
      { key: 'leeway.prediction.features', value: { kvlistValue } },
    ];
    const body = {
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: `${NOW}000001`, attributes }] }] }],
    };
    expect(plain(read(Buffer.from(JSON.stringify(body)), 'otlp-json').models[0])).toMatchObject({
      timeMs: NOW,
      restNs: 1,
      values: { a: 31, b: -5, c: NaN },
    });
  });
});

function attempt(bytes: Buffer): Batch | BadRequestError {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof BadRequestError) return error;
    throw error;
  }
}

import { idText } from '../../../server/ids.ts';
import {
  Decimal,
  Dictionary,
  Float16,
  Float32,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  Field,
  Null,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  DateDay,
  DateMillisecond,
  Table,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Binary,
  Float64,
  Bool,
  makeData,
  makeVector,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadRequestError } from '../../../server/errors.ts';
import { tableColumns } from '../../../server/ingest/table-columns.ts';
import { PREDICTION, SCORE } from '../../../server/model.ts';
import { column, featureOf, NOW, predictionsOf, read, stream, valuesOf } from './arrow-support.ts';

const BASE = { model: ['fraud', 'fraud'], value: [1, 0] } as const;

describe('the columns of an Arrow stream', () => {
  it('are the fields of a prediction by their names in JSON, and features otherwise', async () => {
    const batch = await read(
      stream({
        model: ['fraud'],
        version: ['v1'],
        id: ['p-1'],
        time: column([NOW - 1000], new TimestampMillisecond('UTC')),
        value: ['fraud'],
        score: [0.97],
        durationMs: [12],
        error: ['timeout'],
        dataset: ['shadow'],
        amount: [12.5],
        'feature.channel': ['web'],
        'segment.region': ['eu'],
        'protected.sex': ['f'],
      }),
    );
    const rows = predictionsOf(batch);
    expect([batch.models[0]!.model, rows.rows, rows.version[0], idText(rows.id, 0), rows.error[0]]).toEqual([
      'fraud',
      1,
      'v1',
      'p-1',
      'timeout',
    ]);
    expect([rows.timeMs[0], rows.restNs[0], rows.durationMs[0], rows.dataset[0]]).toEqual([
      NOW - 1000,
      0,
      12,
      2,
    ]);
    expect(rows.values.map((value) => [value.name, valuesOf(value, 1)[0]])).toEqual([
      [PREDICTION, 'fraud'],
      [SCORE, 0.97],
      ['amount', 12.5],
      ['channel', 'web'],
    ]);
    expect([rows.segments, rows.protected].flat().map(({ name, texts }) => [name, texts[0]])).toEqual([
      ['region', 'eu'],
      ['sex', 'f'],
    ]);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it('may be structs: features, segments, protected; structs within join by dots, and a null struct has null fields', async () => {
    const features = new Struct([
      new Field('amount', new Float64(), true),
      new Field('card', new Struct([new Field('kind', new Utf8(), true)]), true),
    ]);
    const batch = await read(
      stream({
        ...BASE,
        features: column([{ amount: 1, card: { kind: 'debit' } }, null], features),
        segments: column(
          [{ region: 'eu' }, { region: null }],
          new Struct([new Field('region', new Utf8(), true)]),
        ),
      }),
    );
    expect(featureOf(batch, 'amount')).toEqual([1, null]);
    expect(featureOf(batch, 'card.kind')).toEqual(['debit', null]);
    expect(predictionsOf(batch).segments[0]!.texts[0]).toBe('eu');
  });

  it('are labels on their route, and nothing else is taken there', async () => {
    const batch = await read(
      stream({
        model: ['fraud'],
        id: ['p-1'],
        value: [true],
        source: ['desk'],
        time: column([NOW], new TimestampMillisecond()),
      }),
      { route: 'labels' },
    );
    const { labels } = batch.models[0]!;
    expect([
      labels.rows,
      idText(labels.id, 0),
      labels.source[0],
      labels.timeMs[0],
      valuesOf(labels.value, 1),
    ]).toEqual([1, 'p-1', 'desk', NOW, [true]]);
    await expect(
      read(stream({ model: ['fraud'], id: ['p-1'], amount: [1] }), { route: 'labels' }),
    ).rejects.toThrow('Column "amount" is not known in labels; known are model, id, value, source, time.');
  });

  it('leave out the model and the version when the schema names them for all rows', async () => {
    const batch = await read(
      stream({ value: [1], 'a.b': [2] }, { properties: { 'leeway.model': 'fraud', 'leeway.version': 'v9' } }),
    );
    expect([batch.models[0]!.model, predictionsOf(batch).version[0], featureOf(batch, 'a.b')]).toEqual([
      'fraud',
      'v9',
      [2],
    ]);
  });

  it('tell labels, tokens, cost and scores of classes as JSON does', async () => {
    const scores = new Struct([new Field('cat', new Float64(), true)]);
    const batch = await read(
      stream({
        ...BASE,
        id: ['a', 'b'],
        label: ['cat', null],
        inputTokens: [12, null],
        outputTokens: [3, 4],
        cost: [0.5, 0.25],
        currency: ['EUR', 'EUR'],
        scores: column([{ cat: 0.9 }, { cat: 0.2 }], scores),
      }),
    );
    const rows = predictionsOf(batch);
    expect([rows.inputTokens, rows.outputTokens, rows.cost, rows.currency]).toEqual([
      [12],
      [3, 4],
      [0.5, 0.25],
      ['EUR', 'EUR'],
    ]);
    expect(rows.values.map(({ name }) => name).toSorted()).toEqual([PREDICTION, 'score.cat']);
    const { labels } = batch.models[0]!;
    expect([labels.rows, idText(labels.id, 0), valuesOf(labels.value, 1)]).toEqual([1, 'a', ['cat']]);
  });

  it('leave out the index of pandas', async () => {
    const batch = await read(stream({ ...BASE, __index_level_0__: [10, 20] }));
    expect(predictionsOf(batch).values.map(({ name }) => name)).toEqual([PREDICTION]);
  });

  it('may name several models and versions row by row', async () => {
    const batch = await read(
      stream({ model: ['a', 'b', 'a'], value: [1, 2, 3], x: [10, 20, 30], 'segment.s': ['p', 'q', 'r'] }),
    );
    expect(
      batch.models.map(({ model, predictions }) => [
        model,
        predictions.values.map((value) => valuesOf(value, predictions.rows)),
        predictions.segments[0]!.texts,
      ]),
    ).toEqual([
      [
        'a',
        [
          [1, 3],
          [10, 30],
        ],
        ['p', 'r'],
      ],
      ['b', [[2], [20]], ['q']],
    ]);
  });
});

const BIG = 2n ** 53n + 1n;

describe('a value of Arrow', () => {
  it.each<[string, DataType, readonly unknown[], readonly unknown[]]>([
    ['int8', new Int8(), [1, -128, null], [1, -128, null]],
    ['uint8', new Uint8(), [1, 255, null], [1, 255, null]],
    ['int16', new Int16(), [1, -32768, null], [1, -32768, null]],
    ['uint16', new Uint16(), [1, 65535, null], [1, 65535, null]],
    ['int32', new Int32(), [1, -(2 ** 31), null], [1, -(2 ** 31), null]],
    ['uint32', new Uint32(), [1, 2 ** 32 - 1, null], [1, 2 ** 32 - 1, null]],
    ['int64', new Int64(), [1n, -5_000_000_000n, null], [1, -5_000_000_000, null]],
    ['uint64', new Uint64(), [1n, 2n ** 52n, null], [1, 2 ** 52, null]],
    ['half', new Float16(), [1.5, -0.25, null], [1.5, -0.25, null]],
    ['float', new Float32(), [1.5, NaN, null], [1.5, NaN, null]],
    ['double', new Float64(), [0.1, -Infinity, null], [0.1, -Infinity, null]],
    ['bool', new Bool(), [true, false, null], [true, false, null]],
    ['utf8', new Utf8(), ['plain', 'ü😀', null], ['plain', 'ü😀', null]],
    ['large utf8', new LargeUtf8(), ['plain', '', null], ['plain', '', null]],
    ['dictionary', new Dictionary(new Utf8(), new Int32()), ['a', 'b', null], ['a', 'b', null]],
    ['null', new Null(), [null, null, null], [null, null, null]],
    [
      'date32',
      new DateDay(),
      [new Date(86_400_000), new Date(-86_400_000), null],
      [86_400_000, -86_400_000, null],
    ],
    ['date64', new DateMillisecond(), [new Date(86_400_000), new Date(0), null], [86_400_000, 0, null]],
    ['timestamp', new TimestampMillisecond(), [5, -5, null], [5, -5, null]],
  ])(
    'of type %s is the number, text, true or false it is; null is missing',
    async (_, type, sent, expected) => {
      const batch = await read(
        stream({ model: ['m', 'm', 'm'], value: [1, 2, 3], other: [1, 2, 3], x: column(sent, type) }),
      );
      expect(featureOf(batch, 'x')).toEqual(expected);
    },
  );

  it('beyond 2^53 is the nearest double, counted; as an id it keeps every digit', async () => {
    const batch = await read(
      stream({
        ...BASE,
        id: column([BIG, 2n], new Int64()),
        x: column([-BIG, 1n], new Int64()),
        y: column([1n, 2n ** 64n - 1n], new Uint64()),
      }),
    );
    expect([0, 1].map((row) => idText(predictionsOf(batch).id, row))).toEqual([String(BIG), '2']);
    expect([featureOf(batch, 'x'), featureOf(batch, 'y')]).toEqual([
      [-(2 ** 53), 1],
      [1, 2 ** 64],
    ]);
    expect(batch.warnings).toEqual([expect.objectContaining({ reason: 'bad_feature', count: 2 })]);
  });

  it.each([
    ['list', new List(new Field('item', new Float64(), true)), [[1, 2], null]],
    ['bytes', new Binary(), [Buffer.from('a'), null]],
  ])('that is a %s is told and left out, the row is kept', async (_, type, sent) => {
    const batch = await read(stream({ ...BASE, x: column(sent, type as DataType) }));
    expect(predictionsOf(batch).rows).toBe(2);
    const message = expect.stringMatching(/^"x" holds lists, maps or bytes/) as string;
    expect(batch.warnings).toEqual([{ reason: 'unsupported_type', count: 1, message }]);
  });
});

describe('a field', () => {
  const list = new List(new Field('item', new Float64(), true));
  it.each<[string, string, DataType, unknown[]]>([
    ['an id', 'id', new Binary(), [Buffer.from('a'), Buffer.from('b')]],
    ['a value', 'value', list, [[1], [2]]],
    ['a score', 'score', list, [[1], null]],
    ['a time', 'time', new Binary(), [null, null]],
  ])('of no single values, such as %s of lists or bytes, refuses all rows', async (_, name, type, sent) => {
    const { value: _value, ...rest } = BASE;
    await expect(read(stream({ ...rest, a: [1, 2], [name]: column(sent, type) }))).rejects.toThrow(
      `Column "${name}" holds lists, maps or bytes; send numbers or texts.`,
    );
  });
});

describe('the time of a row', () => {
  const ns = BigInt(NOW) * 1_000_000n + 123_456_789n;
  it.each<[string, DataType, unknown, number, number]>([
    ['nanoseconds', new TimestampNanosecond('Europe/Berlin'), ns, 123, 456_789],
    ['microseconds', new TimestampMicrosecond('UTC'), ns / 1000n, 123, 456_000],
    ['milliseconds', new TimestampMillisecond(), ns / 1_000_000n, 123, 0],
    ['seconds', new TimestampSecond('UTC'), ns / 1_000_000_000n, 0, 0],
  ])('in %s keeps every one of them', async (_, type, sent, ms, restNs) => {
    const sample = new BigInt64Array([sent as bigint]);
    const batch = await read(stream({ model: ['m'], value: [1], time: timestamps(sample, type) }));
    const rows = predictionsOf(batch);
    expect([rows.timeMs[0], rows.restNs[0]]).toEqual([NOW + ms, restNs]);
  });

  it.each<[string, ReturnType<typeof column>]>([
    ['milliseconds as numbers', column([NOW - 5])],
    ['ISO 8601 with a zone', column([new Date(NOW - 5).toISOString()])],
  ])('may be %s, as in JSON', async (_, time) => {
    expect(predictionsOf(await read(stream({ model: ['m'], value: [1], time }))).timeMs[0]).toBe(NOW - 5);
  });

  it.each<[string, ReturnType<typeof column>, string]>([
    ['in words', column(['yesterday']), 'malformed'],
    ['too old', column([0]), 'time_out_of_range'],
    ['too far ahead', column([NOW + 86_400_000]), 'time_out_of_range'],
  ])('%s refuses the row', async (_, time, reason) => {
    const batch = await read(stream({ model: ['m'], value: [1], time }));
    expect([batch.models[0]?.predictions.rows ?? 0, batch.rejected[0]!.reason]).toEqual([0, reason]);
  });

  it('that is null is the time received', async () => {
    const batch = await read(
      stream({ model: ['m', 'm'], value: [1, 2], id: ['a', 'b'], time: [NOW - 1, null] }),
    );
    expect(predictionsOf(batch).timeMs).toEqual([NOW - 1, NOW]);
  });
});

function timestamps(data: BigInt64Array, type: DataType) {
  return makeVector(makeData({ type: type as TimestampNanosecond, length: data.length, data }));
}

describe('a refused row', () => {
  it.each<[string, Parameters<typeof stream>[0], string]>([
    ['without a model', { model: [null, 'm'], value: [1, 2] }, 'missing_model'],
    [
      'with a score in words',
      { model: ['m', 'm'], value: [1, 2], score: column(['much', null]) },
      'malformed',
    ],
    ['of an unknown dataset', { model: ['m', 'm'], value: [1, 2], dataset: ['test', null] }, 'malformed'],
    [
      'with a text that is too long',
      { model: ['m', 'm'], value: [1, 2], x: column(['x'.repeat(65), 'short']) },
      'too_long',
    ],
    [
      'with an id that is too long',
      { model: ['m', 'm'], value: [1, 2], id: column(['x'.repeat(65), 'short']) },
      'too_long',
    ],
    ['of a model with a bad name', { model: ['m\n', 'm'], value: [1, 2] }, 'malformed'],
  ])('%s leaves the others in their places', async (_, columns, reason) => {
    const batch = await read(stream({ ...columns, y: [10, 20] }));
    expect(batch.rejected).toEqual([expect.objectContaining({ reason, count: 1 })]);
    expect([featureOf(batch, PREDICTION), featureOf(batch, 'y')]).toEqual([[2], [20]]);
  });

  it.each([[['', 'in']], [['features', '', 'in']], [['segments', '', 'in']]])(
    'is every row of a table with the column %j: what stands under an empty name has none',
    (path) => {
      const read = () => expect.fail('its name is enough');
      const { entries } = tableColumns([{ path, kind: 'text', read }], 'predictions');
      expect(entries.map(({ name }) => name)).toEqual(['']);
    },
  );

  it.each<[string, Readonly<Record<string, readonly unknown[]>>, string]>([
    [
      'more features than a model may have',
      Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`f${at}`, [1, 2]])),
      'too_many_features',
    ],
    [
      '5,000 columns',
      Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`f${at}`, [1, 2]])),
      'too_many_features',
    ],
    ['a feature without a name', { 'feature.': [1, 2] }, 'bad_feature'],
    ['a feature named like a column of its own', { $score: [1, 2] }, 'bad_feature'],
  ])('is every row of a table with %s', async (_, columns, reason) => {
    const batch = await read(stream({ ...BASE, ...columns }));
    expect([
      batch.models.reduce((sum, { predictions }) => sum + predictions.rows, 0),
      batch.rejected,
    ]).toEqual([0, [expect.objectContaining({ reason, count: 2 })]]);
  });

  it('is that of another tenant', async () => {
    const batch = await read(stream(BASE, { properties: { 'leeway.tenant': 'other' } }));
    expect(batch.rejected).toEqual([expect.objectContaining({ reason: 'tenant_mismatch', count: 2 })]);
  });

  it('is any of more models than a tenant may have', async () => {
    const batch = await read(stream({ model: ['a', 'b', 'c', 'd'], value: [1, 2, 3, 4] }));
    expect([batch.models.length, batch.rejected[0]!.reason]).toEqual([3, 'too_many_models']);
  });
});

describe('an Arrow body', () => {
  it('without rows stores nothing and refuses nothing', async () => {
    const { models, rejected } = await read(
      tableToIPC(new Table({ model: vectorFromArray([], new Utf8()) }), 'stream'),
    );
    expect([models, rejected]).toEqual([[], []]);
  });

  it('that claims a decimal of a million places is refused, not spelled out', async () => {
    const type = new Decimal(1_000_000, 38, 128);
    const x = makeVector(makeData({ type, length: 2, data: new Uint32Array(8) }));
    await expect(read(stream({ ...BASE, x }))).rejects.toThrow('has more than 76 places');
  });

  it('may be a file instead of a stream', async () => {
    const batch = await read(
      stream({ ...BASE, c: column(['x', 'y'], new Dictionary(new Utf8(), new Int32())) }, { type: 'file' }),
    );
    expect(featureOf(batch, 'c')).toEqual(['x', 'y']);
  });

  it('may be filled up with zeros', async () => {
    const padded = Buffer.concat([stream({ ...BASE, x: [1, 2] }), Buffer.alloc(56)]);
    expect(featureOf(await read(padded), 'x')).toEqual([1, 2]);
  });

  it('may hold many batches, of one dictionary that grows', async () => {
    const kind = new Dictionary(new Utf8(), new Int32(), 7);
    const [first, second] = [
      ['a', 'b'],
      ['c', 'a'],
    ].map(
      (values) => new Table({ model: column(['m', 'm']), value: column([1, 2]), c: column(values, kind) }),
    );
    const body = tableToIPC(first!.concat(second!), 'stream');
    expect(featureOf(await read(body), 'c')).toEqual(['a', 'b', 'c', 'a']);
  });

  it.each([
    [
      'two columns of one meaning',
      stream({ ...BASE, amount: [1, 2], 'feature.amount': [1, 2] }),
      'Two columns are both "feature.amount"',
    ],
    [
      'features that are no struct',
      stream({ ...BASE, features: [1, 2] }),
      'Column "features" must be a struct',
    ],
    ['nothing in it', new Uint8Array(0), 'it holds no schema'],
    ['JSON in it', Buffer.from('{"predictions": []}   '), 'is not a whole Arrow IPC stream'],
    [
      'another stream behind it, whose rows nobody would read',
      Buffer.concat([stream(BASE), stream(BASE)]),
      'goes on behind the end of its stream; send one stream a request',
    ],
    [
      'another file behind it',
      Buffer.concat([stream(BASE, { type: 'file' }), stream(BASE, { type: 'file' })]),
      'goes on behind the end of its file; send one file a request',
    ],
    ['a file cut short', stream(BASE, { type: 'file' }).subarray(0, 200), 'does not end like one'],
  ])('with %s is refused in words', async (_, body, words) => {
    await expect(read(body)).rejects.toThrow(words);
    await expect(read(body)).rejects.toThrow(BadRequestError);
  });

  it('cut anywhere but between messages is refused whole', async () => {
    const whole = stream({ ...BASE, x: [1, 2] });
    for (let length = 1; length < whole.length - 8; length += 7) {
      const outcome = await read(whole.subarray(0, length)).catch((error: unknown) => error);
      if (!(outcome instanceof BadRequestError)) expect(outcome).toMatchObject({ models: [], rejected: [] });
    }
  });

  it('that unpacks to more than a body may have is refused, however small it is', async () => {
    const long = 'x'.repeat(60);
    const rows = 100_000;
    const body = stream({
      model: column(Array(rows).fill('m'), new Dictionary(new Utf8(), new Int8())),
      id: column(Array(rows).fill(long), new Dictionary(new Utf8(), new Int8())),
    });
    await expect(read(body)).rejects.toMatchObject({ status: 413 });
  });

  it('is read or refused in words, whatever bytes of it are flipped', async () => {
    const whole = stream({
      ...BASE,
      id: ['a', 'b'],
      c: column(['x', 'y'], new Dictionary(new Utf8(), new Int32())),
      s: column([{ a: 1n }, null], new Struct([new Field('a', new Int64(), true)])),
      l: column([[1], [2]], new List(new Field('item', new Float64(), true))),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (flips) => {
          const body = Uint8Array.from(whole);
          for (const [at, byte] of flips) body[at] = byte;
          const outcome = await read(body).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(BadRequestError);
        },
      ),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('holds what it was written from', async () => {
    const row = fc.record({
      x: fc.option(fc.double()),
      s: fc.option(fc.string({ maxLength: 10 })),
      b: fc.option(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const batch = await read(
          stream({
            model: rows.map(() => 'm'),
            value: rows.map((_, at) => at),
            x: column(
              rows.map(({ x }) => x),
              new Float64(),
            ),
            s: column(
              rows.map(({ s }) => s),
              new Utf8(),
            ),
            b: column(
              rows.map(({ b }) => b),
              new Bool(),
            ),
          }),
        );
        const wellFormed = rows.map(({ s }) => (s === null ? null : s.toWellFormed()));
        expect([featureOf(batch, 'x'), featureOf(batch, 's'), featureOf(batch, 'b')]).toEqual([
          rows.map(({ x }) => x),
          wellFormed,
          rows.map(({ b }) => b),
        ]);
      }),
    );
  });
});

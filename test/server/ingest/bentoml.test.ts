import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { idText } from '../../../server/ids.ts';
import { BENTOML_SCOPE } from '../../../server/ingest/bentoml.ts';
import { BentomlSenders } from '../../../server/ingest/bentoml-senders.ts';
import type { Protocol } from '../../../server/model.ts';
import { LIMITS, NOW } from '../store/duckdb/support.ts';
import { decoded, labelsOf, predictionsOf } from './plain.ts';
import { encode, encodeJson } from './support.ts';
import type { LogRecord, LogsRequest, Value } from './support.ts';

const formats: readonly (readonly [Protocol, (request: LogsRequest) => Buffer])[] = [
  ['otlp-protobuf', (given) => encode(given)],
  ['otlp-json', encodeJson],
];

/** What BentoML and the SDK below it put around every row. */
const resource = {
  'telemetry.sdk.language': 'python',
  'service.name': 'iris_classifier:iris_classifier_prediction',
  'service.instance.id': 'umjssqsi5wyw6dhj',
};
const attributes = {
  'code.file.path': 'otlp.py',
  'code.function.name': 'export_data',
  'code.line.number': 271,
};

type Roles = Readonly<Record<string, readonly [role: string, type: string]>>;
const IRIS: Roles = {
  'sepal length': ['feature', 'numerical'],
  'petal.width': ['feature', 'numerical'],
  color: ['feature', 'categorical'],
  pred: ['prediction', 'categorical'],
};

const metaOf = (roles: Roles, more: Readonly<Record<string, Value>> = {}) => ({
  bento_name: 'iris_classifier',
  bento_version: 'umjssqsi5wyw6dhj',
  monitor_name: 'iris_classifier_prediction',
  schema: Object.fromEntries(
    Object.entries(roles).map(([name, [role, type]]) => [name, { name, role, type }]),
  ),
  ...more,
});

const TIME_MS = NOW - 5000;
const columns = { 'sepal length': 4.9, 'petal.width': 1, color: 2, pred: 'setosa' };
const own = (request: string) => ({
  timestamp: TIME_MS / 1000 + 0.000123,
  request_id: request,
  trace_id: '212345678901234567890',
});

let made = 0;
/** A row as BentoML's logger makes it; each a little later than the one before. */
function row(body: Value, more: Partial<LogRecord> = {}): LogRecord {
  made += 1;
  return { timeMs: NOW, restNs: made, severity: 9, attributes, body, ...more };
}

describe.each(formats)("BentoML's rows in %s", (protocol, encoded) => {
  const send = (records: readonly LogRecord[], more: Partial<LogsRequest> & { tenant?: string } = {}) => {
    const { tenant = 'acme', ...request } = more;
    const body = encoded({ resource, scopeName: BENTOML_SCOPE, records, ...request });
    return (bentoml: BentomlSenders): Batch =>
      decoded(protocol, body, {
        bentoml,
        request: { tenant, route: 'logs', protocol, receivedAtMs: NOW },
      });
  };
  const read = (...records: readonly LogRecord[]) => send(records)(new BentomlSenders());

  it('become predictions by the roles and types of bento_meta', () => {
    const batch = read(row({ ...columns, ...own('6413930528999883196'), bento_meta: metaOf(IRIS) }));
    expect(predictionsOf(batch)).toEqual([
      {
        model: 'iris_classifier_prediction',
        version: 'umjssqsi5wyw6dhj',
        id: '6413930528999883196',
        timeMs: TIME_MS,
        restNs: 123_000,
        value: 'setosa',
        features: { 'sepal length': 4.9, 'petal.width': 1, color: '2' },
      },
    ]);
    expect([batch.rejected, batch.warnings]).toEqual([[], []]);
  });

  it('without bento_meta are read by the schema their sender told before, in another request', () => {
    const senders = new BentomlSenders();
    send([row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) })])(senders);
    const batch = send([row({ ...columns, ...own('2') })])(senders);
    expect(predictionsOf(batch)).toMatchObject([
      { model: 'iris_classifier_prediction', version: 'umjssqsi5wyw6dhj', id: '2', value: 'setosa' },
    ]);
    expect(batch.warnings).toEqual([]);
  });

  const stranger = 'is no schema of another';
  it.each([
    ['tenant', { tenant: 'other' }],
    ['service', { resource: { ...resource, 'service.name': 'other:monitor' } }],
    ['instance', { resource: { ...resource, 'service.instance.id': 'newer' } }],
  ])(`${stranger} %s: all columns are features then, and told so`, (_name, more) => {
    const senders = new BentomlSenders();
    send([row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) })])(senders);
    const batch = send([row({ ...columns, ...own('2') })], more)(senders);
    expect(predictionsOf(batch)).toMatchObject([{ id: '2', timeMs: TIME_MS, features: columns }]);
    expect(batch.warnings).toMatchObject([{ reason: 'bad_feature', count: 1 }]);
  });

  it('remember the schemas of the thousand senders that spoke last', () => {
    const senders = new BentomlSenders();
    const of = (index: number) => ({ resource: { 'service.name': `s${index}` } });
    for (let index = 0; index <= 1000; index += 1)
      send([row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) })], of(index))(senders);
    const known = (index: number) => send([row({ ...columns, ...own('2') })], of(index))(senders).warnings;
    expect(known(1)).toEqual([]);
    expect(known(0)).toHaveLength(1);
  });

  it.each<[string, Roles, Record<string, Value>, object]>([
    [
      'a numeric prediction',
      { x: ['feature', 'numerical'], y: ['prediction', 'numerical'] },
      { x: 1, y: 4.5 },
      { value: 4.5, features: { x: 1 } },
    ],
    [
      'a prediction column that is called prediction',
      { x: ['feature', 'numerical'], prediction: ['prediction', 'categorical'] },
      { x: 1, prediction: 2 },
      { value: '2', features: { x: 1 } },
    ],
    [
      'two prediction columns, of which the first is the one',
      { pred: ['prediction', 'categorical'], proba: ['prediction', 'numerical'] },
      { pred: 'a', proba: 0.75 },
      { value: 'a', features: { proba: 0.75 } },
    ],
    [
      'a role of its own',
      { x: ['feature', 'numerical'], tier: ['segment', 'categorical'] },
      { x: 1, tier: 'gold' },
      { features: { x: 1, tier: 'gold' } },
    ],
    [
      'true, false and none',
      { a: ['feature', 'categorical'], b: ['feature', 'numerical'] },
      { a: true, b: null },
      { features: { a: true } },
    ],
  ])('may have %s', (_name, roles, given, expected) => {
    const batch = read(row({ ...given, ...own('1'), bento_meta: metaOf(roles) }));
    expect(predictionsOf(batch)).toMatchObject([expected]);
    expect(batch.rejected).toEqual([]);
  });

  it('with a target are labels, alone or beside their prediction', () => {
    const roles: Roles = { pred: ['prediction', 'categorical'], truth: ['target', 'categorical'] };
    const both = read(row({ pred: 'a', truth: 'b', ...own('7'), bento_meta: metaOf(roles) }));
    const label = { model: 'iris_classifier_prediction', id: '7', timeMs: TIME_MS, value: 'b' };
    expect(predictionsOf(both)).toMatchObject([{ id: '7', value: 'a' }]);
    expect(labelsOf(both)).toEqual([label]);
    const alone = read(row({ truth: 'b', ...own('7'), bento_meta: metaOf(roles) }));
    expect(predictionsOf(alone)).toEqual([]);
    expect(labelsOf(alone)).toEqual([label]);
  });

  it('keep a sequence of numbers out, and say so', () => {
    const roles: Roles = { x: ['feature', 'numerical'], v: ['feature', 'numerical_sequence'] };
    const batch = read(row({ x: 1, v: [1, 2, 3], ...own('1'), bento_meta: metaOf(roles) }));
    expect(predictionsOf(batch)).toMatchObject([{ features: { x: 1 } }]);
    expect(batch.warnings).toMatchObject([{ reason: 'unsupported_type', count: 1 }]);
  });

  it.each([
    ['of a service that was never built', metaOf(IRIS, { bento_version: 'not available' }), ''],
    ['of a service without a version', metaOf(IRIS, { bento_version: null }), ''],
  ])('%s have no version', (_name, meta, version) => {
    const batch = read(row({ ...columns, ...own('1'), bento_meta: meta }));
    expect(batch.models[0]?.predictions.version).toEqual([version]);
  });

  it('without the name of a monitor are of their service', () => {
    const batch = read(row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS, { monitor_name: null }) }));
    expect(predictionsOf(batch)).toMatchObject([{ model: resource['service.name'] }]);
  });

  it('are of the model and version that the user has named, if he has', () => {
    const named = { ...resource, 'leeway.model.name': 'iris', 'leeway.model.version': '7' };
    const batch = send([row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) })], { resource: named })(
      new BentomlSenders(),
    );
    expect(predictionsOf(batch)).toMatchObject([{ model: 'iris', version: '7' }]);
  });

  it('are known by bento_meta, too, where a collector has lost the scope', () => {
    const batch = send([row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) })], { scopeName: '' })(
      new BentomlSenders(),
    );
    expect(predictionsOf(batch)).toMatchObject([{ model: 'iris_classifier_prediction', value: 'setosa' }]);
  });

  it.each(['0', 'None', ''])('with the request id %j have none: they are not the same row', (id) => {
    const batch = read(row({ ...columns, ...own(id), bento_meta: metaOf(IRIS) }));
    expect(idText(batch.models[0]!.predictions.id, 0)).toBeNull();
  });

  it('of one call share its id, so the later ones get their number, over bodies and when one is sent again', () => {
    const senders = new BentomlSenders();
    const body = { ...columns, ...own('9'), bento_meta: metaOf(IRIS) };
    const first = send([row(body), row(body), row({ ...body, request_id: '10' })]);
    const second = send([row(body, { restNs: 999_999 }), row(body, { restNs: 999_999 })]);
    const ids = (batch: Batch) => predictionsOf(batch).map(({ id }) => id);
    expect(ids(first(senders))).toEqual(['9', '9-1', '10']);
    expect(ids(second(senders))).toEqual(['9-2', '9-3']);
    expect(ids(first(senders))).toEqual(['9', '9-1', '10']);
    expect(ids(second(senders))).toEqual(['9-2', '9-3']);
  });

  it('of one call that a restart has torn apart never share an id, also when they are sent again', () => {
    const body = { ...columns, ...own('9'), bento_meta: metaOf(IRIS) };
    const old = { timeMs: NOW - 1000 };
    const before = send([row(body), row(body), row(body)]);
    const after = send([row(body, old), row(body, old), row({ ...body, request_id: '10' }, old)]);
    const ids = (batch: Batch) => predictionsOf(batch).map(({ id }) => id);
    const restarted = new BentomlSenders();
    const torn = ids(after(restarted));
    expect(torn.at(-1)).toBe('10');
    expect(new Set([...ids(before(new BentomlSenders())), ...torn]).size).toBe(6);
    expect(ids(after(restarted))).toEqual(torn);
    expect(ids(after(new BentomlSenders()))).toEqual(torn);
  });

  it('before the columns are told again are of the same model and version, by their resource', () => {
    const batch = read(row({ ...columns, ...own('1') }));
    expect(predictionsOf(batch)).toMatchObject([
      { model: 'iris_classifier_prediction', version: 'umjssqsi5wyw6dhj', features: columns },
    ]);
  });

  it('that came as text are refused in words, not guessed at', () => {
    const text = "{'sepal length': 4.9, 'when': datetime.date(2026, 6, 10), 'secret': 'x'}";
    const batch = read(row(text), row({ ...columns, ...own('1'), bento_meta: metaOf(IRIS) }));
    expect(predictionsOf(batch)).toHaveLength(1);
    expect(batch.rejected).toMatchObject([{ reason: 'unsupported_type', count: 1 }]);
    expect(batch.rejected[0]?.message).not.toContain('secret');
  });

  it.each<[string, Value]>([
    ['is a text', 'x'],
    ['is empty', {}],
    ['has no schema', { monitor_name: 'm' }],
    ['has a schema that is a text', { schema: 'x' }],
    ['has columns that are texts', { schema: { pred: 'x' } }],
    ['has roles that are numbers', { schema: { pred: { role: 1, type: 2 } } }],
  ])('are kept whatever bento_meta is: it %s', (_name, meta) => {
    const batch = read(row({ ...columns, ...own('1'), bento_meta: meta }));
    expect(predictionsOf(batch)).toHaveLength(1);
    expect(batch.rejected).toEqual([]);
  });

  it.each([NaN, -1, 99_999_999_999.5, 'yesterday', true])(
    'keep the time of the record where timestamp is %s',
    (timestamp) => {
      const batch = read(row({ ...columns, ...own('1'), timestamp, bento_meta: metaOf(IRIS) }));
      expect(predictionsOf(batch)).toMatchObject([{ timeMs: NOW }]);
    },
  );

  it('may have a column for every four features a row may have, with bento_meta in it', () => {
    const names = Array.from({ length: LIMITS.maxFeatures / 4 - 2 }, (_, at) => `f${at}`);
    const roles = Object.fromEntries(names.map((name) => [name, ['feature', 'numerical'] as const]));
    const given = Object.fromEntries(names.map((name) => [name, 1]));
    const batch = read(row({ ...given, ...own('1'), bento_meta: metaOf(roles) }));
    expect(batch.rejected).toEqual([]);
    expect(Object.keys(predictionsOf(batch)[0]?.['features'] ?? {})).toHaveLength(names.length);
  });
});

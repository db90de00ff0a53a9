import { broken, misread } from './broken.ts';
import { JSON_TYPE } from './case.ts';
import type { Made } from './case.ts';
import type { Random } from './random.ts';
import { NUMBERS } from './records.ts';

/** CloudEvents of KServe and Seldon: in headers, around the data, in lists; halves that meet, and halves that never do. */

type Attributes = Readonly<Record<string, unknown>>;

const TYPES = [
  'org.kubeflow.serving.inference.request',
  'org.kubeflow.serving.inference.response',
  'io.seldon.serving.inference.request',
  'io.seldon.serving.inference.response',
  'io.seldon.serving.feedback',
] as const;

function value(random: Random): unknown {
  return random.pick<unknown>([
    ...NUMBERS,
    'late',
    '',
    true,
    null,
    [1],
    { deep: { er: 1 } },
    'x'.repeat(300),
  ]);
}

const list = (random: Random, of: () => unknown, most = 4) =>
  Array.from({ length: random.below(most + 1) }, of);

function tensor(random: Random): object {
  const rows = random.pick([1, 2, 2, 3, 0, -1, 1.5, 2 ** 31, 2 ** 53]);
  const width = random.pick([1, 2, 2, 300]);
  const shape = random.pick<unknown>([[rows], [rows, width], [rows, width, 2], [], 'two', null]);
  return {
    name: random.pick(['x', 'age', 'predict', '', '__proto__']),
    shape,
    datatype: random.pick(['FP32', 'INT64', 'BOOL', 'BYTES', 'FP16', 'NONE']),
    data: random.chance(0.8)
      ? Array.from({ length: random.below(6) }, () => random.pick<unknown>([1, 0, 'a', true, null, [1, 2]]))
      : value(random),
  };
}

function bodyOf(random: Random, type: unknown): unknown {
  const row = () =>
    random.pick<unknown>([
      value(random),
      list(random, () => value(random)),
      { n: random.below(50), c: random.pick(['a', 'b']) },
      { [random.pick(['n', '', '__proto__', 'x'.repeat(200), 'a.b'])]: value(random) },
    ]);
  const asked = [
    () => ({ instances: list(random, row) }),
    () => ({ inputs: list(random, () => tensor(random), 2) }),
  ];
  const answered = [
    () => ({ predictions: list(random, row) }),
    () => ({ outputs: list(random, () => tensor(random), 2), model_version: value(random) }),
  ];
  const message = [
    () => ({ data: { names: list(random, () => value(random)), ndarray: list(random, row) } }),
    () => ({ data: { tensor: { shape: [random.below(3), 2], values: list(random, () => value(random)) } } }),
    () => random.pick<unknown>([{ strData: 'a' }, { jsonData: row() }, { binData: 'AAAA' }, { data: 7 }]),
  ];
  const told = [
    () => ({ response: { meta: { puid: `e${random.below(500)}` } }, truth: { data: { ndarray: [row()] } } }),
    () => ({ reward: value(random) }),
  ];
  const odd = [() => random.pick<unknown>([null, 7, [], {}, 'text', { instances: 7 }, { inputs: [7] }])];
  const fitting: Readonly<Record<string, readonly (() => unknown)[]>> = {
    [TYPES[0]]: asked,
    [TYPES[1]]: answered,
    [TYPES[2]]: message,
    [TYPES[3]]: message,
    [TYPES[4]]: told,
  };
  const any = [...asked, ...answered, ...message, ...told, ...odd];
  return random.pick((random.chance(0.8) ? fitting[String(type)] : undefined) ?? any)();
}

function attributesOf(random: Random): Attributes {
  const isOdd = random.chance(0.2);
  const pick = <T>(usual: readonly T[], odd: readonly T[]) => random.pick(isOdd ? [...usual, ...odd] : usual);
  const id = pick([`e${random.below(500)}`], ['', ' ', 'x'.repeat(4000)]);
  const attributes = {
    specversion: pick(['1.0'], ['0.3', '']),
    id,
    requestid: id,
    type: pick<string>(TYPES, ['', 'com.example.other', 'x'.repeat(300)]),
    source: 'http://localhost/',
    time: pick(['2026-06-10T11:59:58.5Z', ''], ['1970-01-01T00:00:00Z', 'yesterday', '2262-04-11T00:00:00Z']),
    inferenceservicename: pick(['iris', 'income'], ['', 'm'.repeat(129), '__proto__']),
    namespace: pick(['fraud'], ['']),
    component: pick(['predictor'], ['transformer', '']),
    modelid: pick(['classifier'], ['']),
    endpoint: pick(['', 'canary'], ['v'.repeat(129)]),
  };
  const gone = isOdd && random.chance(0.5) ? random.pick(Object.keys(attributes)) : '';
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== gone));
}

function structured(random: Random): object {
  const attributes = attributesOf(random);
  const data = bodyOf(random, attributes['type']);
  if (random.chance(0.7)) return { ...attributes, datacontenttype: 'application/json', data };
  const packed = Buffer.from(JSON.stringify(data) ?? '').toString('base64');
  return { ...attributes, data_base64: random.chance(0.8) ? packed : random.pick(['%', '', 'AAAA', 'e30=']) };
}

const SENT = { route: 'events', path: '/api/v1/events', protobuf: null, format: 'cloudevents' } as const;

function binary(random: Random): Made {
  const attributes = attributesOf(random);
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, told]) => [`ce-${name}`, String(told)]),
  );
  const body = Buffer.from(JSON.stringify(bodyOf(random, attributes['type'])));
  return {
    ...SENT,
    names: ['a CloudEvent in headers'],
    headers: { ...JSON_TYPE, ...headers },
    body,
    records: null,
  };
}

function alone(random: Random): Made {
  const body = Buffer.from(JSON.stringify(structured(random)));
  const headers = { ...JSON_TYPE, 'content-type': 'application/cloudevents+json; charset=utf-8' };
  return { ...SENT, names: ['a CloudEvent around its data'], headers, body, records: null };
}

const BATCH = { ...JSON_TYPE, 'content-type': 'application/cloudevents-batch+json' };

function batch(random: Random): Made {
  const events = list(random, () => (random.chance(0.95) ? structured(random) : value(random)));
  const body = Buffer.from(JSON.stringify(random.chance(0.95) ? events : { events }));
  return { ...SENT, names: ['a list of CloudEvents'], headers: BATCH, body, records: null };
}

/** Both halves of inferences in one list, in any order: every row of them is stored or refused. */
function wholeInferences(random: Random): Made {
  const count = 1 + random.below(3);
  const rows = 1 + random.below(4);
  const numbers = Array.from({ length: rows }, (_, at) => at);
  const halves = Array.from({ length: count }, () => `w${random.below(1e9)}`).flatMap((id) => {
    const attributes = { specversion: '1.0', id, source: '/', inferenceservicename: 'iris' };
    const asked = { ...attributes, type: TYPES[0], data: { instances: numbers.map((n) => ({ n })) } };
    const answered = { ...attributes, type: TYPES[1], data: { predictions: numbers } };
    return random.chance(0.5) ? [asked, answered] : [answered, asked];
  });
  const body = Buffer.from(JSON.stringify(halves));
  const records = { least: count * rows, most: count * rows };
  return { ...SENT, names: ['whole inferences in a list'], headers: BATCH, body, records };
}

/** Sent as something else than it is, or broken. */
function missent(random: Random, made: Made): Made {
  const { headers, body, names } = made;
  const bad = random.pick([
    () => ({
      name: 'as another type',
      headers: { ...headers, 'content-type': random.pick(OTHER_TYPES) },
      body,
    }),
    () => ({ ...broken(random, body), headers }),
    () => ({ ...misread(random, body), headers }),
  ])();
  return { ...made, names: [...names, bad.name], headers: bad.headers, body: bad.body, records: null };
}
const OTHER_TYPES = [
  '',
  'text/plain',
  'application/json',
  'application/protobuf',
  'application/cloudevents+avro',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'APPLICATION/CLOUDEVENTS+JSON ; x=y',
];

export function cloudEvents(random: Random): Made {
  const made = random.pick([binary, binary, alone, batch, wholeInferences])(random);
  return random.chance(0.4) ? missent(random, made) : made;
}

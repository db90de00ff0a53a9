import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { BENTOML_SCOPE } from '../../../server/ingest/bentoml.ts';
import type { Protocol } from '../../../server/model.ts';
import { NOW } from '../store/duckdb/support.ts';
import { decoded } from './plain.ts';

/** Whatever is sent: it is read, or refused in words; nothing else ever comes out. */

interface Shape {
  readonly protocol: Protocol;
  readonly route: 'logs' | 'predictions' | 'labels' | 'events';
  readonly headers?: Readonly<Record<string, string>>;
  readonly around?: (value: unknown) => unknown;
}

const eventHeaders = (type: string) => ({
  'ce-id': 'a',
  'ce-requestid': 'a',
  'ce-type': type,
  'ce-inferenceservicename': 'm',
});
const within = (scope: string, key: 'body' | 'value') => (value: unknown) => ({
  resourceLogs: [
    {
      scopeLogs: [
        {
          scope: { name: scope },
          logRecords: [key === 'body' ? { body: value } : { attributes: [{ key: 'gen_ai.system', value }] }],
        },
      ],
    },
  ],
});

const shapes: readonly (readonly [string, Shape])[] = [
  ['NDJSON of predictions', { protocol: 'ndjson', route: 'predictions' }],
  ['NDJSON of labels', { protocol: 'ndjson', route: 'labels' }],
  [
    "a line of SageMaker's capture",
    {
      protocol: 'ndjson',
      route: 'predictions',
      around: (value) => ({
        model: 'm',
        captureData: {
          endpointInput: { encoding: 'JSON', data: JSON.stringify(value) },
          endpointOutput: { encoding: 'CSV', data: JSON.stringify(value) },
        },
        eventMetadata: { eventId: 'a' },
      }),
    },
  ],
  [
    "a row of Databricks' inference table",
    {
      protocol: 'ndjson',
      route: 'predictions',
      around: (value) => ({ model: 'm', databricks_request_id: 'a', request: value, response: value }),
    },
  ],
  [
    "a line of SageMaker's truth",
    {
      protocol: 'ndjson',
      route: 'labels',
      around: (value) => ({ model: 'm', groundTruthData: value, eventMetadata: value }),
    },
  ],
  ['JSON of predictions', { protocol: 'json', route: 'predictions' }],
  ['OTLP JSON', { protocol: 'otlp-json', route: 'logs' }],
  ['a body of OTLP JSON', { protocol: 'otlp-json', route: 'logs', around: within('', 'body') }],
  ['an attribute of OTLP JSON', { protocol: 'otlp-json', route: 'logs', around: within('', 'value') }],
  ['a row of BentoML', { protocol: 'otlp-json', route: 'logs', around: within(BENTOML_SCOPE, 'body') }],
  ...[
    'org.kubeflow.serving.inference.request',
    'org.kubeflow.serving.inference.response',
    'io.seldon.serving.inference.request',
    'io.seldon.serving.inference.response',
    'io.seldon.serving.feedback',
    'io.knative.ping',
  ].map((type) => [type, { protocol: 'cloudevents', route: 'events', headers: eventHeaders(type) }] as const),
  [
    'a structured event',
    { protocol: 'cloudevents', route: 'events', headers: { 'content-type': 'application/cloudevents+json' } },
  ],
];

function attempt({ protocol, route, headers }: Shape, body: string | Buffer): Batch | null {
  try {
    const request = { tenant: 'acme', route, protocol, receivedAtMs: NOW, headers: headers ?? {} };
    return decoded(protocol, body, { route, request });
  } catch (error) {
    if (error instanceof BadRequestError) return null;
    throw error;
  }
}

/** Names the formats know, so that what is generated gets past their first look. */
const NAMES = [
  'instances inputs outputs predictions name shape datatype data model_version b64 names ndarray',
  'tensor values strData jsonData binData truth reward response meta resourceLogs scopeLogs',
  'logRecords attributes key value body timeUnixNano kvlistValue stringValue intValue doubleValue',
  'arrayValue bytesValue boolValue bento_meta timestamp request_id model id time features scores',
  'label __proto__',
].flatMap((line) => line.split(' '));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.integer(),
      fc.string(),
      fc.constantFrom(...NAMES),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), tie('tree'), { maxKeys: 5 }),
  ),
}));

describe.each(shapes)('as %s', (_name, shape) => {
  it('any JSON is read or refused in words', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const batch = attempt(shape, JSON.stringify(shape.around?.(value) ?? value) ?? '');
        for (const { message, count } of batch?.rejected ?? []) {
          expect(message).toMatch(/\S/);
          expect(count).toBeGreaterThan(0);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('any bytes are read or refused in words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        attempt(shape, Buffer.from(bytes));
      }),
      { numRuns: 100 },
    );
  });
});

describe('two halves', () => {
  it('of any JSON are joined or refused in words, and as they were kept or over a restart the same', () => {
    const request = shapes.find(([name]) => name === 'org.kubeflow.serving.inference.request')?.[1] as Shape;
    const response = shapes.find(
      ([name]) => name === 'org.kubeflow.serving.inference.response',
    )?.[1] as Shape;
    const rows = fc.array(tree, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(rows, rows, (instances, predictions) => {
        const asked = attempt(request, JSON.stringify({ instances }))?.halves?.[0];
        const answered = attempt(response, JSON.stringify({ predictions }))?.halves?.[0];
        if (asked === undefined || answered === undefined) return;
        const late = answered.complete(asked.payload);
        const early = asked.complete(answered.payload);
        expect(JSON.stringify(early)).toBe(JSON.stringify(late));
      }),
      { numRuns: 400 },
    );
  });
});

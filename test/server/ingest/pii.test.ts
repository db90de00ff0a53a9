import { valueAt } from '../../../server/batch-edit.ts';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../../server/batch.ts';
import { decode } from '../../../server/ingest/ingest.ts';
import { applyPii, piiRules } from '../../../server/ingest/pii.ts';
import { TextTable } from '../../../server/ingest/text-table.ts';
import type { IngestRequest } from '../../../server/model.ts';
import type { Telemetry } from '../../../server/ports.ts';
import type { PiiAction, PiiRule, PiiSettings } from '../../../server/settings.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { jsonRequest, KEY, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';
import { encode, encodeJson } from './support.ts';

const SECRET = 'a secret of the tests';
const hashOf = (text: string) => createHmac('sha256', SECRET).update(text).digest('hex').slice(0, 32);
const everywhere: PiiRule['among'] = ['features', 'segments', 'protected'];

function settings(rules: readonly PiiRule[], more: Partial<PiiSettings> = {}): PiiSettings {
  return { tenant: KEY.tenant, key: SECRET, hashPredictionId: false, rules, ...more };
}

function rule(attribute: string, action: PiiAction, among = everywhere): PiiRule {
  return { attribute, among, action };
}

const DROP: PiiAction = { kind: 'drop' };
const HASH: PiiAction = { kind: 'hash' };
const bucket = (given: { width?: number; characters?: number }): PiiAction => ({
  kind: 'bucket',
  width: given.width ?? null,
  characters: given.characters ?? null,
});

interface Sent {
  readonly features?: Readonly<Record<string, unknown>>;
  readonly segments?: Readonly<Record<string, string>>;
  readonly protected?: Readonly<Record<string, string>>;
}

function batchOf(rows: readonly Sent[]): Batch {
  const body = rows.map((sent, index) => ({ model: 'm', id: `p${index}`, value: 1, ...sent }));
  const request = { tenant: KEY.tenant, route: 'predictions', protocol: 'json', receivedAtMs: NOW } as const;
  return decode(Buffer.from(JSON.stringify(body)), {
    request,
    digest: 'd',
    limits: LIMITS,
    texts: new TextTable(),
  }) as Batch;
}

/** What is left of a row. */
function after(rules: readonly PiiRule[], sent: Sent): object {
  const predictions = applyPii(batchOf([sent]), piiRules(settings(rules))).models[0]!.predictions;
  const values = predictions.values.flatMap((column) => {
    const value = valueAt(column, 0);
    return value === null || column.name.startsWith('$') ? [] : [[column.name, value] as const];
  });
  const named = (columns: typeof predictions.segments) =>
    Object.fromEntries(
      columns.flatMap(({ name, texts }) => (texts[0] === undefined ? [] : [[name, texts[0]]])),
    );
  return {
    features: Object.fromEntries(values),
    segments: named(predictions.segments),
    protected: named(predictions.protected),
  };
}

describe('a rule', () => {
  const kept = { features: {}, segments: {}, protected: {} };
  it.each<[string, PiiRule, Sent, object]>([
    [
      'drops a feature',
      rule('email', DROP),
      { features: { email: 'a@b', age: 3 } },
      { features: { age: 3 } },
    ],
    [
      'drops by a pattern',
      rule('cust*.*', DROP),
      { features: { 'customer.name': 'x', cust: 1 } },
      { features: { cust: 1 } },
    ],
    ['takes a dot for a dot', rule('a.b', DROP), { features: { axb: 1 } }, { features: { axb: 1 } }],
    [
      'hashes a text',
      rule('email', HASH),
      { features: { email: 'a@b' } },
      { features: { email: hashOf('a@b') } },
    ],
    [
      'hashes a number as a category',
      rule('ssn', HASH),
      { features: { ssn: 123 } },
      { features: { ssn: hashOf('123') } },
    ],
    [
      'hashes true and false',
      rule('b', HASH),
      { features: { b: true } },
      { features: { b: hashOf('true') } },
    ],
    [
      'leaves what is missing missing',
      rule('a', HASH),
      { features: { a: null, b: 1 } },
      { features: { b: 1 } },
    ],
    [
      'buckets a number',
      rule('age', bucket({ width: 10 })),
      { features: { age: 47 } },
      { features: { age: 40 } },
    ],
    [
      'buckets a number below zero',
      rule('t', bucket({ width: 5 })),
      { features: { t: -3 } },
      { features: { t: -5 } },
    ],
    [
      'keeps the first characters',
      rule('zip', bucket({ characters: 3 })),
      { features: { zip: '90210' } },
      { features: { zip: '902' } },
    ],
    [
      'cuts no character in two',
      rule('n', bucket({ characters: 1 })),
      { features: { n: '😀x' } },
      { features: { n: '😀' } },
    ],
    [
      'drops a text it has no bucket for',
      rule('age', bucket({ width: 10 })),
      { features: { age: '47' } },
      kept,
    ],
    [
      'drops a number it has no bucket for',
      rule('zip', bucket({ characters: 3 })),
      { features: { zip: 90210 } },
      kept,
    ],
    [
      'drops true and false it has no bucket for',
      rule('a', bucket({ width: 1 })),
      { features: { a: true } },
      kept,
    ],
    [
      'is for segments too',
      rule('email', HASH),
      { segments: { email: 'a' } },
      { segments: { email: hashOf('a') } },
    ],
    [
      'is for protected attributes too',
      rule('age', bucket({ width: 10 })),
      { protected: { age: '47' } },
      { protected: { age: '40' } },
    ],
    [
      'drops a protected text without a bucket',
      rule('age', bucket({ width: 10 })),
      { protected: { age: 'old' } },
      kept,
    ],
    [
      'may be for some only',
      rule('a', DROP, ['segments']),
      { features: { a: 1 }, segments: { a: 'x' } },
      { features: { a: 1 } },
    ],
  ])('%s', (_name, one, sent, expected) => {
    expect(after([one], sent)).toEqual({ ...kept, ...expected });
  });

  it('that comes first wins', () => {
    const rules = [rule('email', HASH), rule('*', DROP)];
    expect(after(rules, { features: { email: 'a', other: 1 } })).toMatchObject({
      features: { email: hashOf('a') },
    });
  });

  it('for everything leaves the prediction and the score alone', () => {
    const { predictions } = applyPii(batchOf([{}]), piiRules(settings([rule('*', DROP)]))).models[0]!;
    expect(predictions.values.map(({ name, numbers }) => [name, numbers[0]])).toEqual([['$prediction', 1]]);
  });

  it('gives equal values equal hashes, and other values others', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const { hash } = piiRules(settings([]));
        expect(hash(a) === hash(b)).toBe(a === b);
        expect(hash(a)).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });

  it('keeps every row where it was, whatever is sent', () => {
    const value = fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(fc.record({ a: value, b: value }), { minLength: 1, maxLength: 20 }), (rows) => {
        const batch = batchOf(rows.map((features) => ({ features })));
        const changed = applyPii(batch, piiRules(settings([rule('a', HASH)])));
        const column = (of: Batch, name: string) =>
          of.models[0]!.predictions.values.find((one) => one.name === name)!;
        rows.forEach((row, index) => {
          const words = row.a === null ? undefined : hashOf(String(row.a));
          expect(valueAt(column(changed, 'a'), index) ?? undefined).toBe(words);
          expect(valueAt(column(changed, 'b'), index)).toBe(valueAt(column(batch, 'b'), index));
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is stored', () => {
  let home: ReturnType<typeof scratch>;
  let telemetry: Telemetry;
  const RAW = [
    'jane.doe@example.org',
    '4929-0000-1111',
    'Ünter den Linden 77',
    'order-jane-0815',
    'zq-segment-zq',
  ];
  const features = { email: RAW[0]!, card: RAW[1]!, address: RAW[2]!, amount: 10 };

  beforeEach(async () => {
    home = scratch();
    const rules = [rule('email', HASH), rule('card', DROP), rule('*', bucket({ characters: 1, width: 1 }))];
    telemetry = await buildTelemetry({
      folder: home.folder,
      limits: LIMITS,
      models: [MODEL],
      pii: [settings(rules, { hashPredictionId: true })],
    });
  });
  afterEach(() => home.remove());

  const otlp = {
    records: [
      {
        event: 'leeway.prediction',
        timeMs: NOW,
        attributes: {
          'leeway.model.name': KEY.model,
          'leeway.prediction.id': RAW[3]!,
          'leeway.prediction.value': 1,
          'leeway.prediction.features': features,
          'leeway.segments': { who: RAW[4]! },
        },
      },
      {
        event: 'leeway.label',
        timeMs: NOW,
        attributes: {
          'leeway.model.name': KEY.model,
          'leeway.prediction.id': RAW[3]!,
          'leeway.label.value': 1,
        },
      },
      // Refused: its words must not come in by way of the quarantine.
      {
        event: 'leeway.prediction',
        timeMs: 1,
        attributes: { 'leeway.model.name': KEY.model, 'leeway.prediction.features': features },
      },
    ],
  };
  const json = [{ ...KEY, tenant: undefined, id: RAW[3], value: 1, features, protected: { who: RAW[4] } }];
  const request = (protocol: IngestRequest['protocol'], body: Buffer): IngestRequest => ({
    ...jsonRequest('', { protocol, route: protocol === 'json' ? 'predictions' : 'logs' }),
    body: new Uint8Array(body),
  });

  /** The two halves of an inference, and one that waits for its other half on disk. */
  const events = [
    { side: 'request', id: RAW[3]!, body: { instances: [{ ...features, email: 'x' }, features] } },
    { side: 'response', id: RAW[3]!, body: { predictions: [{ prediction: 1, email: RAW[0] }, 1] } },
    { side: 'request', id: `${RAW[3]!}-waits`, body: { instances: [features] } },
    {
      side: 'response',
      id: `${RAW[3]!}-waits-too`,
      body: { predictions: [{ prediction: 1, email: RAW[0] }] },
    },
  ].map(({ side, id, body }): IngestRequest => ({
    ...request('cloudevents', Buffer.from(JSON.stringify(body))),
    route: 'events',
    headers: {
      'ce-id': id,
      'ce-type': `org.kubeflow.serving.inference.${side}`,
      'ce-inferenceservicename': KEY.model,
      'ce-namespace': RAW[4]!,
      'ce-time': new Date(NOW).toISOString(),
    },
  }));

  /** What is found of the raw values in the files of the folder, after everything was sent in every format. */
  async function found(tenant: string): Promise<readonly string[]> {
    for (const one of events)
      expect(await telemetry.ingest({ ...one, tenant })).toMatchObject({ rejected: [] });
    const requests = [
      request('otlp-protobuf', encode(otlp)),
      request('otlp-json', encodeJson(otlp)),
      request('json', Buffer.from(JSON.stringify(json))),
    ];
    for (const one of requests)
      expect((await telemetry.ingest({ ...one, tenant })).accepted.predictions).toBe(1);
    expect((await telemetry.quarantine(tenant)).length).toBeGreaterThan(0);
    await telemetry.close();
    const files = readdirSync(home.folder, { recursive: true, withFileTypes: true });
    const bytes = Buffer.concat(
      files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.parentPath, file.name))),
    );
    expect(bytes.includes(SECRET)).toBe(false);
    return RAW.filter((raw) => bytes.includes(raw));
  }

  it('holds nothing of a raw value in any file, in whatever format it came', async () => {
    expect(await found(KEY.tenant)).toEqual([]);
  });

  it('would be found by that search if there were no rules', async () => {
    expect(await found('other')).toEqual(RAW);
  });

  it('still joins a label to its prediction, and counts a repeated id once', async () => {
    await telemetry.ingest(request('otlp-protobuf', encode(otlp)));
    const reply = await telemetry.ingest(request('json', Buffer.from(JSON.stringify(json))));
    expect(reply).toMatchObject({ accepted: { predictions: 1 }, repeated: 1 });
    await telemetry.close();
  });

  it('of the halves of an inference is hidden as of any other row, and a label still joins', async () => {
    for (const one of events) await telemetry.ingest(one);
    const [model] = await telemetry.catalog();
    expect(model?.features.map(({ name, kind }) => [name, kind]).toSorted()).toEqual([
      ['address', 'category'],
      ['amount', 'number'],
      ['email', 'category'],
      ['predictions.email', 'category'],
    ]);
    const label = { model: KEY.model, id: `${RAW[3]!}-1`, value: 1 };
    const body = Buffer.from(JSON.stringify(label));
    await telemetry.ingest({ ...request('json', body), route: 'labels' });
    expect(await telemetry.resolveLabels(NOW + 1, 100)).toMatchObject({ matched: 1 });
    await telemetry.close();
  });

  it('is erased by the id as it was sent', async () => {
    await telemetry.ingest(request('json', Buffer.from(JSON.stringify(json))));
    expect(await telemetry.erase(KEY, [RAW[3]!])).toMatchObject({ predictions: 1 });
    await telemetry.close();
  });

  it('of another tenant is left alone', async () => {
    await telemetry.ingest({ ...request('json', Buffer.from(JSON.stringify(json))), tenant: 'other' });
    expect((await telemetry.catalog())[0]?.features.map(({ name }) => name)).toContain('card');
    await telemetry.close();
  });
});

import { describe, expect, it } from 'vitest';
import { createLiveEvents } from '../../../server/show/live-events.ts';
import type { ApiError, LiveEvent } from '../../../server/show/types.ts';
import { REJECT_REASONS } from '../../../server/model.ts';
import type { Declaration, ModelKey, ModelSchema } from '../../../server/model.ts';
import { refusedTotals } from '../../../server/show/views/quarantine.ts';
import { appOf, bearer, fakeTelemetry, KEY, modelSettings, NOW_MS, settingsOf } from './fixtures.ts';

const PATH = '/api/v1/models/acme/fraud/schema';
const amount = { kind: 'number', min: 0, max: null, categories: null, protected: false } as const;
const schema: ModelSchema = {
  ...KEY,
  features: [{ name: 'amount', kind: 'number', declared: amount, source: 'api', seen: [] }],
  history: [],
  violations: [],
  events: [],
};

function put(body: unknown, key = 'acme-operate'): RequestInit {
  return {
    method: 'PUT',
    headers: { ...bearer(key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

describe('declaring a schema', () => {
  function subject() {
    const declared: { readonly key: ModelKey; readonly features: Declaration; readonly nowMs: number }[] = [];
    const told: LiveEvent[] = [];
    const events = createLiveEvents();
    events.subscribe((event) => told.push(event));
    const telemetry = fakeTelemetry({
      schema: async () => schema,
      declareSchema: async (input) => {
        declared.push(input);
        return { ok: true, value: [{ model: 'fraud', feature: '', text: 'Schema version 1 was declared.' }] };
      },
    });
    return { declared, told, app: appOf({ telemetry, events }) };
  }

  it('takes what is left out as not declared, answers with the whole schema and tells who watches', async () => {
    const { declared, told, app } = subject();
    const response = await app.request(PATH, put({ features: { amount: { kind: 'number', min: 0 } } }));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ ...schema, asOfMs: NOW_MS });
    expect(declared).toEqual([{ key: KEY, features: { amount }, nowMs: NOW_MS }]);
    expect(told).toMatchObject([{ kind: 'schema', tenant: 'acme', model: 'fraud' }]);
  });

  it.each([
    ['a kind that is not known', { a: { kind: 'numeric' } }, /features\.a\.kind/],
    ['a min above the max', { a: { min: 2, max: 1 } }, /min at most max/],
    ['a name that starts with $', { $score: { kind: 'number' } }, /do not start with \$/],
    ['a field that is not known', { a: { typ: 'number' } }, /Unknown field "features\.a\.typ"/],
    ['categories that are no texts', { a: { categories: [1] } }, /features\.a\.categories\.0/],
  ])('refuses %s by the name of the field', async (_name, features, words) => {
    const { declared, app } = subject();
    const response = await app.request(PATH, put({ features }));
    expect(response.status).toBe(400);
    expect(((await response.json()) as ApiError).error.message).toMatch(words);
    expect(declared).toEqual([]);
  });

  it('needs the scope operate, while reading needs read', async () => {
    const { app } = subject();
    expect((await app.request(PATH, put({ features: {} }, 'acme-read'))).status).toBe(403);
    expect((await app.request(PATH, { headers: bearer('acme-read') })).status).toBe(200);
  });

  it('of a new model without room for it is a conflict, in words', async () => {
    const telemetry = fakeTelemetry({
      declareSchema: async () => ({ ok: false, reason: 'conflict', message: 'No room.' }),
    });
    const response = await appOf({ telemetry }).request(PATH, put({ features: {} }));
    expect(response.status).toBe(409);
  });
});

describe('the schema of a model', () => {
  it('that has sent nothing is what the configuration declares', async () => {
    const settings = settingsOf({ models: [modelSettings({ schema: { amount } })] });
    const response = await appOf({ settings }).request(PATH, { headers: bearer('acme-read') });
    expect(await response.json()).toMatchObject({
      features: [{ name: 'amount', kind: null, declared: amount, source: 'config', seen: [] }],
    });
  });

  it('that is neither known nor configured is 404', async () => {
    const response = await appOf().request(PATH.replace('fraud', 'nothing'), {
      headers: bearer('acme-read'),
    });
    expect(response.status).toBe(404);
  });
});

describe('refused records', () => {
  it.each(REJECT_REASONS)('of reason %s come with what to do', (reason) => {
    const total = { ...KEY, reason, protocol: 'json', records: 1, requests: 1, firstMs: 1, lastMs: 1 };
    expect(refusedTotals([total])[0]?.whatToDo).toMatch(/^\p{Lu}.*\.$/u);
  });

  it('are listed with totals and the shapes of examples', async () => {
    const example = {
      atMs: NOW_MS,
      tenant: 'acme',
      protocol: 'json',
      reason: 'missing_id',
      count: 2,
      message: 'A label names no prediction.',
      shape: [{ name: 'model', kind: 'text' }],
    } as const;
    const total = {
      tenant: 'acme',
      reason: 'missing_id',
      protocol: 'json',
      records: 2,
      requests: 1,
    } as const;
    const telemetry = fakeTelemetry({
      quarantine: async () => [example],
      quarantineTotals: async () => [{ ...total, firstMs: NOW_MS, lastMs: NOW_MS }],
    });
    const response = await appOf({ telemetry }).request('/api/v1/ingest/quarantine', {
      headers: bearer('acme-read'),
    });
    expect(await response.json()).toMatchObject({
      totals: [{ ...total, whatToDo: expect.stringContaining('prediction id') as string }],
      examples: [example],
    });
  });
});

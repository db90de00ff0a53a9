import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ServedModel, ServedVersion } from '../../../demo/models/catalog.ts';
import { createApp } from '../../../demo/serving/app.ts';
import { createDesk, type Desk } from '../../../demo/serving/desk.ts';
import { signed } from '../../../demo/signature.ts';
import { startCapture, type Capture } from '../otlp-capture.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NOW_MS = Date.UTC(2026, 0, 1);

const version = (name: string, kilometres: boolean): ServedVersion => ({
  version: name,
  distanceOf: (miles) => (kilometres ? miles * 2 : miles),
  answer: ({ distance }) => ({ value: distance >= 1000 ? 'late' : 'on time', score: 0.5 }),
});
const MODEL: ServedModel = {
  tenant: 'skyline',
  model: 'late-arrival',
  task: 'binary',
  versions: [version('v1', false), version('v2', true)],
  quality: '',
};

let desk: Desk;
let capture: Capture;

beforeEach(async () => {
  capture = await startCapture();
  desk = createDesk(
    [MODEL],
    new Map([
      ['ATL', 'South'],
      ['SAV', 'South'],
    ]),
  );
  desk.connect({ otlpUrl: capture.url, apiKeys: { skyline: 'key' } });
});

afterEach(async () => {
  await desk.close();
  await capture.close();
});

const instance = {
  id: 'a',
  scheduledDeparture: '2001-06-19T05:00:00',
  distanceMiles: 600,
  origin: 'ATL',
  destination: 'SAV',
  timeMs: NOW_MS,
};

function app(toleranceMs: number | null = 300_000) {
  return createApp({ desk, webhookSecret: SECRET, toleranceMs, now: () => NOW_MS });
}

async function predict(instances: readonly object[], model = 'late-arrival') {
  const response = await app().request(`/v1/models/${model}:predict`, {
    method: 'POST',
    body: JSON.stringify({ instances }),
  });
  return {
    status: response.status,
    body: (await response.json()) as { readonly version: string; readonly predictions: readonly object[] },
  };
}

test('an instance is answered with value, score and its own duration, and shipped', async () => {
  const { status, body } = await predict([instance]);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    version: 'v1',
    predictions: [{ id: 'a', value: 'on time', score: 0.5, error: null }],
  });
  await desk.flush();
  expect(capture.records.map((record) => record.eventName)).toEqual(['leeway.prediction']);
  expect(desk.counts()).toMatchObject([{ predictions: 1, errors: 0, shipping: { sent: 1 } }]);
});

test.each([
  ['unknown_airport', { origin: '???' }],
  ['bad_distance', { distanceMiles: -5 }],
  ['bad_departure', { scheduledDeparture: 'tomorrow' }],
])('an instance with %s is answered with that error, the others are served', async (error, change) => {
  const { body } = await predict([
    { ...instance, ...change },
    { ...instance, id: 'b' },
  ]);
  expect(body.predictions).toMatchObject([{ error }, { id: 'b', value: 'on time' }]);
  expect(desk.counts()).toMatchObject([{ predictions: 2, errors: 1 }]);
});

test.each([
  [404, 'no-such-model', '{"instances":[]}'],
  [400, 'late-arrival', 'not json'],
  [400, 'late-arrival', '{"instances":[{"id":1}]}'],
])('a request that cannot be served gets %i', async (status, model, body) => {
  const response = await app().request(`/v1/models/${model}:predict`, { method: 'POST', body });
  expect(response.status).toBe(status);
});

test('outcomes are shipped as labels in the words of the task', async () => {
  const outcomes = [
    { id: 'a', delayMinutes: 16, knownAtMs: NOW_MS },
    { id: 'b', delayMinutes: 15, knownAtMs: NOW_MS },
  ];
  await app().request('/v1/models/late-arrival:outcomes', {
    method: 'POST',
    body: JSON.stringify({ outcomes }),
  });
  await desk.flush();
  expect(capture.records.map((record) => record.eventName)).toEqual(['leeway.label', 'leeway.label']);
  expect(capture.records[0]?.text).not.toContain('on time');
  expect(capture.records[1]?.text).toContain('on time');
});

async function deploy(
  body: object,
  options: { readonly secret?: string; readonly atMs?: number; readonly toleranceMs?: number | null } = {},
) {
  const request = signed(body, { id: 'msg', atMs: options.atMs ?? NOW_MS, secret: options.secret ?? SECRET });
  const target = app(options.toleranceMs === undefined ? 300_000 : options.toleranceMs);
  return target.request('/admin/deploy', { method: 'POST', headers: request.headers, body: request.body });
}

test('a signed deployment switches the version, mistake included', async () => {
  expect((await deploy({ model: 'late-arrival', version: 'v2' })).status).toBe(200);
  const { body } = await predict([instance]);
  expect(body).toMatchObject({ version: 'v2', predictions: [{ value: 'late' }] });
});

test.each([
  [
    401,
    { model: 'late-arrival', version: 'v2' },
    { secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}` },
  ],
  [401, { model: 'late-arrival', version: 'v2' }, { atMs: NOW_MS - 600_000 }],
  [404, { model: 'late-arrival', version: 'v9' }, {}],
  [404, { model: 'other', version: 'v1' }, {}],
  [400, { model: 'late-arrival' }, {}],
])('a deployment that is not in order gets %i and changes nothing', async (status, body, options) => {
  expect((await deploy(body, options)).status).toBe(status);
  expect(desk.models()[0]?.active.version).toBe('v1');
});

test('without a tolerance the signed time may be of another age', async () => {
  const answer = await deploy({ model: 'late-arrival', version: 'v2' }, { atMs: 0, toleranceMs: null });
  expect(answer.status).toBe(200);
});

test('/healthz names what is served', async () => {
  const response = await app().request('/healthz');
  expect(await response.json()).toEqual({ ok: true, models: [{ model: 'late-arrival', version: 'v1' }] });
});

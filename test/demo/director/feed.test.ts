import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFeed } from '../../../demo/director/feed.ts';
import { checkSignature } from '../../../demo/signature.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const HOUR_MS = 3_600_000;
const START_MS = 100 * HOUR_MS;
const SHIFT_MS = 1000 * HOUR_MS;

/** One flight before the story, then three an hour apart; the second is five hours late, the third left "early". */
const flights = {
  count: 4,
  departureMs: Float64Array.of(START_MS - HOUR_MS, START_MS, START_MS + HOUR_MS, START_MS + 2 * HOUR_MS),
  delayMinutes: Int32Array.of(0, 0, 300, -900),
  distanceMiles: Int32Array.of(1, 2, 3, 4),
  origin: ['AAA', 'BBB', 'CCC', 'DDD'],
  destination: ['EEE', 'EEE', 'EEE', 'EEE'],
};

const heard: { readonly path: string; readonly rows: readonly { readonly id: string }[] }[] = [];
const deployed: unknown[] = [];
let url = '';
let close = () => {};

beforeAll(async () => {
  const app = new Hono();
  app.post('/v1/models/:call', async (c) => {
    const body: Record<string, readonly { readonly id: string }[]> = await c.req.json();
    heard.push({ path: c.req.param('call'), rows: Object.values(body)[0] ?? [] });
    return c.json({});
  });
  app.post('/admin/deploy', async (c) => {
    const text = await c.req.text();
    const check = checkSignature(c.req.raw.headers, text, {
      secret: SECRET,
      nowMs: Date.now(),
      toleranceMs: 300_000,
    });
    deployed.push({ ok: check.ok, ...JSON.parse(text) });
    return check.ok ? c.json({}) : c.json({}, 401);
  });
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`;
  close = () => void server.close();
});

afterAll(() => close());

const feed = (models = ['m']) =>
  createFeed({
    servingUrl: url,
    models,
    flights,
    shiftMs: SHIFT_MS,
    startMs: START_MS + SHIFT_MS,
    webhookSecret: SECRET,
  });

async function playedBy(hours: readonly number[], models?: readonly string[]) {
  const one = feed(models === undefined ? undefined : [...models]);
  const perStep = [];
  for (const hour of hours) {
    heard.length = 0;
    await one.playUntil(START_MS + SHIFT_MS + hour * HOUR_MS);
    perStep.push(
      heard.map(({ path, rows }) => `${path} ${rows.map(({ id }) => id.slice(11, 14)).join()}`).sort(),
    );
  }
  return perStep;
}

test('each flight of the story is asked about once, in the step it departs in, and its outcome told hours later', async () => {
  expect(await playedBy([1, 3, 6.5, 8.5, 24])).toEqual([
    ['m:predict BBB'],
    ['m:predict CCC,DDD'],
    ['m:outcomes BBB'],
    ['m:outcomes DDD'],
    ['m:outcomes CCC'],
  ]);
});

test('every model is asked about the same flights', async () => {
  expect(await playedBy([1], ['a', 'b'])).toEqual([['a:predict BBB', 'b:predict BBB']]);
});

test('a deployment is signed', async () => {
  await feed().deploy('m', 'v2');
  expect(deployed).toEqual([{ ok: true, model: 'm', version: 'v2' }]);
});

test('an answer that is no success ends the story in words', async () => {
  const wrong = createFeed({
    servingUrl: `${url}/nowhere`,
    models: ['m'],
    flights,
    shiftMs: 0,
    startMs: 0,
    webhookSecret: SECRET,
  });
  await expect(wrong.playUntil(Infinity)).rejects.toThrow(/answered 404/);
});

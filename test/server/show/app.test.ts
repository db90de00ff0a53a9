import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../server/show/types.ts';
import { createLiveEvents } from '../../../server/show/live-events.ts';
import { RetryableError } from '../../../server/errors.ts';
import type { Settings } from '../../../server/settings.ts';
import {
  appOf,
  bearer,
  errorOf,
  fakeControl,
  fakeTelemetry,
  jsonBody,
  NOW_MS,
  settingsOf,
} from './fixtures.ts';
import { timeQuery } from '../../../server/show/schemas/common.ts';

describe('every answer', () => {
  it.each(['/', '/api/v1/fleet', '/api/v1/nothing', '/healthz', '/openapi.json'])(
    'carries the strict policy: %s',
    async (path) => {
      const { headers } = await appOf().request(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  it.each([
    ['GET', '/api/v1/nothing'],
    ['PUT', '/api/v1/fleet'],
    ['GET', '/api/v2/fleet'],
  ])('is JSON 404 for an unknown address: %s %s', async (method, path) => {
    const response = await appOf().request(path, { method });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({
      code: 'not_found',
      message: `No such address: ${method} ${path}.`,
    });
  });

  it('hides the cause of a failure from the caller and logs it under the request id', async () => {
    const logged: unknown[] = [];
    const control = fakeControl({
      alerts: async () => {
        throw new Error('SELECT secret FROM x');
      },
    });
    const log = { info: () => {}, warn: () => {}, error: (...all: unknown[]) => void logged.push(all) };
    const response = await appOf({ control, log }).request('/api/v1/alerts', {
      headers: bearer('acme-read'),
    });
    const error = await errorOf(response);
    expect(response.status).toBe(500);
    expect(error.message).not.toContain('SELECT');
    expect(JSON.stringify(logged)).toContain(error.requestId);
  });

  it('asks to come again when a store is busy', async () => {
    const control = fakeControl({
      alerts: async () => {
        throw new RetryableError('The control store is busy.');
      },
    });
    const response = await appOf({ control }).request('/api/v1/alerts', { headers: bearer('acme-read') });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('input', () => {
  const silence = { matchers: [{ name: 'model', value: 'fraud' }], durationMs: 3_600_000, reason: 'known' };

  it.each([
    [{ ...silence, untill: 3 }, 'Unknown field "untill".'],
    [{ ...silence, matchers: [{ name: 'model', is: 'fraud' }] }, 'matchers.0'],
    [{ ...silence, matchers: [] }, 'expected at least one matcher'],
    [{ ...silence, durationMs: 1 }, 'Field "durationMs"'],
    [{ ...silence, reason: ' ' }, 'Field "reason"'],
    [{ ...silence, reason: undefined }, 'Field "reason": expected string, but it is missing.'],
    [{ ...silence, reason: 7 }, 'Field "reason": expected string, got number.'],
    [{ ...silence, matchers: 'all' }, 'Field "matchers": expected array, got string.'],
  ])('that is wrong is refused by name: %j', async (body, words) => {
    const response = await appOf().request('/api/v1/silences', jsonBody('acme-operate', body));
    expect(response.status).toBe(400);
    expect((await errorOf(response)).message).toContain(words);
  });

  it('that is right silences from now on', async () => {
    const response = await appOf().request('/api/v1/silences', jsonBody('acme-operate', silence));
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      tenant: 'acme',
      fromMs: NOW_MS,
      toMs: NOW_MS + 3_600_000,
      author: 'acme-operate',
    });
  });

  it.each([
    ['1795219200000', 1_795_219_200_000],
    ['2026-11-21', 1_795_219_200_000],
    ['2026-11-21T00:00:00Z', 1_795_219_200_000],
    ['2026-11-21T01:30:00.500%2B01:30', 1_795_219_200_500],
    ['2026-11-21T00:00:00', null],
    ['2026-13-41', null],
  ])('takes the time %s as milliseconds: %s', (text, ms) => {
    const found = timeQuery.safeParse(decodeURIComponent(text));
    expect(found.success ? found.data : null).toBe(ms);
  });

  it.each([
    ['a parameter nobody knows', '/api/v1/alerts?stat=firing', 'Unknown parameter "stat".'],
    ['a window that is no time', '/api/v1/models/acme/fraud?window=noon', 'Parameter "window"'],
    ['a window never judged', '/api/v1/models/acme/fraud?window=300000', 'No judged window of fraud'],
  ])('names %s', async (_what, path, words) => {
    const response = await appOf().request(path, { headers: bearer('acme-read') });
    expect([400, 404]).toContain(response.status);
    expect((await errorOf(response)).message).toContain(words);
  });

  it.each([
    ['not JSON', 'application/json', '{', 400],
    ['of another type', 'text/plain', 'hello', 415],
    ['too large', 'application/json', `"${'x'.repeat(300_000)}"`, 413],
  ])('with a body that is %s is refused', async (_what, type, body, status) => {
    const response = await appOf().request('/api/v1/silences', {
      method: 'POST',
      headers: { ...bearer('acme-operate'), 'content-type': type, 'content-length': String(body.length) },
      body,
    });
    expect(response.status).toBe(status);
    expect((await errorOf(response)).message).not.toBe('');
  });
});

describe('an acknowledgement', () => {
  it.each([
    ['without a body', {}, undefined, 200],
    ['with a reason', { 'content-type': 'application/json' }, '{"reason":"mine"}', 200],
    ['with a word that nobody keeps', { 'content-type': 'application/json' }, '{"comment":"mine"}', 400],
    [
      'with a body that is no JSON',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'reason=mine',
      415,
    ],
  ])('%s is taken, or refused in words', async (_what, type, body, status) => {
    const response = await appOf().request('/api/v1/alerts/alert-1/acknowledge', {
      method: 'POST',
      headers: { ...bearer('acme-operate'), ...type },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(status);
  });
});

describe('approving', () => {
  it('a plan that changed is refused in words', async () => {
    const body = { planHash: 'old', reason: 'go' };
    const response = await appOf().request('/api/v1/runs/run-1/approve', jsonBody('acme-operate', body));
    expect(response.status).toBe(409);
    expect(await errorOf(response)).toMatchObject({
      code: 'conflict',
      message: 'The plan has changed since; look at it again.',
    });
  });

  it('tells who watches', async () => {
    const told: LiveEvent[] = [];
    const events = createLiveEvents();
    events.subscribe((event) => told.push(event));
    const body = { planHash: 'abc', reason: 'go' };
    await appOf({ events }).request('/api/v1/runs/run-1/approve', jsonBody('acme-operate', body));
    expect(told).toMatchObject([{ kind: 'run', tenant: 'acme', id: 'run-1', atMs: NOW_MS }]);
  });
});

describe('the callback of a trainer', () => {
  const post = (runId: string, signature: string, body: unknown) =>
    appOf().request(`/api/v1/runs/${runId}/callback`, {
      method: 'POST',
      headers: { 'webhook-signature': signature },
      body: JSON.stringify(body),
    });
  const right = 'signed with trainer-secret';

  it('changes the run when it is signed with the secret of the receiver', async () => {
    const response = await post('run-2', right, { sequence: 1, state: 'training' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: 'run-2', state: 'training' });
  });

  it('is kept without what looks like a secret in its words, and the answer says so in a header', async () => {
    const texts: string[] = [];
    const control = fakeControl();
    const app = appOf({
      control: {
        ...control,
        retrainCallback: async (input) => {
          texts.push(input.text);
          return control.retrainCallback(input);
        },
      },
    });
    const response = await app.request('/api/v1/runs/run-2/callback', {
      method: 'POST',
      headers: { 'webhook-signature': right },
      body: JSON.stringify({ sequence: 1, state: 'training', text: 'with password=hunter2-x' }),
    });
    expect(texts).toEqual(['with password=[secret]']);
    expect(response.headers.get('leeway-note')).toBe('What looked like a secret was left out.');
  });

  it.each([
    ['before its end', 1, 200],
    ['from its end on', 0, 401],
  ])('takes the secret before as well, %s', async (_name, leftMs, status) => {
    const previous = { secret: 'old-secret', untilMs: NOW_MS + leftMs };
    const receivers = [{ ...settingsOf().receivers[0], previous }] as Settings['receivers'];
    const app = appOf({ settings: settingsOf({ receivers }) });
    const response = await app.request('/api/v1/runs/run-2/callback', {
      method: 'POST',
      headers: { 'webhook-signature': 'signed with old-secret' },
      body: JSON.stringify({ sequence: 1, state: 'training' }),
    });
    expect(response.status).toBe(status);
  });

  it.each([
    ['a wrong signature', 'run-2', 'signed with guess'],
    ['a run that does not exist', 'run-9', right],
    ['a rollback', 'run-1', right],
  ])('is refused for %s, always alike', async (_what, runId, signature) => {
    const response = await post(runId, signature, { sequence: 1, state: 'training' });
    expect(response.status).toBe(401);
    expect((await errorOf(response)).message).toContain('signature does not fit');
  });

  it.each([
    [{ sequence: 1, state: 'training', loss: 3 }, 'Unknown field "loss".'],
    [{ sequence: 1, state: 'fine' }, 'Field "state"'],
  ])('names what is wrong in %j', async (body, words) => {
    const response = await post('run-2', right, body);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).message).toContain(words);
  });
});

describe('deployments', () => {
  it.each([
    [{ model: 'fraud', version: '8' }, NOW_MS],
    [{ model: 'fraud', version: '8', at: 1_795_000_000_000 }, 1_795_000_000_000],
    [{ model: 'fraud', version: '8', at: '2026-11-20T00:00:00+01:00' }, 1_795_129_200_000],
  ])('are announced for the moment said: %j', async (body, atMs) => {
    const response = await appOf().request('/api/v1/deployments', jsonBody('acme-ingest', body));
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ tenant: 'acme', model: 'fraud', version: '8', atMs });
  });

  it('need the tenant from a key that sees all', async () => {
    const body = { model: 'fraud', version: '8' };
    const response = await appOf().request('/api/v1/deployments', jsonBody('all-operate', body));
    expect(response.status).toBe(400);
  });
});

describe('keys', () => {
  it('of one tenant cannot make a key for all', async () => {
    const body = { tenant: null, scopes: ['read'] };
    const own = await appOf().request('/api/v1/keys', jsonBody('acme-admin', body));
    const all = await appOf().request('/api/v1/keys', jsonBody('all-admin', body));
    expect([own.status, all.status]).toEqual([403, 201]);
  });
});

describe('health', () => {
  const readiness = (telemetry: Parameters<typeof fakeTelemetry>[0]) =>
    appOf({ telemetry: fakeTelemetry(telemetry) }).request('/readyz');

  it('is alive and ready without a key', async () => {
    expect((await appOf().request('/healthz')).status).toBe(200);
    expect((await readiness({})).status).toBe(200);
  });

  it('says 503 in words when the store cannot accept, without its secrets', async () => {
    const health = await fakeTelemetry().health();
    const response = await readiness({
      health: async () => ({ ...health, canStore: false, lastError: 'disk /srv/secret full' }),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toHaveProperty(
      'reason',
      'The telemetry store cannot accept rows; the log says why.',
    );
  });

  it('says 503 when a thread is gone', async () => {
    const response = await readiness({
      health: async () => {
        throw new Error('Thread ended with code 1.');
      },
    });
    expect(response.status).toBe(503);
  });
});

describe('live events', () => {
  const event = (tenant: string): LiveEvent => ({
    kind: 'alert',
    tenant,
    model: 'fraud',
    id: 'alert-1',
    text: 'fires',
    atMs: NOW_MS,
  });

  async function open(key: string) {
    const events = createLiveEvents();
    const app = appOf({ events, heartbeatMs: 20 });
    const response = await app.request('/api/v1/events', { headers: bearer(key) });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const until = async (words: string) => {
      let text = '';
      while (!text.includes(words)) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += value;
      }
      return text;
    };
    return { events, until, response, end: () => reader.cancel() };
  }

  it('reach those who may see the tenant, and nobody else', async () => {
    const { events, until, response, end } = await open('acme-read');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await until(': connected');
    events.publish(event('other'));
    events.publish(event('acme'));
    const text = await until('\n\n');
    expect(text).toBe(`event: change\ndata: ${JSON.stringify(event('acme'))}\n\n`);
    await end();
  });

  it('beat while nothing happens, and stop listening when the reader leaves', async () => {
    const { events, until, end } = await open('all-read');
    expect(await until(': heartbeat')).toContain(': connected');
    expect(events.listeners()).toBe(1);
    await end();
    await expect.poll(() => events.listeners()).toBe(0);
  });

  it('end when the key is revoked', async () => {
    let known = true;
    const real = fakeControl();
    const control = fakeControl({ principalOfKey: async (key) => (known ? real.principalOfKey(key) : null) });
    const app = appOf({ control, heartbeatMs: 10 });
    const response = await app.request('/api/v1/events', { headers: bearer('acme-read') });
    known = false;
    expect(await response.text()).toBe(': connected\n\n');
  });
});

describe('the pages', () => {
  let uiFolder = '';
  beforeAll(() => {
    uiFolder = mkdtempSync(join(tmpdir(), 'leeway-ui-'));
    mkdirSync(join(uiFolder, 'assets'));
    writeFileSync(join(uiFolder, 'index.html'), '<!doctype html><title>Leeway</title>');
    writeFileSync(join(uiFolder, 'assets', 'app-1a2b.js'), 'export {};'.repeat(200));
  });
  afterAll(() => rmSync(uiFolder, { recursive: true }));

  it('are never kept without asking, their hashed files for ever', async () => {
    const app = appOf({ uiFolder });
    const page = await app.request('/');
    const script = await app.request('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'gzip' } });
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    expect(script.headers.get('content-type')).toContain('text/javascript');
  });

  it.each(['/assets/gone.js', '/../package.json', '/%2e%2e/package.json', '/index.htm'])(
    'serve nothing else: %s',
    async (path) => {
      expect((await appOf({ uiFolder }).request(path)).status).toBe(404);
    },
  );

  it('say how to build them when they are not', async () => {
    const response = await appOf().request('/');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});

it('mounts other routes before the answer for unknown addresses', async () => {
  const app = appOf({ mount: (one) => one.post('/api/v1/predictions', (c) => c.text('taken')) });
  expect(await (await app.request('/api/v1/predictions', { method: 'POST' })).text()).toBe('taken');
});

import { describe, expect, it } from 'vitest';
import { hasScope, tenantFor } from '../../../server/show/access.ts';
import { appOf, bearer, errorOf, fakeControl, jsonBody, settingsOf } from './fixtures.ts';

describe('scopes', () => {
  it.each([
    ['admin', 'read', true],
    ['admin', 'operate', true],
    ['admin', 'ingest', false],
    ['operate', 'read', true],
    ['operate', 'admin', false],
    ['read', 'operate', false],
    ['ingest', 'read', false],
    ['ingest', 'ingest', true],
  ] as const)('a key with %s may do what needs %s: %s', (held, asked, allowed) => {
    expect(hasScope({ name: 'k', tenant: null, scopes: [held] }, asked)).toBe(allowed);
  });

  it('lets a key of one tenant write only for that tenant', () => {
    const own = { name: 'k', tenant: 'acme', scopes: ['operate'] } as const;
    expect(tenantFor(own, undefined)).toBe('acme');
    expect(() => tenantFor(own, 'other')).toThrow('No tenant other.');
    expect(() => tenantFor({ ...own, tenant: null }, undefined)).toThrow('"tenant" is needed');
  });
});

describe('keys', () => {
  it.each([
    [{}, 401],
    [{ authorization: 'Bearer wrong' }, 401],
    [{ 'x-api-key': 'acme-read' }, 200],
    [{ authorization: 'Bearer acme-read' }, 200],
    [{ authorization: 'Bearer acme-ingest' }, 403],
    [{ authorization: 'Bearer wrong', cookie: 'leeway_session=session:acme-read' }, 401],
    [{ cookie: 'leeway_session=session:acme-read' }, 200],
    [{ cookie: 'leeway_session=gone' }, 401],
  ] as const)('asking for the fleet with %j gives %i', async (headers, status) => {
    const response = await appOf().request('/api/v1/fleet', { headers });
    expect(response.status).toBe(status);
  });

  it('tells what went wrong with a request id, and asks for a key', async () => {
    const response = await appOf().request('/api/v1/fleet');
    const error = await errorOf(response);
    expect(error.code).toBe('unauthorized');
    expect(error.requestId).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });
});

describe('another tenant', () => {
  const asked = [
    ['GET', '/api/v1/models/acme/fraud', undefined],
    ['GET', '/api/v1/scores/1', undefined],
    ['GET', '/api/v1/incidents/inc-1', undefined],
    ['POST', '/api/v1/alerts/alert-1/acknowledge', undefined],
    ['POST', '/api/v1/runs/run-1/approve', { planHash: 'abc', reason: 'yes' }],
    ['DELETE', '/api/v1/silences/sil-1', undefined],
  ] as const;

  it.each(asked)(
    'gets the same answer for %s %s as for a thing that does not exist',
    async (method, path, body) => {
      const app = appOf();
      const request = (address: string, key: string) =>
        app.request(address, {
          ...(body === undefined ? { headers: bearer(key) } : jsonBody(key, body)),
          method,
        });
      const missing = path.replace(/fraud|alert-1|inc-1|run-1|sil-1|1$/, '999');
      const foreign = await request(path, 'other-operate');
      const absent = await request(missing, 'other-operate');
      expect((await request(path, 'acme-operate')).status).toBe(200);
      expect([foreign.status, absent.status]).toEqual([404, 404]);
      const words = async (response: Response) => (await errorOf(response)).message;
      const [ofForeign, ofAbsent] = [await words(foreign), await words(absent)];
      expect(ofForeign.replace(/fraud|inc-1|\b1\b|999/, 'X')).toBe(ofAbsent.replace('999', 'X'));
    },
  );

  it('sees none of it in lists', async () => {
    const app = appOf();
    for (const [path, field] of [
      ['fleet', 'rows'],
      ['alerts', 'alerts'],
      ['incidents', 'incidents'],
      ['runs', 'runs'],
      ['silences', 'silences'],
      ['scores?tenant=acme&model=fraud', 'scores'],
    ] as const) {
      const text = await (await app.request(`/api/v1/${path}`, { headers: bearer('other-read') })).text();
      expect(text).not.toContain('acme');
      const own = await app.request(`/api/v1/${path}`, { headers: bearer('acme-read') });
      expect(((await own.json()) as Record<string, unknown[]>)[field]?.length).toBeGreaterThan(0);
    }
  });
});

describe('writes by session', () => {
  const cookie = 'leeway_session=session:acme-operate';

  it('need the header against forged requests', async () => {
    const app = appOf();
    const path = '/api/v1/alerts/alert-1/acknowledge';
    const without = await app.request(path, { method: 'POST', headers: { cookie } });
    const withHeader = await app.request(path, { method: 'POST', headers: { cookie, 'x-leeway-csrf': '1' } });
    expect([without.status, withHeader.status]).toEqual([403, 200]);
    expect((await errorOf(without)).message).toContain('x-leeway-csrf: 1');
  });
});

describe('signing in', () => {
  it('sets a cookie that scripts and other sites cannot use', async () => {
    const response = await appOf().request('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'acme-read' }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toBe(
      'leeway_session=session%3Aacme-read; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(await response.json()).toEqual({
      principal: { name: 'acme-read', tenant: 'acme', scopes: ['read'] },
      tenants: [{ id: 'acme', title: 'Acme' }],
    });
  });

  it('sends the cookie over TLS only when people come by https', async () => {
    const app = appOf({ settings: settingsOf({ publicUrl: 'https://leeway.example' }) });
    const response = await app.request('/signin?token=good');
    expect(response.headers.get('set-cookie')).toContain('; Secure');
  });

  it('redeems a link once it fits and goes to the pages', async () => {
    const response = await appOf().request('/signin?token=good');
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect(response.headers.get('set-cookie')).toContain('leeway_session=session%3Aacme-operate');
  });

  it('says in words that a link is used up', async () => {
    const response = await appOf().request('/signin?token=old');
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toContain('does not work any more');
  });

  it('refuses an unknown key without a cookie', async () => {
    const response = await appOf().request('/api/v1/session', jsonBody('', { key: 'nope' }));
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
  });

  it('ends a session in the store too', async () => {
    const ended: string[] = [];
    const control = fakeControl({ endSession: async (session) => void ended.push(session) });
    const response = await appOf({ control }).request('/api/v1/session', {
      method: 'DELETE',
      headers: { cookie: 'leeway_session=session:acme-read', 'x-leeway-csrf': '1' },
    });
    expect(response.status).toBe(200);
    expect(ended).toEqual(['session:acme-read']);
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
  });
});

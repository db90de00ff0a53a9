import { describe, expect, it } from 'vitest';
import { assertAllowed, guardedFetch, policyFor } from '../../../server/act/egress.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { LOCAL_EGRESS, NO_EGRESS } from './context.ts';
import { httpServer } from './servers.ts';

const PORTS = [80, 443];

describe('the list of hosts', () => {
  it.each([
    ['ci.acme.example', 'https://ci.acme.example:443', true],
    ['CI.acme.example:*', 'https://ci.acme.example:8443', true],
    ['ci.acme.example', 'https://ci.acme.example:8443', false],
    ['ci.acme.example:8443', 'https://ci.acme.example:8443', true],
    ['ci.acme.example:443', 'https://ci.acme.example:443', true],
    ['ci.acme.example:443', 'https://ci.acme.example:80', false],
    ['ci.acme.example', 'https://evil-ci.acme.example:443', false],
    ['ci.acme.example', 'https://ci.acme.example.evil.net:443', false],
    ['ci.acme.example', 'https://ci.acme.example.:443', true],
    ['*.acme.example', 'https://ci.acme.example:443', true],
    ['*.acme.example', 'https://a.b.acme.example:443', true],
    ['*.acme.example', 'https://acme.example:443', false],
    ['*.acme.example', 'https://evilacme.example:443', false],
    ['*.acme.example:443', 'https://ci.acme.example:80', false],
    ['*:*', 'https://anything.example:1', true],
    ['*', 'https://anything.example:443', true],
    ['*', 'https://anything.example:6379', false],
    ['*:443', 'https://anything.example:443', true],
    ['*:443', 'https://anything.example:80', false],
    ['[::1]:8080', 'https://[::1]:8080', true],
    ['[::1]', 'https://[::2]:443', false],
    ['', 'https://ci.acme.example:443', false],
    ['https://ci.acme.example', 'https://ci.acme.example:443', false],
    ['*example', 'https://ci.acme.example:443', false],
    ['ci.acme.example', 'http://ci.acme.example:80', false],
    ['http://ci.acme.example', 'http://ci.acme.example:80', true],
    ['http://ci.acme.example', 'https://ci.acme.example:443', true],
    ['http://ci.acme.example:8080', 'http://ci.acme.example:80', false],
    ['http://*', 'http://anything.example:80', true],
  ])('entry %j and %j: %s', (entry, address, expected) => {
    const [, scheme, host = '', port = ''] = /^(https?):\/\/(.*):(\d+)$/.exec(address) ?? [];
    const endpoint = { host, port, isPlain: scheme === 'http' };
    const check = () => assertAllowed(endpoint, { allow: [entry], ports: PORTS });
    if (expected) expect(check).not.toThrow();
    else expect(check).toThrow(BadRequestError);
  });

  it.each([
    ['https', [], 'add "slack.com:443" to egress.allow'],
    ['http', [], 'add "http://slack.com:443" to egress.allow'],
    ['http', ['slack.com'], 'slack.com:443 may only be called with https'],
  ] as const)('says what to add for %s beside %j', (scheme, allow, message) => {
    const endpoint = { host: 'slack.com', port: '443', isPlain: scheme === 'http' };
    expect(() => assertAllowed(endpoint, { allow, ports: PORTS })).toThrow(message);
  });

  it('adds the hosts of a tenant for that tenant alone', () => {
    const egress = { ...NO_EGRESS, allow: ['slack.com'], tenants: { acme: ['ci.acme.example'] } };
    expect(policyFor(egress, 'acme').allow).toEqual(['slack.com', 'ci.acme.example']);
    expect(policyFor(egress, 'other').allow).toEqual(['slack.com']);
    expect(policyFor(egress, 'constructor').allow).toEqual(['slack.com']);
  });
});

describe('the guarded fetch', () => {
  const never: typeof fetch = () => Promise.reject(new Error('was called'));

  it.each([
    ['another scheme', 'file:///etc/passwd', 'scheme file:'],
    ['credentials', 'http://user:pw@allowed.example/', 'without credentials'],
    ['another host', 'https://other.example/', 'other.example:443 is not in the list'],
    ['a host without TLS', 'http://tls.example/', 'may only be called with https'],
    ['a port that is not open', 'https://tls.example:6379/', 'tls.example:6379 is not in the list'],
    ['another spelling of a host', 'http://0x7f.1/', '127.0.0.1:80 is not in the list'],
    ['a number as the host', 'http://2130706433/', '127.0.0.1:80 is not in the list'],
  ])('refuses %s before anything is sent', async (_name, url, message) => {
    const call = guardedFetch({
      egress: { ...NO_EGRESS, allow: ['http://allowed.example', 'tls.example'] },
      fetch: never,
    })(url);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(BadRequestError);
  });

  it('never repeats the credentials', async () => {
    const call = guardedFetch({ egress: { ...NO_EGRESS, allow: ['http://*'] }, fetch: never })(
      'http://user:hunter2@allowed.example/',
    );
    await expect(call).rejects.not.toThrow('hunter2');
  });

  it('judges a Request like an address', async () => {
    const call = guardedFetch({ egress: NO_EGRESS, fetch: never })(new Request('http://other.example/'));
    await expect(call).rejects.toThrow('not in the list');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    await using target = await httpServer(() => ({ status: 200 }));
    await using server = await httpServer(() => ({ status, headers: { location: target.url } }));
    const call = guardedFetch({ egress: LOCAL_EGRESS })(server.url, { redirect: 'follow' });
    await expect(call).rejects.toThrow(`redirect (${status})`);
    expect(target.seen).toEqual([]);
  });

  it('reads at most 64 kB of an answer', async () => {
    await using server = await httpServer(() => ({ status: 200, body: Buffer.alloc(5_000_000, 'x') }));
    const response = await guardedFetch({ egress: LOCAL_EGRESS })(server.url);
    expect((await response.text()).length).toBe(64 * 1024);
  });

  it('passes status, headers and body on', async () => {
    await using server = await httpServer(() => ({
      status: 503,
      headers: { 'retry-after': '7' },
      body: 'no',
    }));
    const response = await guardedFetch({ egress: LOCAL_EGRESS })(server.url);
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '7',
      'no',
    ]);
  });

  it('sends few headers, and none that a library or a caller adds besides', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    await guardedFetch({ egress: LOCAL_EGRESS })(server.url, {
      headers: { accept: 'application/json', cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', 'webhook-id': 'm' },
    });
    expect(Object.keys(server.seen[0]!.headers).toSorted()).toEqual([
      'accept',
      'connection',
      'host',
      'webhook-id',
    ]);
  });

  it('passes an answer without a body on', async () => {
    await using server = await httpServer(() => ({ status: 204 }));
    expect((await guardedFetch({ egress: LOCAL_EGRESS })(server.url)).status).toBe(204);
  });
});

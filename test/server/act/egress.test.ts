import { describe, expect, it } from 'vitest';
import { assertAllowed, guardedFetch } from '../../../server/act/egress.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { httpServer } from './servers.ts';

describe('the list of hosts', () => {
  it.each([
    ['ci.acme.example', 'ci.acme.example:443', true],
    ['CI.acme.example', 'ci.acme.example:8443', true],
    ['ci.acme.example:443', 'ci.acme.example:443', true],
    ['ci.acme.example:443', 'ci.acme.example:80', false],
    ['ci.acme.example', 'evil-ci.acme.example:443', false],
    ['ci.acme.example', 'ci.acme.example.evil.net:443', false],
    ['ci.acme.example', 'ci.acme.example.:443', true],
    ['*.acme.example', 'ci.acme.example:443', true],
    ['*.acme.example', 'a.b.acme.example:443', true],
    ['*.acme.example', 'acme.example:443', false],
    ['*.acme.example', 'evilacme.example:443', false],
    ['*.acme.example:443', 'ci.acme.example:80', false],
    ['*', 'anything.example:1', true],
    ['*:443', 'anything.example:443', true],
    ['*:443', 'anything.example:80', false],
    ['[::1]:8080', '[::1]:8080', true],
    ['[::1]', '[::2]:8080', false],
    ['', 'ci.acme.example:443', false],
    ['https://ci.acme.example', 'ci.acme.example:443', false],
    ['*example', 'ci.acme.example:443', false],
  ])('entry %j and %j: %s', (entry, endpoint, expected) => {
    const colon = endpoint.lastIndexOf(':');
    const check = () =>
      assertAllowed({ host: endpoint.slice(0, colon), port: endpoint.slice(colon + 1) }, [entry]);
    if (expected) expect(check).not.toThrow();
    else expect(check).toThrow(BadRequestError);
  });

  it('is empty by default and says what to add', () => {
    expect(() => assertAllowed({ host: 'slack.com', port: '443' }, [])).toThrow(
      'add "slack.com:443" to egress.allow',
    );
  });
});

describe('the guarded fetch', () => {
  const never: typeof fetch = () => Promise.reject(new Error('was called'));

  it.each([
    ['another scheme', 'file:///etc/passwd', 'scheme file:'],
    ['credentials', 'http://user:pw@allowed.example/', 'without credentials'],
    ['another host', 'http://other.example/', 'other.example:80 is not in the list'],
    ['another spelling of a host', 'http://0x7f.1/', '127.0.0.1:80 is not in the list'],
    ['a number as the host', 'http://2130706433/', '127.0.0.1:80 is not in the list'],
  ])('refuses %s before anything is sent', async (_name, url, message) => {
    const call = guardedFetch({ allow: ['allowed.example'], fetch: never })(url);
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(BadRequestError);
  });

  it('never repeats the credentials', async () => {
    const call = guardedFetch({ allow: ['*'], fetch: never })('http://user:hunter2@allowed.example/');
    await expect(call).rejects.not.toThrow('hunter2');
  });

  it('judges a Request like an address', async () => {
    const call = guardedFetch({ allow: [], fetch: never })(new Request('http://other.example/'));
    await expect(call).rejects.toThrow('not in the list');
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    await using target = await httpServer(() => ({ status: 200 }));
    await using server = await httpServer(() => ({ status, headers: { location: target.url } }));
    const call = guardedFetch({ allow: ['*'], fetch })(server.url, { redirect: 'follow' });
    await expect(call).rejects.toThrow(`redirect (${status})`);
    expect(target.seen).toEqual([]);
  });

  it('reads at most 64 kB of an answer', async () => {
    await using server = await httpServer(() => ({ status: 200, body: Buffer.alloc(5_000_000, 'x') }));
    const response = await guardedFetch({ allow: ['127.0.0.1'], fetch })(server.url);
    expect((await response.text()).length).toBe(64 * 1024);
  });

  it('passes status, headers and body on', async () => {
    await using server = await httpServer(() => ({
      status: 503,
      headers: { 'retry-after': '7' },
      body: 'no',
    }));
    const response = await guardedFetch({ allow: ['127.0.0.1'], fetch })(server.url);
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '7',
      'no',
    ]);
  });

  it('passes an answer without a body on', async () => {
    await using server = await httpServer(() => ({ status: 204 }));
    expect((await guardedFetch({ allow: ['*'], fetch })(server.url)).status).toBe(204);
  });
});

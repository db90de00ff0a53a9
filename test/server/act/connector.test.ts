import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer, isIPv6, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertAddress } from '../../../server/act/addresses.ts';
import { connectedFetch } from '../../../server/act/connected-fetch.ts';
import { connectTo, type Lookup } from '../../../server/act/connector.ts';
import { guardedFetch, type EgressPolicy } from '../../../server/act/egress.ts';
import { NotSentError } from '../../../server/act/not-sent.ts';
import { BadRequestError } from '../../../server/errors.ts';
import { LOCAL_EGRESS, NO_EGRESS } from './context.ts';
import { httpServer } from './servers.ts';

describe('an address', () => {
  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine, another way', '127.255.255.254'],
    ['no address, which reaches this machine', '0.0.0.0'],
    ['a private network', '10.1.2.3'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.0.1'],
    ['a provider’s network', '100.64.0.1'],
    ['the metadata of a cloud', '169.254.169.254'],
    ['the metadata of another cloud', '100.100.100.200'],
    ['many at once', '224.0.0.1'],
    ['everybody', '255.255.255.255'],
    ['documentation', '192.0.2.1'],
    ['IPv6: this machine', '::1'],
    ['IPv6: no address', '::'],
    ['IPv6: IPv4 compatible', '::127.0.0.1'],
    ['IPv6: IPv4 mapped', '::ffff:127.0.0.1'],
    ['IPv6: IPv4 mapped, in hexadecimal', '::ffff:7f00:1'],
    ['IPv6: IPv4 mapped, of a public address', '::ffff:8.8.8.8'],
    ['IPv6: NAT64', '64:ff9b::7f00:1'],
    ['IPv6: 6to4', '2002:7f00:1::'],
    ['IPv6: Teredo', '2001:0:7f00:1::'],
    ['IPv6: private', 'fd00:ec2::254'],
    ['IPv6: link-local', 'fe80::1'],
    ['IPv6: link-local with a zone', 'fe80::1%eth0'],
    ['IPv6: multicast', 'ff02::1'],
    ['what is no address', 'localhost'],
  ])('of %s is closed (%s)', (_name, address) => {
    expect(() => assertAddress(address, [])).toThrow(BadRequestError);
    expect(() => assertAddress(address, [])).toThrow('egress.open');
  });

  it.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'of the internet is open (%s)',
    (address) => {
      expect(() => assertAddress(address, [])).not.toThrow();
    },
  );

  it.each([
    ['10.0.0.0/8', '10.200.1.1', true],
    ['10.0.0.0/16', '10.1.0.1', false],
    ['127.0.0.1/32', '127.0.0.1', true],
    ['127.0.0.1/32', '127.0.0.2', false],
    ['127.0.0.0/8', '::ffff:127.0.0.1', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
  ])('%s opens %s: %s', (network, address, expected) => {
    const check = () => assertAddress(address, [network]);
    if (expected) expect(check).not.toThrow();
    else expect(check).toThrow(BadRequestError);
  });
});

/** Every host and port is named, no network is open. */
const ANY_NAME: EgressPolicy = {
  ...NO_EGRESS,
  allow: ['http://*:*', 'http://[::ffff:7f00:1]:*', 'http://[::1]:*'],
};
const soon = () => AbortSignal.timeout(2_000);

const fetchWith = (egress: EgressPolicy, lookup?: Lookup) =>
  guardedFetch({ egress, fetch: connectedFetch({ ...egress, ...(lookup && { lookup }) }) });

describe('the connector', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '127.1',
    '0',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::1]',
    '[::]',
    'localhost',
    'LOCALHOST',
    '１２７.0.0.1',
  ])('lets nobody reach this machine as %s', async (host) => {
    await using server = await httpServer(() => ({ status: 200 }));
    const call = fetchWith({ ...ANY_NAME, allow: ['http://*:*', 'http://[::]:*', ...ANY_NAME.allow] })(
      `http://${host}:${server.port}/`,
      { signal: soon() },
    );
    await expect(call).rejects.toThrow('add its network to egress.open');
    await expect(call).rejects.toBeInstanceOf(BadRequestError);
    expect(server.seen).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost'])('reaches this machine as %s once its network is open', async (host) => {
    await using server = await httpServer(() => ({ status: 200, body: 'ok' }));
    const response = await fetchWith(LOCAL_EGRESS)(`http://${host}:${server.port}/`);
    expect(await response.text()).toBe('ok');
  });

  it('refuses a name when any of its addresses is closed', async () => {
    const lookup: Lookup = async () => [
      { address: '203.0.114.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    await expect(fetchWith(ANY_NAME, lookup)('http://two.example:1/')).rejects.toThrow('127.0.0.1');
  });

  it('resolves once, so that a name cannot mean another address when it is called', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    let asked = 0;
    // First an address that may be called and where nobody is, then this machine.
    const lookup: Lookup = async () => {
      asked += 1;
      return [{ address: asked === 1 ? '127.9.9.9' : '127.0.0.1', family: 4 }];
    };
    const egress = { ...ANY_NAME, open: ['127.9.9.9/32'] };
    const call = fetchWith(egress, lookup)(`http://rebind.example:${server.port}/`, { signal: soon() });
    await expect(call).rejects.toBeInstanceOf(NotSentError);
    expect(asked).toBe(1);
    await expect(fetchWith(egress, lookup)(`http://rebind.example:${server.port}/`)).rejects.toThrow(
      '127.0.0.1',
    );
    expect(server.seen).toEqual([]);
  });

  it('looks at the address the socket ended at, whatever was asked for', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    // 0.0.0.0 is open, but the system connects it to 127.0.0.1.
    const egress = { ...ANY_NAME, open: ['0.0.0.0/8'] };
    await expect(fetchWith(egress)(`http://0.0.0.0:${server.port}/`)).rejects.toThrow(
      '127.0.0.1 is an address',
    );
    expect(server.seen).toEqual([]);
  });

  it('follows no redirect to a closed address', async () => {
    await using inside = await httpServer(() => ({ status: 200, body: 'secret' }));
    await using outside = await httpServer(() => ({ status: 302, headers: { location: inside.url } }));
    await expect(fetchWith(LOCAL_EGRESS)(outside.url)).rejects.toThrow('redirects are not followed');
    expect(inside.seen).toEqual([]);
  });
});

describe('a call that fails', () => {
  const hungUp: Lookup = async () => {
    throw Object.assign(new Error('nope'), { code: 'ENOTFOUND' });
  };

  it('has not left when the name cannot be resolved', async () => {
    const call = fetchWith(ANY_NAME, hungUp)('http://gone.example/');
    await expect(call).rejects.toMatchObject({ name: 'NotSentError', cause: { code: 'ENOTFOUND' } });
  });

  it('has not left when the name is not resolved in time', async () => {
    const never: Lookup = () => new Promise(() => {});
    const call = fetchWith(ANY_NAME, never)('http://slow.example/', { signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toMatchObject({ name: 'NotSentError', cause: { code: 'ETIMEDOUT' } });
  });

  it('has not left when nobody listens', async () => {
    const call = fetchWith(LOCAL_EGRESS)('http://127.0.0.1:1/');
    await expect(call).rejects.toMatchObject({ name: 'NotSentError', cause: { code: 'ECONNREFUSED' } });
  });

  it('may have arrived when no answer came in time', async () => {
    await using server = await httpServer(() => 'hang');
    const call = fetchWith(LOCAL_EGRESS)(server.url, {
      method: 'POST',
      body: 'x',
      signal: AbortSignal.timeout(100),
    });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(server.seen.map(({ body }) => body)).toEqual(['x']);
  });

  it('may have arrived when the other side hung up', async () => {
    await using other = await tcpServer((socket) => void socket.once('data', () => socket.destroy()));
    const call = fetchWith(LOCAL_EGRESS)(`http://127.0.0.1:${other.port}/`, { method: 'POST', body: 'x' });
    await expect(call).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });
});

interface TcpServer extends AsyncDisposable {
  readonly port: number;
}

async function tcpServer(take: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    take(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An HTTP proxy that opens tunnels to this machine, whatever name is asked for. */
async function proxyServer(
  answer = 'HTTP/1.1 200 OK\r\n\r\n',
): Promise<TcpServer & { readonly asked: string[] }> {
  const asked: string[] = [];
  const server = await tcpServer((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const head = chunk.toString();
      asked.push(head);
      const port = Number(/^CONNECT [^ ]*:(\d+) /.exec(head)?.[1]);
      if (!answer.includes(' 200 ')) return socket.end(answer);
      const other = connect(port, '127.0.0.1', () => {
        socket.write(answer);
        other.pipe(socket).pipe(other);
      });
      return other.on('error', () => socket.destroy());
    });
  });
  return Object.assign(server, { asked });
}

describe('behind a proxy', () => {
  it('every call is a tunnel the proxy resolves the name of', async () => {
    await using server = await httpServer(() => ({ status: 200, body: 'through' }));
    await using proxy = await proxyServer();
    const egress = { ...ANY_NAME, proxy: `http://ana:hunter2@127.0.0.1:${proxy.port}` };
    const response = await fetchWith(egress)(`http://far.example:${server.port}/x`);
    expect(await response.text()).toBe('through');
    expect(proxy.asked[0]).toBe(
      `CONNECT far.example:${server.port} HTTP/1.1\r\nHost: far.example:${server.port}\r\nProxy-Authorization: Basic ${Buffer.from('ana:hunter2').toString('base64')}\r\n\r\n`,
    );
    expect(server.seen[0]?.headers['host']).toBe(`far.example:${server.port}`);
  });

  it('a closed address is refused before the proxy is asked', async () => {
    await using proxy = await proxyServer();
    const egress = { ...ANY_NAME, proxy: `http://127.0.0.1:${proxy.port}` };
    await expect(fetchWith(egress)('http://169.254.169.254/latest/meta-data')).rejects.toThrow('egress.open');
    expect(proxy.asked).toEqual([]);
  });

  it.each([
    ['refuses', 'HTTP/1.1 403 no\r\n\r\n', 'the proxy answered 403 for far.example:80'],
    ['talks no HTTP', '220 smtp\r\n\r\n', 'the proxy answered 0'],
    ['hangs up', '', 'the proxy hung up'],
  ])('a call has not left when it %s', async (_name, answer, message) => {
    await using proxy = await proxyServer(answer);
    const egress = { ...ANY_NAME, proxy: `http://127.0.0.1:${proxy.port}` };
    const call = fetchWith(egress)('http://far.example/');
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.toBeInstanceOf(NotSentError);
  });

  it('keeps what the server said behind the proxy’s answer', async () => {
    await using proxy = await tcpServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n220 first words\r\n'));
    });
    const target = { host: 'mail.example', port: 25, open: [], signal: soon() };
    const socket = await connectTo({ ...target, proxy: `http://127.0.0.1:${proxy.port}` });
    const first = await new Promise<Buffer>((resolve) => void socket.once('data', resolve));
    expect(first.toString()).toBe('220 first words\r\n');
    socket.destroy();
  });

  it.each(['https://proxy.example:1', 'proxy.example', 'http//:hunter2'])(
    'says what is expected of the proxy %s and does not repeat it',
    async (proxy) => {
      const call = fetchWith({ ...ANY_NAME, proxy })('http://far.example/');
      await expect(call).rejects.toThrow('Expected the proxy of egress.proxy as http://');
      await expect(call).rejects.not.toThrow('hunter2');
    },
  );
});

/** A certificate for `tls.example`, made by openssl; null where there is none (`apt-get install openssl`). */
function certificate(): { readonly key: string; readonly cert: string } | null {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=tls.example', '-addext', 'subjectAltName=DNS:tls.example'];
  const files = ['-keyout', key, '-out', cert];
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        ...files,
        ...subject,
      ],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const made = certificate();

describe.skipIf(made === null)('over TLS', () => {
  const here: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
  const egress = { ...LOCAL_EGRESS, allow: ['*:*'] };

  async function secureServer(): Promise<TcpServer> {
    const server = createTlsServer({ key: made!.key, cert: made!.cert }, (_request, response) =>
      response.end('safe'),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const close = () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    };
    return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
  }

  const call = (host: string, port: number, options: { ca?: string; proxy?: string } = {}) =>
    guardedFetch({ egress, fetch: connectedFetch({ ...egress, ...options, lookup: here }) })(
      `https://${host}:${port}/`,
    );

  it('the certificate is held against the name that was called', async () => {
    await using server = await secureServer();
    const response = await call('tls.example', server.port, { ca: made!.cert });
    expect(await response.text()).toBe('safe');
    await expect(call('other.example', server.port, { ca: made!.cert })).rejects.toBeInstanceOf(NotSentError);
    await expect(call('tls.example', server.port)).rejects.toBeInstanceOf(NotSentError);
  });

  it('a proxy sees a tunnel only', async () => {
    await using server = await secureServer();
    await using proxy = await proxyServer();
    const options = { ca: made!.cert, proxy: `http://127.0.0.1:${proxy.port}` };
    const response = await call('tls.example', server.port, options);
    expect(await response.text()).toBe('safe');
    expect(proxy.asked[0]).toContain(`CONNECT tls.example:${server.port}`);
  });
});

it('names IPv6 addresses of a tunnel in brackets', async () => {
  await using proxy = await proxyServer('HTTP/1.1 502 no\r\n\r\n');
  const host = '2606:4700::1111';
  expect(isIPv6(host)).toBe(true);
  const target = { host, port: 443, open: [], signal: soon(), proxy: `http://127.0.0.1:${proxy.port}` };
  await expect(connectTo(target)).rejects.toThrow('[2606:4700::1111]:443');
});

import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrpcHandler } from '../../server/ingest/grpc.ts';
import { listen, listenGrpc } from '../../server/listen.ts';
import type { Listener } from '../../server/listen.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };
const NO_PATIENCE = { headersMs: 50, requestMs: 100, lookMs: 20 };

let gate: PromiseWithResolvers<void>;
let begun: PromiseWithResolvers<void>;
let listener: Listener;
beforeEach(() => {
  gate = Promise.withResolvers();
  begun = Promise.withResolvers();
});
afterEach(async () => {
  gate.resolve();
  await listener.close(0);
});

/** Answers when the gate is opened. */
const slowApp = () =>
  new Hono().post('/', async (c) => {
    begun.resolve();
    await gate.promise;
    await c.req.text();
    return c.text('stored');
  });
const slowCalls: GrpcHandler = (stream) => {
  begun.resolve();
  stream.on('error', () => {});
  const answer = async () => {
    await gate.promise;
    if (!stream.destroyed) stream.respond({ ':status': 200 }, { endStream: true });
  };
  void answer();
};

const portOf = () => Number(new URL(listener.url).port);

function post(agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      listener.url,
      { method: 'POST', ...(agent !== undefined && { agent }) },
      (answer) => {
        answer.resume();
        resolve(answer);
      },
    );
    sent.on('error', reject);
    sent.end('x');
  });
}

/** What comes on a connection until the server ends it. */
function heardOn(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

describe('a stop', () => {
  it('answers what is begun over HTTP, tells it to close, and takes nothing new', async () => {
    listener = await listen(slowApp(), ANY_PORT);
    const agent = new Agent({ keepAlive: true });
    const open = post(agent);
    await begun.promise;
    const stopped = listener.close(10_000);
    await expect(post()).rejects.toThrow('ECONNREFUSED');
    gate.resolve();
    const answer = await open;
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    await stopped;
  });

  it('ends idle connections at once', async () => {
    listener = await listen(slowApp(), ANY_PORT);
    gate.resolve();
    const agent = new Agent({ keepAlive: true });
    const answer = await post(agent);
    expect(answer.headers.connection).toBe('keep-alive');
    await listener.close(10_000);
  });

  it('answers calls that are begun over HTTP/2, says GOAWAY, and takes nothing new', async () => {
    listener = await listenGrpc(slowCalls, ANY_PORT);
    const session = connectHttp2(listener.url);
    const away = new Promise<number>((resolve) => session.on('goaway', resolve));
    const call = session.request({ ':method': 'POST', ':path': '/' });
    const status = new Promise((resolve) => call.on('response', (headers) => resolve(headers[':status'])));
    call.end();
    call.resume();
    await begun.promise;
    const stopped = listener.close(10_000);
    expect(await away).toBe(0);
    const late = connectHttp2(listener.url);
    await expect(new Promise((_resolve, reject) => late.on('error', reject))).rejects.toThrow('ECONNREFUSED');
    gate.resolve();
    expect(await status).toBe(200);
    await stopped;
  });

  it('ends what does not end by itself when its time is over', async () => {
    listener = await listen(slowApp(), ANY_PORT);
    const open = post();
    const failed = expect(open).rejects.toThrow('socket hang up');
    await begun.promise;
    await listener.close(10);
    await failed;
    listener = await listenGrpc(slowCalls, ANY_PORT);
    begun = Promise.withResolvers();
    const session = connectHttp2(listener.url);
    session.on('error', () => {});
    const call = session.request({ ':method': 'POST', ':path': '/' });
    const ended = new Promise((resolve) => call.on('close', () => resolve('ended')));
    call.on('error', () => {});
    await begun.promise;
    await listener.close(10);
    expect(await ended).toBe('ended');
  });
});

const EMPTY_SETTINGS = '\0\0\0\x04\0\0\0\0\0';

describe('an answer that is given before the body was read', () => {
  const HEAD = 'POST / HTTP/1.1\r\nhost: x\r\n';
  let stored: string[];
  /** Refuses what is longer than ten bytes by its length, or after the first of its chunks. */
  const refusing = () =>
    new Hono()
      .onError((_error, c) => c.text('gone', 500))
      .post('/', async (c) => {
        const told = c.req.header('content-length');
        if (told !== undefined && Number(told) > 10) return c.text('too large', 413);
        if (told === undefined) {
          await c.req.raw.body?.getReader().read();
          return c.text('no room', 503);
        }
        stored.push(await c.req.text());
        return c.text('stored', 200);
      });
  const open = async () => {
    stored = [];
    listener = await listen(refusing(), ANY_PORT);
    return connect(portOf(), '127.0.0.1');
  };

  it.each([
    ['by its length', 'content-length: 100000\r\n\r\n', 413, 'x'.repeat(100_000)],
    [
      'while it comes',
      'transfer-encoding: chunked\r\n\r\n2\r\nab\r\n',
      503,
      `186a0\r\n${'x'.repeat(100_000)}\r\n0\r\n\r\n`,
    ],
  ])(
    '%s closes the connection, and is heard; nothing behind it is stored',
    async (_name, head, status, rest) => {
      const socket = await open();
      const heard = heardOn(socket);
      socket.write(HEAD + head);
      await new Promise((resolve) => socket.once('data', resolve));
      socket.write(`${rest}${HEAD}content-length: 4\r\n\r\nlate`);
      expect(await heard).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\nconnection: close\r\n`, 'i'));
      expect(stored).toEqual([]);
    },
  );

  it('keeps the connection of who is answered after the body', async () => {
    const socket = await open();
    const heard = heardOn(socket);
    for (const body of ['one', 'two']) {
      const answered = new Promise((resolve) => socket.once('data', resolve));
      socket.write(`${HEAD}content-length: 3\r\n\r\n${body}`);
      await answered;
    }
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect((await heard).match(/connection: keep-alive/gi)).toHaveLength(2);
    expect(stored).toEqual(['one', 'two']);
  });
});

describe('a sender that takes its time', () => {
  it.each([
    ['says nothing', '', ''],
    ['does not end its headers', 'POST / HTTP/1.1\r\nhost: a\r\nx-slow: ', '408'],
    ['does not end its body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf', '408'],
  ])('and %s is let go over HTTP', async (_name, sent, heard) => {
    listener = await listen(slowApp(), ANY_PORT, NO_PATIENCE);
    const socket = connect(portOf(), '127.0.0.1');
    const all = heardOn(socket);
    socket.write(sent);
    expect(await all).toContain(heard);
  });

  it.each([
    ['says nothing', ''],
    ['says hello and calls nothing', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${EMPTY_SETTINGS}`],
    ['speaks another protocol', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
  ])('and %s is let go over HTTP/2', async (_name, sent) => {
    listener = await listenGrpc(slowCalls, ANY_PORT, NO_PATIENCE);
    const socket = connect(portOf(), '127.0.0.1');
    const all = heardOn(socket);
    socket.write(sent, 'latin1');
    await all;
    expect(socket.closed).toBe(true);
  });
});

describe('a flood', () => {
  it('of calls on one connection is refused beyond a hundred at a time', async () => {
    const calls = { open: 0, most: 0 };
    listener = await listenGrpc((stream) => {
      calls.open += 1;
      calls.most = Math.max(calls.most, calls.open);
      stream.on('error', () => {});
      stream.once('close', () => {
        calls.open -= 1;
      });
      setImmediate(() => stream.respond({ ':status': 200 }, { endStream: true }));
    }, ANY_PORT);
    const session = connectHttp2(listener.url);
    const done = Array.from(
      { length: 1000 },
      () =>
        new Promise((resolve) => {
          const call = session.request({ ':method': 'POST', ':path': '/' });
          call.on('error', () => {});
          call.on('close', resolve);
          call.resume();
          call.end();
        }),
    );
    await Promise.all(done);
    expect(calls.most).toBeGreaterThan(0);
    expect(calls.most).toBeLessThanOrEqual(100);
    session.destroy();
  });

  it('of header bytes is refused', async () => {
    listener = await listen(slowApp(), ANY_PORT);
    const socket = connect(portOf(), '127.0.0.1');
    const all = heardOn(socket);
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await all).toContain('431');
  });
});

describe('a port', () => {
  it.each([
    ['HTTP', (port: number) => listen(slowApp(), { host: '127.0.0.1', port })],
    ['gRPC', (port: number) => listenGrpc(slowCalls, { host: '127.0.0.1', port })],
  ])('that is in use is fatal for %s, in words', async (_name, again) => {
    listener = await listen(slowApp(), ANY_PORT);
    await expect(again(portOf())).rejects.toThrow(/Port \d+ on 127\.0\.0\.1 is in use; stop what runs there/);
  });
});

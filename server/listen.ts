import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { Server } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { FatalError } from './errors.ts';
import type { GrpcHandler } from './ingest/grpc.ts';
import { EarlyAnswer } from './early-answer.ts';

export interface Listener {
  readonly url: string;
  /**
   * Takes no new connection, tells open ones to close, lets open requests finish for up to `graceMs`, then ends the
   * rest.
   */
  readonly close: (graceMs: number) => Promise<void>;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** How long a sender may take, so that who sends a byte now and then, or nothing, holds nothing for ever. */
export interface Patience {
  /** From connecting to the end of the first headers; over HTTP/2 to the first call. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. Calls over HTTP/2 have deadlines of their own. */
  readonly requestMs: number;
  /** How often HTTP/1 looks for who is too slow. */
  readonly lookMs: number;
}

const PATIENCE: Patience = { headersMs: 10_000, requestMs: 60_000, lookMs: 5000 };
/** Longer than the minute that most proxies keep theirs, so that it is not the server that closes one just as it is used. */
const KEEP_ALIVE_MS = 65_000;
const MOST_HEADER_BYTES = 16_384;
/** A fleet of senders has a connection each; beyond so many, new ones are closed at once. */
const MOST_CONNECTIONS = 10_000;

/** Serves an app on a port; a port in use is fatal, in words. */
export async function listen(
  app: Pick<Hono, 'fetch'>,
  address: Address,
  patience = PATIENCE,
): Promise<Listener> {
  const serverOptions = {
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.lookMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
    ServerResponse: EarlyAnswer,
  };
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions });
  if (!(server instanceof Server)) throw new TypeError('expected a server of HTTP/1');
  const open = new Set<ServerResponse>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // Sent behind an answer that closed the connection: it could be stored, but never answered.
    if (request.socket.writableEnded) request.destroy();
    open.add(response);
    if (!server.listening) response.shouldKeepAlive = false;
    response.once('close', () => open.delete(response));
  });
  return opened(server, address, {
    ask: () => {
      for (const response of open) response.shouldKeepAlive = false;
      server.closeIdleConnections();
    },
    force: () => server.closeAllConnections(),
  });
}

/**
 * A window lets a request of half a megabyte come without waiting, for half of what Node's 64 KB cost; it is also what a sender may have sent before it is known or while it waits for room. Streams and headers are bounded,
 * and what a session may hold (in megabytes), so that a flood of them is refused by HTTP/2 itself.
 */
const HTTP2 = {
  settings: {
    initialWindowSize: 1_048_576,
    maxFrameSize: 1_048_576,
    maxConcurrentStreams: 100,
    maxHeaderListSize: MOST_HEADER_BYTES,
    enablePush: false,
  },
  maxSessionMemory: 16,
  unknownProtocolTimeout: 10_000,
} as const;
const SESSION_WINDOW_BYTES = 16_777_216;
/** Who has called keeps its connection longer than any exporter is silent. */
const SESSION_IDLE_MS = 600_000;

/** Serves gRPC calls on a port, over HTTP/2 without TLS. */
export async function listenGrpc(
  handler: GrpcHandler,
  address: Address,
  { headersMs } = PATIENCE,
): Promise<Listener> {
  const server = createHttp2Server(HTTP2);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.setTimeout(headersMs);
    session.once('stream', () => session.setTimeout(SESSION_IDLE_MS));
    session.on('timeout', () => session.destroy());
    session.on('error', () => session.destroy());
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', handler);
  return opened(server, address, {
    ask: () => sessions.forEach((session) => session.close()),
    force: () => sessions.forEach((session) => session.destroy()),
  });
}

interface Ending {
  /** Ends idle connections now, and the others when what they have open is answered. */
  readonly ask: () => void;
  readonly force: () => void;
}

function opened(server: NetServer, { host, port }: Address, ending: Ending): Promise<Listener> {
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE'
          ? `Port ${port} on ${host} is in use; stop what runs there or set another port under "listen"`
          : error.message;
      reject(new FatalError(message, { cause: error }));
    });
    server.listen(port, host, () =>
      resolve({
        url: urlOf(host, server.address() as AddressInfo),
        close: (graceMs) => closed(server, ending, graceMs),
      }),
    );
  });
}

function closed(server: NetServer, { ask, force }: Ending, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(force, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    ask();
  });
}

function urlOf(host: string, address: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import { assertAddress } from './addresses.ts';
import { NotSentError } from './not-sent.ts';
import { openTunnel, proxyOf } from './tunnel.ts';

/** The one place where connections to addresses of users' choosing are made. */

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

export interface Connection {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** CIDR; see `EgressSettings`. */
  readonly open: readonly string[];
  readonly proxy: string | null;
  readonly signal: AbortSignal;
  /** Instead of the system's resolver. */
  readonly lookup?: Lookup | undefined;
}

/**
 * A TCP connection, resolved once and judged three times: the host as it is written, every address it resolves to, and the
 * address the socket is connected with. Behind a proxy the proxy resolves, and only the host as written is judged. Throws
 * BadRequestError when an address is closed, NotSentError when there is no connection.
 */
export async function connectTo(connection: Connection): Promise<Socket> {
  const { host, port, open, proxy, signal } = connection;
  if (isIP(host) !== 0) assertAddress(host, open);
  if (proxy !== null) {
    const { host: name, port: proxyPort, authorization } = proxyOf(proxy);
    const socket = await opened({ host: name, port: proxyPort, signal });
    return openTunnel(socket, { host, port, authorization, signal });
  }
  const addresses = await resolved(connection);
  for (const { address } of addresses) assertAddress(address, open);
  const socket = await opened({ host, port, signal, addresses });
  try {
    assertAddress(socket.remoteAddress ?? 'an unknown address', open);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

async function resolved({ host, signal, lookup = every }: Connection): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const found = await orAborted(lookup(host), signal).catch((cause: unknown) => {
    throw new NotSentError(`${host} cannot be resolved`, { cause });
  });
  if (found.length === 0)
    throw new NotSentError(`${host} resolves to no address`, { cause: { code: 'ENOTFOUND' } });
  return found;
}

const every: Lookup = (host) => systemLookup(host, { all: true });

async function orAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  const abort = () => late.reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface Opening {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
  /** What was judged; `net` asks no resolver again. Absent for the proxy, which the operator chose. */
  readonly addresses?: readonly LookupAddress[];
}

async function opened({ host, port, signal, addresses }: Opening): Promise<Socket> {
  const socket = connect({
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    ...(addresses === undefined
      ? {}
      : { lookup: (_host: string, _options: object, done) => done(null, [...addresses]) }),
  });
  const connected = Promise.withResolvers<void>();
  socket.once('connect', connected.resolve).once('error', connected.reject);
  try {
    await orAborted(connected.promise, signal);
    return socket;
  } catch (cause) {
    socket.on('error', () => {});
    socket.destroy();
    throw new NotSentError(`No connection to ${host}:${port}`, { cause });
  }
}

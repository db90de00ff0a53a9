import { isIPv6, type Socket } from 'node:net';
import { BadRequestError } from '../errors.ts';
import { NotSentError } from './not-sent.ts';

/** A way through an HTTP proxy, by CONNECT (RFC 9110, 9.3.6). */

const MAX_ANSWER_BYTES = 16 * 1024;

export interface Proxy {
  readonly host: string;
  readonly port: number;
  readonly authorization: string | null;
}

/** `http://user:password@host:port`; throws BadRequestError, in words that do not repeat it. */
export function proxyOf(text: string): Proxy {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'http:')
    throw new BadRequestError('Expected the proxy of egress.proxy as http://user:password@host:port');
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || 80),
    authorization: url.username === '' ? null : `Basic ${Buffer.from(login).toString('base64')}`,
  };
}

interface Tunnel {
  readonly host: string;
  readonly port: number;
  readonly authorization: string | null;
  readonly signal: AbortSignal;
}

/** Asks the proxy behind `socket` for the way to an endpoint. Throws NotSentError when there is none. */
export async function openTunnel(socket: Socket, tunnel: Tunnel): Promise<Socket> {
  const endpoint = `${isIPv6(tunnel.host) ? `[${tunnel.host}]` : tunnel.host}:${tunnel.port}`;
  const login = tunnel.authorization === null ? '' : `Proxy-Authorization: ${tunnel.authorization}\r\n`;
  socket.write(`CONNECT ${endpoint} HTTP/1.1\r\nHost: ${endpoint}\r\n${login}\r\n`);
  try {
    const status = await statusFrom(socket, tunnel.signal);
    if (status >= 200 && status < 300) return socket;
    throw new NotSentError(`the proxy answered ${status} for ${endpoint}`);
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

async function statusFrom(socket: Socket, signal: AbortSignal): Promise<number> {
  const head = Promise.withResolvers<string>();
  const give = (reason: string) => () => head.reject(new NotSentError(`the proxy ${reason}`));
  const [closed, late] = [give('hung up'), give('gave no answer in time')];
  let seen = Buffer.alloc(0);
  // Not by `data`: a socket that was paused would not flow again for whoever listens next.
  const read = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf('\r\n\r\n');
    if (end !== -1) head.resolve(seen.toString('latin1', 0, end));
    else if (seen.length > MAX_ANSWER_BYTES) give('talks no HTTP')();
  };
  socket.on('readable', read).once('close', closed).once('error', closed);
  signal.addEventListener('abort', late, { once: true });
  if (signal.aborted) late();
  try {
    const text = await head.promise;
    socket.off('readable', read);
    // Some servers speak first: what came behind the proxy's answer is theirs.
    const rest = seen.subarray(text.length + 4);
    if (rest.length > 0) socket.unshift(rest);
    return Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
  } finally {
    socket.off('readable', read).off('close', closed).off('error', closed);
    signal.removeEventListener('abort', late);
  }
}

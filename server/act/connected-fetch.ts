import { buildConnector, Client } from 'undici';
import { BadRequestError } from '../errors.ts';
import type { EgressSettings } from '../settings.ts';
import { connectTo, type Lookup } from './connector.ts';
import { NotSentError } from './not-sent.ts';

/** For calls whose caller sets no time of its own. */
const TIMEOUT_MS = 30_000;
/** More than any answer we understand needs. */
const MAX_HEADER_BYTES = 16 * 1024;

export interface ConnectedFetchOptions extends Pick<EgressSettings, 'open' | 'proxy'> {
  readonly lookup?: Lookup;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
}

/**
 * `fetch` on connections of `connectTo`. Each call has a connection of its own, so that none is used under a policy it was not
 * judged by. Rejects with BadRequestError for closed addresses, NotSentError while nothing has left, and TypeError or the
 * signal's reason after that.
 */
export function connectedFetch(options: ConnectedFetchOptions): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
    const { signal, end } = limited(init?.signal ?? request.signal);
    const line = { hasLeft: false };
    const client = clientOf(new URL(request.url), options, { signal, line });
    try {
      return await responseOf(client, { request, body, signal, end });
    } catch (error) {
      end();
      void client.destroy();
      throw line.hasLeft ? failureOf(error, signal) : unsent(error);
    }
  };
}

/**
 * The caller's signal with a longest time. Signals that follow others are held weakly and are lost when memory is cleaned up
 * in between; a listener of our own is not.
 */
function limited(callers: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(callers.reason);
  const late = () => controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  const timer = setTimeout(late, TIMEOUT_MS);
  if (callers.aborted) abort();
  callers.addEventListener('abort', abort, { once: true });
  const end = () => {
    clearTimeout(timer);
    callers.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, end };
}

interface Line {
  readonly signal: AbortSignal;
  /** Once there is a connection, anything may have been written to it. */
  readonly line: { hasLeft: boolean };
}

function clientOf(
  url: URL,
  { open, proxy, lookup, ca }: ConnectedFetchOptions,
  { signal, line }: Line,
): Client {
  const secure = buildConnector({ timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) });
  const join = async (target: buildConnector.Options, callback: buildConnector.Callback) => {
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    const done: buildConnector.Callback = (...result) => {
      line.hasLeft ||= result[0] === null;
      callback(...result);
    };
    const socket = await connectTo({ host, port, open, proxy, signal, lookup }).catch(asError);
    if (socket instanceof Error) done(socket, null);
    else if (target.protocol === 'https:') secure({ ...target, httpSocket: socket }, done);
    else done(null, socket);
  };
  const connector: buildConnector.connector = (target, callback) => void join(target, callback);
  return new Client(url.origin, {
    connect: connector,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('No connection', { cause: error });
}

interface Call {
  readonly request: Request;
  readonly body: Buffer | null;
  readonly signal: AbortSignal;
  /** When nothing more is waited for. */
  readonly end: () => void;
}

async function responseOf(client: Client, { request, body, signal, end }: Call): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await client.request({
    path: `${pathname}${search}`,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body,
    signal,
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers))
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, one);
  if (!NO_BODY.has(answer.statusCode))
    return new Response(
      bodyOf(answer.body, () => close(client, end)),
      { status: answer.statusCode, headers },
    );
  close(client, end);
  return new Response(null, { status: answer.statusCode, headers });
}

const NO_BODY = new Set([204, 205, 304]);

function close(client: Client, end: () => void): void {
  end();
  void client.destroy();
}

/** The answer's bytes; the connection ends with them, or when their reader has enough. */
function bodyOf(body: AsyncIterable<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  const bytes = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await nextOf(bytes, done);
      if (next.done !== true) return controller.enqueue(next.value);
      done();
      controller.close();
    },
    cancel: done,
  });
}

async function nextOf(
  bytes: AsyncIterator<Uint8Array>,
  done: () => void,
): Promise<IteratorResult<Uint8Array>> {
  try {
    return await bytes.next();
  } catch (cause) {
    done();
    throw new TypeError('fetch failed', { cause });
  }
}

/** As `fetch` would say it: the signal's own reason, or a TypeError about the connection. */
function failureOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : new TypeError('fetch failed', { cause: error });
}

function unsent(error: unknown): unknown {
  if (error instanceof BadRequestError || error instanceof NotSentError) return error;
  return new NotSentError('No connection', { cause: error });
}

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { IngestRoute, Protocol } from '../model.ts';
import { readBody } from './body.ts';
import type { HeaderLookup, Sent } from './front.ts';
import { encodingOf } from './inflate.ts';

/** A request over HTTP, handed on with its body unread: Node's own stream where there is one, for half of the cost. */
export function sentOf(c: Context, to: { readonly route: IngestRoute; readonly protocol: Protocol }): Sent {
  const { headers, stream } = sourceOf(c);
  return {
    ...to,
    headers,
    read: async ({ limits: { maxCompressedBytes, maxBodyBytes }, room }) => {
      const encoding = encodingOf(headers.get('content-encoding'));
      const packed = encoding !== 'identity';
      const body = await readBody(stream(), {
        toldBytes: lengthOf(headers),
        maxBytes: packed ? maxCompressedBytes : maxBodyBytes,
        limit: packed ? 'limits.maxCompressedBytes' : 'limits.maxBodyBytes',
        room,
      });
      return { body, encoding };
    },
  };
}

/** The media type without its parameters, in lower case. */
export function mediaType(headers: HeaderLookup): string {
  return (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export function headersOf(c: Context): HeaderLookup {
  return sourceOf(c).headers;
}

/** Node's headers, looked up like those of a web request. */
export function lookup(headers: IncomingHttpHeaders): HeaderLookup {
  return {
    get: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : (value ?? null);
    },
  };
}

/** Under a Node server there is the raw request; an app that is called directly has only the web's. */
function sourceOf(c: Context): { readonly headers: HeaderLookup; readonly stream: () => Readable } {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: IncomingMessage };
  if (incoming !== undefined) return { headers: lookup(incoming.headers), stream: () => incoming };
  const { headers, body } = c.req.raw;
  return {
    headers,
    stream: () => (body === null ? Readable.from([]) : Readable.fromWeb(body)),
  };
}

function lengthOf(headers: HeaderLookup): number | null {
  const told = headers.get('content-length');
  return told === null ? null : Number(told);
}

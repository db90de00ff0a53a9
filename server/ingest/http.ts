import { Hono } from 'hono';
import type { Context } from 'hono';
import { IngestFront } from './front.ts';
import type { IngestOptions } from './front.ts';
import { headersOf, mediaType, sentOf } from './incoming.ts';
import { outcomeHeaders } from './outcome-headers.ts';
import { exportResponse, statusResponse } from './otlp-reply.ts';
import type { OtlpType } from './otlp-reply.ts';

export type { HeaderLookup, IngestOptions } from './front.ts';
export { RefusedUnread } from './refused-unread.ts';
export { jsonIngestApp } from './rest.ts';
export { BytesInFlight } from './room.ts';

const LOG_PATHS = ['/v1/logs', '/'];
const OTHER_SIGNALS = ['/v1/traces', '/v1/metrics', '/v1development/profiles'];

/** OTLP over HTTP: POST /v1/logs, and / for senders whose endpoint has no path. */
export function otlpApp(options: IngestOptions): Hono {
  const front = new IngestFront(options);
  const app = new Hono();
  for (const path of LOG_PATHS) {
    app.post(path, (c) => answerOtlp(front, c));
    app.all(path, (c) => {
      front.misdirected(405);
      return c.text('Send log records with POST.', 405, { allow: 'POST' });
    });
  }
  for (const path of OTHER_SIGNALS) app.post(path, (c) => refuseSignal(front, c));
  app.notFound((c) => {
    front.misdirected(404);
    return c.text('Log records are taken at /v1/logs; nothing else is here.', 404);
  });
  return app;
}

async function answerOtlp(front: IngestFront, c: Context): Promise<Response> {
  const type = otlpType(c);
  if (type === null) return c.text(await unsupported(front, c), 415);
  const outcome = await front.handle(sentOf(c, { route: 'logs', protocol: protocolOf(type) }));
  return outcome.status === 200
    ? c.body(exportResponse(type, outcome.reply), 200, { 'content-type': type })
    : c.body(statusResponse(type, outcome), outcome.status, {
        'content-type': type,
        ...outcomeHeaders(outcome),
      });
}

/** Not retried by any sender: 404 is not among the codes that are. */
function refuseSignal(front: IngestFront, c: Context): Response {
  const type = otlpType(c);
  front.misdirected(404, type === null ? 'otlp-protobuf' : protocolOf(type));
  const message = `Only log records are taken, at /v1/logs; ${c.req.path} is not. Switch this signal's exporter off.`;
  if (type === null) return c.text(message, 404);
  return c.body(statusResponse(type, { status: 404, message }), 404, { 'content-type': type });
}

function otlpType(c: Context): OtlpType | null {
  const type = mediaType(headersOf(c));
  return type === 'application/x-protobuf' || type === 'application/json' ? type : null;
}

function protocolOf(type: OtlpType): 'otlp-json' | 'otlp-protobuf' {
  return type === 'application/json' ? 'otlp-json' : 'otlp-protobuf';
}

async function unsupported(front: IngestFront, c: Context): Promise<string> {
  const message = 'Send OTLP logs as application/x-protobuf or application/json.';
  await front.unsupported({ protocol: 'otlp-protobuf', headers: headersOf(c) }, message);
  return message;
}

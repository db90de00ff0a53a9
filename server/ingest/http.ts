import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { IngestReply, IngestRoute, Protocol } from '../model.ts';
import { IngestFront, mediaType } from './front.ts';
import type { IngestOptions, Outcome } from './front.ts';
import { exportResponse, statusResponse } from './otlp-reply.ts';
import type { OtlpType } from './otlp-reply.ts';

export { BytesInFlight } from './body.ts';
export type { IngestOptions } from './front.ts';

/** Seconds. SDKs give up when told to wait longer than the ten they have in all. */
const RETRY_AFTER = '1';
const OTLP_PATHS = ['/v1/logs', '/'];

/** OTLP over HTTP: POST /v1/logs, and / for senders whose endpoint has no path. */
export function otlpApp(options: IngestOptions): Hono {
  const front = new IngestFront(options);
  const app = new Hono();
  for (const path of OTLP_PATHS) {
    app.post(path, (c) => answerOtlp(front, c));
    app.all(path, (c) => {
      front.misdirected(405);
      return c.text('Send log records with POST.', 405, { allow: 'POST' });
    });
  }
  app.notFound((c) => {
    front.misdirected(404);
    return c.text('Log records are taken at /v1/logs; nothing else is here.', 404);
  });
  return app;
}

async function answerOtlp(front: IngestFront, c: Context): Promise<Response> {
  const type = mediaType(c.req.raw);
  if (type !== 'application/x-protobuf' && type !== 'application/json')
    return c.text(unsupported(front), 415);
  const protocol = type === 'application/json' ? 'otlp-json' : 'otlp-protobuf';
  const outcome = await front.handle({ route: 'logs', protocol, request: c.req.raw });
  return outcome.status === 200
    ? c.body(exportResponse(type, outcome.reply), 200, { 'content-type': type })
    : c.body(statusResponse(type, outcome), outcome.status, headersOf(outcome, type));
}

function unsupported(front: IngestFront): string {
  const message = 'Send OTLP logs as application/x-protobuf or application/json.';
  front.unsupported('otlp-protobuf', message);
  return message;
}

function headersOf(outcome: Outcome, type: OtlpType): Record<string, string> {
  return { 'content-type': type, ...retryHeaders(outcome) };
}

function retryHeaders({ status }: Outcome): Record<string, string> {
  if (status === 503) return { 'retry-after': RETRY_AFTER };
  return status === 401 ? { 'www-authenticate': 'Bearer realm="leeway"' } : {};
}

const TABLE_TYPES: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['application/json', 'json'],
  ['application/vnd.apache.arrow.stream', 'arrow'],
  ['application/vnd.apache.arrow.file', 'arrow'],
  ['application/vnd.apache.parquet', 'parquet'],
]);

/** Leeway's own JSON, Arrow and Parquet: POST /api/v1/predictions and /api/v1/labels. */
export function jsonIngestApp(options: IngestOptions): Hono {
  const front = new IngestFront(options);
  const app = new Hono();
  app.post('/api/v1/predictions', (c) => answerJson(front, 'predictions', c));
  app.post('/api/v1/labels', (c) => answerJson(front, 'labels', c));
  return app;
}

async function answerJson(
  front: IngestFront,
  route: Extract<IngestRoute, 'predictions' | 'labels'>,
  c: Context,
): Promise<Response> {
  const protocol = TABLE_TYPES.get(mediaType(c.req.raw));
  const outcome: Outcome =
    protocol === undefined
      ? front.unsupported('json', 'Send JSON, with the header Content-Type: application/json.')
      : await front.handle({ route, protocol, request: c.req.raw });
  if (outcome.status !== 200)
    return c.json(problem(c, outcome), outcome.status, { ...retryHeaders(outcome) });
  const told = summary(outcome.reply, route);
  const [first] = told.rejected;
  if (told.accepted > 0 || first === undefined) return c.json(told, 200);
  return c.json({ ...problem(c, { status: 400, message: first.message }), ...told }, 400);
}

interface Summary {
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: IngestReply['rejected'];
  readonly warnings?: IngestReply['rejected'];
}

function summary(reply: IngestReply, route: 'predictions' | 'labels'): Summary {
  const { accepted, repeated, rejected, warnings } = reply;
  return { accepted: accepted[route], repeated, rejected, ...(warnings !== undefined && { warnings }) };
}

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'too_large',
  415: 'unsupported_media_type',
  503: 'unavailable',
};

function problem(c: Context, found: { readonly status: number; readonly message: string }) {
  const requestId = (c.get('requestId') as string | undefined) ?? randomUUID();
  return { error: { code: CODES[found.status] ?? 'error', message: found.message, requestId } };
}

import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { IngestReply, Protocol } from '../model.ts';
import { IngestFront } from './front.ts';
import type { IngestOptions, Outcome, Sent } from './front.ts';
import { headersOf, mediaType, sentOf } from './incoming.ts';
import { outcomeHeaders } from './outcome-headers.ts';

type Route = 'predictions' | 'labels' | 'events';

/** The formats of rows by their content types. */
const ROW_TYPES: Readonly<Record<string, Protocol>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/vnd.apache.arrow.stream': 'arrow',
  'application/vnd.apache.arrow.file': 'arrow',
  'application/vnd.apache.parquet': 'parquet',
};
const SET_TYPES: Readonly<Record<string, Protocol>> = { ...ROW_TYPES, 'text/csv': 'csv' };
const BASELINE_ROWS = '/api/v1/baselines/rows';
const DEFAULT_SET = 'training';
const MOST_NAME = 200;
const WANTED =
  'Send JSON, with the header Content-Type: application/json, or application/x-ndjson, application/vnd.apache.arrow.stream or application/vnd.apache.parquet.';

/**
 * Leeway's own addresses on the main port: rows at POST /api/v1/predictions and /api/v1/labels, in the format their
 * content type says, training sets at /api/v1/baselines/rows, and CloudEvents of serving stacks at POST /api/v1/events.
 */
export function jsonIngestApp(options: IngestOptions): Hono {
  const front = new IngestFront(options);
  const app = new Hono();
  for (const route of ['predictions', 'labels'] as const)
    app.post(`/api/v1/${route}`, async (c) => answer(c, route, await handleRows(front, c, route)));
  app.post(BASELINE_ROWS, async (c) => answer(c, 'predictions', await handleSet(front, c)));
  app.post('/api/v1/events', async (c) => answer(c, 'events', await front.handle(eventOf(c))));
  return app;
}

async function handleRows(front: IngestFront, c: Context, route: Route): Promise<Outcome> {
  const protocol = ROW_TYPES[mediaType(headersOf(c))];
  if (protocol === undefined) return front.unsupported({ protocol: 'json', headers: headersOf(c) }, WANTED);
  return front.handle(sentOf(c, { route, protocol }));
}

/** Rows of a training set, of the model and under the name that the address says. */
async function handleSet(front: IngestFront, c: Context): Promise<Outcome> {
  const [headers, protocol] = [headersOf(c), SET_TYPES[mediaType(headersOf(c))]];
  if (protocol === undefined)
    return front.unsupported({ protocol: 'json', headers }, `${WANTED} CSV is taken as text/csv.`);
  const { model = '', set = DEFAULT_SET, tenant } = c.req.query();
  if (model === '' || set === '' || set.length > MOST_NAME)
    return {
      status: 400,
      message: `Name the model, as ?model=NAME, and a set of 1 to ${MOST_NAME} characters, as &set=NAME, or none.`,
    };
  const referenceSet = { model, set, tenant: tenant ?? null };
  return front.handle({ ...sentOf(c, { route: 'predictions', protocol }), referenceSet });
}

/** In binary mode the body is the payload alone, and all that is known of it stands in the headers. */
function eventOf(c: Context): Sent {
  const names = Object.keys(c.req.header()).map((name) => name.toLowerCase());
  const headers = headersOf(c);
  const eventHeaders = Object.fromEntries(
    names
      .filter((name) => name.startsWith('ce-') || name === 'content-type')
      .map((name) => [name, headers.get(name) ?? '']),
  );
  return { ...sentOf(c, { route: 'events', protocol: 'cloudevents' }), eventHeaders };
}

function answer(c: Context, route: Route, outcome: Outcome): Response {
  if (outcome.status !== 200) return c.json(problem(c, outcome), outcome.status, outcomeHeaders(outcome));
  const told = summary(outcome.reply, route);
  // A half that waited in vain is told in the answer to a later event, which is not at fault.
  const first = told.rejected.find(({ reason }) => reason !== 'unpaired');
  if (told.accepted > 0 || first === undefined) return c.json(told, 200);
  return c.json({ ...problem(c, { status: 400, message: first.message }), ...told }, 400);
}

interface Summary {
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: IngestReply['rejected'];
  readonly warnings?: IngestReply['rejected'];
}

function summary(reply: IngestReply, route: Route): Summary {
  const { accepted, repeated, rejected, warnings } = reply;
  return {
    accepted: route === 'events' ? accepted.predictions + accepted.labels : accepted[route],
    repeated,
    rejected,
    ...(warnings !== undefined && { warnings }),
  };
}

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'over_quota',
  503: 'unavailable',
};

function problem(c: Context, found: { readonly status: number; readonly message: string }) {
  const requestId = (c.get('requestId') as string | undefined) ?? randomUUID();
  return { error: { code: CODES[found.status] ?? 'error', message: found.message, requestId } };
}

import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type {
  AlertExplanationTold,
  AlertList,
  ApiError,
  Fleet,
  IncidentDetail,
  IncidentList,
  IncidentMetricsTold,
  IngestStatus,
  LiveEvent,
  Me,
  ModelDetail,
  NewKey,
  PendingAlertList,
  SilenceList,
  DeliveryList,
  SilencePreviewTold,
} from '../../server/show/types.ts';
import type { ReceiverList, ReceiverTest } from '../../server/show/types/receivers.ts';
import { POLICY } from '../../server/show/security-headers.ts';
import * as data from './fixture-data.ts';
import * as routing from './fixture-incidents.ts';

/** The built pages in front of literal answers, under the same policy as the appliance. */

const DIST = resolve(import.meta.dirname, '../../ui/dist');

export interface Answers {
  me: Me | null;
  fleet: Fleet;
  model: ModelDetail;
  alerts: AlertList;
  incidents: IncidentList;
  incident: IncidentDetail;
  silences: SilenceList;
  deliveries: DeliveryList;
  receivers: ReceiverList;
  receiverTest: ReceiverTest;
  figures: IncidentMetricsTold;
  explanation: AlertExplanationTold;
  preview: SilencePreviewTold;
  pending: PendingAlertList;
  ingest: IngestStatus;
}

export interface Write {
  readonly method: string;
  readonly path: string;
  readonly csrf: string | undefined;
  readonly body: unknown;
}

export interface Fixture {
  readonly url: string;
  /** What is answered from now on; tests change it. */
  readonly answers: Answers;
  readonly writes: Write[];
  readonly reads: string[];
  /** What `POST runs/:id/approve` answers; 200 unless told otherwise. */
  approveStatus: number;
  readonly tell: (event: LiveEvent) => void;
  readonly close: () => Promise<void>;
}

export function freshAnswers(): Answers {
  return {
    me: data.me,
    fleet: { ...data.clock, rows: data.fleet, unmatchedOverrides: [] },
    model: data.modelDetail,
    alerts: { ...data.clock, alerts: data.alerts },
    incidents: { ...data.clock, incidents: [data.incident] },
    incident: data.incidentDetail,
    deliveries: { ...data.clock, ...data.told },
    receivers: { ...data.clock, receivers: data.receivers },
    receiverTest: { result: 'sent', detail: 'hooks.example answered 200' },
    silences: { ...data.clock, longestSilenceMs: 7 * 86_400_000, silences: data.silences },
    figures: routing.metrics,
    explanation: routing.explanation,
    preview: routing.preview,
    pending: routing.pending,
    ingest: data.ingestStatus,
  };
}

/** Starts on a free port of 127.0.0.1. Needs the built UI. */
export async function startFixture(): Promise<Fixture> {
  if (!existsSync(resolve(DIST, 'index.html'))) {
    throw new Error('The UI is not built. Run `npm run build`, then the tests again.');
  }
  const listeners = new Set<(event: LiveEvent) => void>();
  const state = { answers: freshAnswers(), writes: [] as Write[], reads: [] as string[], approveStatus: 200 };
  const app = build(state, listeners);
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((done) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) =>
      done({ server, port: info.port }),
    );
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/`,
    tell: (event: LiveEvent) => listeners.forEach((listener) => listener(event)),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  });
}

type State = Pick<Fixture, 'answers' | 'writes' | 'reads' | 'approveStatus'>;

function build(state: State, listeners: Set<(event: LiveEvent) => void>): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('content-security-policy', POLICY);
    c.header('x-content-type-options', 'nosniff');
  });
  app.use('/api/*', async (c, next) => {
    const path = new URL(c.req.url).pathname.replace('/api/v1/', '');
    if (c.req.method === 'GET') state.reads.push(path);
    else state.writes.push(await writeOf(c, path));
    if (state.answers.me === null && path !== 'session') return refuse(c, 401, 'Sign in first.');
    await next();
  });
  app.route('/api/v1', reads(state));
  app.route('/api/v1', writes(state));
  app.get('/api/v1/events', (c) =>
    streamSSE(c, async (stream) => {
      const send = (event: LiveEvent) =>
        void stream.writeSSE({ event: 'change', data: JSON.stringify(event) });
      listeners.add(send);
      await new Promise<void>((ended) => stream.onAbort(ended));
      listeners.delete(send);
    }),
  );
  app.use('*', serveStatic({ root: DIST }));
  return app;
}

async function writeOf(c: Context, path: string): Promise<Write> {
  const text = await c.req.text();
  const body: unknown = text === '' ? null : JSON.parse(text);
  return { method: c.req.method, path, csrf: c.req.header('x-leeway-csrf'), body };
}

function refuse(c: Context, status: 401 | 403 | 404 | 409 | 500, message: string): Response {
  return c.json({ error: { code: String(status), message, requestId: 'req-1' } } satisfies ApiError, status);
}

function reads({ answers }: State): Hono {
  const app = new Hono();
  app.get('/me', (c) => c.json(answers.me));
  app.get('/fleet', (c) => c.json(answers.fleet));
  app.get('/models/:tenant/:model', (c) => {
    const { tenant, model } = c.req.param();
    if (tenant !== answers.model.tenant || model !== answers.model.model)
      return refuse(c, 404, `No model ${model}.`);
    const fromMs = Number(c.req.query('window') ?? answers.model.window?.fromMs ?? 0);
    const window = answers.model.window === null ? null : { fromMs, toMs: fromMs + 86_400_000 };
    return c.json({ ...answers.model, window } satisfies ModelDetail);
  });
  app.get('/scores/:id/explain', (c) =>
    c.req.param('id') === '2' ? c.json(data.explanation) : refuse(c, 404, 'No such score.'),
  );
  app.get('/alerts', (c) => c.json(answers.alerts));
  app.get('/receivers', (c) => c.json(answers.receivers));
  app.get('/silences', (c) =>
    c.json(
      c.req.query('state') === 'expired'
        ? { ...answers.silences, silences: data.endedSilences }
        : answers.silences,
    ),
  );
  app.get('/deliveries', (c) => {
    const { deliveries, ...rest } = answers.deliveries;
    const state = c.req.query('state');
    return c.json({
      ...rest,
      deliveries: deliveries.filter((one) => state === undefined || one.state === state),
    });
  });
  app.get('/incidents', (c) => c.json(answers.incidents));
  app.get('/alerts/pending', (c) => c.json(answers.pending));
  app.get('/alerts/:id/explain', (c) => c.json(answers.explanation));
  app.get('/incidents/metrics', (c) => c.json(answers.figures));
  app.get('/incidents/:id/post-mortem', (c) => c.text('# Post-mortem'));
  app.get('/incidents/:id', (c) =>
    c.req.param('id') === answers.incident.id
      ? c.json(answers.incident)
      : refuse(c, 404, 'No such incident.'),
  );
  app.get('/ingest/status', (c) => c.json(answers.ingest));
  return app;
}

function writes(state: State): Hono {
  const app = new Hono();
  app.post('/session', (c) => {
    const last = state.writes.at(-1)?.body as { readonly key: string };
    if (last.key !== 'lw_good') return refuse(c, 401, 'This API key is unknown or revoked.');
    state.answers.me = data.me;
    return c.json(data.me);
  });
  app.delete('/session', (c) => {
    state.answers.me = null;
    return c.json({ signedOut: true });
  });
  app.post('/alerts/:id/acknowledge', (c) => c.json({}));
  app.post('/alerts/:id/resolve', (c) => c.json({}));
  app.post('/deliveries/:id/replay', (c) => c.json({ replayed: [c.req.param('id')], skipped: [] }));
  app.post('/receivers/:id/test', (c) => c.json(state.answers.receiverTest));
  app.post('/incidents/:id/:word', (c) => c.json({}));
  app.post('/silences/preview', (c) => c.json(state.answers.preview));
  app.post('/silences', (c) => c.json({}, 201));
  app.delete('/silences/:id', (c) => c.json({}));
  app.post('/keys', (c) => c.json({ id: 'k-1', key: 'lw_ingest_5f0c' } satisfies NewKey, 201));
  app.post('/runs/:id/approve', async (c) => {
    await new Promise((done) => setTimeout(done, 150));
    if (state.approveStatus === 409) return refuse(c, 409, 'The plan has changed since it was shown.');
    return c.json(data.rollback);
  });
  return app;
}

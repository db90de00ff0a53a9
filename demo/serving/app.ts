import { Hono } from 'hono';
import { z } from 'zod';
import { checkSignature } from '../signature.ts';
import type { Desk, Outcome } from './desk.ts';
import type { Instance } from './service.ts';

/** The serving process's HTTP surface. */

export interface AppOptions {
  readonly desk: Desk;
  readonly webhookSecret: string;
  readonly toleranceMs: number | null;
  readonly now: () => number;
}

const PredictBody = z.object({
  instances: z.array(
    z.object({
      id: z.string().min(1),
      scheduledDeparture: z.string(),
      distanceMiles: z.number(),
      origin: z.string(),
      destination: z.string(),
      timeMs: z.number(),
    }),
  ),
}) satisfies z.ZodType<{ readonly instances: Instance[] }>;

const OutcomesBody = z.object({
  outcomes: z.array(z.object({ id: z.string().min(1), delayMinutes: z.number(), knownAtMs: z.number() })),
}) satisfies z.ZodType<{ readonly outcomes: Outcome[] }>;

const DeployBody = z.object({ model: z.string(), version: z.string() });

const SERVED_PATH = /^(?<model>[\w-]+):(?<verb>predict|outcomes)$/;

/** POST /v1/models/<model>:predict and :outcomes, POST /admin/deploy (signed), GET /healthz. */
export function createApp(options: AppOptions): Hono {
  const { desk } = options;
  const app = new Hono();
  app.get('/healthz', (c) =>
    c.json({
      ok: true,
      models: desk.models().map(({ model, active }) => ({ model: model.model, version: active.version })),
    }),
  );
  app.post('/v1/models/:call', async (c) => {
    const { model, verb } = SERVED_PATH.exec(c.req.param('call'))?.groups ?? {};
    if (model === undefined)
      return c.json({ error: 'Expected /v1/models/<model>:predict or :outcomes.' }, 404);
    const text = await c.req.text();
    const answer = verb === 'predict' ? await predict(desk, model, text) : await settle(desk, model, text);
    return c.json(answer.body, answer.status);
  });
  app.post('/admin/deploy', async (c) => {
    const answer = deploy(options, c.req.raw.headers, await c.req.text());
    return c.json(answer.body, answer.status);
  });
  return app;
}

interface HttpAnswer {
  readonly status: 200 | 400 | 401 | 404;
  readonly body: object;
}

function parsed<T>(
  schema: z.ZodType<T>,
  text: string,
): { readonly value: T } | { readonly problem: HttpAnswer } {
  try {
    const result = schema.safeParse(JSON.parse(text));
    if (result.success) return { value: result.data };
    return { problem: { status: 400, body: { error: z.prettifyError(result.error) } } };
  } catch {
    return { problem: { status: 400, body: { error: 'Expected a body of JSON.' } } };
  }
}

const unknownModel = (model: string): HttpAnswer => ({
  status: 404,
  body: { error: `No model ${model} is served here.` },
});

async function predict(desk: Desk, model: string, text: string): Promise<HttpAnswer> {
  const body = parsed(PredictBody, text);
  if ('problem' in body) return body.problem;
  const prediction = await desk.predict(model, body.value.instances);
  return prediction === null ? unknownModel(model) : { status: 200, body: prediction };
}

async function settle(desk: Desk, model: string, text: string): Promise<HttpAnswer> {
  const body = parsed(OutcomesBody, text);
  if ('problem' in body) return body.problem;
  const labels = await desk.settle(model, body.value.outcomes);
  return labels === null ? unknownModel(model) : { status: 200, body: { labels } };
}

function deploy(options: AppOptions, headers: Headers, text: string): HttpAnswer {
  const check = checkSignature(headers, text, {
    secret: options.webhookSecret,
    nowMs: options.now(),
    toleranceMs: options.toleranceMs,
  });
  if (!check.ok) return { status: 401, body: { error: `Not deployed: ${check.reason}.` } };
  const body = parsed(DeployBody, text);
  if ('problem' in body) return body.problem;
  const deployment = options.desk.deploy(body.value.model, body.value.version);
  return deployment.ok
    ? { status: 200, body: deployment }
    : { status: 404, body: { error: deployment.message } };
}

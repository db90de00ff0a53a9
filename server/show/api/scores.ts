import { z } from '@hono/zod-openapi';
import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { notFound } from '../problems.ts';
import { asOf, list, name, timeQuery } from '../schemas/common.ts';
import { score } from '../schemas/evidence.ts';

const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = 30 * DAY_MS;

export const scoreEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/scores',
    tag: 'Models',
    summary: 'Stored scores of a model, with the evidence they can be computed from again',
    description: 'Without `from` and `to`: the last 30 days.',
    access: ['read'],
    query: z.strictObject({
      tenant: name,
      model: name,
      detector: name.optional(),
      subject: z.string().max(300).optional(),
      from: timeQuery.optional(),
      to: timeQuery.optional(),
    }),
    response: z.object({ ...asOf, scores: list(score) }).openapi('ScoreList'),
    handle: async ({ query, principal, nowMs, options }) => {
      const { tenant, model, detector, subject, to = nowMs, from = to - DEFAULT_SPAN_MS } = query;
      if (!maySee(principal, tenant)) return { ...asOfNow(options), scores: [] };
      const scores = await options.control.scores({
        tenant,
        model,
        fromMs: from,
        toMs: to,
        ...(detector === undefined ? {} : { detector }),
        ...(subject === undefined ? {} : { subject }),
      });
      return { ...asOfNow(options), scores };
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/scores/{id}',
    tag: 'Models',
    summary: 'One stored score',
    access: ['read'],
    params: z.strictObject({ id: z.string().regex(/^\d{1,15}$/, 'expected the number of a score') }),
    response: score,
    handle: async ({ params, principal, options }) => {
      const found = await options.control.score(Number(params.id));
      if (found === null || !maySee(principal, found.tenant)) throw notFound(`score ${params.id}`);
      return found;
    },
  }),
];

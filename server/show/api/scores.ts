import { z } from '@hono/zod-openapi';
import { maySee } from '../access.ts';
import type { Principal } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { asOf, list, name, timeQuery } from '../schemas/common.ts';
import { score, scoreExplanation } from '../schemas/evidence.ts';

const scoreParams = z.strictObject({ id: z.string().regex(/^\d{1,15}$/, 'expected the number of a score') });

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
    params: scoreParams,
    response: score,
    handle: async ({ params, principal, options }) => visibleScore(options, principal, params.id),
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/scores/{id}/explain',
    tag: 'Models',
    summary: 'How a score came about, computed again from what it was stored with',
    access: ['read'],
    params: scoreParams,
    response: scoreExplanation,
    handle: async ({ params, principal, options }) =>
      options.explain(await visibleScore(options, principal, params.id)),
  }),
];

async function visibleScore(
  { control }: ShowOptions,
  principal: Principal,
  id: string,
): Promise<StoredScore> {
  const found = await control.score(Number(id));
  if (found === null || !maySee(principal, found.tenant)) throw notFound(`score ${id}`);
  return found;
}

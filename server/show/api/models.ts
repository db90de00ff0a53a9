import { z } from '@hono/zod-openapi';
import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { readModel } from '../model-state.ts';
import { notFound } from '../problems.ts';
import { modelParams, timeQuery } from '../schemas/common.ts';
import { modelDetail as schema } from '../schemas/model.ts';
import { modelDetail } from '../views/model-detail.ts';

export const modelEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/models/{tenant}/{model}',
    tag: 'Models',
    summary: 'One model: drift, distributions, budgets, fairness, versions, open alerts',
    description:
      'The latest judged window, or the one that starts at `window` (one of `windows` of an earlier answer).',
    access: ['read'],
    params: modelParams,
    query: z.strictObject({ window: timeQuery.optional() }),
    response: schema,
    handle: async ({ params, query, principal, options }) => {
      if (!maySee(principal, params.tenant))
        throw notFound(`model ${params.model} in tenant ${params.tenant}`);
      return modelDetail(await readModel(options, params, query.window));
    },
  }),
];

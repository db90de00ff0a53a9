import { z } from '@hono/zod-openapi';
import type { ActionRun } from '../../model.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { idParams, name, reason } from '../schemas/common.ts';
import { run, runList } from '../schemas/incidents.ts';

export function tellRun(options: ShowOptions, { id, tenant, model, kind, state }: ActionRun): void {
  announce(options, [{ kind: 'run', tenant, model, id, text: `${kind} of ${model}: ${state}` }]);
}

export const runEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/runs',
    tag: 'Incidents',
    summary: 'Retrainings and rollbacks, with their plans and steps',
    access: ['read'],
    query: z.strictObject({ incident: name.optional(), active: z.enum(['true', 'false']).optional() }),
    response: runList,
    handle: async ({ query, principal, options }) => {
      const runs = await options.control.runs({
        tenant: principal.tenant,
        ...(query.incident === undefined ? {} : { incidentId: query.incident }),
        ...(query.active === undefined ? {} : { active: query.active === 'true' }),
      });
      return { ...asOfNow(options), runs };
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/runs/{id}/approve',
    tag: 'Incidents',
    summary: 'Approve exactly the plan that was shown',
    description:
      '`planHash` is the hash of the plan on screen; a plan that changed since is refused with 409.',
    access: ['operate'],
    params: idParams,
    body: z.strictObject({ planHash: name, reason }).openapi('Approval'),
    response: run,
    handle: async ({ params, body, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const answer = await options.control.approveRun({ runId: params.id, ...body, tenant, actor, nowMs });
      const approved = valueOf(answer);
      tellRun(options, approved);
      return approved;
    },
  }),
];

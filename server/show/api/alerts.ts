import { z } from '@hono/zod-openapi';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { acknowledgement, alert, alertList } from '../schemas/alerts.ts';
import { idParams, name } from '../schemas/common.ts';
import type { AlertTold } from '../types.ts';
import { alertTold } from '../views/alert-told.ts';

/** An alert the caller has just changed, and so may see. */
async function alertById(options: ShowOptions, id: string): Promise<AlertTold> {
  const found = await options.control.alert(id);
  if (found === null) throw notFound(`alert ${id}`);
  return alertTold(options, found);
}

export const alertEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/alerts',
    tag: 'Alerts',
    summary: 'Alerts, firing and resolved',
    access: ['read'],
    query: z.strictObject({ state: z.enum(['firing', 'resolved']).optional(), model: name.optional() }),
    response: alertList,
    handle: async ({ query, principal, options }) => {
      const alerts = await options.control.alerts({
        tenant: principal.tenant,
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.model === undefined ? {} : { model: query.model }),
      });
      return { ...asOfNow(options), alerts: alerts.map((alert) => alertTold(options, alert)) };
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/alerts/{id}/acknowledge',
    tag: 'Alerts',
    summary:
      'Say that somebody looks after an alert, or renew that; stops its repeats for acknowledgeFor from now on',
    description:
      'A renewal is told to nobody, unless by another person. The reason is kept in the timeline and the audit log.',
    access: ['operate'],
    params: idParams,
    body: acknowledgement,
    isBodyOptional: true,
    response: alert,
    handle: async ({ params, body, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const { reason } = body;
      const answer = await options.control.acknowledge({ alertId: params.id, tenant, actor, reason, nowMs });
      announce(options, valueOf(answer));
      return alertById(options, params.id);
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/alerts/{id}/resolve',
    tag: 'Alerts',
    summary: 'End an alert; whoever was told of it is told of its end',
    description: 'A later breach opens a new episode. An alert that has ended already is refused with 409.',
    access: ['operate'],
    params: idParams,
    response: alert,
    handle: async ({ params, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const answer = await options.control.resolveAlert({ alertId: params.id, tenant, actor, nowMs });
      announce(options, valueOf(answer));
      return alertById(options, params.id);
    },
  }),
];

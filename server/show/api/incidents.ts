import { z } from '@hono/zod-openapi';
import type { IncidentRecord } from '../../ports.ts';
import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { notFound } from '../problems.ts';
import { idParams, name } from '../schemas/common.ts';
import { incidentDetail, incidentList } from '../schemas/incidents.ts';
import { alertTold } from '../views/alert-told.ts';

export const incidentEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/incidents',
    tag: 'Incidents',
    summary: 'Incidents, open and past',
    access: ['read'],
    query: z.strictObject({ model: name.optional() }),
    response: incidentList,
    handle: async ({ query, principal, options }) => {
      const incidents = await options.control.incidents({
        tenant: principal.tenant,
        ...(query.model === undefined ? {} : { model: query.model }),
      });
      return { ...asOfNow(options), incidents };
    },
  }),
  endpoint({
    method: 'get',
    path: '/api/v1/incidents/{id}',
    tag: 'Incidents',
    summary: 'One incident: alerts, timeline, runs, deliveries',
    access: ['read'],
    params: idParams,
    response: incidentDetail,
    handle: async ({ params, principal, options }) => {
      const found = await options.control.incident(params.id);
      if (found === null || !maySee(principal, found.tenant)) throw notFound(`incident ${params.id}`);
      return {
        ...asOfNow(options),
        ...found,
        alerts: found.alerts.map((each) => alertTold(options, each)),
        deliveries: found.deliveries.map(withoutPayload),
      };
    },
  }),
];

/** What a delivery carries, and where its thread lives, is between Leeway and the receiver. */
function withoutPayload({
  id,
  receiver,
  kind,
  state,
  attempt,
  dueAtMs,
}: IncidentRecord['deliveries'][number]) {
  return { id, receiver, kind, state, attempt, dueAtMs };
}

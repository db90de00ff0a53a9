import { z } from '@hono/zod-openapi';
import type { IncidentRecord } from '../../ports.ts';
import { askedTenant, maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { notFound } from '../problems.ts';
import { idParams, name } from '../schemas/common.ts';
import { incidentMetrics } from '../schemas/incident-metrics.ts';
import { incidentDetail, incidentList } from '../schemas/incidents.ts';
import { alertTold } from '../views/alert-told.ts';

const UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;

const since = z
  .string()
  .regex(/^\d{1,4}[hd]$/, 'expected a duration such as 12h or 90d')
  .default('90d')
  .transform((asked) => Number.parseInt(asked, 10) * UNITS_MS[asked.slice(-1) as keyof typeof UNITS_MS]);

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
    path: '/api/v1/incidents/metrics',
    tag: 'Incidents',
    summary: 'How long things took: medians and ninetieth percentiles, never means',
    description:
      'Of the incidents opened since; `since` is a duration such as `90d`. To detect: from the begin of the first bad window to the page (`judgeMs`: from its end). To notify: from the page to the first notice that arrived at a person. To acknowledge, mitigate, resolve: from the page. A median needs three values, a p90 ten; `why` says what is missing.',
    access: ['read'],
    query: z.strictObject({ since, tenant: name.optional(), model: name.optional() }),
    response: incidentMetrics,
    handle: async ({ query, principal, nowMs, options }) => {
      const metrics = await options.control.incidentMetrics({
        tenant: askedTenant(principal, query.tenant),
        model: query.model,
        sinceMs: nowMs - query.since,
        nowMs,
      });
      return { ...asOfNow(options), ...metrics };
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

import { z } from '@hono/zod-openapi';
import type { Principal } from '../../model.ts';
import type { Answer, Change } from '../../ports.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import type { ShowOptions } from '../options.ts';
import { notFound } from '../problems.ts';
import { idParams, reason } from '../schemas/common.ts';
import { incident } from '../schemas/incidents.ts';

/** What people say about an incident. Each answers the incident as it is then. */

const word = z.strictObject({ reason }).openapi('IncidentWord');
const verdict = z
  .strictObject({ reason, actionable: z.boolean().nullable().default(null) })
  .openapi('IncidentVerdict');

interface Asked {
  readonly params: z.output<typeof idParams>;
  readonly principal: Principal;
  readonly nowMs: number;
}

function said({ params, principal, nowMs }: Asked, text: string) {
  return { incidentId: params.id, tenant: principal.tenant, actor: principal.name, text, nowMs };
}

async function told(options: ShowOptions, id: string, answer: Answer<readonly Change[]>) {
  announce(options, valueOf(answer));
  const record = await options.control.incident(id);
  if (record === null) throw notFound(`incident ${id}`);
  return incident.parse(record);
}

export const incidentWordEndpoints = [
  endpoint({
    method: 'post',
    path: '/api/v1/incidents/{id}/mitigate',
    tag: 'Incidents',
    summary: 'Say that users are served well again',
    description:
      'Everybody who was told of the incident hears it. Another page opens it again. Without a word it is mitigated by a verified rollback, or when every page of it is over.',
    access: ['operate'],
    params: idParams,
    body: word,
    response: incident,
    handle: async ({ options, body, ...asked }) => {
      const answer = await options.control.mitigateIncident(said(asked, body.reason));
      return told(options, asked.params.id, answer);
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/incidents/{id}/resolve',
    tag: 'Incidents',
    summary: 'End an incident, and every alert of it that still fires',
    description:
      'Whoever was told of them is told of their end; the same breach opens nothing until it has been clean once. `actionable`: whether a person had something to do about it.',
    access: ['operate'],
    params: idParams,
    body: verdict,
    response: incident,
    handle: async ({ options, body, ...asked }) => {
      const { actionable } = body;
      const answer = await options.control.resolveIncident({ ...said(asked, body.reason), actionable });
      return told(options, asked.params.id, answer);
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/incidents/{id}/comments',
    tag: 'Incidents',
    summary: 'Add to the timeline of an incident, also of one that is over',
    access: ['operate'],
    params: idParams,
    body: verdict,
    response: incident,
    handle: async ({ options, body, ...asked }) => {
      const { actionable } = body;
      const answer = await options.control.commentIncident({ ...said(asked, body.reason), actionable });
      return told(options, asked.params.id, answer);
    },
  }),
];

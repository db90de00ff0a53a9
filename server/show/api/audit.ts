import { z } from '@hono/zod-openapi';
import { endpoint } from '../endpoint.ts';
import { audit } from '../schemas/admin.ts';

const MOST_ENTRIES = 1000;
const DEFAULT_ENTRIES = 100;

export const auditEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/audit',
    tag: 'Access',
    summary: 'Who did what; each entry carries the hash of the chain up to it',
    access: ['operate'],
    query: z.strictObject({
      limit: z
        .string()
        .regex(/^[1-9]\d{0,3}$/, `expected a number from 1 to ${MOST_ENTRIES}`)
        .transform(Number)
        .optional(),
    }),
    response: audit,
    handle: async ({ query, principal, options }) => {
      const limit = Math.min(query.limit ?? DEFAULT_ENTRIES, MOST_ENTRIES);
      return { entries: await options.control.audit(principal.tenant, limit) };
    },
  }),
];

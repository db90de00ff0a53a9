import { z } from '@hono/zod-openapi';
import { BadRequestError } from '../../errors.ts';
import type { Principal } from '../../model.ts';
import { tenantFor } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../problems.ts';
import { keyList, newKey, newKeyRequest } from '../schemas/admin.ts';
import { idParams, text } from '../schemas/common.ts';

export const keyEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/keys',
    tag: 'Access',
    summary: 'API keys: prefixes, scopes, never the keys themselves',
    access: ['admin'],
    response: keyList,
    handle: async ({ principal, options }) => ({ keys: await options.control.keys(principal.tenant) }),
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/keys',
    tag: 'Access',
    summary: 'Make an API key; it is shown once',
    description: '`tenant: null` makes a key that sees all tenants; only such a key may make one.',
    access: ['admin'],
    body: newKeyRequest,
    status: 201,
    response: newKey,
    handle: async ({ body, principal, nowMs, options }) =>
      options.control.createKey({
        tenant: keyTenant(principal, body.tenant),
        scopes: [...new Set(body.scopes)],
        actor: principal.name,
        nowMs,
      }),
  }),
  endpoint({
    method: 'delete',
    path: '/api/v1/keys/{id}',
    tag: 'Access',
    summary: 'Revoke an API key at once',
    access: ['admin'],
    params: idParams,
    response: z.object({ id: text, revoked: z.literal(true) }),
    handle: async ({ params, principal, nowMs, options }) => {
      const { tenant, name: actor } = principal;
      const revoked = await options.control.revokeKey({ id: params.id, tenant, actor, nowMs });
      if (!revoked) throw notFound(`key ${params.id}`);
      return { id: params.id, revoked: true as const };
    },
  }),
];

function keyTenant(principal: Principal, asked: string | null | undefined): string | null {
  if (asked !== null) return tenantFor(principal, asked);
  if (principal.tenant !== null)
    throw new BadRequestError('A key of one tenant cannot make a key for all tenants.', { status: 403 });
  return null;
}

import type { Principal } from '../../model.ts';
import type { Settings } from '../../settings.ts';
import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { me } from '../schemas/admin.ts';
import type { Me } from '../types.ts';

export function meOf(principal: Principal, settings: Settings): Me {
  return { principal, tenants: settings.tenants.filter((tenant) => maySee(principal, tenant.id)) };
}

export const meEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/me',
    tag: 'Access',
    summary: 'Who the key or session belongs to, and the tenants it sees',
    access: 'key',
    response: me,
    handle: async ({ principal, options }) => meOf(principal, options.settings),
  }),
];

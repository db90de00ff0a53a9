import type { Principal } from '../../model.ts';
import type { Settings } from '../../settings.ts';
import { maySee } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import type { ShowOptions } from '../options.ts';
import { me } from '../schemas/admin.ts';
import type { Me } from '../types.ts';

/** A first run has no tenant at all; sending the first prediction needs one. */
const FIRST_TENANT = { id: 'default', title: 'Default' };

/** The tenants of the configuration with their titles, then those of a model, with a key, or that sent something. */
function meOf(principal: Principal, settings: Settings, seen: readonly string[]): Me {
  const configured = new Map(settings.tenants.map((tenant) => [tenant.id, tenant]));
  const watched = settings.models.map((model) => model.tenant);
  const ids = [
    ...configured.keys(),
    ...watched,
    ...(principal.tenant === null ? [] : [principal.tenant]),
    ...seen,
  ];
  const visible = [...new Set(ids)].filter((id) => maySee(principal, id));
  const tenants = visible.map((id) => configured.get(id) ?? { id, title: id });
  return { principal, tenants: tenants.length === 0 ? [FIRST_TENANT] : tenants };
}

/** Who the caller is, read afresh. */
export async function readMe(principal: Principal, options: ShowOptions): Promise<Me> {
  return meOf(principal, options.settings, await tenantsSeen(options, principal.tenant));
}

async function tenantsSeen(
  { control, telemetry }: ShowOptions,
  tenant: string | null,
): Promise<readonly string[]> {
  const [keys, catalog] = await Promise.all([control.keys(tenant), telemetry.catalog()]);
  return [...keys.flatMap((key) => key.tenant ?? []), ...catalog.map((entry) => entry.tenant)].sort();
}

export const meEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/me',
    tag: 'Access',
    summary: 'Who the key or session belongs to, and the tenants it sees',
    access: 'key',
    response: me,
    handle: ({ principal, options }) => readMe(principal, options),
  }),
];

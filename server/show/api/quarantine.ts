import { z } from '@hono/zod-openapi';
import { askedTenant } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import { quarantined, refusedTotal } from '../schemas/admin.ts';
import { asOf, list, name } from '../schemas/common.ts';
import { refusedTotals } from '../views/quarantine.ts';

export const quarantineEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/ingest/quarantine',
    tag: 'Ingest',
    summary: 'Refused records: how many by reason, what to do, and the first examples without their values',
    access: ['read'],
    query: z.strictObject({ tenant: name.optional() }),
    response: z
      .object({ ...asOf, totals: list(refusedTotal), examples: list(quarantined) })
      .openapi('Quarantine'),
    handle: async ({ query, principal, options }) => {
      const tenant = askedTenant(principal, query.tenant);
      const { telemetry } = options;
      const [totals, examples] = await Promise.all([
        telemetry.quarantineTotals(tenant),
        telemetry.quarantine(tenant),
      ]);
      return { ...asOfNow(options), totals: refusedTotals(totals), examples };
    },
  }),
];

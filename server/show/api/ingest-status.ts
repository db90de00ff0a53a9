import { z } from '@hono/zod-openapi';
import { askedTenant } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { ingestStatus as schema } from '../schemas/admin.ts';
import { name } from '../schemas/common.ts';
import type { IngestStatus } from '../types.ts';
import { idOf, modelFacts } from '../views/facts.ts';
import { ingestStatus } from '../views/ingest-status.ts';

/** How many refused records the page lists, newest first. */
const SHOWN_QUARANTINE = 20;

export const ingestStatusEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/ingest/status',
    tag: 'Ingest',
    summary: 'Where to send predictions, and how far the first ones came',
    access: ['read'],
    query: z.strictObject({ tenant: name.optional() }),
    response: schema,
    handle: async ({ query, principal, options }) => statusOf(options, askedTenant(principal, query.tenant)),
  }),
];

async function statusOf(options: ShowOptions, tenant: string | null): Promise<IngestStatus> {
  const { control, telemetry, settings, metrics } = options;
  const [catalog, quarantine, refused, scores] = await Promise.all([
    telemetry.catalog(),
    telemetry.quarantine(tenant),
    telemetry.quarantineTotals(tenant),
    control.fleetScores({ tenant, historyOf: 'drift', fromMs: options.clock.now() }),
  ]);
  const judged = new Set(scores.filter((score) => score.baselineId !== null).map(idOf));
  return ingestStatus({
    settings,
    models: modelFacts({ ...options, catalog, tenant }),
    quarantine: [...quarantine].sort((first, second) => second.atMs - first.atMs).slice(0, SHOWN_QUARANTINE),
    refused,
    seen: metrics.ingestSeen(tenant),
    judged: judged.size,
    asOf: asOfNow(options),
  });
}

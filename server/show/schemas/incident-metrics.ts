import { z } from '@hono/zod-openapi';
import { asOf, count, list, maybe, number, text, time } from './common.ts';

const typical = z
  .object({ count, median: maybe(number), p90: maybe(number), why: maybe(text) })
  .openapi('Typical');

const portion = z.object({ count, of: count, share: maybe(number), why: maybe(text) }).openapi('Portion');

const summary = {
  incidents: count,
  open: count,
  reopened: count,
  times: z.object({
    detectMs: typical,
    judgeMs: typical,
    notifyMs: typical,
    acknowledgeMs: typical,
    mitigateMs: typical,
    resolveMs: typical,
  }),
  notices: typical,
  acknowledged: portion,
  actionable: portion,
  changes: z.object({ changes: count, perWeek: number, failed: portion, recoverMs: typical }),
};

export const incidentMetrics = z
  .object({
    ...asOf,
    sinceMs: time,
    toMs: time,
    ...summary,
    models: list(z.object({ tenant: text, model: text, ...summary })),
  })
  .openapi('IncidentMetrics');

import { z } from '@hono/zod-openapi';
import { alert } from './alerts.ts';
import { asOf, count, list, maybe, number, severity, text, time } from './common.ts';

export const deliveryState = z.enum(['pending', 'leased', 'sent', 'dead', 'superseded']);

const incidentFields = {
  id: text,
  tenant: text,
  model: text,
  title: text,
  severity,
  state: z.enum(['open', 'acknowledged', 'mitigated', 'resolved']),
  cause: maybe(text),
  openedAtMs: time,
  acknowledgedAtMs: maybe(time),
  mitigatedAtMs: maybe(time),
  resolvedAtMs: maybe(time),
  openedBy: text.optional(),
  beganAtMs: time.optional(),
  visibleAtMs: time.optional(),
  reopened: count.optional(),
  mitigation: maybe(
    z.object({ by: z.enum(['rollback', 'pages_over', 'person']), firing: list(text) }),
  ).optional(),
  resolvedBy: text.optional(),
  actionable: z.boolean().optional(),
};

export const incident = z.object(incidentFields).openapi('Incident');

export const run = z
  .object({
    id: text,
    tenant: text,
    model: text,
    kind: z.enum(['retrain', 'rollback']),
    incidentId: maybe(text),
    state: z.enum([
      'suppressed',
      'requested',
      'accepted',
      'training',
      'candidate',
      'proposed',
      'approved',
      'calling',
      'verifying',
      'done',
      'failed',
      'expired',
    ]),
    reason: text,
    plan: maybe(
      z.object({
        method: z.literal('POST'),
        url: text,
        body: z.record(text, text).readonly(),
        fromVersion: text,
        toVersion: text,
        verifyShare: number,
        verifyWithinMs: number,
        verifyMinRows: number,
      }),
    ),
    planHash: maybe(text),
    steps: list(
      z.object({
        name: z.enum(['approve', 'call', 'verify']),
        state: z.enum(['pending', 'waiting', 'running', 'done', 'failed']),
        text,
        atMs: maybe(time),
      }),
    ),
    createdAtMs: time,
    updatedAtMs: time,
    approvedBy: maybe(text),
  })
  .openapi('ActionRun');

export const runList = z.object({ ...asOf, runs: list(run) }).openapi('RunList');

export const incidentList = z.object({ ...asOf, incidents: list(incident) }).openapi('IncidentList');

/** Lengths in milliseconds; null: that moment has not come, or is not known. */
export const incidentTimes = z
  .object({
    detectMs: maybe(count),
    judgeMs: maybe(count),
    notifyMs: maybe(count),
    acknowledgeMs: maybe(count),
    mitigateMs: maybe(count),
    resolveMs: maybe(count),
  })
  .openapi('IncidentTimes');

const timelineEntry = z.object({
  atMs: time,
  actor: text,
  actorKind: z.enum(['system', 'user', 'external']),
  kind: text,
  text,
  evidence: maybe(
    z.object({ kind: z.enum(['score', 'alert', 'delivery', 'run', 'version']), id: text, path: text }),
  ),
});

export const incidentDetail = z
  .object({
    ...asOf,
    ...incidentFields,
    times: incidentTimes,
    notices: count,
    scores: z.record(text, count).readonly(),
    alerts: list(alert),
    timeline: list(timelineEntry),
    runs: list(run),
    deliveries: list(
      z.object({
        id: text,
        receiver: text,
        kind: z.enum(['notice', 'retrain']),
        state: deliveryState,
        attempt: count,
        dueAtMs: time,
      }),
    ),
  })
  .openapi('IncidentDetail');

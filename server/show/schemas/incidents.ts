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

export const incidentDetail = z
  .object({
    ...asOf,
    ...incidentFields,
    alerts: list(alert),
    timeline: list(z.object({ atMs: time, actor: text, kind: text, text })),
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

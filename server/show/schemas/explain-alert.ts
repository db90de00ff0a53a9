import { z } from '@hono/zod-openapi';
import { alert } from './alerts.ts';
import { asOf, count, list, maybe, severity, text, time } from './common.ts';

const labels = z.record(text, text).readonly();

const receiver = z.object({
  receiver: text,
  tell: maybe(text),
  why: text,
  text,
  dueAtMs: maybe(time),
  believes: maybe(severity),
  announced: maybe(severity),
  toldAtMs: maybe(time),
});

const group = z.object({
  id: text,
  route: text,
  labels,
  alerts: count,
  isMember: z.boolean(),
  dueAtMs: maybe(time),
  lastToldAtMs: maybe(time),
  text,
  escalation: maybe(z.object({ dueAtMs: time, receivers: list(text) })),
  fallbackAtMs: maybe(time),
  receivers: list(receiver),
});

export const pendingAlertList = z
  .object({
    ...asOf,
    alerts: list(
      z.object({
        id: text,
        tenant: text,
        model: text,
        rule: text,
        subject: text,
        severity,
        summary: text,
        sinceMs: time,
        dueAtMs: time,
      }),
    ),
  })
  .openapi('PendingAlertList');

export const alertExplanation = z
  .object({
    ...asOf,
    alert,
    state: z.enum(['pending', 'firing', 'recovering', 'resolved']),
    toldAs: maybe(z.object({ severity, incidentId: text, text })),
    isFlapping: z.boolean(),
    changesAtMs: maybe(time),
    summary: list(text),
    labels,
    routes: list(
      z.object({
        route: text,
        depth: count,
        outcome: z.enum(['handles', 'passes_down', 'does_not_match', 'not_reached']),
        why: text,
      }),
    ),
    heldBack: list(
      z.object({
        by: z.enum(['pending', 'silence', 'inhibition', 'calendar', 'acknowledgement']),
        id: text,
        text,
        untilMs: maybe(time),
      }),
    ),
    groups: list(group),
    notRouted: list(text),
    deliveries: list(
      z.object({
        id: text,
        receiver: text,
        reason: text,
        state: z.enum(['pending', 'leased', 'sent', 'dead']),
        attempt: count,
        createdAtMs: time,
        detail: maybe(text),
      }),
    ),
    scoreId: maybe(count),
  })
  .openapi('AlertExplanation');

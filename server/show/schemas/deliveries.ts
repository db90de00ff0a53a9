import { z } from '@hono/zod-openapi';
import { asOf, count, list, maybe, name, severity, text, time, timeQuery } from './common.ts';
import { deliveryState } from './incidents.ts';

const delivery = z
  .object({
    id: text,
    tenant: text,
    model: text,
    receiver: text,
    kind: z.enum(['notice', 'retrain']),
    state: deliveryState,
    title: text,
    severity: maybe(severity),
    attempt: count,
    detail: maybe(text).openapi({ description: 'What the last attempt gave back' }),
    mayRepeat: z.boolean().openapi({ description: 'An attempt before may have arrived' }),
    supersededBy: maybe(text),
    incidentId: maybe(text),
    createdAtMs: time,
    dueAtMs: time,
    expiresAtMs: time,
  })
  .openapi('Delivery');

const receiverHealth = z
  .object({
    receiver: text,
    state: z.enum(['closed', 'open']).openapi({
      description: 'open: it kept failing, and is tried by one delivery at a time; the others wait',
    }),
    failures: count.openapi({ description: 'In a row' }),
    openSinceMs: maybe(time),
    nextTryMs: maybe(time),
    lastError: maybe(text),
    lastErrorAtMs: maybe(time),
    waiting: count,
    oldestWaitingMs: maybe(time),
    dead: count,
  })
  .openapi('ReceiverHealth');

export const deliveryQuery = z.strictObject({ state: deliveryState.optional(), receiver: name.optional() });

export const deliveryList = z
  .object({ ...asOf, deliveries: list(delivery), receivers: list(receiverHealth) })
  .openapi('DeliveryList');

export const replaySpan = z
  .strictObject({ receiver: name.optional(), from: timeQuery, to: timeQuery.optional() })
  .openapi('ReplaySpan');

export const replayed = z
  .object({ replayed: list(text), skipped: list(z.object({ id: text, why: text })) })
  .openapi('Replayed');

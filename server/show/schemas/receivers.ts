import { z } from '@hono/zod-openapi';
import { asOf, count, list, maybe, text, time } from './common.ts';

const receiver = z
  .object({
    id: text,
    type: z.enum(['slack', 'email', 'webhook', 'alertmanager', 'pagerduty']),
    target: text,
    lastSuccessMs: maybe(time),
    lastFailureMs: maybe(time),
    lastFailure: maybe(text),
    waiting: count,
    oldestWaitingMs: maybe(time),
    publicKey: maybe(text).openapi({ description: 'Verifies signatures of the kind v1a; null: v1' }),
  })
  .openapi('Receiver');

export const receiverList = z.object({ ...asOf, receivers: list(receiver) }).openapi('ReceiverList');

export const receiverTest = z
  .object({ result: z.enum(['sent', 'retry', 'failed', 'unknown']), detail: text })
  .openapi('ReceiverTest');

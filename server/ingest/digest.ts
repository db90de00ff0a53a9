import { createHash } from 'node:crypto';
import type { IngestRequest } from '../model.ts';

/** Names a request by tenant, route, the sender's own name of it, and bytes: the same again is a repeat. */
export function digestOf(request: Omit<IngestRequest, 'receivedAtMs' | 'encoding'>): string {
  const { tenant, route, protocol, idempotencyKey, headers } = request;
  const events = protocol === 'cloudevents' ? [headers ?? {}] : [];
  return createHash('sha256')
    .update(JSON.stringify([tenant, route, protocol, idempotencyKey ?? null, ...events]))
    .update(request.body)
    .digest('base64');
}

import { createHash } from 'node:crypto';
import type { IngestRequest } from '../model.ts';

/** Names a request by tenant, route, the sender's own name of it, and bytes: the same again is a repeat. */
export function digestOf(request: Omit<IngestRequest, 'receivedAtMs' | 'encoding'>): string {
  const { tenant, route, protocol, idempotencyKey, headers, referenceSet } = request;
  const events = protocol === 'cloudevents' ? [headers ?? {}] : [];
  const sets = referenceSet === undefined ? [] : [referenceSet.model, referenceSet.set];
  return createHash('sha256')
    .update(JSON.stringify([tenant, route, protocol, idempotencyKey ?? null, ...events, ...sets]))
    .update(request.body)
    .digest('base64');
}

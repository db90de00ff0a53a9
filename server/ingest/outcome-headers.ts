import type { Outcome } from './front.ts';

/** Seconds. SDKs give up when told to wait longer than the ten they have in all. */
const RETRY_AFTER = '1';

/** What HTTP tells of a refusal beside its status. */
export function outcomeHeaders({ status }: Outcome): Record<string, string> {
  if (status === 503 || status === 429) return { 'retry-after': RETRY_AFTER };
  return status === 401 ? { 'www-authenticate': 'Bearer realm="leeway"' } : {};
}

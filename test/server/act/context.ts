import { guardedFetch } from '../../../server/act/egress.ts';
import type { DeliveryContext } from '../../../server/act/types.ts';
import type { ReceiverSettings } from '../../../server/settings.ts';

/** A context that may call this machine, with real `fetch` and a short timeout. */
export function contextOf(
  settings: ReceiverSettings,
  change: Partial<DeliveryContext> = {},
): DeliveryContext {
  const allow = change.allow ?? ['127.0.0.1', 'localhost'];
  return {
    settings,
    allow,
    fetch: guardedFetch({ allow, fetch }),
    now: Date.now,
    timeoutMs: 2_000,
    ...change,
  };
}

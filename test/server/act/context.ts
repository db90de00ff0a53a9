import { guardedFetch, type EgressPolicy } from '../../../server/act/egress.ts';
import type { DeliveryContext } from '../../../server/act/types.ts';
import type { EgressSettings, ReceiverSettings } from '../../../server/settings.ts';

/** Nothing may be called. */
export const NO_EGRESS: EgressSettings = { allow: [], tenants: {}, open: [], ports: [80, 443], proxy: null };
/** This machine may be called, at any port and without TLS. */
export const LOCAL_EGRESS: EgressSettings = {
  ...NO_EGRESS,
  allow: ['http://127.0.0.1:*', 'http://localhost:*'],
  open: ['127.0.0.0/8', '::1/128'],
};

type Change = Partial<DeliveryContext> & {
  /** Instead of this machine. */
  readonly allow?: readonly string[];
};

/** A context that may call this machine, with real connections and a short timeout. */
export function contextOf(settings: ReceiverSettings, { allow, ...change }: Change = {}): DeliveryContext {
  const egress: EgressPolicy = { ...LOCAL_EGRESS, ...(allow === undefined ? {} : { allow }) };
  return {
    settings,
    egress,
    fetch: guardedFetch({ egress: change.egress ?? egress }),
    now: Date.now,
    timeoutMs: 2_000,
    ...change,
  };
}

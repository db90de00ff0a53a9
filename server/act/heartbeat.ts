import { silentLog, type Log } from '../log.ts';
import type { Control } from '../ports.ts';
import type { Settings } from '../settings.ts';
import { guardedFetch, policyFor } from './egress.ts';

/** Longer than any receiver is waited for: whoever was to be told of a page has not been, and must hear of that elsewhere. */
const STUCK_MS = 15 * 60_000;
const TIMEOUT_MS = 10_000;

export interface HeartbeatState {
  readonly everyMs: number;
  readonly lastSentMs: number | null;
  /** Whether detection has run of late. */
  readonly isBeating: boolean;
  /** When the oldest delivery was queued that has not arrived. */
  readonly oldestWaitingMs: number | null;
  /** Since when a page has reached nobody, also where its delivery was given up. */
  readonly unreachedSinceMs: number | null;
  readonly nowMs: number;
}

export type HeartbeatDecision = 'due' | 'not_due' | 'not_beating' | 'outbox_stuck' | 'page_unreached';

/** A dead man's switch: who watches it is told by its silence, so it is sent only while pages are made and arrive. */
export function decideHeartbeat(state: HeartbeatState): HeartbeatDecision {
  const { everyMs, lastSentMs, isBeating, oldestWaitingMs, unreachedSinceMs, nowMs } = state;
  const isStuck = (sinceMs: number | null) => sinceMs !== null && nowMs - sinceMs > STUCK_MS;
  if (!isBeating) return 'not_beating';
  if (isStuck(oldestWaitingMs)) return 'outbox_stuck';
  if (isStuck(unreachedSinceMs)) return 'page_unreached';
  return lastSentMs !== null && nowMs - lastSentMs < everyMs ? 'not_due' : 'due';
}

export interface HeartbeatOptions {
  readonly settings: Pick<Settings, 'heartbeat' | 'egress'>;
  readonly control: Pick<Control, 'counters'>;
  readonly isBeating: () => boolean;
  /** Instead of the guarded connector. */
  readonly fetch?: typeof fetch;
  readonly now: () => number;
  readonly log?: Log;
  readonly timeoutMs?: number;
}

/** What a beat calls; resolves with what was decided, or null without a heartbeat. A ping that fails is sent again. */
export function createHeartbeat(options: HeartbeatOptions): () => Promise<HeartbeatDecision | null> {
  const { heartbeat } = options.settings;
  if (heartbeat === undefined) return async () => null;
  let lastSentMs: number | null = null;
  return async () => {
    const nowMs = options.now();
    const counters = await options.control.counters();
    const decision = decideHeartbeat({
      everyMs: heartbeat.everyMs,
      lastSentMs,
      isBeating: options.isBeating(),
      oldestWaitingMs: counters.oldestPendingDeliveryMs,
      unreachedSinceMs: counters.oldestUnreachedPageMs,
      nowMs,
    });
    if (decision === 'due' && (await ping(heartbeat.url, options))) lastSentMs = nowMs;
    return decision;
  };
}

/** The address may hold a token, so only its host is told. */
async function ping(url: string, options: HeartbeatOptions): Promise<boolean> {
  const { settings, log = silentLog, timeoutMs = TIMEOUT_MS } = options;
  // It is of no tenant, so that no tenant's own hosts are open to it.
  const call = guardedFetch({ egress: policyFor(settings.egress, ''), fetch: options.fetch });
  try {
    const { ok, status } = await call(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!ok) log.warn('The heartbeat was not taken', { host: new URL(url).host, status });
    return ok;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    log.warn('The heartbeat did not arrive', { host: new URL(url).host, error: name });
    return false;
  }
}

import type {
  Alert,
  Delivery,
  DeliveryOutcome,
  Notice,
  Severity,
  Silence,
} from '../../../../server/model.ts';
import type { Matcher, Settings } from '../../../../server/settings.ts';

/** A notice that was queued, and on which stream. */
export interface Queued {
  readonly stream: string;
  readonly notice: Notice;
}

/** What one may do to routing from outside, on disk or in memory. */
export interface Appliance {
  readonly settings: Settings;
  /** How late it may notice that something is due. */
  readonly beatMs: number;
  /** Fires, or rises when it fires already. A page that fires stays one. */
  readonly fire: (slots: readonly number[], severity: Severity, nowMs: number) => Promise<void>;
  readonly resolve: (slots: readonly number[], nowMs: number) => Promise<void>;
  /** An alert that fires becomes part of an incident. */
  readonly join: (slot: number, nowMs: number) => Promise<void>;
  readonly silence: (
    silence: { readonly matchers: readonly Matcher[]; readonly fromMs: number; readonly toMs: number },
    nowMs: number,
  ) => Promise<void>;
  readonly expireSilences: (nowMs: number) => Promise<void>;
  readonly acknowledge: (slot: number, nowMs: number) => Promise<void>;
  readonly reload: (settings: Settings, nowMs: number) => Promise<void>;
  /** Everything that was not written is gone. */
  readonly crash: (nowMs: number) => Promise<void>;
  readonly tick: (nowMs: number) => Promise<void>;
  readonly lease: (limit: number, nowMs: number) => Promise<readonly Delivery[]>;
  readonly settle: (id: string, outcome: DeliveryOutcome, nowMs: number) => Promise<void>;
  readonly firing: () => Promise<readonly Alert[]>;
  readonly silences: (nowMs: number) => Promise<readonly Silence[]>;
  /** What was queued since it was last asked. */
  readonly queued: () => Promise<readonly Queued[]>;
  readonly deliveries: () => Promise<readonly Delivery[]>;
  /** Not later than when time alone changes something. */
  readonly nextDueMs: (nowMs: number) => Promise<number>;
}

export const LEASE_MS = 300_000;

/** Four of them are of a kind that speaks for the others of their model. */
export const SLOTS = 12;

/** What slot `n` is about; from SLOTS on each has a model of its own. */
export function slotOf(slot: number) {
  const isMany = slot >= SLOTS;
  const isFeed = slot % 4 === 3 && !isMany;
  return {
    tenant: 'acme',
    model: isMany ? `many${slot}` : `m${slot % 3}`,
    subject: `s${slot}`,
    rule: isFeed ? 'feed' : 'drifts',
    kind: isFeed ? ('quality' as const) : ('drift' as const),
  };
}

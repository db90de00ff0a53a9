import type { Breaker, Delivery, DeliveryOutcome, ModelKey } from './model.ts';
import type { Answer, Change } from './ports.ts';

/** What the control store offers of the outbox. Types only. */

export interface DeliverySteps {
  leaseDeliveries(input: {
    readonly nowMs: number;
    readonly limit: number;
    readonly leaseMs: number;
  }): Promise<readonly Delivery[]>;
  settleDelivery(input: {
    readonly id: string;
    /** Of which attempt; what an attempt says whose lease ran out meanwhile counts only when it arrived. */
    readonly attempt?: number;
    readonly outcome: DeliveryOutcome;
    readonly nowMs: number;
  }): Promise<readonly Change[]>;
  /** Newest first, at most 500. */
  deliveries(filter: DeliveryFilter): Promise<readonly DeliveryRecord[]>;
  /** Makes every delivery due that a process was sending when it ended; to be called before the first lease. */
  recoverDeliveries(nowMs: number): Promise<number>;
  /** Sends dead deliveries again under their ids, unless a newer notice of the group has arrived since. */
  replayDeliveries(input: {
    readonly tenant: string | null;
    readonly pick: ReplayPick;
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<Answer<Replayed>>;
  /** Receivers that something waits for, that failed, or that were given up on. */
  receiverHealth(tenant: string | null): Promise<readonly ReceiverHealth[]>;
  /** Keeps what became of an attempt that no delivery stands for, as when alerts are handed on again. */
  noteAttempt(attempt: NotedAttempt): Promise<void>;
  /** What became of what was sent to each receiver, by the deliveries of one tenant, or of all. */
  receiverAttempts(tenant: string | null): Promise<readonly ReceiverAttempts[]>;
}

/** What an attempt outside the outbox tells of its receiver. */
export interface NotedAttempt {
  readonly tenant: string;
  readonly receiver: string;
  readonly atMs: number;
  /** In words; null: it was taken. */
  readonly failure: string | null;
}

export interface DeliveryFilter {
  readonly tenant: string | null;
  readonly incidentId?: string;
  readonly state?: Delivery['state'];
  readonly receiver?: string;
}

/** A delivery as people look at it. */
export interface DeliveryRecord extends Delivery, ModelKey {
  readonly incidentId: string | null;
  readonly createdAtMs: number;
  /** What the last attempt gave back, in words. */
  readonly detail: string | null;
  readonly supersededBy: string | null;
}

/** One dead delivery by its id, or those that were queued in a span of time, of one receiver or of all. */
export type ReplayPick =
  | { readonly id: string }
  | { readonly receiver: string | null; readonly fromMs: number; readonly toMs: number };

export interface Replayed {
  readonly replayed: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly why: string }[];
}

export interface ReceiverAttempts {
  readonly receiver: string;
  /** null: never. */
  readonly lastSuccessMs: number | null;
  readonly lastFailureMs: number | null;
  /** Why, in words. */
  readonly lastFailure: string | null;
  readonly waiting: number;
  readonly oldestWaitingMs: number | null;
}

export interface ReceiverHealth extends Breaker {
  readonly waiting: number;
  readonly dead: number;
  readonly oldestWaitingMs: number | null;
}

import type { ModelKey, Notice } from './model.ts';

/** The nouns of acting and of access. */

export interface Delivery {
  readonly id: string;
  readonly receiver: string;
  readonly kind: 'notice' | 'retrain';
  readonly payload: Notice | RetrainRequest;
  /** What it belongs to, such as a group told to a receiver: of one stream the order is kept, and keys of others follow from it. */
  readonly stream: string;
  readonly attempt: number;
  /** superseded: a newer notice of the same group was sent instead, with what this one resolved in it. */
  readonly state: 'pending' | 'leased' | 'sent' | 'dead' | 'superseded';
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
  /** An attempt before this one may have arrived: its answer was lost. */
  readonly mayRepeat: boolean;
  /** What the receiver gave back for the same group before: Slack channel and ts, mail root. */
  readonly thread: Readonly<Record<string, string>> | null;
}

export type DeliveryOutcome =
  | { readonly kind: 'sent'; readonly thread?: Readonly<Record<string, string>>; readonly detail: string }
  | {
      readonly kind: 'retry';
      readonly afterMs: number | null;
      readonly detail: string;
      readonly reason?: FailureReason;
    }
  | { readonly kind: 'failed'; readonly detail: string; readonly reason?: FailureReason }
  /** The request left but no answer came: it may have arrived. */
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Why an attempt failed. `delayed`: not even tried, because the receiver takes only so many a second; `gone`: it wants no
 * more; `config`: refused by ourselves.
 */
export type FailureReason =
  'auth' | 'rate' | 'delayed' | 'client' | 'gone' | 'config' | 'server' | 'connection' | 'timeout';

/** How a receiver has taken what was sent to it lately. While it is open, one delivery at a time probes it. */
export interface Breaker {
  readonly receiver: string;
  /** In a row. */
  readonly failures: number;
  /** null: closed. */
  readonly openSinceMs: number | null;
  /** When an open one is tried next. */
  readonly probeAtMs: number | null;
  readonly lastError: string | null;
  readonly lastErrorAtMs: number | null;
}

export interface RetrainRequest extends ModelKey {
  readonly runId: string;
  readonly currentVersion: string;
  readonly cause: string;
  readonly dataFromMs: number;
  readonly dataToMs: number;
  readonly callbackUrl: string;
  readonly expiresAtMs: number;
}

export type RunState =
  | 'suppressed'
  | 'requested'
  | 'accepted'
  | 'training'
  | 'candidate'
  | 'proposed'
  | 'approved'
  | 'calling'
  | 'verifying'
  | 'done'
  | 'failed'
  | 'expired';

export interface RunStep {
  readonly name: 'approve' | 'call' | 'verify';
  readonly state: 'pending' | 'waiting' | 'running' | 'done' | 'failed';
  readonly text: string;
  readonly atMs: number | null;
}

/** One run of a retraining or a rollback runbook. `planHash` binds an approval to exactly this plan. */
export interface ActionRun extends ModelKey {
  readonly id: string;
  readonly kind: 'retrain' | 'rollback';
  readonly incidentId: string | null;
  readonly state: RunState;
  readonly reason: string;
  readonly plan: RollbackPlan | null;
  readonly planHash: string | null;
  readonly steps: readonly RunStep[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly approvedBy: string | null;
  /** The trainer's last callback; a number not above it changes nothing. */
  readonly sequence?: number;
}

export interface RollbackPlan {
  readonly method: 'POST';
  readonly url: string;
  readonly body: Readonly<Record<string, string>>;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly verifyShare: number;
  readonly verifyWithinMs: number;
  readonly verifyMinRows: number;
}

/* ---- access ---- */

export const SCOPES = ['ingest', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who asks. `tenant` null: every tenant (platform team). */
export interface Principal {
  readonly name: string;
  readonly tenant: string | null;
  readonly scopes: readonly Scope[];
}

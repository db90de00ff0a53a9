import type { Evidence } from './model-evidence.ts';
import type { ModelKey } from './model.ts';

/** The nouns of routing. Types only. */

export type Severity = 'page' | 'ticket';
/** Named reason of every verdict; `insufficient_data` is never `quiet`, `too_old` would have paged about the past. */
export type VerdictReason =
  | 'quiet'
  | 'breach'
  | 'waiting_for_persistence'
  | 'clearing'
  | 'holding'
  | 'insufficient_data'
  | 'too_old'
  | 'resolved_by_hand';

export type AlertState = 'firing' | 'resolved';

/** By name; a label that is missing is an empty one. */
export type Labels = Readonly<Record<string, string>>;

export interface Alert extends ModelKey {
  /** Identity: rule and subject; the episode counts its lives. */
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly episode: number;
  readonly state: AlertState;
  readonly severity: Severity;
  readonly startedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly summary: string;
  readonly value: number | null;
  readonly peak: number | null;
  readonly evidence: Evidence;
  readonly acknowledgedBy: string | null;
  readonly silencedBy: string | null;
  readonly incidentId: string | null;
  /** What routes match it by, beside what its other fields say: its kind, and the labels of its model. */
  readonly labels?: Labels;
  /** The person who ended it; the same breach opens no new life until it has been clean once. */
  readonly resolvedBy?: string;
  /** The window whose breach opened it; of a score that looks back over weeks, from when it says the change began. */
  readonly windowFromMs?: number;
  readonly windowToMs?: number;
}

export interface Silence {
  readonly id: string;
  readonly tenant: string;
  /** Equality matchers on model, rule, subject, severity; at least one. */
  readonly matchers: Readonly<Record<string, string>>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly author: string;
  readonly reason: string;
}

export interface Incident extends ModelKey {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'open' | 'acknowledged' | 'mitigated' | 'resolved';
  readonly cause: string | null;
  readonly openedAtMs: number;
  readonly acknowledgedAtMs: number | null;
  readonly mitigatedAtMs: number | null;
  readonly resolvedAtMs: number | null;
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  readonly text: string;
}

/** What a receiver is asked to tell: the whole group, so that a message can be updated in place. */
export interface Notice extends ModelKey {
  readonly id: string;
  readonly receiver: string;
  readonly reason:
    'first' | 'new_alerts' | 'some_resolved' | 'all_resolved' | 'repeat' | 'acknowledged' | 'incident_update';
  readonly severity: Severity;
  readonly incidentId: string | null;
  /** The labels that make its group. */
  readonly labels: Labels;
  readonly title: string;
  readonly cause: string | null;
  /** The message is to be true again, but nobody called: what it tells is muted, silenced or old. */
  readonly isQuiet: boolean;
  /** Many groups told as one, so that a storm buries nobody; null: one group. */
  readonly digest: { readonly groups: number; readonly pages: number; readonly tickets: number } | null;
  /** Alerts that are left out of `firing` and `resolved`. */
  readonly omitted: number;
  /** What happened, in a sentence; for `incident_update`. */
  readonly update?: string;
  readonly url: string;
  readonly atMs: number;
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
}

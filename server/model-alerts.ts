import type { Evidence } from './model-evidence.ts';
import type { ModelKey } from './model.ts';
import type { Matcher } from './settings.ts';

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
  /** What routes, silences and inhibitions look at, but for `severity`, which may rise. */
  readonly labels: Labels;
  readonly acknowledgedBy: string | null;
  /** After that an alert that still fires is repeated and escalated again. */
  readonly acknowledgedUntilMs: number | null;
  readonly silencedBy: string | null;
  /** The firing alert that speaks for this one. */
  readonly inhibitedBy: string | null;
  /** Its breach is over, and it ends then unless it comes back; null: the breach stands. */
  readonly recoversAtMs: number | null;
  /** How often it opened of late, this life among them; from three on it flaps and ends only after a calm half hour. */
  readonly opened: number;
  readonly incidentId: string | null;
  /** The person who ended it; the same breach opens no new life until it has been clean once. */
  readonly resolvedBy?: string;
  /** The window whose breach opened it; of a score that looks back over weeks, from when it says the change began. */
  readonly windowFromMs?: number;
  readonly windowToMs?: number;
}

export interface Silence {
  readonly id: string;
  readonly tenant: string;
  /** All must fit; at least one, and one that fits no missing label. */
  readonly matchers: readonly Matcher[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly author: string;
  readonly reason: string;
  /** When its near end was told; null: it was not. */
  readonly endToldAtMs: number | null;
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
  /** The page that opened it. What follows is absent of incidents of an older Leeway. */
  readonly openedBy?: string;
  /** Begin and end of the first bad window of that page. */
  readonly beganAtMs?: number;
  readonly visibleAtMs?: number;
  /** How often it went on after it had ended. */
  readonly reopened?: number;
  readonly mitigation?: Mitigation | null;
  /** The person who ended it; absent: its last alert ended. */
  readonly resolvedBy?: string;
  /** Whether a person had something to do about it, by a person's word. */
  readonly actionable?: boolean;
}

/** Why an incident counts as mitigated: users are served well again, though not everything of it is over. */
export interface Mitigation {
  readonly by: 'rollback' | 'pages_over' | 'person';
  /** Pages that fired then; any other that fires opens the incident again. */
  readonly firing: readonly string[];
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly actorKind: 'system' | 'user' | 'external';
  readonly kind: string;
  readonly text: string;
  /** What shows it: the id of a thing, and the page where it is looked at. */
  readonly evidence: TimelineEvidence | null;
}

export interface TimelineEvidence {
  readonly kind: 'score' | 'alert' | 'delivery' | 'run' | 'version';
  readonly id: string;
  /** From the address of the UI on: `#/scores/12`. */
  readonly path: string;
}

/** What a receiver is asked to tell: the whole group, so that a message can be updated in place. */
export interface Notice extends ModelKey {
  readonly id: string;
  readonly receiver: string;
  readonly reason:
    | 'first'
    | 'new_alerts'
    | 'some_resolved'
    | 'all_resolved'
    | 'repeat'
    | 'acknowledged'
    | 'incident_update'
    | 'silence_ending';
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
  /** Alert id to severity: all that the receiver takes to be firing once this has arrived. */
  readonly believed: Readonly<Record<string, Severity>>;
  /** What happened, in a sentence; for `incident_update`, `silence_ending`, and escalations. */
  readonly update?: string;
  /** Ids of older notices of the group that this one was sent instead of. */
  readonly supersedes?: readonly string[];
  readonly url: string;
  readonly atMs: number;
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
}

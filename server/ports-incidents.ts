import type { Alert, Labels, ModelKey, Severity } from './model.ts';
import type { Answer, Change } from './ports.ts';
import type { Matcher } from './settings.ts';

/** What people ask of incidents and of routing, and what they say about them. Types only. */

/** Lengths of one incident; null: that moment has not come, or is not known. */
export interface IncidentTimes {
  /** From the begin of the first bad window to the page. */
  readonly detectMs: number | null;
  /** The part of it after that window had ended. */
  readonly judgeMs: number | null;
  /** From the page to the first notice that arrived at a person. */
  readonly notifyMs: number | null;
  /** From the page on, as all below. */
  readonly acknowledgeMs: number | null;
  readonly mitigateMs: number | null;
  readonly resolveMs: number | null;
}

/** A median and a ninetieth percentile, or why there is none. */
export interface Typical {
  /** How many values there are. */
  readonly count: number;
  readonly median: number | null;
  readonly p90: number | null;
  /** What is missing, in words; null: nothing. */
  readonly why: string | null;
}

/** So many of so many; null `share` with `why`. */
export interface Portion {
  readonly count: number;
  readonly of: number;
  readonly share: number | null;
  readonly why: string | null;
}

export interface IncidentSummary {
  readonly incidents: number;
  readonly open: number;
  readonly reopened: number;
  readonly times: Readonly<Record<keyof IncidentTimes, Typical>>;
  readonly notices: Typical;
  readonly acknowledged: Portion;
  /** Of those that a person has answered for. */
  readonly actionable: Portion;
  readonly changes: ChangeSummary;
}

/** What DORA asks of deployments, asked of models: a change is a version that takes over from another. */
export interface ChangeSummary {
  readonly changes: number;
  readonly perWeek: number;
  /** Rolled back, or a page of the model opened within a day. */
  readonly failed: Portion;
  /** From the page to the end of what users felt: mitigated, or resolved. */
  readonly recoverMs: Typical;
}

export interface IncidentMetrics extends IncidentSummary {
  readonly sinceMs: number;
  readonly toMs: number;
  readonly models: readonly (ModelKey & IncidentSummary)[];
}

/** One thing that keeps an alert from being told, now. */
export interface HeldBack {
  readonly by: 'pending' | 'silence' | 'inhibition' | 'calendar' | 'acknowledgement';
  readonly id: string;
  readonly text: string;
  readonly untilMs: number | null;
}

export interface ReceiverExplanation {
  readonly receiver: string;
  /** What would be told now, or null with the named reason why nothing is. */
  readonly tell: string | null;
  readonly why: string;
  /** In a sentence. */
  readonly text: string;
  readonly dueAtMs: number | null;
  /** The severity it believes the alert to fire with; null: it does not know of it. */
  readonly believes: Severity | null;
  /** And with which it will, once all that is queued has arrived. */
  readonly announced: Severity | null;
  readonly toldAtMs: number | null;
}

export interface GroupExplanation {
  readonly id: string;
  /** Empty: a digest, which tells many groups as one. */
  readonly route: string;
  readonly labels: Labels;
  readonly alerts: number;
  readonly isMember: boolean;
  readonly dueAtMs: number | null;
  readonly lastToldAtMs: number | null;
  readonly text: string;
  readonly escalation: { readonly dueAtMs: number; readonly receivers: readonly string[] } | null;
  readonly fallbackAtMs: number | null;
  readonly receivers: readonly ReceiverExplanation[];
}

/** Everything that decides who hears of an alert. */
export interface AlertExplanation {
  readonly alert: Alert;
  readonly state: 'pending' | 'firing' | 'recovering' | 'resolved';
  /** A ticket of an incident goes where its pages go; null: it is told as what it is. */
  readonly toldAs: { readonly severity: Severity; readonly incidentId: string; readonly text: string } | null;
  readonly isFlapping: boolean;
  /** When time alone changes the state: a pending alert opens, a recovering one ends. */
  readonly changesAtMs: number | null;
  /** A line a receiver, or why there is none. */
  readonly summary: readonly string[];
  readonly labels: Labels;
  readonly routes: readonly {
    readonly route: string;
    readonly depth: number;
    readonly outcome: 'handles' | 'passes_down' | 'does_not_match' | 'not_reached';
    readonly why: string;
  }[];
  readonly heldBack: readonly HeldBack[];
  readonly groups: readonly GroupExplanation[];
  /** Receivers that no group of the alert tells. */
  readonly notRouted: readonly string[];
  readonly deliveries: readonly ToldDelivery[];
  /** The stored score that opened it; null: it is gone. */
  readonly scoreId: number | null;
}

export interface ToldDelivery {
  readonly id: string;
  readonly receiver: string;
  readonly reason: string;
  readonly state: 'pending' | 'leased' | 'sent' | 'dead';
  readonly attempt: number;
  readonly createdAtMs: number;
  readonly detail: string | null;
}

/** A breach that does not stand long enough yet to be an alert. */
export interface PendingAlert extends ModelKey {
  /** For its explanation. */
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly sinceMs: number;
  readonly dueAtMs: number;
}

export interface SilencePreview {
  readonly firing: readonly Alert[];
  /** Ended by now; it would have held them back within the last seven days. */
  readonly lately: readonly Alert[];
  readonly warnings: readonly string[];
}

interface Word {
  readonly incidentId: string;
  readonly tenant: string | null;
  readonly actor: string;
  readonly text: string;
  readonly nowMs: number;
}

/** The part of the control store that is about them. */
export interface IncidentSteps {
  /** Users are served well again, a person says. */
  mitigateIncident(input: Word): Promise<Answer<readonly Change[]>>;
  /** Ends every alert of an open incident, and so the incident, by a person's word. */
  resolveIncident(input: Word & { readonly actionable: boolean | null }): Promise<Answer<readonly Change[]>>;
  /** An entry in the timeline of an incident, however old. */
  commentIncident(input: Word & { readonly actionable: boolean | null }): Promise<Answer<readonly Change[]>>;
  incidentMetrics(query: {
    readonly tenant: string | null;
    readonly model?: string | undefined;
    readonly sinceMs: number;
    readonly nowMs: number;
  }): Promise<IncidentMetrics>;
  /** An alert, or a breach that is not one yet, by its id; of whatever tenant. */
  explainAlert(id: string, nowMs: number): Promise<AlertExplanation | null>;
  /** The next to open first. */
  pendingAlerts(tenant: string | null): Promise<readonly PendingAlert[]>;
  previewSilence(input: {
    readonly tenant: string;
    readonly matchers: readonly Matcher[];
    readonly nowMs: number;
  }): Promise<SilencePreview>;
}

import type {
  ActionRun,
  Alert,
  Incident,
  Labels,
  ModelKey,
  Notice,
  RetrainRequest,
  Rule,
  Severity,
} from '../model.ts';
import type { Change } from '../ports.ts';
import type { Settings } from '../settings.ts';

export interface Deployment {
  readonly version: string;
  readonly atMs: number;
  readonly source: string;
}

/** Alert id (with its episode) to the severity it was told with. */
export type AlertSet = Readonly<Record<string, Severity>>;

/**
 * The resolve debt of one receiver in one group: `announced` is what it will believe firing once every queued delivery has
 * arrived, `delivered` what it believes now.
 */
export interface Told {
  readonly announced: AlertSet;
  readonly delivered: AlertSet;
  /** What it may believe beside: named to it in passing, or in a delivery whose answer was lost. It is owed the end of these too. */
  readonly perhaps?: AlertSet;
  /** Of this generation. */
  readonly toldAtMs: number | null;
  readonly firstToldAtMs: number | null;
  /** After a dead delivery nothing is queued before this time. */
  readonly notBeforeMs: number | null;
  /** Deliveries given up since one arrived, and when the last of them was. */
  readonly givenUp?: { readonly times: number; readonly atMs: number };
}

/** Alerts under one route with the same values of its labels, told together. A new `generation` starts a new message. */
export interface Group {
  readonly id: string;
  readonly tenant: string;
  /** Of a digest: empty. */
  readonly route: string;
  readonly labels: Labels;
  /** A digest has one receiver, and takes in what would have been many first messages to it. */
  readonly digestFor: string | null;
  /** When a digest took in a group; what is older than the storm window is dropped. */
  readonly joinsMs: readonly number[];
  /** Of a digest: the firing alerts it has taken in. Those of any other group follow from their labels, and are not kept. */
  readonly members: readonly string[];
  readonly generation: number;
  /** Notices ever queued; part of every delivery id. */
  readonly sequence: number;
  /** Escalation counts from the first notice of the generation. */
  readonly activeSinceMs: number | null;
  /** Steps of the escalation that are done. */
  readonly escalated: number;
  /** A page was told and has reached nobody since; null: somebody, or there is none. */
  readonly unreachedSinceMs: number | null;
  /** Receivers that escalation and fallback have brought in. */
  readonly added: readonly string[];
  readonly dueAtMs: number | null;
  readonly told: Readonly<Record<string, Told>>;
}

/** A delivery to be queued. Deliveries of one `stream` arrive in order; those of one `threadKey` share a message. */
export interface Outgoing extends ModelKey {
  readonly id: string;
  readonly receiver: string;
  readonly kind: 'notice' | 'retrain';
  readonly payload: Notice | RetrainRequest;
  readonly stream: string;
  readonly threadKey: string;
  readonly incidentId: string | null;
  readonly expiresAtMs: number;
}

/** Something worth keeping: a timeline entry when there is an incident, an audit entry when `audited`, an event to pages. */
export interface Note {
  readonly subject: string;
  readonly actor: string;
  readonly kind: string;
  readonly text: string;
  readonly incidentId: string | null;
  readonly audited: boolean;
  readonly event: Change['kind'] | null;
}

/** Something that everybody who was told of these alerts should hear at once, without a change in what fires. */
export interface Telling {
  readonly reason: 'acknowledged' | 'incident_update' | 'silence_ending';
  readonly alertIds: readonly string[];
  readonly update?: string;
}

/** A breach that does not stand long enough yet to be an alert. */
export interface Pending extends ModelKey {
  /** The identity of the alert it would be. */
  readonly id: string;
  readonly sinceMs: number;
  readonly dueAtMs: number;
  /** As it would open. */
  readonly alert: Alert;
}

/** All that is known of one model, and what it wants written: every step maps one situation to the next. */
export interface Situation {
  readonly key: ModelKey;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly pending: ReadonlyMap<string, Pending>;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly runs: ReadonlyMap<string, ActionRun>;
  /** Newest first. */
  readonly deployments: readonly Deployment[];
  readonly outgoing: readonly Outgoing[];
  readonly tellings: readonly Telling[];
  readonly notes: readonly Note[];
}

export interface RouteContext {
  readonly nowMs: number;
  readonly settings: Settings;
  readonly rules: readonly Rule[];
}

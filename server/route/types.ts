import type {
  ActionRun,
  Alert,
  Incident,
  ModelKey,
  Notice,
  RetrainRequest,
  Rule,
  Severity,
  Silence,
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
  readonly toldAtMs: number | null;
  /** After a dead delivery nothing is queued before this time. */
  readonly notBeforeMs: number | null;
}

/** Alerts of one model under one route, told together. A new `generation` starts a new message. */
export interface Group extends ModelKey {
  readonly id: string;
  readonly route: string;
  readonly generation: number;
  /** Notices ever queued; part of every delivery id. */
  readonly sequence: number;
  readonly lastFlushMs: number | null;
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

/** All that routing knows of one model, and what it wants written: every step maps one situation to the next. */
export interface Situation {
  readonly key: ModelKey;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly runs: ReadonlyMap<string, ActionRun>;
  readonly silences: readonly Silence[];
  /** Newest first. */
  readonly deployments: readonly Deployment[];
  readonly outgoing: readonly Outgoing[];
  readonly notes: readonly Note[];
}

export interface RouteContext {
  readonly nowMs: number;
  readonly settings: Settings;
  readonly rules: readonly Rule[];
}

import type {
  ActionRun,
  Alert,
  Baseline,
  BaselineSource,
  CountsQuery,
  CountsRow,
  Delivery,
  Document,
  Incident,
  IngestReply,
  IngestRequest,
  ModelEntry,
  ModelKey,
  Principal,
  Rule,
  ScheduledJob,
  Scope,
  Score,
  Silence,
  SloCountsRow,
  TimelineEntry,
  VolumeRow,
} from './model.ts';
import type { BaselineSteps } from './ports-baselines.ts';
import type { CountReads } from './ports-counts.ts';
import type { IncidentSteps, IncidentTimes } from './ports-incidents.ts';
import type { RowsAtLarge, WrittenDown } from './ports-archive.ts';
import type { DeliverySteps } from './ports-deliveries.ts';
import type { SchemaTelemetry } from './ports-schema.ts';
import type { LimitSettings, ModelSettings, PiiSettings, Settings, StorageSettings } from './settings.ts';
import type { LabelSteps, RowReads } from './ports-rows.ts';
import type { RoutingControl } from './ports-routing.ts';
import type { ScoreReads } from './ports-scores.ts';

/** What the worker threads offer the main thread: the surface of each store, in domain terms. Types only. */
export type * from './ports-archive.ts';
export type * from './ports-baselines.ts';
export type * from './ports-counts.ts';
export type * from './ports-routing.ts';
export type * from './ports-deliveries.ts';
export type * from './ports-incidents.ts';
export type * from './ports-schema.ts';
export type * from './ports-scores.ts';

export interface TelemetryOptions {
  readonly folder: string;
  readonly limits: LimitSettings;
  readonly models: readonly ModelSettings[];
  readonly pii?: readonly PiiSettings[];
  /** Dates what the configuration declares; without it the last row received does. */
  readonly startedAtMs?: number;
  /** Absent: no room is kept free, and nothing is deleted by age. */
  readonly storage?: StorageSettings;
}

export interface SloWindowRow {
  readonly slo: string;
  readonly windowMs: number;
  readonly good: number;
  readonly bad: number;
  /** Neither: a caller's own error, no time told, no price, two classes that cannot be compared, a slice nobody could judge. */
  readonly excluded?: number;
  /** Quality: predictions without a label as yet. */
  readonly waiting?: number;
  /** Cost: billionths of the currency. */
  readonly nanos?: number;
  /** The first minute of the window that anything was counted in; null: none. */
  readonly sinceMs?: number | null;
}

export interface RecountDifference {
  readonly model: string;
  readonly bucketMs: number;
  readonly version: string;
  readonly feature: string;
  readonly cell: number;
  readonly counted: number;
  readonly recounted: number;
}

/** What was moved: new files and the rows in them. */
export interface MovedDays {
  readonly parts: number;
  readonly rows: number;
}

export interface TelemetryHealth {
  readonly rowsAwaitingCommit: number;
  readonly databaseBytes: number;
  readonly walBytes: number;
  /** Room on the disk of the data folder. */
  readonly freeBytes: number;
  readonly canStore: boolean;
  readonly lastError: string | null;
  /** What was cut off a torn write-ahead log at the start, and where the whole log was copied to. */
  readonly salvage: { readonly copy: string; readonly keptBytes: number; readonly cutBytes: number } | null;
  readonly archive: ArchiveHealth;
}

/** Closed days as Parquet files. */
export interface ArchiveHealth {
  readonly files: number;
  /** Predictions in them. */
  readonly rows: number;
  readonly bytes: number;
  /** Files that are recorded, but gone or of another size; nothing is read from them. */
  readonly damaged: readonly string[];
  /** Why the last move of closed days did not end, or null. */
  readonly lastError: string | null;
}

/** The telemetry store and the decoding in front of it; one worker thread owns it. `nowMs` never comes from inside. */
export interface Telemetry
  extends BaselineSteps, CountReads, SchemaTelemetry, RowReads, LabelSteps, RowsAtLarge {
  /** Resolves only after the rows are on disk. Never rejects for anything a client sent. */
  ingest(request: IngestRequest): Promise<IngestReply>;
  catalog(): Promise<readonly ModelEntry[]>;
  /**
   * Freezes cells from the source and counts the rows already stored; null while there are too few rows, and for
   * `reference` until five minutes after the last of them was received. A baseline there is stays, whatever its source.
   */
  freezeBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null>;
  /**
   * Like `freezeBaseline`, in the place of the baseline there is: a new id and layout, every stored row counted again.
   * The one there is stays, and null is returned, while the source does not yet give one. The same source changes nothing.
   */
  replaceBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null>;
  baseline(key: ModelKey): Promise<Baseline | null>;
  counts(query: CountsQuery): Promise<readonly CountsRow[]>;
  volume(query: {
    readonly key: ModelKey;
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
  }): Promise<readonly VolumeRow[]>;
  /** One-minute good/bad counters, summed to `stepMs`; of a quality by five minutes, of older than two days by hours. */
  sloCounts(query: {
    readonly key: ModelKey;
    readonly slo: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
  }): Promise<readonly SloCountsRow[]>;
  /** Good and bad of every SLO of the model (or of those named) over each window ending at `toMs`, in one read. */
  sloWindows(query: {
    readonly key: ModelKey;
    readonly slos?: readonly string[];
    readonly toMs: number;
    readonly windowsMs: readonly number[];
  }): Promise<readonly SloWindowRow[]>;
  /** Counts every stored row of the model again by SQL and compares; empty means equal. */
  recount(key: ModelKey): Promise<readonly RecountDifference[]>;
  /** Moves the days that nothing comes for any more to Parquet; commits go on meanwhile. */
  moveDays(nowMs: number): Promise<MovedDays>;
  /** Deletes rows and counts that are older than they are kept. */
  retain(nowMs: number): Promise<void>;
  health(): Promise<TelemetryHealth>;
  /** Commits what is pending, checkpoints and closes. */
  close(): Promise<void>;
}

export interface ControlOptions {
  readonly folder: string;
  readonly settings: Settings;
  readonly rules: readonly Rule[];
}

/** What a judging or a timer changed; becomes server-sent events and log lines. */
export interface Change {
  readonly kind: 'alert' | 'incident' | 'run' | 'delivery' | 'silence' | 'score' | 'schema';
  readonly tenant: string;
  readonly model: string | null;
  readonly id: string;
  readonly text: string;
}

export interface AuditEntry {
  readonly sequence: number;
  /** null: about the appliance, not about a tenant. */
  readonly tenant: string | null;
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly hash: string;
}

export interface KeyEntry {
  readonly id: string;
  readonly prefix: string;
  readonly tenant: string | null;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
}

/** A result of an operator's call that may not fit the state of things. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: 'not_found' | 'conflict'; readonly message: string };

/**
 * The control store with the route stage inside: one thread, every call one SQLite transaction, so that scores,
 * verdicts, alert transitions, incidents, audit and outbox rows change together. All decisions take `nowMs`.
 */
export interface Control extends ScoreReads, WrittenDown, RoutingControl, DeliverySteps, IncidentSteps {
  createKey(input: {
    readonly tenant: string | null;
    readonly scopes: readonly Scope[];
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<{ readonly id: string; readonly key: string }>;
  keys(tenant: string | null): Promise<readonly KeyEntry[]>;
  revokeKey(input: {
    readonly id: string;
    readonly tenant: string | null;
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<boolean>;
  /** null: unknown, revoked. */
  principalOfKey(key: string): Promise<Principal | null>;
  /** A single-use token for a sign-in link, living `ttlMs` of real time. */
  createSignInToken(input: {
    readonly principal: Principal;
    readonly nowMs: number;
    readonly ttlMs: number;
  }): Promise<string>;
  redeemSignInToken(token: string, nowMs: number): Promise<string | null>;
  createSession(input: {
    readonly principal: Principal;
    readonly nowMs: number;
    readonly ttlMs: number;
  }): Promise<string>;
  principalOfSession(session: string, nowMs: number): Promise<Principal | null>;
  endSession(session: string): Promise<void>;

  dueJobs(nowMs: number): Promise<readonly ScheduledJob[]>;
  jobs(): Promise<readonly ScheduledJob[]>;
  scheduleJobs(jobs: readonly ScheduledJob[]): Promise<void>;

  /**
   * Stores scores and the documents they name, judges them by the rules, opens and closes alerts, joins incidents, queues
   * notices and actions. A document need not be sent again while a score that names it is kept.
   */
  judge(scores: readonly Score[], nowMs: number, documents?: readonly Document[]): Promise<readonly Change[]>;
  /** What time alone changes: group waits, repeats, silences that end, runs and approvals that expire. */
  runTimers(nowMs: number): Promise<readonly Change[]>;

  alerts(filter: {
    readonly tenant: string | null;
    readonly state?: 'firing' | 'resolved';
    readonly model?: string;
  }): Promise<readonly Alert[]>;
  /** Takes an alert on, or renews that; it lasts from now on. */
  acknowledge(input: {
    readonly alertId: string;
    readonly tenant: string | null;
    readonly actor: string;
    /** Kept in the timeline and the audit log. */
    readonly reason?: string | undefined;
    readonly nowMs: number;
  }): Promise<Answer<readonly Change[]>>;
  /** Ends one firing alert by a person's word; a later breach opens a new episode. */
  resolveAlert(input: {
    readonly alertId: string;
    readonly tenant: string | null;
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<Answer<readonly Change[]>>;
  /** One alert by its id, of whatever tenant, however old. */
  alert(id: string): Promise<Alert | null>;
  silences(tenant: string | null, nowMs: number): Promise<readonly Silence[]>;
  /** Those that ended within the last 28 days, the last to end first. */
  endedSilences(tenant: string | null, nowMs: number): Promise<readonly Silence[]>;
  createSilence(silence: Omit<Silence, 'id' | 'endToldAtMs'>, nowMs: number): Promise<Silence>;
  expireSilence(input: {
    readonly id: string;
    readonly tenant: string | null;
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<Answer<Silence>>;

  incidents(filter: {
    readonly tenant: string | null;
    readonly model?: string;
  }): Promise<readonly Incident[]>;
  incident(id: string): Promise<IncidentRecord | null>;

  runs(filter: {
    readonly tenant: string | null;
    readonly incidentId?: string;
    readonly active?: boolean;
  }): Promise<readonly ActionRun[]>;
  /** Refused with `conflict` when the hash is not the one of the plan shown now. */
  approveRun(input: {
    readonly runId: string;
    readonly planHash: string;
    readonly tenant: string | null;
    readonly actor: string;
    readonly reason: string;
    readonly nowMs: number;
  }): Promise<Answer<ActionRun>>;
  advanceRun(input: {
    readonly runId: string;
    readonly step: 'call' | 'verify';
    readonly outcome: 'running' | 'done' | 'failed';
    readonly text: string;
    readonly nowMs: number;
  }): Promise<readonly Change[]>;
  /** The trainer's callback: accepted, training, candidate, failed. A repeated sequence changes nothing. */
  retrainCallback(input: {
    readonly runId: string;
    readonly sequence: number;
    readonly state: 'accepted' | 'training' | 'candidate' | 'failed';
    readonly text: string;
    readonly nowMs: number;
  }): Promise<Answer<ActionRun>>;
  /** A version seen for the first time, or announced by API. An empty version is no deployment. */
  recordDeployment(
    input: ModelKey & { readonly version: string; readonly atMs: number; readonly source: string },
  ): Promise<readonly Change[]>;
  deployments(
    key: ModelKey,
  ): Promise<readonly { readonly version: string; readonly atMs: number; readonly source: string }[]>;
  audit(tenant: string | null, limit: number): Promise<readonly AuditEntry[]>;
  verifyAudit(): Promise<{ readonly entries: number; readonly brokenAt: number | null }>;
  counters(): Promise<ControlCounters>;
  close(): Promise<void>;
}

export interface IncidentRecord extends Incident {
  readonly times: IncidentTimes;
  /** Notices that called a person and arrived. */
  readonly notices: number;
  readonly alerts: readonly Alert[];
  readonly timeline: readonly TimelineEntry[];
  readonly runs: readonly ActionRun[];
  readonly deliveries: readonly Delivery[];
  /** By the id of an alert: the stored score whose window opened it. */
  readonly scores: Readonly<Record<string, number>>;
}

/** Counted ever, whatever was pruned since; `deliveriesSent` and `deliveriesDead` by how they ended. */
export interface ControlCounters {
  readonly scores: number;
  readonly alertsOpened: number;
  readonly pagesOpened: number;
  readonly incidents: number;
  readonly deliveriesSent: number;
  readonly deliveriesDead: number;
  readonly oldestPendingDeliveryMs: number | null;
  /** Since when a page that was told has reached nobody; null: every page has reached somebody. */
  readonly oldestUnreachedPageMs: number | null;
}

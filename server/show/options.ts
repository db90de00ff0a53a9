import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { ModelKey, Principal, Rule } from '../model.ts';
import type { Backtest, Control, StoredScore, Telemetry, ToldByReload } from '../ports.ts';
import type { ModelSettings, Settings } from '../settings.ts';
import type { LiveEvents } from './live-events.ts';
import type { Metrics } from './prometheus.ts';
import type { ScoreExplanation } from './types.ts';
import type { ReceiverEntry, ReceiverTest } from './types/receivers.ts';

export type ShowTelemetry = Pick<
  Telemetry,
  | 'catalog'
  | 'baseline'
  | 'baselines'
  | 'referenceSets'
  | 'chooseBaseline'
  | 'withdrawBaseline'
  | 'deleteReferenceSet'
  | 'volume'
  | 'sloCounts'
  | 'sloTotals'
  | 'quarantine'
  | 'quarantineTotals'
  | 'schema'
  | 'declareSchema'
  | 'erase'
  | 'exportRange'
  | 'health'
>;

export type ShowControl = Pick<
  Control,
  | 'createKey'
  | 'keys'
  | 'revokeKey'
  | 'principalOfKey'
  | 'redeemSignInToken'
  | 'createSession'
  | 'principalOfSession'
  | 'endSession'
  | 'jobs'
  | 'latestScores'
  | 'scores'
  | 'score'
  | 'documents'
  | 'fleetScores'
  | 'recordErasure'
  | 'recordDeclaration'
  | 'alerts'
  | 'alert'
  | 'acknowledge'
  | 'resolveAlert'
  | 'silences'
  | 'endedSilences'
  | 'createSilence'
  | 'expireSilence'
  | 'previewSilence'
  | 'incidents'
  | 'incident'
  | 'incidentMetrics'
  | 'mitigateIncident'
  | 'resolveIncident'
  | 'commentIncident'
  | 'explainAlert'
  | 'pendingAlerts'
  | 'runs'
  | 'approveRun'
  | 'retrainCallback'
  | 'recordDeployment'
  | 'audit'
  | 'counters'
  | 'deliveries'
  | 'replayDeliveries'
  | 'receiverHealth'
  | 'receiverAttempts'
>;

/** Whether a trainer's callback is signed with `secret`. Header names are lower case; `nowMs` is wall time. */
export type VerifyCallback = (input: {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly secret: string;
  readonly nowMs: number;
}) => { readonly ok: boolean };

export interface BacktestRequest {
  readonly tenant: string;
  /** Absent: every model of the tenant. */
  readonly model?: string | undefined;
  readonly sinceMs: number;
  /** A file of rules or overrides to judge by; absent: the rules that run. */
  readonly rules?: string | undefined;
  readonly nowMs: number;
}

export interface ReloadRequest {
  readonly actor: string;
  /** Only says what would change. */
  readonly dryRun: boolean;
}

/** What a configuration that was read again has changed, or would change. */
export interface ReloadAnswer {
  readonly applied: boolean;
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
  readonly tells: readonly ToldByReload[];
}

export interface DetectorName {
  readonly title: string;
  readonly unit: string;
}

/** What is known of receivers, and the test of one. A tenant's are those its alerts may come to; null: all. */
export interface ReceiverDesk {
  readonly list: (tenant: string | null) => readonly ReceiverEntry[];
  /** null: there is no such receiver. */
  readonly test: (input: {
    readonly id: string;
    readonly tenant: string | null;
    readonly actor: string;
  }) => Promise<ReceiverTest | null>;
}

export interface ShowOptions {
  readonly telemetry: ShowTelemetry;
  readonly control: ShowControl;
  readonly settings: Settings;
  /** The version of this program. */
  readonly version: string;
  readonly rules: readonly Rule[];
  /** The settings of a model that sends without being configured. */
  readonly defaultModel: (key: ModelKey) => ModelSettings;
  /** The appliance's time: stories, windows, silences. */
  readonly clock: Clock;
  /** Wall time: sessions, signatures, caches. */
  readonly realClock: Clock;
  readonly metrics: Metrics;
  readonly events: LiveEvents;
  readonly log: Log;
  /** The built UI, `ui/dist`. */
  readonly uiFolder: string;
  /** Whether detection has run of late. */
  readonly isBeating: () => boolean;
  readonly verifyCallback: VerifyCallback;
  readonly receivers: ReceiverDesk;
  /** Every secret of the configuration that runs: no text that is kept may hold one. */
  readonly secrets: () => readonly string[];
  /** What each detector is called, by its id. */
  readonly detectors: ReadonlyMap<string, DetectorName>;
  readonly backtest: (request: BacktestRequest) => Promise<Backtest>;
  readonly reload: (request: ReloadRequest) => Promise<ReloadAnswer>;
  readonly explain: (score: StoredScore) => Promise<ScoreExplanation>;
  /** Other routes on the same port, put in before the answer "no such address". */
  readonly mount?: (app: OpenAPIHono<ShowEnv>) => void;
  readonly heartbeatMs?: number;
}

export interface ShowEnv {
  Variables: { requestId: string; caller: Caller };
}

/** Who calls, and by what proof: writes by cookie need the header against forged requests. */
export interface Caller {
  readonly principal: Principal;
  readonly by: 'key' | 'session';
}

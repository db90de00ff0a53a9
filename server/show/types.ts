import type { FeatureCounts, FeatureLayout } from '../../detectors/types.ts';
import type {
  ActionRun,
  Alert,
  Delivery,
  Incident,
  ModelSchema,
  Principal,
  Severity,
  Silence,
  Task,
  TimelineEntry,
} from '../model.ts';
import type { IncidentTimes, QuarantineEntry, QuarantineTotal, StoredScore } from '../ports.ts';
import type { Comparison } from '../settings.ts';
import type { SloRow } from './types-slo.ts';

export type * from './types-slo.ts';

export type * from './types-deliveries.ts';

/** What the REST API answers and the UI shows. Times are UTC milliseconds; shares are 0..1. */
export type * from './types-incidents.ts';

export type Health = 'healthy' | 'drifting' | 'action' | 'silent' | 'learning';

/** Every answer that changes with time says as of when, on the appliance's own clock. */
export interface AsOf {
  readonly asOfMs: number;
  readonly nextRunMs: number | null;
}

export interface Me {
  readonly principal: Principal;
  readonly tenants: readonly { readonly id: string; readonly title: string }[];
}

export interface FleetRow {
  readonly tenant: string;
  readonly model: string;
  readonly title: string;
  readonly task: Task;
  readonly health: Health;
  /** One sentence in words: why this health. */
  readonly verdict: string;
  readonly version: string | null;
  readonly predictions: number;
  readonly lastEventMs: number | null;
  /** The furthest of those that chance does not explain. */
  readonly worstFeature: { readonly feature: string; readonly value: number; readonly ratio: number } | null;
  /** Features with rows enough to be judged in the latest window. */
  readonly judgedFeatures: number;
  /** The worst feature's last windows, oldest first; null where undefined. */
  readonly trend: readonly (number | null)[];
  readonly worstBudget: { readonly slo: string; readonly remaining: number } | null;
  readonly fairness: {
    readonly attribute: string;
    readonly gap: number;
    readonly lower: number;
    readonly upper: number;
  } | null;
  readonly openAlerts: { readonly page: number; readonly ticket: number };
  readonly incidentId: string | null;
  /** One entry per window, oldest first: the worst state of that window. */
  readonly strip: readonly { readonly fromMs: number; readonly health: Health }[];
}

export interface Fleet extends AsOf {
  readonly rows: readonly FleetRow[];
  /** Overrides of rules that fit no model, in words. */
  readonly unmatchedOverrides: readonly string[];
}

/** How a score reads: too little data, chance explains it, within every limit, at or over the limit of a ticket or page. */
export type Level = 'undecided' | 'chance' | 'within' | 'ticket' | 'page';

/** What was seen in one window; `isSignificant` null: nothing was tested. */
export interface TrendPoint {
  readonly fromMs: number;
  readonly value: number | null;
  readonly isSignificant: boolean | null;
}

/** One condition of a decision, in plain words. `open`: it could not be asked. */
export interface Gate {
  readonly name: string;
  readonly state: 'passed' | 'stopped' | 'open';
  readonly text: string;
}

/** One feature against one comparison: a model may be judged against its baseline and against the weeks before. */
export interface DriftRow {
  /** The stored score, for its explanation. */
  readonly scoreId: number;
  readonly feature: string;
  readonly kind: 'number' | 'category' | 'prediction' | 'score';
  readonly comparison: Comparison;
  readonly level: Level;
  /** Jensen-Shannon distance after bias correction; null with `why`. */
  readonly value: number | null;
  readonly why: string | null;
  /** Distance over its lowest limit; 0 where chance explains it. */
  readonly ratio: number | null;
  readonly psi: number | null;
  readonly missingShare: number | null;
  readonly rows: number;
  readonly explanation: string;
  /** What it was judged against, in words; null where there was nothing. */
  readonly against: string | null;
  /** Every statistic of the score by its name. */
  readonly numbers: Readonly<Record<string, number | null>>;
  readonly gates: readonly Gate[];
  /** As the model's owner gave it. */
  readonly importance: number | null;
  /** What it does to the error, or its distance times its importance; null where it has not drifted. */
  readonly impact: number | null;
  /** Features that rise and fall with it. */
  readonly together: readonly string[];
  readonly limits: { readonly ticket: number | null; readonly page: number | null };
  readonly trend: readonly TrendPoint[];
  readonly alert: Severity | null;
}

/** A stored score that is neither drift nor a budget nor fairness: whether rows and labels come as they did. */
export interface Check {
  readonly scoreId: number;
  readonly detector: string;
  readonly title: string;
  readonly unit: string;
  /** A feature, or empty for the whole model. */
  readonly subject: string;
  readonly about: 'feed' | 'feature' | 'labels' | 'drift';
  readonly level: Level;
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** The lowest limit a rule sets; null: none does. */
  readonly limit: number | null;
  readonly why: string | null;
  readonly rows: number;
  readonly text: string;
  readonly against: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of checks of the whole model. */
  readonly trend: readonly TrendPoint[];
}

/** How often scores came true: rows, their mean score and the share that came true, bin by bin. */
export interface ReliabilityBin {
  readonly rows: number;
  readonly score: number;
  readonly share: number;
}

/** What labels tell over time. */
export interface LabelCharts {
  /** By day; null where the error has not been judged. `sinceMs`: when it rose, if it did. */
  readonly error: {
    readonly unit: 'share' | 'number';
    readonly days: readonly {
      readonly fromMs: number;
      readonly value: number | null;
      readonly rows: number;
    }[];
    readonly sinceMs: number | null;
  } | null;
  readonly reliability: {
    readonly against: string;
    readonly before: readonly ReliabilityBin[];
    readonly now: readonly ReliabilityBin[];
  } | null;
}

/** What a model is judged against, and what it was judged against before. */
export interface BaselineCard {
  /** null: there is none yet, and `waiting` says what for. */
  readonly current: BaselineTold | null;
  readonly waiting: string | null;
  readonly configured: string;
  /** The newest first, without the current one. */
  readonly before: readonly BaselineTold[];
  readonly comparisons: readonly {
    readonly comparison: Comparison;
    /** What the shown window was judged against, or why it was not. */
    readonly text: string | null;
    readonly why: string | null;
    /** Features, and those of them whose own windows are too few to tell how much they vary. */
    readonly features: number;
    readonly uncalibrated: number;
    /** Windows a feature has at most, and the number it takes. */
    readonly windows: number;
    readonly leastWindows: number | null;
  }[];
  readonly season: 'auto' | 'none';
  /** Listed under unmonitored: stored, not judged. */
  readonly unmonitored: readonly string[];
  /** Sent, but not in the baseline. */
  readonly unknown: readonly string[];
}

interface BaselineTold {
  readonly id: string;
  readonly description: string;
  readonly rows: number;
  readonly features: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly createdAtMs: number;
  /** Who chose it by the API; null: the configuration. */
  readonly chosenBy: string | null;
  readonly chosenAtMs: number | null;
  readonly withdrawnAtMs: number | null;
}

/** An alert with what its value is counted in. */
export interface AlertTold extends Alert {
  readonly unit: string | null;
}

/** The counts a score was made of. */
export interface Distribution {
  readonly scoreId: number;
  readonly feature: string;
  readonly against: string | null;
  readonly layout: FeatureLayout;
  readonly baseline: FeatureCounts;
  readonly current: FeatureCounts;
}

export interface FairnessRow {
  readonly attribute: string;
  readonly measure: 'selection_rate';
  readonly limit: number;
  readonly gap: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly why: string | null;
  readonly groups: readonly {
    readonly group: string;
    readonly rows: number;
    readonly rate: number | null;
    readonly lower: number | null;
    readonly upper: number | null;
    readonly why: string | null;
  }[];
}

export interface ModelDetail extends AsOf, Omit<FleetRow, 'fairness'> {
  readonly baseline: {
    readonly id: string;
    readonly description: string;
    readonly rows: number;
    readonly fromMs: number;
    readonly toMs: number;
  } | null;
  /** The window that is shown; what `?window=<fromMs>` asked for, else the latest judged. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
  readonly windows: readonly number[];
  readonly thresholds: { readonly show: number; readonly ticket: number; readonly page: number };
  readonly drift: readonly DriftRow[];
  readonly distributions: readonly Distribution[];
  readonly baselineCard: BaselineCard;
  readonly checks: readonly Check[];
  readonly labelCharts: LabelCharts;
  readonly slos: readonly SloRow[];
  readonly fairness: readonly FairnessRow[];
  readonly versions: readonly {
    readonly version: string;
    readonly firstEventMs: number;
    readonly lastEventMs: number;
    readonly predictions: number;
  }[];
  readonly volume: readonly { readonly fromMs: number; readonly version: string; readonly rows: number }[];
  readonly labels: number;
  readonly alerts: readonly AlertTold[];
  readonly incidents: readonly Incident[];
  readonly runs: readonly ActionRun[];
  /** Overrides of rules that name what the model does not have, in words. */
  readonly unmatchedOverrides: readonly string[];
  readonly schema: Omit<ModelSchema, 'tenant' | 'model'>;
}

export interface IncidentDetail extends AsOf, Incident {
  readonly times: IncidentTimes;
  /** Notices that called a person and arrived. */
  readonly notices: number;
  /** By the id of an alert: the stored score whose window opened it. */
  readonly scores: Readonly<Record<string, number>>;
  readonly alerts: readonly AlertTold[];
  readonly timeline: readonly TimelineEntry[];
  readonly runs: readonly ActionRun[];
  readonly deliveries: readonly Pick<
    Delivery,
    'id' | 'receiver' | 'kind' | 'state' | 'attempt' | 'dueAtMs'
  >[];
}

export interface AlertList extends AsOf {
  readonly alerts: readonly AlertTold[];
}
export interface IncidentList extends AsOf {
  readonly incidents: readonly Incident[];
}
export interface SilenceList extends AsOf {
  readonly longestSilenceMs: number;
  readonly silences: readonly Silence[];
}

/** Refused records of one reason, and what to do about them. */
export interface RefusedTotal extends QuarantineTotal {
  readonly whatToDo: string;
}

/** The four lights of "send your first prediction". */
export interface IngestStatus extends AsOf {
  readonly otlpUrl: string;
  readonly jsonUrl: string;
  /** host:port; null when OTLP over gRPC is not taken. */
  readonly grpcAddress: string | null;
  readonly lights: readonly {
    readonly id: 'connected' | 'authenticated' | 'parsed' | 'stored';
    readonly lit: boolean;
    readonly text: string;
  }[];
  readonly predictions: number;
  readonly labels: number;
  readonly quarantine: readonly QuarantineEntry[];
  /** Ever, the last seen first. */
  readonly refused: readonly RefusedTotal[];
  readonly next: string;
}

export interface NewKey {
  readonly id: string;
  /** Shown once. */
  readonly key: string;
}

export interface ScoreList extends AsOf {
  readonly scores: readonly StoredScore[];
}

/** How a score came about, and whether it comes out the same when it is computed again from what it was stored with. */
export interface ScoreExplanation {
  readonly score: StoredScore;
  /** `same`: bit for bit. `impossible`: `why` says what is missing. */
  readonly result: 'same' | 'different' | 'impossible';
  readonly why: string | null;
  readonly differences: readonly string[];
  /** The story in words: what was judged, against what, the counts, the gates, the rules. */
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/** Server-sent events: `event: change`, data as below. The UI loads again what it shows. */
export interface LiveEvent {
  readonly kind: 'alert' | 'incident' | 'run' | 'delivery' | 'silence' | 'score' | 'ingest' | 'schema';
  readonly tenant: string;
  readonly model: string | null;
  readonly id: string;
  readonly text: string;
  readonly atMs: number;
}

/** Every error: `{error: {code, message, requestId}}`. */
export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly requestId: string };
}

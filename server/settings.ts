import type { DriftParameters } from '../detectors/types.ts';
import type { BaselineSource, Declaration, ModelKey, Task } from './model.ts';
import type { RouteSettings, CalendarSettings, InhibitSettings } from './settings-routing.ts';

export type * from './settings-routing.ts';

/** The validated configuration: what `leeway.yaml` and the environment say, defaults filled in. */
export interface Settings {
  readonly dataFolder: string;
  readonly rulesFolder: string;
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly otlpPort: number;
    /** OTLP over gRPC; absent: not taken. */
    readonly grpcPort?: number;
    /** true: /metrics answers without a key. Its series name every tenant and model, so only where scrapers alone reach it. */
    readonly openMetrics?: boolean;
  };
  /** The address people reach the UI at; links in messages start with it. */
  readonly publicUrl: string;
  readonly tenants: readonly { readonly id: string; readonly title: string }[];
  readonly models: readonly ModelSettings[];
  readonly receivers: readonly ReceiverSettings[];
  readonly route: RouteSettings;
  readonly calendars: readonly CalendarSettings[];
  readonly inhibit: readonly InhibitSettings[];
  /** An acknowledgement that nobody renews ends after so long. */
  readonly acknowledgeForMs: number;
  /** The longest silence that can be made. */
  readonly longestSilenceMs: number;
  readonly egress: EgressSettings;
  /** Pinged while the appliance judges and tells, so that its silence is noticed; absent: nobody is. */
  readonly heartbeat?: HeartbeatSettings;
  readonly limits: LimitSettings;
  /** What is done to attributes before anything is stored, by tenant. */
  readonly pii?: readonly PiiSettings[];
  readonly storage: StorageSettings;
}

export interface HeartbeatSettings {
  readonly url: string;
  readonly everyMs: number;
}

export interface PiiSettings {
  readonly tenant: string;
  /** Secret of the hashes; null where nothing is hashed. */
  readonly key: string | null;
  readonly hashPredictionId: boolean;
  /** The first that matches is applied. */
  readonly rules: readonly PiiRule[];
}

export interface PiiRule {
  /** A name, or a pattern in which * stands for any run of characters. */
  readonly attribute: string;
  readonly among: readonly ('features' | 'segments' | 'protected')[];
  readonly action: PiiAction;
}

/** A bucket of a number is its lower edge, that of a text its first characters; what fits neither is dropped. */
export type PiiAction =
  | { readonly kind: 'drop' }
  | { readonly kind: 'hash' }
  | { readonly kind: 'bucket'; readonly width: number | null; readonly characters: number | null };

export interface ModelSettings extends ModelKey {
  readonly title: string;
  /** Labels of its alerts beside tenant, model, rule, subject, severity and kind: for routes and silences. */
  readonly labels: Readonly<Record<string, string>>;
  readonly task: Task;
  /** The prediction value that counts as selected, for fairness; absent for regression. */
  readonly positive: string | null;
  readonly windowMs: number;
  /** How long after a window's end its rows are waited for. */
  readonly settleMs: number;
  readonly baseline: BaselineSource;
  readonly drift: DriftSettings;
  /** Features that are stored but not judged for drift. */
  readonly unmonitored: readonly string[];
  /** Attributes that rows are also counted by; the first 20 values of each, the rest as `other`. */
  readonly groups: readonly string[];
  readonly silentAfterMs: number;
  readonly slos: readonly SloSettings[];
  readonly retrain: { readonly receiver: string; readonly cooldownMs: number } | null;
  readonly rollback: RollbackSettings | null;
  /** What is declared of its features; outranks what the API and events declare. */
  readonly schema?: Declaration;
}

/** `fixed`: the frozen baseline. `moving`: the weeks before the window, incidents and excluded ranges left out. */
export type Comparison = 'fixed' | 'moving';

/** The detector id of each comparison: they are judged by rules of their own. */
export const DRIFT_DETECTORS: Readonly<Record<Comparison, string>> = {
  fixed: 'drift',
  moving: 'drift-moving',
};

/** And of what ranks the features that drifted: two comparisons of one window are two scores. */
export const RANKING_DETECTORS: Readonly<
  Record<Comparison, Readonly<Record<'impact' | 'coMoving', string>>>
> = {
  fixed: { impact: 'impact', coMoving: 'co-moving' },
  moving: { impact: 'impact-moving', coMoving: 'co-moving-moving' },
};

export interface DriftSettings {
  readonly against: readonly Comparison[];
  /** `auto`: only with windows of the same hour of the week, or of the day, where the baseline has enough of them. */
  readonly season: 'auto' | 'none';
  readonly movingSpanMs: number;
  /** Known not to be normal; never part of a moving baseline. */
  readonly excluded: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** By feature, from the model's owner; ranks what drifted. */
  readonly importance: Readonly<Record<string, number>>;
}

/** The numbers detection decides by, from `alert-rules/detectors.yaml`. */
export interface DetectionParameters {
  readonly drift: DriftParameters;
  readonly baseline: {
    /** Rows a moving baseline has at least. */
    readonly leastRows: number;
    /** Windows between a moving baseline and the window that is judged. */
    readonly embargoWindows: number;
    /** Weeks it takes to know what is normal in one hour of the week. */
    readonly seasonWeeks: number;
  };
  readonly windows: {
    /** So many windows at most are judged together when one alone has too few rows. */
    readonly mostSummed: number;
  };
  readonly quality: QualityParameters;
  readonly outcomes: OutcomeParameters;
  readonly ranking: {
    /** Features that rise and fall together by at least this correlation are told as one. */
    readonly comovingCorrelation: number;
    readonly comovingWindows: number;
  };
}

interface ShareParameters {
  readonly leastRise: number;
  readonly leastRows: number;
}

/** Whether a model's rows come as they did; each detector's file says what its numbers mean. */
export interface QualityParameters {
  readonly volume: { readonly alpha: number; readonly leeway: number; readonly leastWindows: number };
  readonly duplicateIds: ShareParameters;
  readonly typeMismatch: ShareParameters;
  readonly schemaChange: {
    readonly alpha: number;
    readonly leastShare: number;
    readonly leastRows: number;
  };
  readonly labelCoverage: ShareParameters;
}

/** What labels tell, once most of them have come. */
export interface OutcomeParameters {
  /** The share of labels that has come when a window is mature, of those that ever come. */
  readonly maturity: number;
  readonly target: { readonly alpha: number };
  readonly calibration: {
    readonly alpha: number;
    readonly leastRows: number;
    readonly leastOfClass: number;
  };
  readonly errorChange: {
    readonly learnHours: number;
    readonly learnRows: number;
    readonly agree: number;
    readonly adwin: { readonly delta: number; readonly clock: number };
    readonly pageHinkley: { readonly delta: number; readonly threshold: number };
    readonly ewma: { readonly alpha: number; readonly width: number };
    readonly ddm: { readonly change: number };
    readonly hddm: { readonly change: number };
  };
}

/** What an objective is about beside its kind; `slices` are good or bad as a whole, the others count events. */
export type SloSettings = SloCommon &
  (
    | {
        readonly kind: 'availability';
        /** Errors that are the caller's own: not counted. `*` at the end stands for any characters. */
        readonly exclude?: readonly string[];
      }
    | { readonly kind: 'latency' }
    | {
        readonly kind: 'quality';
        /** Of a regression: the largest error that is good, an edge of ERROR_EDGES. null: the classes must agree. */
        readonly tolerance: number | null;
        /** Share of a window's predictions that must have a label before it is judged. */
        readonly minCoverage: number;
      }
    | {
        readonly kind: 'freshness';
        readonly of: 'event' | 'label' | 'feature';
        readonly feature: string | null;
        readonly maxAgeMs: number;
        readonly sliceMs: number;
      }
    | {
        readonly kind: 'drift';
        readonly threshold: number;
        readonly minRows: number;
        /** null: every feature that is judged. */
        readonly features: readonly string[] | null;
        readonly against: Comparison;
        /** The window of the model. */
        readonly sliceMs: number;
      }
    | {
        readonly kind: 'fairness';
        readonly attribute: string;
        readonly threshold: number;
        readonly minRows: number;
        readonly sliceMs: number;
      }
    | {
        readonly kind: 'cost';
        /** Money for one calendar month. */
        readonly monthly: number;
        /** null: whatever rows say. */
        readonly currency: string | null;
        readonly timeZone: string;
      }
  );

interface SloCommon {
  readonly id: string;
  /** 0..1, as a share of good events or slices; 0 for a cost, which has none. */
  readonly target: number;
  readonly periodMs: number;
  /** Latency only: a prediction slower than this is bad. */
  readonly thresholdMs: number | null;
  /** Absent: `auto`, the table of burn-windows.yaml as far as this target can reach it. */
  readonly burn?: readonly BurnPair[];
  /** So many bad events in both windows prove a burn without statistics. */
  readonly minBad?: number;
}

export type SloKind = SloSettings['kind'];

/** A long and a short window that are watched together; `factor` times the even pace of the budget fires. */
export interface BurnPair {
  readonly severity: 'page' | 'ticket';
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
}

export interface RollbackSettings {
  /** POSTed `{model, version}` with a Standard Webhooks signature. */
  readonly url: string;
  readonly secret: string;
  readonly verifyShare: number;
  readonly verifyWithinMs: number;
  readonly verifyMinRows: number;
}

/** What Leeway may call. Nothing by default. */
export interface EgressSettings {
  /**
   * Hosts for everybody: `host`, `host:port`, `host:*` (every port), `*.example.com`, `*`; IPv6 in brackets. With `http://` in
   * front also without TLS.
   */
  readonly allow: readonly string[];
  /** What a tenant's receivers and models may call besides. */
  readonly tenants: Readonly<Record<string, readonly string[]>>;
  /** Networks in CIDR notation that may be called though they are private, of this machine or reserved. */
  readonly open: readonly string[];
  /** The ports of an entry that names none. */
  readonly ports: readonly number[];
  /** Everything goes through this HTTP proxy by CONNECT; may hold credentials. */
  readonly proxy: string | null;
}

/** Secrets are resolved values here, never in the config text. */
export type ReceiverSettings =
  | {
      readonly id: string;
      readonly type: 'slack';
      readonly channel: string;
      readonly token: string;
      readonly apiUrl: string | null;
      /** Liquid, instead of Leeway's own words; `act/own-words.ts` says what becomes of each. */
      readonly templates?: Templates<'title' | 'text'>;
    }
  | {
      readonly id: string;
      readonly type: 'email';
      readonly to: readonly string[];
      readonly from: string;
      readonly smtpUrl: string;
      readonly templates?: Templates<'subject' | 'text' | 'html'>;
    }
  | {
      readonly id: string;
      readonly type: 'webhook';
      readonly url: string;
      /** `whsec_…` signs with HMAC-SHA256 (v1), `whsk_…` with Ed25519 (v1a). */
      readonly secret: string;
      /** While receivers learn the new secret, requests are signed with the one before as well. */
      readonly previous?: { readonly secret: string; readonly untilMs: number };
    }
  | {
      readonly id: string;
      readonly type: 'alertmanager';
      /** Where it answers, without `/api/v2/alerts`. */
      readonly url: string;
      readonly resendMs: number;
    }
  | {
      readonly id: string;
      readonly type: 'pagerduty';
      readonly routingKey: string;
      readonly apiUrl: string | null;
      readonly templates?: Templates<'summary'>;
    };

type Templates<Name extends string> = Readonly<Partial<Record<Name, string | undefined>>>;

/** How long telemetry is kept, and the room that is left to others. */
export interface StorageSettings {
  /** Predictions and labels, hot and in Parquet. */
  readonly keepRowsMs: number;
  readonly keepCountsMs: number;
  /** With less room on the disk of the data folder nothing is taken in. */
  readonly minFreeBytes: number;
}

export interface LimitSettings {
  readonly maxCompressedBytes: number;
  readonly maxBodyBytes: number;
  readonly maxBytesInFlight: number;
  /** Of bodies as they are sent; absent: as many as there is room for. */
  readonly maxBytesPerSecondPerTenant?: number | undefined;
  readonly maxFeatures: number;
  readonly maxModelsPerTenant: number;
  readonly maxStringBytes: number;
  readonly maxDepth: number;
  readonly maxAgeMs: number;
  readonly maxAheadMs: number;
}

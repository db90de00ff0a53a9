import type { SchemaNotice, ViolationKind } from './model-schema.ts';
import type { FeatureCounts, FeatureLayout } from '../detectors/types.ts';
import type { Evidence } from './model-evidence.ts';

/** The nouns of Leeway in the order of the flow: ingest, store, detect, route; `model-act.ts` goes on. Types only. */
export type * from './model-act.ts';
export type * from './model-alerts.ts';
export type * from './model-evidence.ts';
export { SCOPES } from './model-act.ts';
export type * from './model-schema.ts';
export { SCHEMA_SOURCES, VIOLATIONS } from './model-schema.ts';
export type * from './model-rows.ts';
export type * from './model-rules.ts';
export { DIRTY_CAUSES, MEASURES } from './model-rows.ts';

export type Task = 'binary' | 'multiclass' | 'regression' | 'ranking' | 'generative';
export type FeatureKind = 'number' | 'category' | 'boolean' | 'text' | 'embedding';

/** Pseudo-features: the prediction and the score are counted like any feature. */
export const PREDICTION = '$prediction';
export const SCORE = '$score';

export interface ModelKey {
  readonly tenant: string;
  readonly model: string;
}

/* ---- ingest ---- */

/** How rows are told: a label of `leeway_ingest_requests_total`, and the name of a format. */
export type Protocol =
  | 'otlp-protobuf'
  | 'otlp-json'
  | 'otlp-grpc'
  | 'json'
  | 'ndjson'
  | 'arrow'
  | 'parquet'
  | 'csv'
  | 'cloudevents';
/** `events`: one CloudEvent of a serving stack a request. */
export type IngestRoute = 'logs' | 'predictions' | 'labels' | 'events';
export type Encoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** `body` is as received; `encoding` says how it still is compressed. */
export interface IngestRequest {
  readonly tenant: string;
  readonly route: IngestRoute;
  readonly protocol: Protocol;
  readonly encoding: Encoding;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly receivedAtMs: number;
  /** Names the request, as `digestOf` makes it; made where it is missing. */
  readonly digest?: string;
  /** The `ce-` headers of a CloudEvent and its content type, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Rows of a set that a baseline is to be made of: whatever they say, they are of this model. */
  readonly referenceSet?: { readonly model: string; readonly set: string };
  /** The sender's own name of the request, not of OTLP: the same name and body within ten minutes count once. */
  readonly idempotencyKey?: string;
}

/** Why a record or a request was refused; a label of `leeway_ingest_rejected_records_total`. */
export const REJECT_REASONS = [
  'malformed',
  'too_large',
  'unknown_event',
  'missing_model',
  'missing_id',
  'missing_value',
  'time_out_of_range',
  'tenant_mismatch',
  'bad_feature',
  'too_many_features',
  'too_many_models',
  'too_long',
  'too_deep',
  'unsupported_type',
  'missing_time',
  'unpaired',
  'unauthenticated',
  'forbidden',
  'unknown_path',
  'wrong_method',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export interface Rejection {
  readonly reason: RejectReason;
  readonly count: number;
  /** One sentence: what was expected, what came, what to do. Never a feature value. */
  readonly message: string;
}

/** `accepted` counts rows that are on disk when the reply is made; repeats count as accepted and as `repeated`. */
export interface IngestReply {
  readonly status: 'ok' | 'bad_request' | 'too_large' | 'overloaded';
  readonly accepted: { readonly predictions: number; readonly labels: number };
  readonly repeated: number;
  readonly rejected: readonly Rejection[];
  /** Rows that were kept, but of which something was not as expected. */
  readonly warnings?: readonly Rejection[];
  /** What became known of schemas by this request; for those who watch, not for the sender. */
  readonly notices?: readonly SchemaNotice[];
}

/* ---- store ---- */

export interface FeatureEntry {
  readonly name: string;
  readonly kind: FeatureKind;
  /** Rows whose value had another kind than the feature; kept, counted. */
  readonly kindViolations: number;
}

export interface VersionEntry {
  readonly version: string;
  readonly firstEventMs: number;
  readonly lastEventMs: number;
  readonly predictions: number;
}

/** What the telemetry store knows of a model, discovered from traffic. */
export interface ModelEntry extends ModelKey {
  readonly features: readonly FeatureEntry[];
  readonly versions: readonly VersionEntry[];
  readonly predictions: number;
  readonly referenceRows: number;
  readonly labels: number;
  readonly lastEventMs: number | null;
  readonly lastReceivedMs: number | null;
  /** Rows that were not as declared, or not of the kind their feature is stored as. */
  readonly violations?: Readonly<Partial<Record<ViolationKind, number>>>;
}

/** Frozen cells of every feature of a model, with the baseline's own counts in them. */
export interface Baseline extends ModelKey {
  readonly id: string;
  readonly source: BaselineSource;
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: number;
  readonly createdAtMs: number;
  readonly layouts: Readonly<Record<string, FeatureLayout>>;
  readonly counts: Readonly<Record<string, FeatureCounts>>;
  /** Absent: the configuration chose it. */
  readonly choice?: BaselineChoice;
}

/** A baseline chosen by API; it stands until the configuration's own source changes, or it is withdrawn. */
export interface BaselineChoice {
  readonly by: string;
  readonly atMs: number;
  /** What the configuration had chosen then. */
  readonly instead: BaselineSource | null;
  readonly withdrawnAtMs: number | null;
}

/** `uploaded`: the rows that were uploaded under a name. `reference`: rows shipped as dataset=reference. `period`: production rows in [from, to). `first`: the first N rows. */
export type BaselineSource =
  | { readonly kind: 'reference'; readonly minRows: number }
  | { readonly kind: 'uploaded'; readonly set: string }
  | {
      readonly kind: 'period';
      readonly fromMs: number;
      readonly toMs: number;
      /** Ranges that are left out. */
      readonly exclude?: readonly { readonly fromMs: number; readonly toMs: number }[];
    }
  | { readonly kind: 'first'; readonly rows: number };

/** Which counts: half-open [fromMs, toMs), multiples of five minutes. */
export interface CountsQuery extends ModelKey {
  readonly fromMs: number;
  readonly toMs: number;
  readonly version?: string;
  /** A protected or segment attribute; answers one row per group value. Absent: all rows, one row. */
  readonly by?: { readonly attribute: string };
}

export interface CountsRow {
  /** Group value when asked `by`, else null. */
  readonly group: string | null;
  readonly rows: number;
  readonly features: Readonly<Record<string, FeatureCounts>>;
}

export interface VolumeRow {
  readonly fromMs: number;
  readonly version: string;
  readonly rows: number;
}

export interface SloCountsRow {
  readonly slo: string;
  readonly fromMs: number;
  readonly good: number;
  readonly bad: number;
  /** Neither good nor bad. */
  readonly excluded?: number;
  /** Quality: predictions without a label as yet. */
  readonly waiting?: number;
  /** Cost: billionths of the currency. */
  readonly nanos?: number;
}

/* ---- detect ---- */

/** One number a detector found, with all that is needed to compute it again. */
export interface Score extends ModelKey {
  readonly detector: string;
  /** Feature name, SLO id, attribute, or empty for the whole model. */
  readonly subject: string;
  readonly windowFromMs: number;
  readonly windowToMs: number;
  /** When most labels of the window had come; what needs none is known at its end. Only while it is judged. */
  readonly maturedAtMs?: number;
  /** null: undefined, and `why` says so in words. */
  readonly value: number | null;
  readonly why: string | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly rows: number;
  readonly baselineId: string | null;
  /** false: chance explains the value, whatever its size, so that no rule sees a breach. Absent: nothing was tested. */
  readonly isSignificant?: boolean;
  /** What it can be computed from again: ids of documents by the name of the part of the detector's input they are. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Everything else: counts, parameters, explaining cells, other statistics. JSON, reproducible. */
  readonly evidence: Evidence;
}

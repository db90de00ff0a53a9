import type { FailureReason } from './model.ts';

/** The one table of metric names: help, labels and buckets. Dashboards and exporters may use no other name. */

export interface MetricFamily {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** `event`: counted as it happens. `state`: built again from the stores at every scrape. */
  readonly source: 'event' | 'state';
}

const MODEL = ['tenant', 'model'] as const;
const FEATURE = [...MODEL, 'feature'] as const;
/** `comparison`: fixed (against the baseline) or moving (against the weeks before). */
const COMPARED = [...FEATURE, 'comparison'] as const;
/** `comparison` is empty where a detector compares in one way only. */
const SCORED = [...MODEL, 'detector', 'subject', 'comparison'] as const;
const FAIRNESS = [...MODEL, 'attribute', 'measure'] as const;
const SLO = [...MODEL, 'slo'] as const;
/** A request is on disk within some milliseconds; a batch of ten thousand rows takes up to a second. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
/** A model's window is judged in milliseconds; a first run over a long history takes minutes. */
const DETECTOR_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60] as const;
/** Receivers time out after at most half a minute. */
const DELIVERY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

const state = (help: string, labels: readonly string[] = []) =>
  ({ type: 'gauge', source: 'state', help, labels }) as const;
const total = (help: string, labels: readonly string[], source: MetricFamily['source']) =>
  ({ type: 'counter', source, help, labels }) as const;
const seconds = (help: string, labels: readonly string[], buckets: readonly number[]) =>
  ({ type: 'histogram', source: 'event', help, labels, buckets }) as const;

/** As Sloth names the service, the objective and both together, for dashboards made for it. */
const SLOTH = [...MODEL, 'sloth_id', 'sloth_service', 'sloth_slo'] as const;

/** Windows that have a family of their own under Sloth's names; every other is in leeway_slo_error_ratio. */
export const SLOTH_WINDOWS = [
  '5m',
  '30m',
  '1h',
  '2h',
  '6h',
  '12h',
  '1d',
  '3d',
  '7d',
  '12d',
  '28d',
  '30d',
  '90d',
] as const;

type SlothRatio = `slo:sli_error:ratio_rate${(typeof SLOTH_WINDOWS)[number]}`;

export function slothRatio(window: string): SlothRatio | null {
  const known = SLOTH_WINDOWS.find((one) => one === window);
  return known === undefined ? null : `slo:sli_error:ratio_rate${known}`;
}

const slothRatios = Object.fromEntries(
  SLOTH_WINDOWS.map((window) => [
    `slo:sli_error:ratio_rate${window}`,
    state(`Share of bad events over ${window}, exact.`, [...SLOTH, 'sloth_window']),
  ]),
) as Readonly<Record<SlothRatio, MetricFamily>>;

export const METRICS = {
  leeway_build_info: state('1; the running version, and the address people reach the UI at.', [
    'version',
    'external_url',
  ]),
  alertmanager_build_info: state('1; the version of Alertmanager whose API v2 is spoken.', ['version']),
  leeway_model_info: state('1 for each of the three versions of a model seen last.', [
    ...MODEL,
    'model_version',
    'task',
  ]),
  leeway_model_status: state(
    'Health of a model: 0 healthy, 1 drifting (a ticket fires), 2 action (a page fires), 3 silent, 4 learning (no baseline yet).',
    MODEL,
  ),
  leeway_features_monitored: state('Features judged for drift in the latest window.', MODEL),
  leeway_features_drifted: state(
    'Features at or above their drift limit in the latest window, against any comparison, that chance does not explain.',
    MODEL,
  ),
  leeway_feature_drift_ratio: state(
    'Drift of a feature over its ticket limit in the latest window; 1 or more breaches. 0 where chance explains it.',
    COMPARED,
  ),
  leeway_feature_drift_js_distance: state(
    'Jensen-Shannon distance (base 2, bias corrected) of a feature to what it is compared with, whether chance explains it or not.',
    COMPARED,
  ),
  leeway_feature_drift_psi: state(
    'Population stability index of a feature against what it is compared with.',
    COMPARED,
  ),
  leeway_feature_missing_ratio: state('Share of rows without the feature in the latest window.', FEATURE),
  leeway_prediction_drift_ratio: state(
    'Drift of the prediction or the score over its ticket limit; 0 where chance explains it.',
    [...MODEL, 'output', 'comparison'],
  ),
  leeway_score: state(
    'Latest value of a detector for a subject (a feature, a budget, a group; empty: the model), in its own unit: see /api/v1/detectors.',
    SCORED,
  ),
  leeway_score_significant: state(
    '1 when chance does not explain the latest value, 0 when it does; absent where nothing was tested.',
    SCORED,
  ),
  leeway_score_rows: state('Rows the latest value was made of, decided or not.', SCORED),
  leeway_score_limit_ratio: state(
    'Latest value over its lowest limit, as its rules judge it; 1 or more breaches, 0 where chance explains it. Absent without a rule.',
    SCORED,
  ),
  leeway_scores_undecided: state('Subjects a detector had too little data to judge in its latest run.', [
    ...MODEL,
    'detector',
  ]),
  leeway_baseline_info: state(
    '1; the baseline a model was judged against last, and what it is compared with.',
    [...MODEL, 'baseline', 'comparison'],
  ),
  leeway_fairness_gap_ratio: state('Largest difference of the measure between two groups.', FAIRNESS),
  leeway_fairness_gap_lower_ratio: state('Lower end of the interval of the gap.', FAIRNESS),
  leeway_fairness_gap_upper_ratio: state('Upper end of the interval of the gap.', FAIRNESS),
  leeway_fairness_gap_limit_ratio: state('Gap at which a ticket opens.', FAIRNESS),
  leeway_slo_objective_ratio: state('Share of good events that the SLO promises.', SLO),
  leeway_slo_period_seconds: state('Length of the period the error budget belongs to.', SLO),
  leeway_slo_burn_rate: state('Error rate over the rate that uses up the budget exactly in its period.', [
    ...SLO,
    'window',
  ]),
  leeway_slo_error_budget_remaining_ratio: state('Share of the error budget left; may be negative.', SLO),
  leeway_slo_exhaustion_timestamp_seconds: state(
    'When the error budget ends if errors go on; absent if never.',
    SLO,
  ),
  leeway_slo_error_ratio: state(
    'Share of bad events or slices in a window; absent where nothing was counted.',
    [...SLO, 'window'],
  ),
  leeway_slo_events_total: total(
    'Events counted good or bad ever, of SLOs that count predictions as they come.',
    [...SLO, 'result'],
    'state',
  ),
  leeway_slo_state: state(
    '1 for what an SLO is now: ok, burning, nodata (nothing to judge) or pending (labels have not come).',
    [...SLO, 'state'],
  ),
  leeway_slo_spent: state('Money spent in the calendar month, in the currency of the SLO.', SLO),
  leeway_slo_spending_limit: state('Money for the calendar month.', SLO),
  ...slothRatios,
  'slo:objective:ratio': state('Share of good events that the SLO promises, as Sloth names it.', SLOTH),
  'slo:error_budget:ratio': state('1 less the objective.', SLOTH),
  'slo:time_period:days': state('Length of the period the error budget belongs to.', SLOTH),
  'slo:current_burn_rate:ratio': state('Burn rate over the shortest window.', SLOTH),
  'slo:period_burn_rate:ratio': state('Burn rate over the whole period.', SLOTH),
  'slo:period_error_budget_remaining:ratio': state('Share of the error budget left.', SLOTH),
  sloth_slo_info: state('1; which SLOs there are.', [...SLOTH, 'sloth_mode', 'sloth_objective']),
  leeway_slo_period_events: state('Good and bad events within the period up to now.', [...SLO, 'result']),
  leeway_alert_active: state('1 while an alert of the rule fires.', [...MODEL, 'rule', 'severity']),
  leeway_alerts: state('Alerts that fire, by what was done about them.', ['tenant', 'severity', 'state']),
  leeway_incident_active: state('Incidents that are not resolved.', [...MODEL, 'severity']),
  leeway_predictions_total: total('Predictions stored.', MODEL, 'state'),
  leeway_labels_total: total('Labels stored.', MODEL, 'state'),
  leeway_schema_violations_total: total(
    'Values not as declared, or not of the kind their feature is stored as; the rows are kept.',
    [...MODEL, 'kind'],
    'state',
  ),
  leeway_ingest_last_record_timestamp_seconds: state(
    'When the last record of the model was received.',
    MODEL,
  ),
  leeway_ingest_requests_total: total(
    'Ingest requests answered, by status class.',
    ['tenant', 'protocol', 'code'],
    'event',
  ),
  leeway_ingest_records_total: total(
    'Records acknowledged, repeats included.',
    ['tenant', 'protocol', 'kind'],
    'event',
  ),
  leeway_ingest_repeated_records_total: total(
    'Records acknowledged before and not stored again.',
    ['tenant', 'protocol'],
    'event',
  ),
  leeway_ingest_rejected_records_total: total(
    'Records refused, by reason.',
    ['tenant', 'protocol', 'reason'],
    'event',
  ),
  leeway_ingest_bytes_total: total('Bytes of request bodies as received.', ['tenant', 'protocol'], 'event'),
  leeway_ingest_request_duration_seconds: seconds(
    'Time from a request to its answer, on disk included.',
    ['protocol', 'code'],
    REQUEST_SECONDS,
  ),
  leeway_ingest_queue_records: state('Rows received and not yet committed.'),
  leeway_detector_runs_total: total(
    'Detection jobs run, by kind of job and result.',
    ['job', 'result'],
    'event',
  ),
  leeway_detector_run_duration_seconds: seconds('Duration of a detection job.', ['job'], DETECTOR_SECONDS),
  leeway_scores_total: total('Scores stored.', [], 'state'),
  leeway_deliveries_total: total(
    'Attempts to tell a receiver, by result.',
    ['receiver', 'kind', 'result'],
    'event',
  ),
  leeway_delivery_duration_seconds: seconds('Duration of one delivery attempt.', ['kind'], DELIVERY_SECONDS),
  leeway_delivery_failures_total: total(
    'Attempts that told nobody, by why: auth, rate, delayed, client, gone, config, server, connection, timeout.',
    ['receiver', 'reason'],
    'event',
  ),
  leeway_template_failures_total: total(
    "Templates of a receiver that failed at an attempt, which was told in Leeway's own words.",
    ['receiver', 'template'],
    'event',
  ),
  leeway_deliveries_waiting: state('Deliveries queued for a receiver that have not arrived.', ['receiver']),
  leeway_deliveries_oldest_timestamp_seconds: state(
    'When the oldest delivery that has not arrived was queued; absent when none waits.',
    ['receiver'],
  ),
  leeway_receiver_breaker_open: state(
    '1 while a receiver that kept failing is tried by one delivery at a time, else 0.',
    ['receiver'],
  ),
  leeway_page_unreached_timestamp_seconds: state(
    'Since when a page that was told has reached nobody; absent when each has reached somebody.',
  ),
  leeway_deliveries_dead_total: total('Deliveries given up for good.', [], 'state'),
  leeway_storage_database_bytes: state('Size of the telemetry database file.'),
  leeway_storage_wal_bytes: state('Size of the telemetry write-ahead log.'),
  leeway_storage_archive_bytes: state('Size of closed days as Parquet files.'),
  leeway_storage_free_bytes: state(
    'Room on the disk of the data folder; below limits.minFreeBytes nothing is taken in.',
  ),
  leeway_store_readable: state('1 when both stores answered this scrape; else state families are absent.'),
  leeway_metrics_exported_series: state('State series in this scrape.'),
  leeway_metrics_suppressed_series: state('State series left out by the limits on series.', ['family']),
} as const satisfies Readonly<Record<string, MetricFamily>>;

export type MetricName = keyof typeof METRICS;

/** One answered ingest request. `tenant` null: no key was recognised. */
export interface IngestObservation {
  readonly tenant: string | null;
  readonly protocol: string;
  /** The HTTP status answered. */
  readonly status: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly accepted: { readonly predictions: number; readonly labels: number };
  readonly repeated: number;
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
}

/** One attempt to deliver. `kind` is what was delivered, `receiver` its id in the settings. */
export interface DeliveryObservation {
  readonly receiver: string;
  readonly kind: string;
  readonly result: 'sent' | 'retry' | 'failed' | 'unknown';
  /** Why it did not arrive; null: it did. */
  readonly reason: FailureReason | null;
  readonly seconds: number;
}

/** A template that was not used; `template` is its key in the settings of the receiver. */
export interface TemplateFailureObservation {
  readonly receiver: string;
  readonly template: string;
}

/** One detection job that ended; `job` is its kind: windows, slo, absence. */
export interface DetectorObservation {
  readonly job: string;
  readonly result: 'ok' | 'no_baseline' | 'error';
  readonly seconds: number;
}

/** What the stages tell of themselves. */
export interface Recorder {
  readonly ingest: (observation: IngestObservation) => void;
  readonly unpaired: (
    unpaired: readonly {
      readonly tenant: string;
      readonly rejection: { readonly reason: string; readonly count: number };
    }[],
  ) => void;
  readonly delivery: (observation: DeliveryObservation) => void;
  readonly templateFailure: (observation: TemplateFailureObservation) => void;
  readonly detectorRun: (observation: DetectorObservation) => void;
}

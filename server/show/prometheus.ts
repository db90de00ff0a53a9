import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  METRICS,
  type IngestObservation,
  type MetricFamily,
  type MetricName,
  type Recorder,
} from '../metrics.ts';
import { capSeries, type Sample } from './series.ts';

/** Requests since the start, as far as they concern one tenant. */
export interface IngestSeen {
  readonly requests: number;
  readonly accepted: number;
  /** Requests without a known key; they belong to no tenant. */
  readonly refused: number;
}

export interface Metrics extends Recorder {
  /** The page in OpenMetrics, with `samples` as the state families. Calls must not overlap. */
  readonly render: (samples: readonly Sample[]) => Promise<string>;
  readonly contentType: string;
  /** null: all tenants. */
  readonly ingestSeen: (tenant: string | null) => IngestSeen;
}

interface Families {
  readonly count: (name: MetricName, labels: Record<string, string>, by?: number) => void;
  readonly observe: (name: MetricName, labels: Record<string, string>, seconds: number) => void;
}

/**
 * One registry for the process. It is fixed to OpenMetrics: prom-client 15 drops `_total` from counter names for good
 * once a registry was rendered in both formats.
 */
export function createMetrics(): Metrics {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry as unknown as Registry });
  let current: ReadonlyMap<MetricName, readonly Sample[]> = new Map();
  const families = registerFamilies(registry as unknown as Registry, (name) => current.get(name) ?? []);
  const seen = seenRecorder();
  return {
    ...recorder(families, seen.add),
    ingestSeen: seen.of,
    contentType: registry.contentType,
    render: async (samples) => {
      current = Map.groupBy(withCaps(samples), (sample) => sample.family);
      return registry.metrics();
    },
  };
}

function withCaps(samples: readonly Sample[]): readonly Sample[] {
  const { kept, suppressed } = capSeries(samples);
  return [
    ...kept,
    { family: 'leeway_metrics_exported_series', labels: {}, value: kept.length },
    ...[...suppressed].map(
      ([family, value]) =>
        ({ family: 'leeway_metrics_suppressed_series', labels: { family }, value }) as const,
    ),
  ];
}

function registerFamilies(registry: Registry, samplesOf: (name: MetricName) => readonly Sample[]): Families {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const [name, family] of Object.entries(METRICS) as [MetricName, MetricFamily][]) {
    const options = { name, help: family.help, labelNames: [...family.labels], registers: [registry] };
    if (family.source === 'state') registerState(family.type, options, () => samplesOf(name));
    else if (family.type === 'histogram')
      histograms.set(name, new Histogram({ ...options, buckets: [...(family.buckets ?? [])] }));
    else counters.set(name, new Counter(options));
  }
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, seconds) => histograms.get(name)?.observe(labels, seconds),
  };
}

interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

/** Built again at each scrape, so that what is gone is gone: a series not reset would stay for ever. */
function registerState(
  type: MetricFamily['type'],
  options: FamilyOptions,
  samples: () => readonly Sample[],
): void {
  const Family = type === 'counter' ? Counter : Gauge;
  const family: Counter | Gauge = new Family({
    ...options,
    collect() {
      family.reset();
      // An empty family without labels would show as 0, which is a value.
      if (options.labelNames.length === 0) family.remove();
      for (const { labels, value } of samples()) family.inc(labels, value);
    },
  });
}

function recorder({ count, observe }: Families, see: (seen: IngestObservation) => void): Recorder {
  return {
    ingest: (observation) => {
      see(observation);
      recordIngest({ count, observe }, observation);
    },
    unpaired: (unpaired) => {
      for (const { tenant, rejection } of unpaired)
        count(
          'leeway_ingest_rejected_records_total',
          { tenant, protocol: 'cloudevents', reason: rejection.reason },
          rejection.count,
        );
    },
    delivery: ({ receiver, kind, result, reason, seconds }) => {
      count('leeway_deliveries_total', { receiver, kind, result });
      if (reason !== null) count('leeway_delivery_failures_total', { receiver, reason });
      observe('leeway_delivery_duration_seconds', { kind }, seconds);
    },
    templateFailure: ({ receiver, template }) =>
      count('leeway_template_failures_total', { receiver, template }),
    detectorRun: ({ job, result, seconds }) => {
      count('leeway_detector_runs_total', { job, result });
      observe('leeway_detector_run_duration_seconds', { job }, seconds);
    },
  };
}

function recordIngest({ count, observe }: Families, observation: IngestObservation): void {
  const { protocol, accepted, rejected } = observation;
  const tenant = observation.tenant ?? '';
  const code = `${Math.floor(observation.status / 100)}xx`;
  count('leeway_ingest_requests_total', { tenant, protocol, code });
  count('leeway_ingest_bytes_total', { tenant, protocol }, observation.bytes);
  count('leeway_ingest_records_total', { tenant, protocol, kind: 'prediction' }, accepted.predictions);
  count('leeway_ingest_records_total', { tenant, protocol, kind: 'label' }, accepted.labels);
  count('leeway_ingest_repeated_records_total', { tenant, protocol }, observation.repeated);
  for (const { reason, count: records } of rejected)
    count('leeway_ingest_rejected_records_total', { tenant, protocol, reason }, records);
  observe('leeway_ingest_request_duration_seconds', { protocol, code }, observation.seconds);
}

function seenRecorder() {
  const tenants = new Map<string, { requests: number; accepted: number }>();
  let refused = 0;
  return {
    add: ({ tenant, accepted }: IngestObservation) => {
      if (tenant === null) refused += 1;
      else {
        const before = tenants.get(tenant) ?? { requests: 0, accepted: 0 };
        const rows = accepted.predictions + accepted.labels;
        tenants.set(tenant, { requests: before.requests + 1, accepted: before.accepted + rows });
      }
    },
    of: (tenant: string | null): IngestSeen => {
      const own = [...tenants].filter(([id]) => tenant === null || id === tenant).map(([, seen]) => seen);
      return {
        requests: own.reduce((total, seen) => total + seen.requests, 0),
        accepted: own.reduce((total, seen) => total + seen.accepted, 0),
        refused,
      };
    },
  };
}

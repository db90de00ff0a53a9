import type { Alert, Incident, Rule } from '../model.ts';
import type { ControlCounters, FleetScore, ReceiverHealth, SloTotal, TelemetryHealth } from '../ports.ts';
import type { FleetModel } from './fleet-state.ts';
import { sample, type Labels, type Sample } from './series.ts';
import type { Health } from './types.ts';
import { driftSamples, scoreSamples } from './score-samples.ts';
import { sloSamples } from './slo-samples.ts';
import { latestBySubject } from './views/scores.ts';
import { thresholdsOf } from './views/thresholds.ts';

/** What a scrape needs of the stores. */
export interface MetricsState {
  readonly models: readonly FleetModel[];
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly health: TelemetryHealth;
  readonly counters: ControlCounters;
  readonly receivers: readonly ReceiverHealth[];
  readonly rules: readonly Rule[];
  readonly sloTotals: readonly SloTotal[];
}

const STATUS: Readonly<Record<Health, number>> = {
  healthy: 0,
  drifting: 1,
  action: 2,
  silent: 3,
  learning: 4,
};
const SHOWN_VERSIONS = 3;

/** Every state series; what cannot be computed is absent, never 0. Pure. */
export function stateSamples(state: MetricsState): readonly Sample[] {
  const firing = state.alerts.filter((alert) => alert.state === 'firing');
  return [
    ...sample('leeway_store_readable', {}, 1),
    ...storeSamples(state),
    ...state.receivers.flatMap(receiverSamples),
    ...alertSamples(firing),
    ...incidentSamples(state.incidents),
    ...state.models.flatMap((model) => modelSamples(model, state)),
    // Last, so that the limit on series takes the long list of every score before anything above.
    ...state.models.flatMap(({ facts: { tenant, model }, scores }) =>
      scoreSamples({ scores, labels: { tenant, model }, rules: state.rules }),
    ),
  ];
}

function storeSamples({ health, counters }: MetricsState): readonly Sample[] {
  return [
    ...sample('leeway_ingest_queue_records', {}, health.rowsAwaitingCommit),
    ...sample('leeway_storage_database_bytes', {}, health.databaseBytes),
    ...sample('leeway_storage_wal_bytes', {}, health.walBytes),
    ...sample('leeway_storage_archive_bytes', {}, health.archive.bytes),
    ...sample('leeway_storage_free_bytes', {}, health.freeBytes),
    ...sample('leeway_scores_total', {}, counters.scores),
    ...sample('leeway_deliveries_dead_total', {}, counters.deliveriesDead),
    ...sample('leeway_page_unreached_timestamp_seconds', {}, inSeconds(counters.oldestUnreachedPageMs)),
  ];
}

function receiverSamples({
  receiver,
  waiting,
  oldestWaitingMs,
  openSinceMs,
}: ReceiverHealth): readonly Sample[] {
  return [
    ...sample('leeway_deliveries_waiting', { receiver }, waiting),
    ...sample('leeway_deliveries_oldest_timestamp_seconds', { receiver }, inSeconds(oldestWaitingMs)),
    ...sample('leeway_receiver_breaker_open', { receiver }, openSinceMs === null ? 0 : 1),
  ];
}

function alertSamples(firing: readonly Alert[]): readonly Sample[] {
  const active = firing.map(({ tenant, model, rule, severity }) => ({ tenant, model, rule, severity }));
  const handled = firing.map((alert) => ({
    tenant: alert.tenant,
    severity: alert.severity,
    state: alert.silencedBy !== null ? 'silenced' : alert.acknowledgedBy !== null ? 'acknowledged' : 'firing',
  }));
  return [
    ...tally(active).map(([labels]) => ({ family: 'leeway_alert_active', labels, value: 1 }) as const),
    ...tally(handled).map(([labels, value]) => ({ family: 'leeway_alerts', labels, value }) as const),
  ];
}

function incidentSamples(incidents: readonly Incident[]): readonly Sample[] {
  const open = incidents
    .filter((incident) => incident.state !== 'resolved')
    .map(({ tenant, model, severity }) => ({ tenant, model, severity }));
  return tally(open).map(([labels, value]) => ({ family: 'leeway_incident_active', labels, value }) as const);
}

/** How often each set of labels occurs. */
function tally(all: readonly Labels[]): readonly (readonly [Labels, number])[] {
  return [...Map.groupBy(all, (labels) => JSON.stringify(labels)).values()].flatMap((same) =>
    same[0] === undefined ? [] : [[same[0], same.length] as const],
  );
}

function modelSamples(model: FleetModel, { rules, sloTotals }: MetricsState): readonly Sample[] {
  const { row, facts } = model;
  const labels = { tenant: row.tenant, model: row.model };
  const totals = sloTotals.filter(({ tenant, model: name }) => tenant === row.tenant && name === row.model);
  return [
    ...infoSamples(model),
    ...sample('leeway_model_status', labels, STATUS[row.health]),
    ...sample('leeway_predictions_total', labels, facts.entry?.predictions),
    ...sample('leeway_labels_total', labels, facts.entry?.labels),
    ...Object.entries(facts.entry?.violations ?? {}).flatMap(([kind, count]) =>
      sample('leeway_schema_violations_total', { ...labels, kind }, count),
    ),
    ...sample('leeway_ingest_last_record_timestamp_seconds', labels, inSeconds(facts.entry?.lastReceivedMs)),
    ...driftSamples({ scores: model.scores, labels, rules }),
    ...fairnessSamples(model.scores, labels, rules),
    ...sloSamples({ slos: facts.settings.slos, scores: model.scores, totals, labels }),
  ];
}

function infoSamples({ row, facts }: FleetModel): readonly Sample[] {
  return [...(facts.entry?.versions ?? [])]
    .sort((first, second) => second.lastEventMs - first.lastEventMs)
    .slice(0, SHOWN_VERSIONS)
    .map(({ version }) => ({
      family: 'leeway_model_info',
      labels: { tenant: row.tenant, model: row.model, model_version: version, task: facts.settings.task },
      value: 1,
    }));
}

function fairnessSamples(
  scores: readonly FleetScore[],
  labels: Labels,
  rules: readonly Rule[],
): readonly Sample[] {
  return [...latestBySubject(scores, 'fairness-gap').values()].flatMap((score) => {
    const full = { ...labels, attribute: score.subject, measure: 'selection_rate' };
    return [
      ...sample('leeway_fairness_gap_ratio', full, score.value),
      ...sample('leeway_fairness_gap_lower_ratio', full, score.lower),
      ...sample('leeway_fairness_gap_upper_ratio', full, score.upper),
      ...sample('leeway_fairness_gap_limit_ratio', full, thresholdsOf(rules, 'fairness-gap', score).ticket),
    ];
  });
}

function inSeconds(atMs: number | null | undefined): number | null {
  return atMs === null || atMs === undefined ? null : atMs / 1000;
}

import { slothRatio } from '../metrics.ts';
import type { BurnWindow, ModelKey } from '../model.ts';
import type { FleetScore, SloTotal } from '../ports.ts';
import type { SloSettings } from '../settings.ts';
import { sample, type Labels, type Sample } from './series.ts';
import { latestBySubject } from './views/scores.ts';

/** What a scrape is told of the objectives of one model. */
export interface SloSampled {
  readonly slos: readonly SloSettings[];
  readonly scores: readonly FleetScore[];
  readonly totals: readonly SloTotal[];
  readonly labels: Labels;
}

/** Under Leeway's names and under Sloth's; what cannot be computed is absent. Pure. */
export function sloSamples({ slos, scores, totals, labels }: SloSampled): readonly Sample[] {
  const latest = latestBySubject(scores, 'burn-rate-ticket');
  return slos.flatMap((slo) => {
    const evidence = latest.get(slo.id)?.evidence ?? {};
    const total = totals.find((one) => one.slo === slo.id);
    const full = { ...labels, slo: slo.id };
    return [
      ...ownSamples(slo, evidence, full),
      ...sample('leeway_slo_events_total', { ...full, result: 'good' }, total?.good),
      ...sample('leeway_slo_events_total', { ...full, result: 'bad' }, total?.bad),
      ...(slo.kind === 'cost' ? spendingSamples(evidence, full) : slothSamples(slo, evidence, labels)),
    ];
  });
}

type Told = FleetScore['evidence'];

function ownSamples(
  slo: SloSettings,
  { numbers, burn = [], sloState }: Told,
  full: Labels,
): readonly Sample[] {
  const isMoney = slo.kind === 'cost';
  return [
    ...sample('leeway_slo_objective_ratio', full, isMoney ? null : slo.target),
    ...sample('leeway_slo_period_seconds', full, slo.periodMs / 1000),
    ...sample('leeway_slo_error_budget_remaining_ratio', full, numbers?.['remaining']),
    ...sample('leeway_slo_exhaustion_timestamp_seconds', full, inSeconds(numbers?.['exhaustionMs'])),
    ...sample('leeway_slo_period_events', { ...full, result: 'good' }, numbers?.['good']),
    ...sample('leeway_slo_period_events', { ...full, result: 'bad' }, numbers?.['bad']),
    ...(sloState === undefined ? [] : sample('leeway_slo_state', { ...full, state: sloState }, 1)),
    ...burn.flatMap((one) => [
      ...sample('leeway_slo_burn_rate', { ...full, window: windowName(one.windowMs) }, one.rate),
      ...sample('leeway_slo_error_ratio', { ...full, window: windowName(one.windowMs) }, errorRatio(one)),
    ]),
  ];
}

function inSeconds(atMs: number | null | undefined): number | null {
  return atMs === null || atMs === undefined ? null : atMs / 1000;
}

function errorRatio({ bad, total }: BurnWindow): number | null {
  return bad === undefined || total === undefined || total === 0 ? null : bad / total;
}

function spendingSamples({ numbers }: Told, full: Labels): readonly Sample[] {
  return [
    ...sample('leeway_slo_spent', full, numbers?.['spent']),
    ...sample('leeway_slo_spending_limit', full, numbers?.['budget']),
  ];
}

/** The labels that Sloth gives an objective; unique over tenants and models. */
export function slothLabels({ tenant, model }: ModelKey, slo: string) {
  const service = `${tenant}-${model}`;
  return { sloth_id: `${service}-${slo}`, sloth_service: service, sloth_slo: slo };
}

function slothSamples(slo: SloSettings, { numbers, burn = [] }: Told, labels: Labels): readonly Sample[] {
  const { tenant = '', model = '' } = labels;
  const full = { ...labels, ...slothLabels({ tenant, model }, slo.id) };
  const objective = String(Number((slo.target * 100).toPrecision(8)));
  const period = burn.find(({ windowMs }) => windowMs === slo.periodMs);
  return [
    ...sample('sloth_slo_info', { ...full, sloth_mode: 'leeway', sloth_objective: objective }, 1),
    ...sample('slo:objective:ratio', full, slo.target),
    ...sample('slo:error_budget:ratio', full, Number((1 - slo.target).toPrecision(12))),
    ...sample('slo:time_period:days', full, slo.periodMs / DAY_MS),
    ...sample('slo:current_burn_rate:ratio', full, burn[0]?.rate),
    ...sample('slo:period_burn_rate:ratio', full, period?.rate),
    ...sample('slo:period_error_budget_remaining:ratio', full, numbers?.['remaining']),
    ...burn.flatMap((one) => {
      const window = windowName(one.windowMs);
      const family = slothRatio(window);
      return family === null ? [] : sample(family, { ...full, sloth_window: window }, errorRatio(one));
    }),
  ];
}

const DAY_MS = 86_400_000;

/** 300000 -> "5m", as Prometheus writes durations. */
export function windowName(windowMs: number): string {
  const minutes = windowMs / 60_000;
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

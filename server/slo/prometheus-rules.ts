import type { ModelSettings, SloSettings } from '../settings.ts';
import { slothLabels, windowName } from '../show/slo-samples.ts';

/** Objectives as Prometheus rules over Leeway's own counters, in the groups, records and labels of Sloth. */

/** A pair of windows with the factor the objective is judged by. */
interface Pair {
  readonly severity: 'page' | 'ticket';
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
}

export interface Ruled {
  readonly model: Pick<ModelSettings, 'tenant' | 'model'>;
  readonly slo: Exclude<SloSettings, { kind: 'cost' }>;
  readonly pairs: readonly Pair[];
}

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The three groups of one objective. */
export function ruleGroups(ruled: Ruled): readonly RuleGroup[] {
  const labels = slothLabels(ruled.model, ruled.slo.id);
  return [
    { name: `sloth-slo-sli-recordings-${labels.sloth_id}`, rules: sliRules(ruled) },
    { name: `sloth-slo-meta-recordings-${labels.sloth_id}`, rules: metaRules(ruled) },
    { name: `sloth-slo-alerts-${labels.sloth_id}`, rules: alertRules(ruled) },
  ];
}

/** Sloth: letters and digits at both ends, and between them also . _ and -. */
export function isSlothName(name: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name);
}

function sliRules(ruled: Ruled): readonly Rule[] {
  return windowsOf(ruled).map((windowMs) => {
    const window = windowName(windowMs);
    return {
      record: `slo:sli_error:ratio_rate${window}`,
      expr: ratioExpr(ruled, window),
      labels: { ...slothLabels(ruled.model, ruled.slo.id), sloth_window: window },
    };
  });
}

function windowsOf({ pairs, slo }: Ruled): readonly number[] {
  const lengths = [...pairs.flatMap((pair) => [pair.shortMs, pair.longMs]), slo.periodMs];
  return [...new Set(lengths)].sort((first, second) => first - second);
}

/** Of events by their counters, weighted by them over any window; of the others as Leeway exports it, exact already. */
function ratioExpr({ model, slo }: Ruled, window: string): string {
  const own = `tenant="${model.tenant}",model="${model.model}",slo="${slo.id}"`;
  if (slo.kind !== 'availability' && slo.kind !== 'latency')
    return `max(leeway_slo_error_ratio{${own},window="${window}"})`;
  const events = (more: string) => `sum(rate(leeway_slo_events_total{${own}${more}}[${window}]))`;
  return `${events(',result="bad"')}\n/\n(${events('')} > 0)`;
}

function metaRules(ruled: Ruled): readonly Rule[] {
  const { model, slo } = ruled;
  const labels = slothLabels(model, slo.id);
  const own = selector(labels);
  const windows = windowsOf(ruled).map(windowName);
  const budget = digits(1 - slo.target);
  const period = windowName(slo.periodMs);
  const record = (name: string, expr: string, more: Readonly<Record<string, string>> = {}): Rule => ({
    record: name,
    expr,
    labels: { ...labels, ...more },
  });
  const burn = (window: string) =>
    `slo:sli_error:ratio_rate${window}{${own}}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{${own}}`;
  return [
    record('slo:objective:ratio', `vector(${digits(slo.target)})`),
    record('slo:error_budget:ratio', `vector(${budget})`),
    record('slo:time_period:days', `vector(${slo.periodMs / DAY_MS})`),
    record('slo:current_burn_rate:ratio', burn(windows[0] ?? period)),
    record('slo:period_burn_rate:ratio', burn(period)),
    record('slo:period_error_budget_remaining:ratio', `1 - slo:period_burn_rate:ratio{${own}}`),
    record('sloth_slo_info', 'vector(1)', {
      sloth_mode: 'leeway',
      sloth_objective: digits(slo.target * 100),
    }),
  ];
}

function alertRules(ruled: Ruled): readonly Rule[] {
  return (['page', 'ticket'] as const).flatMap((severity) => {
    const pairs = ruled.pairs.filter((pair) => pair.severity === severity);
    return pairs.length === 0 ? [] : [alertRule(ruled, severity, pairs)];
  });
}

function alertRule({ model, slo }: Ruled, severity: 'page' | 'ticket', pairs: readonly Pair[]): Rule {
  const labels = slothLabels(model, slo.id);
  const own = selector(labels);
  const over = (windowMs: number, factor: number) =>
    `max(slo:sli_error:ratio_rate${windowName(windowMs)}{${own}} > (${digits(factor)} * ${digits(1 - slo.target)})) without (sloth_window)`;
  return {
    alert: 'LeewayErrorBudgetBurn',
    expr: pairs
      .map(
        ({ longMs, shortMs, factor }) =>
          `(\n    ${over(shortMs, factor)}\n  and\n    ${over(longMs, factor)}\n)`,
      )
      .join('\nor\n'),
    // The result has the first three anyway; here they tell the alerts of several objectives apart.
    labels: { ...labels, sloth_severity: severity },
    annotations: {
      title: `(${severity}) The error budget of ${slo.id} of ${model.tenant}/${model.model} burns too fast`,
      summary: `{{$labels.sloth_service}} {{$labels.sloth_slo}}: the error budget burns over its ${severity} limit`,
    },
  };
}

function selector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ');
}

/** Twelve digits: 0.001, not 0.0010000000000000009; no exponent. */
function digits(value: number): string {
  return String(Number(value.toPrecision(12)));
}

const DAY_MS = 86_400_000;

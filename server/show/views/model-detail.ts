import type {
  ActionRun,
  Alert,
  Baseline,
  Incident,
  ModelSchema,
  Rule,
  SloCountsRow,
  VolumeRow,
} from '../../model.ts';
import type { BaselineEntry, StoredScore } from '../../ports.ts';
import type { DetectorName } from '../options.ts';
import type { AsOf, ModelDetail } from '../types.ts';
import { alertTold } from './alert-told.ts';
import { baselineCard, baselineText } from './baseline-card.ts';
import { checksOf } from './checks.ts';
import { distributions, driftRows } from './drift.ts';
import { fairnessRows } from './fairness.ts';
import type { ModelFacts } from './facts.ts';
import { fleetRow } from './fleet-row.ts';
import { labelCharts } from './label-charts.ts';
import { unmatchedSubjects } from './overrides.ts';
import type { Documents } from './parts.ts';
import { expectedSchema } from './schema.ts';
import { sloRows } from './slo.ts';
import { thresholdsOf } from './thresholds.ts';

export interface ModelDetailInput {
  readonly facts: ModelFacts;
  readonly baseline: Baseline | null;
  /** Every baseline the model ever had, the newest first. */
  readonly baselines: readonly BaselineEntry[];
  readonly latest: readonly StoredScore[];
  readonly history: readonly StoredScore[];
  /** Scores of the window that is shown; the latest when none was asked for. */
  readonly shown: readonly StoredScore[];
  /** Checks of the whole model in the listed windows, oldest first. */
  readonly checkHistory: readonly StoredScore[];
  /** What the scores of the shown window, and those of labels, were made of. */
  readonly documents: Documents;
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
  readonly windows: readonly number[];
  readonly volume: readonly VolumeRow[];
  readonly sloCounts: readonly SloCountsRow[];
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly runs: readonly ActionRun[];
  /** null: nothing has arrived yet. */
  readonly schema: ModelSchema | null;
  readonly rules: readonly Rule[];
  readonly detectors: ReadonlyMap<string, DetectorName>;
  readonly asOf: AsOf;
}

const SHOWN_INCIDENTS = 20;

/** Everything the page of one model shows; pure. */
export function modelDetail(input: ModelDetailInput): ModelDetail {
  const { facts, baseline, history, shown, windows, rules } = input;
  const scores = [...history, ...input.latest];
  const { fairness: _widest, ...row } = fleetRow({ ...input, scores });
  const firing = input.alerts.filter((alert) => alert.state === 'firing');
  return {
    ...input.asOf,
    ...row,
    baseline: baseline === null ? null : baselineOf(baseline),
    window: input.window,
    windows,
    thresholds: finite(thresholdsOf(rules, 'drift', facts)),
    drift: driftRows({ ...input, settings: facts.settings, firing }),
    distributions: distributions(input),
    baselineCard: baselineCard(input),
    checks: checksOf({ ...input, history: input.checkHistory }),
    labelCharts: labelCharts(input.latest, input.documents),
    slos: sloRows({
      slos: facts.settings.slos,
      scores: input.latest,
      counts: input.sloCounts,
      nowMs: input.asOf.asOfMs,
    }),
    fairness: fairnessRows(shown, rules),
    versions: [...(facts.entry?.versions ?? [])].sort(
      (first, second) => first.firstEventMs - second.firstEventMs,
    ),
    volume: input.volume,
    labels: facts.entry?.labels ?? 0,
    alerts: firing.map((alert) => alertTold(input, alert)),
    incidents: [...input.incidents]
      .sort((first, second) => second.openedAtMs - first.openedAtMs)
      .slice(0, SHOWN_INCIDENTS),
    runs: [...input.runs].sort((first, second) => second.createdAtMs - first.createdAtMs),
    unmatchedOverrides: unmatchedSubjects(rules, { facts, latest: input.latest }),
    schema: schemaOf(input.schema ?? expectedSchema(facts)),
  };
}

function schemaOf({ features, history, violations, events }: ModelSchema): ModelDetail['schema'] {
  return { features, history, violations, events };
}

/** A level that no rule sets lies beyond the largest possible distance, 1. */
function finite(levels: ModelDetail['thresholds']): ModelDetail['thresholds'] {
  return {
    show: Math.min(1, levels.show),
    ticket: Math.min(1, levels.ticket),
    page: Math.min(1, levels.page),
  };
}

function baselineOf({ id, source, rows, fromMs, toMs }: Baseline): ModelDetail['baseline'] {
  return { id, description: baselineText(source, rows), rows, fromMs, toMs };
}

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
import type { StoredScore } from '../../ports.ts';
import type { AsOf, ModelDetail } from '../types.ts';
import { distributions, driftRows } from './drift.ts';
import { fairnessRows } from './fairness.ts';
import type { ModelFacts } from './facts.ts';
import { fleetRow } from './fleet-row.ts';
import { unmatchedSubjects } from './overrides.ts';
import { expectedSchema } from './schema.ts';
import { sloRows } from './slo.ts';
import { thresholdsOf } from './thresholds.ts';
import { plural, utc } from './words.ts';

export interface ModelDetailInput {
  readonly facts: ModelFacts;
  readonly baseline: Baseline | null;
  readonly latest: readonly StoredScore[];
  readonly history: readonly StoredScore[];
  /** Scores of the window that is shown; the latest when none was asked for. */
  readonly shown: readonly StoredScore[];
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
    drift: driftRows({ baseline, shown, history, windows, firing, rules }),
    distributions: distributions(baseline, shown),
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
    alerts: firing,
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
  return { id, description: describe(source, rows), rows, fromMs, toMs };
}

function describe(source: Baseline['source'], rows: number): string {
  switch (source.kind) {
    case 'reference':
      return `${plural(rows, 'reference row')} shipped with the model`;
    case 'uploaded':
      return `${plural(rows, 'row')} of the uploaded set ${source.set}`;
    case 'period':
      return `${plural(rows, 'prediction')} from ${utc(source.fromMs)} to ${utc(source.toMs)}`;
    case 'first':
      return `the first ${plural(rows, 'prediction')}`;
  }
}

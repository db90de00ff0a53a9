import type { ModelKey, Score, ScheduledJob } from '../model.ts';
import type { Telemetry } from '../ports.ts';
import type { ModelSettings } from '../settings.ts';

/** What a detection job may ask of the telemetry store. */
export type CountsSource = Pick<
  Telemetry,
  | 'catalog'
  | 'baseline'
  | 'freezeBaseline'
  | 'replaceBaseline'
  | 'baselineWindows'
  | 'counts'
  | 'sloWindows'
  | 'volume'
>;

export interface JobInput {
  readonly source: CountsSource;
  readonly model: ModelSettings;
  readonly job: ScheduledJob;
  readonly burnWindows: readonly BurnPair[];
  readonly nowMs: number;
  /** When this process began to listen. */
  readonly startedMs: number;
}

export interface JobResult {
  readonly scores: readonly Score[];
  readonly next: ScheduledJob;
}

/** One pair of a multi-window burn-rate rule, from `alert-rules/burn-windows.yaml`. */
export interface BurnPair {
  readonly severity: 'page' | 'ticket';
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
}

export function keyOf(model: ModelSettings): ModelKey {
  return { tenant: model.tenant, model: model.model };
}

import type { Alert, Rule } from '../../model.ts';
import type { Health } from '../types.ts';
import { healthOf, WORST_FIRST } from './health.ts';

export interface StripInput {
  /** Starts of the windows, oldest first. */
  readonly windows: readonly number[];
  readonly windowMs: number;
  /** Every alert of the model, resolved ones too. */
  readonly alerts: readonly Alert[];
  readonly rules: readonly Rule[];
}

/** The worst state during each window, by the alerts that fired in it. */
export function stripOf(input: StripInput): readonly { readonly fromMs: number; readonly health: Health }[] {
  return input.windows.map((fromMs) => ({ fromMs, health: during(input, fromMs) }));
}

function during({ windowMs, alerts, rules }: StripInput, fromMs: number): Health {
  const found = alerts
    .filter((alert) => sinceMs(alert) < fromMs + windowMs && (alert.resolvedAtMs ?? Infinity) > fromMs)
    .map((alert) => healthOf({ firing: [alert], rules, hasBaseline: true }));
  return WORST_FIRST.find((health) => found.includes(health)) ?? 'healthy';
}

/** An alert opens after the window whose breach opened it has closed; it belongs to that window too. */
function sinceMs({ startedAtMs, windowToMs = startedAtMs }: Alert): number {
  return Math.min(startedAtMs, windowToMs - 1);
}

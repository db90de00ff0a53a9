import type { Alert, Incident, ModelKey, ScheduledJob } from '../model.ts';
import type { FleetScore } from '../ports.ts';
import type { ShowOptions } from './options.ts';
import type { AsOf, FleetRow } from './types.ts';
import { idOf, modelFacts, type ModelFacts } from './views/facts.ts';
import { fleetRow, SHOWN_WINDOWS } from './views/fleet-row.ts';

/** What the stores say of every model a tenant (null: everyone) may see. */
export interface FleetState {
  readonly facts: readonly ModelFacts[];
  readonly scores: readonly FleetScore[];
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly asOf: AsOf;
}

const DAY_MS = 86_400_000;

/** Six queries, however many models there are. */
export async function readFleet(options: ShowOptions, tenant: string | null): Promise<FleetState> {
  const { control, telemetry, settings } = options;
  const nowMs = options.clock.now();
  const longestMs = Math.max(DAY_MS, ...settings.models.map((model) => model.windowMs));
  const fromMs = nowMs - (SHOWN_WINDOWS + 1) * longestMs;
  const [catalog, scores, alerts, incidents, jobs] = await Promise.all([
    telemetry.catalog(),
    control.fleetScores({ tenant, historyOf: 'drift', fromMs }),
    readAlerts(options, { tenant }),
    control.incidents({ tenant }),
    control.jobs(),
  ]);
  const facts = modelFacts({ ...options, catalog, tenant });
  return { facts, scores, alerts, incidents, asOf: { asOfMs: nowMs, nextRunMs: nextRunMs(jobs, facts) } };
}

/** Every firing alert, however old, and the newest of the resolved ones: a list of alerts ends after some hundreds. */
export async function readAlerts(
  { control }: ShowOptions,
  filter: { readonly tenant: string | null; readonly model?: string },
): Promise<readonly Alert[]> {
  const [firing, resolved] = await Promise.all([
    control.alerts({ ...filter, state: 'firing' }),
    control.alerts({ ...filter, state: 'resolved' }),
  ]);
  return [...firing, ...resolved];
}

export interface FleetModel {
  readonly facts: ModelFacts;
  readonly row: FleetRow;
  readonly scores: readonly FleetScore[];
}

/** One row a model, from what `readFleet` found; grouped first, so the work grows with the rows, not with their square. */
export function fleetModels(state: FleetState, rules: ShowOptions['rules']): readonly FleetModel[] {
  const scores = Map.groupBy(state.scores, idOf);
  const alerts = Map.groupBy(state.alerts, idOf);
  const incidents = Map.groupBy(state.incidents, idOf);
  return state.facts.map((facts) => {
    const id = idOf(facts);
    const mine = scores.get(id) ?? [];
    const row = fleetRow({
      facts,
      scores: mine,
      alerts: alerts.get(id) ?? [],
      incidents: incidents.get(id) ?? [],
      rules,
    });
    return { facts, row, scores: mine };
  });
}

/** When the next window of one of these models is judged; jobs are named kind/tenant/model. */
export function nextRunMs(jobs: readonly ScheduledJob[], models: readonly ModelKey[]): number | null {
  const ids = new Set(models.map((model) => `windows/${model.tenant}/${model.model}`));
  const due = jobs.filter((job) => ids.has(job.id)).map((job) => job.dueAtMs);
  return due.length === 0 ? null : Math.min(...due);
}

export function asOfNow(options: ShowOptions): AsOf {
  return { asOfMs: options.clock.now(), nextRunMs: null };
}

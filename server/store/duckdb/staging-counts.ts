import { ABSENT } from '../../batch.ts';
import { tagAt } from '../../batch-edit.ts';
import { PREDICTION } from '../../model.ts';
import { PRODUCTION, REFERENCE } from './datasets.ts';
import type { Registry } from './registry.ts';
import type { CountedRows } from './row-deltas.ts';
import { objectivesOf } from './slo-deltas.ts';
import type { SloDeltas } from './slo-deltas.ts';

/** Counts production rows into the objectives of their model. */
export function stageObjectives(registry: Registry, slos: SloDeltas, counted: CountedRows): void {
  const { state, columns, rows } = counted;
  const objectives = objectivesOf(registry, state);
  if (objectives.length === 0) return;
  const value = columns.values.find((column) => column.name === PREDICTION);
  for (const row of rows) {
    if (columns.dataset[row] !== PRODUCTION) continue;
    slos.add(state, objectives, {
      timeMs: columns.timeMs[row] as number,
      error: columns.error[row],
      isEmpty: value === undefined || tagAt(value, row) === ABSENT,
      durationMs: columns.durationMs[row] ?? NaN,
      cost: columns.cost[row] ?? NaN,
      currency: columns.currency[row],
    });
  }
}

/** Remembers what the catalogue tells of a model and its versions. */
export function remember({ state, columns, rows, versions }: CountedRows): void {
  rows.forEach((row, at) => {
    const dataset = columns.dataset[row];
    if (dataset === REFERENCE) state.referenceRows += 1;
    const version = versions[at];
    if (dataset !== PRODUCTION || version === undefined) return;
    const timeMs = columns.timeMs[row] as number;
    state.predictions += 1;
    version.predictions += 1;
    version.firstEventMs = Math.min(version.firstEventMs, timeMs);
    version.lastEventMs = Math.max(version.lastEventMs, timeMs);
    state.lastEventMs = Math.max(state.lastEventMs ?? 0, timeMs);
  });
}

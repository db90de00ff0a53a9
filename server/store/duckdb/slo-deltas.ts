import type { SloSettings } from '../../settings.ts';
import { SLO_ENTRY } from './registry.ts';
import type { ModelState, Registry } from './registry.ts';
import type { Tables } from './tables.ts';
import { MINUTE_MS } from './deltas.ts';

interface Outcome {
  readonly timeMs: number;
  /** The request failed or gave no value. */
  readonly failed: boolean;
  /** NaN where not told. */
  readonly durationMs: number;
}

/** An objective with the code its id is stored by. */
export interface Objective {
  readonly code: number;
  readonly slo: SloSettings;
}

const MOST_SLOS = 256;

/** The objectives of a model; beyond 256 ids over its life none is counted any more. */
export function objectivesOf(registry: Registry, state: ModelState): readonly Objective[] {
  const slos = state.settings?.slos ?? [];
  if (slos.length === 0) return [];
  const entry = registry.entry(state, 'code', SLO_ENTRY);
  return slos
    .map((slo) => ({ slo, code: registry.code(state, entry, slo.id) }))
    .filter(({ code }) => code < MOST_SLOS);
}

/** Good and bad of the open commit by objective and minute. */
export class SloDeltas {
  readonly #byModel = new Map<ModelState, Map<number, { good: number; bad: number }>>();

  /** Availability counts every prediction; latency those that were answered and timed. */
  add(state: ModelState, objectives: readonly Objective[], outcome: Outcome): void {
    const minute = Math.floor(outcome.timeMs / MINUTE_MS) * MOST_SLOS;
    for (const { code, slo } of objectives) {
      if (slo.kind === 'availability') this.#count(state, minute + code, outcome.failed);
      else if (!outcome.failed && !Number.isNaN(outcome.durationMs))
        this.#count(state, minute + code, outcome.durationMs > (slo.thresholdMs ?? Infinity));
    }
  }

  #count(state: ModelState, key: number, bad: boolean): void {
    let minutes = this.#byModel.get(state);
    if (minutes === undefined) this.#byModel.set(state, (minutes = new Map()));
    let counter = minutes.get(key);
    if (counter === undefined) minutes.set(key, (counter = { good: 0, bad: 0 }));
    if (bad) counter.bad += 1;
    else counter.good += 1;
  }

  emit(tables: Tables, batch: bigint): void {
    const rows = tables.slo_minutes;
    for (const [state, minutes] of this.#byModel)
      for (const [key, { good, bad }] of minutes) {
        rows.batch.push(batch);
        rows.model.push(state.model);
        rows.slo.push(key % MOST_SLOS);
        rows.minuteMs.push(BigInt(Math.floor(key / MOST_SLOS) * MINUTE_MS));
        rows.good.push(good);
        rows.bad.push(bad);
      }
    this.clear();
  }

  clear(): void {
    this.#byModel.clear();
  }
}

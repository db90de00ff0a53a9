import type { ModelState } from './registry.ts';
import type { Tables } from './tables.ts';
import { MINUTE_MS } from './deltas.ts';

interface Outcome {
  readonly timeMs: number;
  /** The request failed or gave no value. */
  readonly failed: boolean;
  /** NaN where not told. */
  readonly durationMs: number;
}

const MOST_SLOS = 256;

/** Good and bad of the open commit by objective and minute. */
export class SloDeltas {
  readonly #byModel = new Map<ModelState, Map<number, { good: number; bad: number }>>();

  /** Availability counts every prediction; latency those that were answered and timed. */
  add(state: ModelState, outcome: Outcome): void {
    const minute = Math.floor(outcome.timeMs / MINUTE_MS);
    state.settings?.slos.forEach((slo, index) => {
      if (slo.kind === 'availability') this.#count(state, minute * MOST_SLOS + index, outcome.failed);
      else if (!outcome.failed && !Number.isNaN(outcome.durationMs))
        this.#count(state, minute * MOST_SLOS + index, outcome.durationMs > (slo.thresholdMs ?? Infinity));
    });
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
        rows.slo.push(state.settings?.slos[key % MOST_SLOS]?.id ?? '');
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

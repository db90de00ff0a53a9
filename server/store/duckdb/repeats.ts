import type { PredictionColumns } from '../../batch.ts';
import { PRODUCTION } from './datasets.ts';
import { BUCKET_MS } from './deltas.ts';
import type { ModelState } from './registry.ts';
import type { Tables } from './tables.ts';

/** Repeated ids of the open commit, by model and the five minutes that the repeats tell as their time. */
export class Repeats {
  readonly #open = new Map<ModelState, Map<number, number>>();

  /** Counts the production rows among `rows`, which were left out. */
  add(state: ModelState, columns: PredictionColumns, rows: readonly number[]): void {
    const counts = this.#open.get(state) ?? new Map<number, number>();
    this.#open.set(state, counts);
    for (const row of rows) {
      if (columns.dataset[row] !== PRODUCTION) continue;
      const bucketMs = Math.floor((columns.timeMs[row] as number) / BUCKET_MS) * BUCKET_MS;
      counts.set(bucketMs, (counts.get(bucketMs) ?? 0) + 1);
    }
  }

  emit({ repeated_ids: rows }: Tables, batch: bigint): void {
    for (const [state, counts] of this.#open)
      for (const [bucketMs, n] of counts) {
        rows.batch.push(batch);
        rows.model.push(state.model);
        rows.bucketMs.push(BigInt(bucketMs));
        rows.n.push(n);
      }
    this.#open.clear();
  }
}

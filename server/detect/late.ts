import type { DirtyBucket, ModelKey } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import type { Window } from './types.ts';

/** Which windows were judged before all their rows had come. */

export interface LateWindows extends ModelKey {
  readonly windows: readonly Window[];
}

/** The windows, oldest first, that were judged up to `judgedToMs` and touched by one of the buckets; pure. */
export function touchedWindows(
  buckets: readonly DirtyBucket[],
  model: Pick<ModelSettings, 'windowMs'>,
  judged: { readonly fromMs: number; readonly toMs: number },
): readonly Window[] {
  const starts = new Set<number>();
  for (const bucket of buckets)
    for (
      let fromMs = Math.floor(bucket.fromMs / model.windowMs) * model.windowMs;
      fromMs < bucket.toMs;
      fromMs += model.windowMs
    )
      if (fromMs >= judged.fromMs && fromMs + model.windowMs <= judged.toMs) starts.add(fromMs);
  return [...starts].sort((a, b) => a - b).map((fromMs) => ({ fromMs, toMs: fromMs + model.windowMs }));
}

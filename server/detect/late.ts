import type { DirtyBucket, DirtyCause, ModelKey } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { judgedWith } from './blocks.ts';
import type { LateDependencies } from './late-run.ts';
import type { Scored, Window } from './types.ts';

/** Windows that were judged before all their rows or labels had come, and are judged again. */

export const LATE_JOB = 'late';
export const LATE_LABELS_JOB = 'late-labels';
/** Late rows are looked for so often. */
export const LATE_EVERY_MS = 60_000;

/** One window of one model. */
export interface LateWindow extends ModelKey {
  readonly window: Window;
}

/** Up to where a model's windows were judged; null: none yet. */
export type JudgedRange = (key: ModelKey) => Judged | null;

export interface Judged extends Window, Pick<ModelSettings, 'windowMs'> {
  /** So many windows at most are judged together. */
  readonly mostSummed: number;
}

/** What may come late, and how what it touches is judged again. */
export interface LateKind {
  readonly everyMs: number;
  readonly cause: DirtyCause;
  readonly judged: (model: ModelSettings, deps: LateDependencies) => Promise<Judged | null>;
  readonly again: (late: LateWindow, deps: LateDependencies) => Promise<Scored>;
}

/** The judged windows that changed counts touch, alone or in a sum, each once, by model and oldest first; pure. */
export function lateWindows(
  buckets: readonly DirtyBucket[],
  judgedRange: JudgedRange,
): readonly LateWindow[] {
  const byModel = Map.groupBy(buckets, ({ tenant, model }) => JSON.stringify([tenant, model]));
  return [...byModel.values()].flatMap((own) => {
    const [{ tenant, model }] = own as [DirtyBucket];
    const judged = judgedRange({ tenant, model });
    if (judged === null) return [];
    return touched(own, judged).map((window) => ({ tenant, model, window }));
  });
}

function touched(buckets: readonly DirtyBucket[], judged: Judged): readonly Window[] {
  const { windowMs, mostSummed } = judged;
  const starts = new Set(
    buckets.flatMap((bucket) => {
      const first = Math.floor(bucket.fromMs / windowMs);
      const count = Math.ceil(bucket.toMs / windowMs) - first;
      return Array.from({ length: count }, (_, index) => judgedWith(first + index, mostSummed)).flat();
    }),
  );
  return [...starts]
    .map((index) => index * windowMs)
    .filter((fromMs) => fromMs >= judged.fromMs && fromMs + windowMs <= judged.toMs)
    .sort((first, second) => first - second)
    .map((fromMs) => ({ fromMs, toMs: fromMs + windowMs }));
}

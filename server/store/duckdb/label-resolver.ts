import type { ModelKey, OutcomeDifference, ResolveStep } from '../../model.ts';
import type { LabelSteps } from '../../ports-rows.ts';
import type { Committer } from './committer.ts';
import type { Session } from './database.ts';
import type { CommitQueue } from './queue.ts';
import type { ModelState } from './registry.ts';
import { outcomeDifferences, outdatedOutcomes, planStep, rebuildOutcomes, runStep } from './resolve.ts';

interface Parts {
  readonly session: Session;
  readonly committer: Committer;
  readonly queue: CommitQueue;
}

/** New labels are taken up this long after they came, and this many at a time: a step holds commits up. */
const RESOLVE_AFTER_MS = 2000;
const STEP_LABELS = 20_000;

/** Resolves labels between commits. */
export class LabelResolver implements LabelSteps {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  resolveLabels(nowMs: number, limit: number): Promise<ResolveStep> {
    const { session, committer, queue } = this.#parts;
    return queue.exclusive(async () => {
      const plan = await planStep(session, { limit, lastBatch: committer.lastBatch, nowMs });
      if (plan === null) return idle(session);
      return committer.transaction((batch) =>
        runStep(session, committer.loaded.registry, { plan, batch, nowMs }),
      );
    });
  }

  recountOutcomes(key: ModelKey): Promise<readonly OutcomeDifference[]> {
    const { session, committer, queue } = this.#parts;
    return queue.exclusive(async () => {
      const state = committer.loaded.registry.find(key);
      return state === undefined ? [] : outcomeDifferences(session, state);
    });
  }

  /** Counts outcomes anew in the cells of the model's baseline; runs inside an open transaction. */
  rebuild(state: ModelState, batch: bigint): Promise<void> {
    return rebuildOutcomes(this.#parts.session, state, batch);
  }

  /** Soon takes up what has come. `failed` is told when a step does; the next commit tries again. */
  plan(nowMs: number, failed: (error: unknown) => void): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#run(nowMs).catch(failed);
    }, RESOLVE_AFTER_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #run(nowMs: number): Promise<void> {
    while ((await this.resolveLabels(nowMs, STEP_LABELS)).remaining);
  }
}

async function idle(session: Session): Promise<ResolveStep> {
  const [row] = await session.rows('SELECT count(*) FROM waiting_labels');
  return { labels: 0, matched: 0, waiting: Number(row?.[0]), expired: 0, remaining: false };
}

/** Before anything is read: outcomes whose cells the configuration has changed are counted anew. */
export async function renewOutcomes(session: Session, committer: Committer): Promise<void> {
  for (const state of await outdatedOutcomes(session, committer.loaded.registry))
    await committer.transaction((batch) => rebuildOutcomes(session, state, batch));
}

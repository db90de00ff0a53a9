import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ModelKey, OutcomeDifference, ResolveStep } from '../../model.ts';
import type { LabelSteps } from '../../ports-rows.ts';
import type { ArchiveGiven } from './archive.ts';
import { EXPORT_FOLDER } from './archive-path.ts';
import type { Committer } from './committer.ts';
import type { Session } from './database.ts';
import { outcomeDifferences, outdatedOutcomes, rebuildOutcomes } from './outcome-recount.ts';
import { planStep, prepareStep, runStep } from './resolve.ts';
import type { Plan } from './resolve.ts';
import { Turns } from './turns.ts';

type Parts = Pick<ArchiveGiven, 'database' | 'committer' | 'exclusive' | 'reads'>;

/** New labels are taken up this long after they came, and this many at a time: a step holds commits up. */
const RESOLVE_AFTER_MS = 2000;
const STEP_LABELS = 20_000;
/** A step rests so many times as long as the last one took: the more days there are to search, the more labels a step takes. */
const REST = 20;

/** Resolves labels between commits. */
export class LabelResolver implements LabelSteps {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;
  #tookMs = 0;
  #stopped = false;
  readonly #steps = new Turns();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What a step joins is looked up beside the commits, in Parquet too; only its sums are written between them. */
  resolveLabels(nowMs: number, limit: number): Promise<ResolveStep> {
    return this.#steps.take(() => this.#parts.reads.take(() => this.#nextStep(nowMs, limit)));
  }

  /** Runs a task while no labels are taken up. */
  paused<T>(task: () => Promise<T>): Promise<T> {
    return this.#steps.take(task);
  }

  async #nextStep(nowMs: number, limit: number): Promise<ResolveStep> {
    const { database, committer } = this.#parts;
    const { models } = committer.loaded.registry;
    const plan = await planStep(database.reader, { models, limit, lastBatch: committer.lastBatch, nowMs });
    if (plan === null) return idle(database.reader);
    const beganMs = performance.now();
    try {
      return await this.#step(plan, nowMs);
    } finally {
      this.#tookMs = performance.now() - beganMs;
    }
  }

  async #step(plan: Plan, nowMs: number): Promise<ResolveStep> {
    const { database, committer, exclusive } = this.#parts;
    const file = `${EXPORT_FOLDER}/labels-${randomUUID()}.parquet`;
    const path = `${database.folder}${file}`;
    mkdirSync(dirname(path), { recursive: true });
    try {
      const prepared = await prepareStep(database.reader, committer.loaded.registry.models, { plan, path });
      return await exclusive(() =>
        committer.transaction((batch) =>
          runStep(database.writer, committer.loaded.registry, { prepared, batch, nowMs }),
        ),
      );
    } finally {
      rmSync(path, { force: true });
    }
  }

  recountOutcomes(key: ModelKey): Promise<readonly OutcomeDifference[]> {
    const { database, committer, exclusive } = this.#parts;
    return exclusive(async () => {
      const state = committer.loaded.registry.find(key);
      return state === undefined ? [] : outcomeDifferences(database.writer, state);
    });
  }

  /** Soon takes up what has come. `failed` is told when a step does; the next commit tries again. */
  plan(nowMs: number, failed: (error: unknown) => void): void {
    if (this.#stopped) return;
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        this.#run(nowMs).catch(failed);
      },
      Math.max(RESOLVE_AFTER_MS, this.#tookMs * REST),
    );
    this.#timer.unref();
  }

  /** A step that runs ends; no other begins by itself. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #run(nowMs: number): Promise<void> {
    while (!this.#stopped && (await this.resolveLabels(nowMs, STEP_LABELS)).remaining);
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

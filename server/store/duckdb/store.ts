import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Batch, RowStore } from '../../batch.ts';
import { BadRequestError } from '../../errors.ts';
import type { Baseline, BaselineSource, IngestReply, ModelKey } from '../../model.ts';
import type { Telemetry, TelemetryHealth, TelemetryOptions } from '../../ports.ts';
import type { LabelSteps, RowReads } from '../../ports-rows.ts';
import { buildBaseline } from './baseline.ts';
import { Committer } from './committer.ts';
import { compactModel } from './compact.ts';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { regroup } from './groups.ts';
import { attachBaseline } from './load.ts';
import { LabelResolver, renewOutcomes } from './label-resolver.ts';
import { migrate } from './migrate.ts';
import * as queries from './queries.ts';
import { CommitQueue } from './queue.ts';
import type { ModelState } from './registry.ts';
import { rowReads } from './reads.ts';
import { PRUNE_REQUESTS_SQL } from './requests.ts';
import { compactOutcomes } from './resolve.ts';

/** This many rows in the log are worth a checkpoint: half a second of pause, a second of replay. */
const CHECKPOINT_ROWS = 500_000;
/** Quiet for this long is a good moment for one. */
const IDLE_MS = 3000;
const COMPACT_EVERY_ROWS = 50_000;
const COMPACT_EVERY_MS = 3_600_000;

type Queries = Omit<Telemetry, 'ingest' | 'quarantine' | keyof RowReads | keyof LabelSteps>;

/** The telemetry store on DuckDB: the one owner of its file. */
export class TelemetryStore implements RowStore, Queries {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #queue: CommitQueue;
  readonly rows: RowReads;
  readonly labels: LabelResolver;
  #idle: NodeJS.Timeout | null = null;
  #rowsSinceCompaction = 0;
  #compactedAtMs = -Infinity;

  private constructor(database: Database, committer: Committer) {
    this.#database = database;
    this.#committer = committer;
    this.#queue = new CommitQueue((batches) => this.#commit(batches));
    this.rows = rowReads(database.reader, () => committer.loaded.registry);
    this.labels = new LabelResolver({ session: database.writer, committer, queue: this.#queue });
  }

  /** Opens or makes the store of a folder. Throws FatalError when it has an owner or is of a newer program. */
  static async open(options: TelemetryOptions): Promise<TelemetryStore> {
    const database = await openDatabase(options.folder);
    try {
      await migrate(database.writer);
      const committer = new Committer(database, options);
      await committer.load();
      await regroup(database.writer, committer);
      await renewOutcomes(database.writer, committer);
      return new TelemetryStore(database, committer);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  repeated(digest: string, nowMs: number): Promise<IngestReply> | null {
    return this.#committer.requests.find(digest, nowMs);
  }

  append(batch: Batch): Promise<IngestReply> {
    const { digest, receivedAtMs } = batch;
    const reply = this.#queue.append(batch);
    return digest === null ? reply : this.#committer.requests.follow(digest, receivedAtMs, reply);
  }

  async catalog() {
    return this.#committer.loaded.registry.models.map(queries.catalogEntry);
  }

  freezeBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null> {
    return this.#queue.exclusive(async () => {
      const state = this.#find(key);
      if (state === undefined || state.baseline !== null) return state?.baseline ?? null;
      return this.#buildBaseline(state, source, nowMs);
    });
  }

  /** Nothing is read meanwhile: the counts of one layout must not be told in the cells of the other. */
  replaceBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null> {
    return this.#queue.exclusive(async () => {
      const state = this.#find(key);
      if (state === undefined) return null;
      const { baseline: old } = state;
      if (old !== null && isDeepStrictEqual(old.source, source)) return old;
      return this.#database.reader.hold(() => this.#buildBaseline(state, source, nowMs));
    });
  }

  async #buildBaseline(state: ModelState, source: BaselineSource, nowMs: number): Promise<Baseline | null> {
    const { baseline: old } = state;
    try {
      const baseline = await this.#committer.transaction(async (batch) => {
        const built = await buildBaseline(this.#database.writer, state, { source, nowMs, batch });
        if (built !== null) {
          state.baseline = built;
          await this.labels.rebuild(state, batch);
        }
        return built;
      });
      if (baseline !== null) attachBaseline(state, baseline);
      return baseline;
    } catch (error) {
      if (old !== null) attachBaseline(state, old);
      throw error;
    }
  }

  async baseline(key: ModelKey) {
    return this.#find(key)?.baseline ?? null;
  }

  async baselineWindows(key: ModelKey, windowMs: number) {
    const state = this.#find(key);
    return state === undefined ? [] : queries.readBaselineWindows(this.#database.reader, state, windowMs);
  }

  async counts(query: Parameters<Telemetry['counts']>[0]) {
    const state = this.#find(query);
    if (state !== undefined) return queries.readCounts(this.#database.reader, state, query);
    return query.by === undefined ? [{ group: null, rows: 0, features: {} }] : [];
  }

  async volume(query: Parameters<Telemetry['volume']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : queries.readVolume(this.#database.reader, state, checked(query));
  }

  async sloCounts(query: Parameters<Telemetry['sloCounts']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : queries.readSloCounts(this.#database.reader, state, checked(query));
  }

  async sloWindows(query: Parameters<Telemetry['sloWindows']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : queries.readSloWindows(this.#database.reader, state, query);
  }

  /** Between commits, so that rows and counts are of the same moment. */
  recount(key: ModelKey) {
    return this.#queue.exclusive(async () => {
      const state = this.#find(key);
      return state === undefined ? [] : queries.readDifferences(this.#database.writer, state);
    });
  }

  /** Sums counts older than two days up to hours. */
  compact(nowMs: number): Promise<void> {
    return this.#queue.exclusive(async () => {
      for (const state of this.#committer.loaded.registry.models)
        state.compactedBeforeMs = await this.#committer.transaction(async (batch) => {
          const beforeMs = await compactModel(this.#database.writer, state, { nowMs, batch });
          await compactOutcomes(this.#database.writer, state, beforeMs);
          return beforeMs;
        });
    });
  }

  async health(): Promise<TelemetryHealth> {
    const { file } = this.#database;
    return {
      rowsAwaitingCommit: this.#queue.rowsWaiting,
      databaseBytes: sizeOf(file),
      walBytes: sizeOf(`${file}.wal`),
      canStore: this.#committer.lastError === null,
      lastError: this.#committer.lastError,
      salvage: this.#database.salvage,
    };
  }

  async close(): Promise<void> {
    await this.#queue.drain();
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.labels.stop();
    await this.#queue.exclusive(() => this.#committer.checkpoint([PRUNE_REQUESTS_SQL]));
    this.#committer.close();
    this.#database.close();
  }

  #find(key: ModelKey): ModelState | undefined {
    return this.#committer.loaded.registry.find(key);
  }

  async #commit(batches: readonly Batch[]): Promise<readonly IngestReply[]> {
    const before = this.#committer.rowsSinceCheckpoint;
    const replies = await this.#committer.commit(batches);
    this.#rowsSinceCompaction += this.#committer.rowsSinceCheckpoint - before;
    this.#plan(Math.max(...batches.map(({ receivedAtMs }) => receivedAtMs)));
    return replies;
  }

  /** Upkeep waits its turn in the queue; replies are not held up by it. */
  #plan(nowMs: number): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#upkeep(() => this.#checkpoint()), IDLE_MS);
    this.#idle.unref();
    this.labels.plan(nowMs, (error) => this.#failed(error));
    if (this.#committer.rowsSinceCheckpoint >= CHECKPOINT_ROWS) this.#upkeep(() => this.#checkpoint());
    if (this.#rowsSinceCompaction < COMPACT_EVERY_ROWS || nowMs - this.#compactedAtMs < COMPACT_EVERY_MS)
      return;
    this.#rowsSinceCompaction = 0;
    this.#compactedAtMs = nowMs;
    this.#upkeep(() => this.compact(nowMs));
  }

  #checkpoint(): Promise<void> {
    return this.#queue.exclusive(async () => {
      if (this.#committer.rowsSinceCheckpoint > 0) await this.#committer.checkpoint([PRUNE_REQUESTS_SQL]);
    });
  }

  #upkeep(task: () => Promise<void>): void {
    task().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#committer.lastError = error instanceof Error ? error.message : String(error);
  }
}

function checked<T extends { readonly stepMs: number }>(query: T): T {
  if (query.stepMs > 0) return query;
  throw new BadRequestError(`A step of ${query.stepMs} ms was asked for; ask for more than 0.`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

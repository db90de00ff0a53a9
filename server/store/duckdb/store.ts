import type { Batch, RowStore } from '../../batch.ts';
import { BadRequestError } from '../../errors.ts';
import type { Baseline, BaselineSource, IngestReply, ModelKey } from '../../model.ts';
import type { BaselineSteps, MovedDays, Telemetry, TelemetryHealth, TelemetryOptions } from '../../ports.ts';
import type { Unpaired } from '../../ports-schema.ts';
import type { StorageSettings } from '../../settings.ts';
import { Archive } from './archive.ts';
import type { LabelSteps, RowReads } from '../../ports-rows.ts';
import { Baselines } from './baselines.ts';
import { Committer } from './committer.ts';
import { compactable, compactModel } from './compact.ts';
import { checkFloor, freeBytes, hasCheckpointRoom, sizeOf } from './disk.ts';
import { CountReads } from './count-reads.ts';
import { checkWindows, noWindows } from './count-windows.ts';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { regroup } from './groups.ts';
import { PRUNE_HALVES_SQL } from './halves.ts';
import { erase } from './erase.ts';
import { Freezer, stands } from './freezer.ts';
import { exportRange } from './export.ts';
import { createKeepers } from './keepers.ts';
import type { Keepers } from './keepers.ts';
import { LabelResolver, renewOutcomes } from './label-resolver.ts';
import { migrate } from './migrate.ts';
import * as queries from './queries.ts';
import { CommitQueue } from './queue.ts';
import type { ModelState } from './registry.ts';
import { retain } from './retention.ts';
import { PRUNE_REQUESTS_SQL } from './requests.ts';
import { readSchema } from './schema-queries.ts';
import { declareByApi, declareConfigured } from './schemas.ts';
import { rowReads } from './reads.ts';
import { readSloCounts, readSloWindows } from './slo-reads.ts';
import { recountSlos } from './slo-recount.ts';
import { SloSteps } from './slo-slices.ts';
import { compactOutcomes } from './outcome-recount.ts';
import { Turns } from './turns.ts';

/** This many rows in the log are worth a checkpoint: half a second of pause, a second of replay. */
const CHECKPOINT_ROWS = 500_000;
/** Quiet for this long is a good moment for one. */
const IDLE_MS = 3000;
const PRUNE_SQL = [PRUNE_REQUESTS_SQL, ...PRUNE_HALVES_SQL];
const COMPACT_EVERY_ROWS = 50_000;
const COMPACT_EVERY_MS = 3_600_000;
const MOVE_EVERY_MS = 3_600_000;
/** After a failure it is tried so often whether the store works again, also when nobody sends. */
const RETRY_EVERY_MS = 1000;

type Queries = Omit<
  Telemetry,
  | 'ingest'
  | 'noteRefusals'
  | 'quarantine'
  | 'quarantineTotals'
  | 'putSlices'
  | 'sloTotals'
  | keyof RowReads
  | keyof LabelSteps
  | keyof BaselineSteps
>;

/** The telemetry store on DuckDB: the one owner of its file. */
export class TelemetryStore implements RowStore, Queries {
  readonly #database: Database;
  readonly #committer: Committer;
  readonly #queue: CommitQueue;
  readonly #archive: Archive;
  readonly #storage: StorageSettings | null;
  readonly #parts: Parameters<typeof retain>[0];
  readonly #retry: NodeJS.Timeout;
  readonly rows: RowReads;
  readonly labels: LabelResolver;
  readonly slos: SloSteps;
  readonly keepers: Keepers;
  readonly #freezer: Freezer;
  readonly #counts: CountReads;
  readonly baselines: Baselines;
  #idle: NodeJS.Timeout | null = null;
  #rowsSinceCompaction = 0;
  #compactedAtMs = -Infinity;
  #movedAtMs = -Infinity;

  private constructor(database: Database, committer: Committer, storage: StorageSettings | null) {
    this.#storage = storage;
    this.#database = database;
    this.#committer = committer;
    this.#queue = new CommitQueue((batches) => this.#commit(batches));
    const given = {
      database,
      committer,
      exclusive: <T>(task: () => Promise<T>) => this.#queue.exclusive(task),
      reads: new Turns(),
    };
    this.#counts = new CountReads(database.reader);
    this.keepers = createKeepers(given);
    this.#archive = new Archive(given);
    this.#parts = { ...given, archive: this.#archive };
    this.#archive.start();
    this.#retry = setInterval(() => this.#tryAgain(), RETRY_EVERY_MS);
    this.#retry.unref();
    this.rows = rowReads(given, () => committer.loaded.registry);
    this.labels = new LabelResolver(given);
    this.slos = new SloSteps(given);
    const freezing = { ...given, archive: this.#archive, labels: this.labels };
    this.#freezer = new Freezer(freezing);
    this.baselines = new Baselines(freezing, this.#freezer);
  }

  /** Opens or makes the store of a folder. Throws FatalError when it has an owner or is of a newer program. */
  static async open(options: TelemetryOptions): Promise<TelemetryStore> {
    const database = await openDatabase(options.folder);
    try {
      await migrate(database.writer);
      const committer = new Committer(database, options);
      await committer.load();
      await regroup(database.writer, committer);
      await recountSlos(database.writer, committer);
      await declareConfigured(committer, options.startedAtMs);
      await renewOutcomes(database.writer, committer);
      return new TelemetryStore(database, committer, options.storage ?? null);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  repeated(digest: string, nowMs: number): Promise<IngestReply> | null {
    return this.#committer.requests.find(digest, nowMs);
  }

  async append(batch: Batch): Promise<IngestReply> {
    checkFloor(this.#database.folder, this.#minFreeBytes);
    const { digest, receivedAtMs } = batch;
    const reply = this.#queue.append(batch);
    return digest === null ? reply : this.#committer.requests.follow(digest, receivedAtMs, reply);
  }

  async catalog() {
    return this.#committer.loaded.registry.models.map(queries.catalogEntry);
  }

  freezeBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null> {
    return this.#freezer.freeze(key, { source, nowMs, isSettled: (baseline) => baseline !== null });
  }

  replaceBaseline(key: ModelKey, source: BaselineSource, nowMs: number): Promise<Baseline | null> {
    return this.#freezer.freeze(key, { source, nowMs, isSettled: (baseline) => stands(baseline, source) });
  }

  async baseline(key: ModelKey) {
    return this.#find(key)?.baseline ?? null;
  }

  async counts(query: Parameters<Telemetry['counts']>[0]) {
    const state = this.#find(query);
    if (state !== undefined) return queries.readCounts(this.#database.reader, state, query);
    return query.by === undefined ? [{ group: null, rows: 0, features: {} }] : [];
  }

  async newestBatch() {
    return Number(this.#committer.lastBatch);
  }

  async countWindows(query: Parameters<Telemetry['countWindows']>[0]) {
    checkWindows(query);
    const state = this.#find(query.key);
    return state === undefined ? noWindows() : this.#counts.windows(state, query);
  }

  async qualityCounts(query: Parameters<Telemetry['qualityCounts']>[0]) {
    const [state, asked] = [this.#find(query.key), checked(query)];
    return state === undefined ? [] : this.#counts.quality(state, asked);
  }

  async volume(query: Parameters<Telemetry['volume']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : this.#counts.volume(state, checked(query));
  }

  async sloCounts(query: Parameters<Telemetry['sloCounts']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : readSloCounts(this.#database.reader, state, checked(query));
  }

  async sloWindows(query: Parameters<Telemetry['sloWindows']>[0]) {
    const state = this.#find(query.key);
    return state === undefined ? [] : readSloWindows(this.#database.reader, state, query);
  }

  async schema(key: ModelKey) {
    const state = this.#find(key);
    return state === undefined ? null : readSchema(this.#database.reader, state);
  }

  declareSchema({ key, features, nowMs }: Parameters<Telemetry['declareSchema']>[0]) {
    return this.#queue.exclusive(() => declareByApi(this.#committer, key, { features, nowMs }));
  }

  /** Costs a look at the oldest of each tenant; a transaction only where there is something to tell. */
  async tellUnpaired(nowMs: number): Promise<readonly Unpaired[]> {
    if (!this.#committer.isLoaded || !this.#committer.loaded.halves.hasExpired(nowMs)) return [];
    return this.#queue.exclusive(() => this.#committer.expireHalves(nowMs));
  }

  /** Between commits, so that rows and counts are of the same moment. */
  recount(key: ModelKey) {
    return this.#queue.exclusive(async () => {
      const state = this.#find(key);
      return state === undefined ? [] : queries.readDifferences(this.#database.writer, state);
    });
  }

  /** Sums counts older than two days up to hours. */
  async compact(nowMs: number): Promise<void> {
    const models = await this.#queue.exclusive(async () => compactable(this.#database.writer, nowMs));
    // One at a time, so that commits go on in between.
    for (const model of models)
      await this.#archive.alone(() => this.#queue.exclusive(() => this.#compactModel(model, nowMs)));
  }

  async #compactModel(model: number, nowMs: number): Promise<void> {
    const { writer } = this.#database;
    const state = this.#committer.loaded.registry.models[model];
    if (state === undefined) return;
    state.compactedBeforeMs = await this.#committer.transaction(async (batch) => {
      const beforeMs = await compactModel(writer, state, { nowMs, batch });
      await compactOutcomes(writer, state, beforeMs);
      return beforeMs;
    });
  }

  /** Erases predictions by their ids, hot and in Parquet, with their labels; counts stay. */
  async erase(key: ModelKey, ids: readonly string[]) {
    const state = this.#find(key);
    if (state === undefined) return { predictions: 0, labels: 0, files: 0 };
    const erased = await erase(this.#parts, state.model, ids);
    await this.#checkpoint();
    return erased;
  }

  /** Writes a model's rows of a range of time into a Parquet file; null when there is no such model. */
  async exportRange(key: ModelKey, asked: Parameters<Telemetry['exportRange']>[1]) {
    const state = this.#find(key);
    return state === undefined ? null : exportRange(this.#parts, state.model, asked);
  }

  /** Deletes what is older than it is kept. */
  async retain(nowMs: number): Promise<void> {
    if (this.#storage !== null) await retain(this.#parts, this.#storage, nowMs);
  }

  /** Moves closed days to Parquet; commits go on meanwhile. */
  moveDays(nowMs: number): Promise<MovedDays> {
    return this.#archive.moveDays(nowMs);
  }

  async health(): Promise<TelemetryHealth> {
    const { file, folder } = this.#database;
    const free = freeBytes(folder);
    return {
      rowsAwaitingCommit: this.#queue.rowsWaiting,
      databaseBytes: sizeOf(file),
      walBytes: sizeOf(`${file}.wal`),
      freeBytes: free,
      canStore: this.#committer.lastError === null && free >= this.#minFreeBytes,
      lastError: this.#committer.lastError,
      salvage: this.#database.salvage,
      archive: this.#archive.health(),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#retry);
    this.labels.stop();
    await this.#archive.close();
    await this.#parts.reads.idle();
    await this.#queue.drain();
    if (this.#idle !== null) clearTimeout(this.#idle);
    await this.#checkpoint();
    this.#committer.close();
    this.#database.close();
  }

  get #minFreeBytes(): number {
    return this.#storage?.minFreeBytes ?? 0;
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

  async #keepHouse(nowMs: number): Promise<void> {
    await this.retain(nowMs);
    await this.moveDays(nowMs);
  }

  /** Upkeep waits its turn in the queue; replies are not held up by it. */
  #plan(nowMs: number): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#upkeep(() => this.#checkpointNew()), IDLE_MS);
    this.#idle.unref();
    this.labels.plan(nowMs, (error) => this.#failed(error));
    if (this.#committer.rowsSinceCheckpoint >= CHECKPOINT_ROWS) this.#upkeep(() => this.#checkpointNew());
    if (nowMs - this.#movedAtMs >= MOVE_EVERY_MS) {
      this.#movedAtMs = nowMs;
      this.#keepHouse(nowMs).catch(() => {});
    }
    if (this.#rowsSinceCompaction < COMPACT_EVERY_ROWS || nowMs - this.#compactedAtMs < COMPACT_EVERY_MS)
      return;
    this.#rowsSinceCompaction = 0;
    this.#compactedAtMs = nowMs;
    this.#upkeep(() => this.compact(nowMs));
  }

  async #checkpointNew(): Promise<void> {
    if (this.#committer.rowsSinceCheckpoint > 0) await this.#checkpoint();
  }

  #checkpoint(): Promise<void> {
    return this.#queue.exclusive(async () => {
      const { file, folder } = this.#database;
      if (!this.#committer.isLoaded || !hasCheckpointRoom(file, folder)) return;
      await this.#committer.checkpoint(PRUNE_SQL);
      this.#archive.removeGarbage();
    });
  }

  /** Writes nothing: a store that can be opened and is not short of room takes rows again. */
  #tryAgain(): void {
    if (this.#committer.lastError === null || freeBytes(this.#database.folder) < this.#minFreeBytes) return;
    this.#upkeep(() => this.#queue.exclusive(() => this.#committer.transaction(async () => {})));
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

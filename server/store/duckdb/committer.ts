import type { Batch } from '../../batch.ts';
import type { IngestReply } from '../../model.ts';
import type { TelemetryOptions } from '../../ports.ts';
import type { Unpaired } from '../../ports-schema.ts';
import type { Database } from './database.ts';
import { Halves } from './halves.ts';
import { loadRegistry, loadRequests, nextBatch } from './load.ts';
import { Registry } from './registry.ts';
import { Requests } from './requests.ts';
import { forgetSets, learnSets } from './set-ids.ts';
import { Staging } from './staging.ts';
import { TableWriters } from './tables.ts';

/** What the memory holds of the disk. Thrown away and read anew whenever a transaction fails. */
interface Loaded {
  readonly registry: Registry;
  readonly writers: TableWriters;
  readonly staging: Staging;
  readonly halves: Halves;
}

/** Writes to the database, one transaction at a time; keeps memory and disk the same. */
export class Committer {
  readonly #database: Database;
  readonly #options: TelemetryOptions;
  /** Outlives a failed transaction: what waits for the next one is still known by it. */
  readonly requests = new Requests();
  #loaded: Loaded | null = null;
  #batch = 0n;
  /** Rows of predictions and labels written since the last checkpoint. */
  rowsSinceCheckpoint = 0;
  lastError: string | null = null;

  constructor(database: Database, options: TelemetryOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** false after a failure that even opening anew did not help. */
  get isLoaded(): boolean {
    return this.#loaded !== null;
  }

  get loaded(): Loaded {
    if (this.#loaded === null)
      throw new Error(`The telemetry store could not be read: ${this.lastError ?? 'not opened'}`);
    return this.#loaded;
  }

  /** The newest batch on disk; every one up to it is. */
  get lastBatch(): bigint {
    return this.#batch - 1n;
  }

  /** Reads everything from disk. */
  async load(): Promise<void> {
    this.close();
    const { writer } = this.#database;
    const writers = new TableWriters(writer.raw);
    const registry = new Registry({
      limits: this.#options.limits,
      settings: this.#options.models,
      tables: writers.columns,
    });
    await loadRegistry(writer, registry, this.#database.folder);
    await loadRequests(writer, this.requests);
    this.#batch = await nextBatch(writer);
    const staging = new Staging(registry, writers.columns);
    const halves = new Halves(writers.columns.halves);
    await halves.load(writer);
    this.#loaded = { registry, writers, staging, halves };
  }

  /**
   * Stores the rows of several requests in one transaction. When that fails each is tried alone, so that none is held
   * up by another; what fails then is told to try again.
   */
  async commit(batches: readonly Batch[]): Promise<readonly IngestReply[]> {
    try {
      return await this.transaction(async (batch) => {
        const { staging, writers, halves, registry } = this.loaded;
        await learnSets(this.#database.writer, registry, batches);
        staging.begin(batch);
        const replies = batches.map((request) => staging.add(halves.join(request)));
        staging.end();
        writers.write();
        if (batches.some(({ referenceSet }) => referenceSet !== undefined)) forgetSets(registry);
        return replies;
      });
    } catch {
      if (batches.length === 1) return [TRY_AGAIN];
      const replies: IngestReply[] = [];
      for (const batch of batches) replies.push(...(await this.commit([batch])));
      return replies;
    }
  }

  /** Ends the halves of all tenants that waited in vain. */
  expireHalves(nowMs: number): Promise<readonly Unpaired[]> {
    return this.transaction(async () => {
      const { halves, writers } = this.loaded;
      const unpaired = halves.expire(nowMs);
      writers.write();
      return unpaired;
    });
  }

  /** Runs `task` in a transaction with a new batch number. After a failure memory is read from disk again. */
  async transaction<T>(task: (batch: bigint) => Promise<T>): Promise<T> {
    const { writer } = this.#database;
    try {
      if (this.#loaded === null) await this.#reopen();
      await writer.run('BEGIN');
      const result = await task(this.#batch);
      await writer.run('COMMIT');
      this.#batch += 1n;
      this.rowsSinceCheckpoint += this.loaded.writers.rows;
      this.loaded.writers.clear();
      this.lastError = null;
      return result;
    } catch (error) {
      await this.#recover(error);
      throw error;
    }
  }

  async checkpoint(sql: readonly string[] = []): Promise<void> {
    for (const statement of sql) await this.#database.writer.run(statement);
    try {
      await this.#database.writer.run('CHECKPOINT');
    } catch (error) {
      await this.#recover(error);
      throw error;
    }
    this.rowsSinceCheckpoint = 0;
  }

  close(): void {
    const loaded = this.#loaded;
    this.#loaded = null;
    loaded?.writers.close();
  }

  async #recover(cause: unknown): Promise<void> {
    this.lastError = cause instanceof Error ? cause.message : String(cause);
    try {
      this.#loaded?.writers.clear();
      await this.#database.writer.run('ROLLBACK').catch(() => {});
      await this.load().catch(() => this.#reopen());
    } catch (error) {
      this.lastError = error instanceof Error ? error.message : String(error);
    }
  }

  /** After a failed checkpoint the database does nothing more until it is opened again. */
  async #reopen(): Promise<void> {
    this.close();
    await this.#database.reopen();
    await this.load();
  }
}

const TRY_AGAIN: IngestReply = {
  status: 'overloaded',
  accepted: { predictions: 0, labels: 0 },
  repeated: 0,
  rejected: [],
};

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createIngest } from '../../../../server/ingest/ingest.ts';
import type { TelemetryOptions } from '../../../../server/ports.ts';
import { openDatabase } from '../../../../server/store/duckdb/database.ts';
import { TelemetryStore } from '../../../../server/store/duckdb/store.ts';
import { jsonRequest, KEY, LIMITS, MODEL, NOW, scratch } from './support.ts';

/** A store with decoding in front that can be stopped and asked from below. */
export class Subject {
  readonly home = scratch();
  readonly #options: TelemetryOptions;
  #store: TelemetryStore | null = null;

  constructor(given: Partial<TelemetryOptions> = {}) {
    this.#options = { folder: this.home.folder, limits: LIMITS, models: [MODEL], ...given };
  }

  get store(): TelemetryStore {
    if (this.#store === null) throw new Error('not open');
    return this.#store;
  }

  async open(): Promise<this> {
    this.#store = await TelemetryStore.open(this.#options);
    return this;
  }

  async label(rows: readonly object[], receivedAtMs = NOW): Promise<void> {
    const { ingest } = createIngest({ store: this.store, limits: LIMITS });
    const told = rows.map((row) => ({ model: KEY.model, ...row }));
    expect(await ingest(jsonRequest(told, { route: 'labels', receivedAtMs }))).toMatchObject({
      status: 'ok',
      rejected: [],
    });
  }

  async restart(): Promise<void> {
    await this.store.close();
    await this.open();
  }

  async send(rows: readonly object[], receivedAtMs = NOW): Promise<void> {
    const { ingest } = createIngest({ store: this.store, limits: LIMITS });
    const told = rows.map((row) => ({ model: KEY.model, version: 'v1', value: 1, ...row }));
    expect(await ingest(jsonRequest(told, { receivedAtMs }))).toMatchObject({ status: 'ok', rejected: [] });
  }

  /** Asks the files themselves, between two lives of the store. */
  async raw(sql: string): Promise<readonly (readonly unknown[])[]> {
    await this.store.close();
    const database = await openDatabase(this.home.folder);
    const rows = await database.writer.rows(sql);
    database.close();
    await this.open();
    return rows;
  }

  /** The ids in a Parquet file of an export. */
  async ids(file: string): Promise<readonly string[]> {
    return (await this.raw(`SELECT prediction_id FROM read_parquet('${file}')`)).flat().map(String);
  }

  files(kind = 'archive'): readonly string[] {
    const folder = join(this.home.folder, kind);
    if (!existsSync(folder)) return [];
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.home.folder.length + 1));
  }

  async end(): Promise<void> {
    await this.store.close();
    this.home.remove();
  }
}

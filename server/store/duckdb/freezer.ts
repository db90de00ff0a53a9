import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { modelLayout } from '../../../detectors/cells.ts';
import type { Baseline, BaselineSource, ModelKey } from '../../model.ts';
import type { Archive, ArchiveGiven } from './archive.ts';
import { EXPORT_FOLDER } from './archive-path.ts';
import { text } from './archived-sql.ts';
import { insertBaseline, makeBaseline } from './baseline.ts';
import type { Asked } from './baseline-rows.ts';
import { mayBeReady, piecesOf } from './baseline-rows.ts';
import type { LabelResolver } from './label-resolver.ts';
import { attachBaseline } from './load.ts';
import { prepareOutcomes, replaceOutcomes } from './outcome-recount.ts';
import type { PreparedOutcomes } from './outcome-recount.ts';
import { countRowsSql, rebuildSql } from './recount-sql.ts';
import type { RowFilter } from './recount-sql.ts';
import type { ModelState } from './registry.ts';
import { valuesSql } from './rows-sql.ts';

/** So many rows may be left to count while nothing else is written: some tenths of a second. */
const LEFT_ROWS = 20_000;
/** Rows may come as fast as they are counted: then the rest is counted while nothing else is written. */
const MOST_ROUNDS = 5;

export interface Freeze extends Omit<Asked, 'lastBatch'>, Pick<Baseline, 'choice'> {
  /** Whether the baseline that the model has, or its lack, may stay. */
  readonly isSettled: (baseline: Baseline | null) => boolean;
}

interface Given extends ArchiveGiven {
  readonly archive: Archive;
  readonly labels: LabelResolver;
}

interface Prepared {
  readonly baseline: Baseline;
  /** Parquet files of counts in its cells. */
  readonly files: readonly string[];
  /** They hold the rows of all commits up to this one. */
  readonly lastBatch: bigint;
  readonly outcomes: PreparedOutcomes | null;
}

/**
 * Freezes baselines beside the commits: cells are made and stored rows counted into files, a piece at a time; one short
 * step between two commits counts what has come since and puts everything in the place of what was. Until that step is
 * on disk nothing has changed. Meanwhile no rows move, none are erased, and labels wait to be resolved.
 */
export class Freezer {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  /** The model's baseline: the one it has where that is settled, else a new one, or null while there can be none. */
  async freeze(key: ModelKey, asked: Freeze): Promise<Baseline | null> {
    const state = this.#find(key);
    if (state === undefined) return null;
    if (asked.isSettled(state.baseline)) return state.baseline;
    if (!mayBeReady(state, asked)) return null;
    const { archive, labels } = this.#given;
    return archive.alone(() => labels.paused(() => this.#build(key, asked)));
  }

  async #build(key: ModelKey, asked: Freeze): Promise<Baseline | null> {
    const state = this.#find(key);
    if (state === undefined || asked.isSettled(state.baseline)) return state?.baseline ?? null;
    const { folder } = this.#given.database;
    const files = `${folder}${EXPORT_FOLDER}/counts-${randomUUID()}`;
    mkdirSync(files, { recursive: true });
    try {
      const prepared = await this.#prepare(state, asked, files);
      return prepared === null ? null : await this.#replace(key, prepared);
    } finally {
      rmSync(files, { recursive: true, force: true });
    }
  }

  async #prepare(state: ModelState, asked: Freeze, folder: string): Promise<Prepared | null> {
    const { builder } = this.#given.database;
    let lastBatch = this.#given.committer.lastBatch;
    const baseline = await makeBaseline(builder, state, { ...asked, lastBatch });
    if (baseline === null) return null;
    const files = await this.#count(state, baseline, {
      path: `${folder}/0`,
      filter: { where: `p.batch <= ${lastBatch}`, range: { lastBatch } },
    });
    for (
      let round = 1;
      round < MOST_ROUNDS && (await this.#rowsSince(state, lastBatch)) > LEFT_ROWS;
      round += 1
    ) {
      const upTo = this.#given.committer.lastBatch;
      const where = `p.batch > ${lastBatch} AND p.batch <= ${upTo}`;
      const filter = { where, range: { firstBatch: lastBatch + 1n, lastBatch: upTo } };
      files.push(...(await this.#count(state, baseline, { path: `${folder}/${round}`, filter })));
      lastBatch = upTo;
    }
    return {
      baseline,
      files,
      lastBatch,
      outcomes: await prepareOutcomes(builder, state, { baseline, folder }),
    };
  }

  /** Writes the counts of stored rows in the cells of the baseline; returns the files. */
  async #count(
    state: ModelState,
    baseline: Baseline,
    of: { readonly path: string; readonly filter: RowFilter },
  ): Promise<string[]> {
    const { builder } = this.#given.database;
    const layout = modelLayout(baseline.layouts);
    const files: string[] = [];
    for (const piece of await piecesOf(builder, state, of.filter)) {
      const file = `${of.path}-${files.length}.parquet`;
      await builder.run(
        `COPY (${countRowsSql(state, { ...piece, layout })}) TO ${text(file)} (FORMAT parquet)`,
      );
      files.push(file);
    }
    return files;
  }

  async #rowsSince(state: ModelState, batch: bigint): Promise<number> {
    const rows = valuesSql(state, [], { firstBatch: batch + 1n });
    const [row] = await this.#given.database.builder.rows(
      `SELECT count(*) FROM ${rows} p WHERE p.batch > ${batch}`,
    );
    return Number(row?.[0]);
  }

  /** Nothing is read meanwhile: the counts of one layout must not be told in the cells of the other. */
  #replace(key: ModelKey, prepared: Prepared): Promise<Baseline> {
    const { database, exclusive } = this.#given;
    return database.reader.hold(() => exclusive(() => this.#write(key, prepared)));
  }

  async #write(key: ModelKey, prepared: Prepared): Promise<Baseline> {
    const { database, committer } = this.#given;
    const { baseline, files, lastBatch, outcomes } = prepared;
    const state = this.#find(key) as ModelState;
    const { baseline: old } = state;
    try {
      await committer.transaction(async (batch) => {
        attachBaseline(state, baseline);
        const since = { where: `p.batch > ${lastBatch}`, range: { firstBatch: lastBatch + 1n } };
        const counted = files.length === 0 ? [] : [`FROM read_parquet([${files.map(text).join(', ')}])`];
        const rows = [...counted, countRowsSql(state, since)];
        for (const sql of rebuildSql(state, { batch, rows })) await database.writer.run(sql);
        await replaceOutcomes(database.writer, state, { batch, prepared: outcomes });
        await insertBaseline(database.writer, state, { baseline, batch });
      });
      return baseline;
    } catch (error) {
      if (old !== null) attachBaseline(state, old);
      throw error;
    }
  }

  #find(key: ModelKey): ModelState | undefined {
    return this.#given.committer.loaded.registry.find(key);
  }
}

/** Whether a baseline is the one that the configuration's source asks for, or was chosen in its place. */
export function stands(baseline: Baseline | null, source: BaselineSource): boolean {
  if (baseline === null) return false;
  const { choice } = baseline;
  if (choice !== undefined && choice.withdrawnAtMs === null) return isDeepStrictEqual(choice.instead, source);
  return isDeepStrictEqual(baseline.source, source);
}

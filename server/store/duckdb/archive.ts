import type { MovedDays } from '../../ports.ts';
import { randomUUID } from 'node:crypto';
import type { Committer } from './committer.ts';
import { RetryableError } from '../../errors.ts';
import { dayFolder } from './archive-path.ts';
import { exportedFiles, removeFiles, strayFiles, writeWhole } from './archive-files.ts';
import { namedEntries, newColumns } from './archived.ts';
import type { ArchiveFile } from './archived.ts';
import type { Database } from './database.ts';
import { staysSql } from './datasets.ts';
import { depart } from './depart.ts';
import { freeBytes } from './disk.ts';
import { NAMED } from './named-sql.ts';
import type { ArchiveHealth } from '../../ports.ts';
import type { ModelState } from './registry.ts';
import { Turns } from './turns.ts';
import { readSql, text } from './archived-sql.ts';
import { timeSql } from './rows-sql.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A day stays hot this long after its end: by then nearly all that comes late has come. */
const HOT_MS = 2 * DAY_MS;
/** Labels are looked for by what comes after them, so they stay longer; they are small. */
const HOT_LABELS_MS = 30 * DAY_MS;
/** So long nothing must have come for a day; unless what came has waited for a day. */
const QUIET_MS = HOUR_MS;
const WAITED_MS = DAY_MS;
/** Rows that move at a time: about a second of work beside the commits, some milliseconds between them. */
const PART_ROWS = 200_000;
/** Parts smaller than a quarter of that are joined once a day has so many. */
const SMALL_ROWS = PART_ROWS / 4;
const SMALL_PARTS = 8;
/** Room a row may take in a file, with much to spare. */
const ROW_BYTES = 2000;

const MOVABLE: Readonly<Record<'predictions' | 'labels', string>> = {
  predictions: `NOT ${staysSql('r.dataset')}`,
  labels: 'true',
};

interface DueDay {
  readonly kind: 'predictions' | 'labels';
  readonly model: number;
  readonly dayMs: number;
  readonly lastBatch: bigint;
}

interface Part {
  readonly firstBatch: bigint;
  readonly lastBatch: bigint;
  readonly rows: number;
  readonly receivedMs: number;
}

/** A change to what is archived: files that are written, and what the transaction that records them does. */
export interface ArchiveChange {
  readonly model: number;
  readonly added: readonly ArchiveFile[];
  readonly removed: readonly ArchiveFile[];
  /** Runs in the open transaction. */
  readonly apply: () => Promise<void>;
}

export interface ArchiveGiven {
  readonly database: Database;
  readonly committer: Committer;
  /** Runs a task between commits. */
  readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>;
  /** Reads take turns with changes to the archive, so that none misses rows that move beneath it. */
  readonly reads: Turns;
}

/**
 * Moves closed days to Parquet. A file is whole and synced before the transaction that records it and deletes its rows;
 * a file that none records is removed after the next checkpoint. One thing at a time happens to the archive.
 */
export class Archive {
  readonly #given: ArchiveGiven;
  readonly #turns = new Turns();
  /** Not recorded, but a log that is damaged later might bring a record back: they go after the next checkpoint. */
  #garbage: string[] = [];
  #closed = false;
  lastError: string | null = null;

  constructor(given: ArchiveGiven) {
    this.#given = given;
  }

  /**
   * Finds what a crash left unrecorded, unless a part of the log is missing, which may have recorded it. Whole files may
   * be what a join of the same log has replaced: until that stands in the database they are needed.
   */
  start(): void {
    const { folder, salvage } = this.#given.database;
    removeFiles(folder, exportedFiles(folder));
    if (salvage === null) this.#giveUpStrays();
  }

  health(): ArchiveHealth {
    const { committer } = this.#given;
    const models = committer.isLoaded ? committer.loaded.registry.models : [];
    const archives = models.map(({ archived }) => archived);
    const files = archives.flatMap((archived) => archived.files);
    return {
      files: files.length,
      rows: files.reduce((sum, { kind, rows }) => sum + (kind === 'predictions' ? rows : 0), 0),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      damaged: archives.flatMap(({ damaged }) => damaged.map(({ file }) => file)),
      lastError: this.lastError,
    };
  }

  /** Lets what runs come to the end of its part, and begins nothing new. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turns.idle();
  }

  /** Runs a task that reads or changes files while no other does. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.take(task);
  }

  /** Moves every closed day, a part at a time, and joins small parts. Commits go on meanwhile. */
  moveDays(nowMs: number): Promise<MovedDays> {
    return this.alone(async () => {
      const moved = { parts: 0, rows: 0 };
      const tasks = (await this.#due(nowMs)).map((due) => () => this.#moveDay(due, moved));
      await this.#each(tasks);
      const { models } = this.#given.committer.loaded.registry;
      await this.#each(
        models.map(
          ({ model }) =>
            () =>
              this.#joinParts(model),
        ),
      );
      return moved;
    });
  }

  /** One that fails does not hold up the others; the first failure is told at the end. */
  async #each(tasks: readonly (() => Promise<void>)[]): Promise<void> {
    const failures: unknown[] = [];
    for (const task of tasks)
      if (!this.#closed)
        await task().catch((error: unknown) => {
          failures.push(error);
          this.#giveUpStrays();
        });
    const [first] = failures;
    this.lastError = first === undefined ? null : first instanceof Error ? first.message : 'unknown';
    if (first !== undefined) throw first;
  }

  #giveUpStrays(): void {
    const { database, committer } = this.#given;
    const recorded = committer.loaded.registry.models.flatMap(({ archived }) => [
      ...archived.files,
      ...archived.damaged,
    ]);
    const known = new Set([...recorded.map(({ file }) => file), ...this.#garbage]);
    this.#garbage.push(...strayFiles(database.folder, known));
  }

  /** Records a change and forgets what it takes away; the files that it took are removed after the next checkpoint. */
  record(change: ArchiveChange): Promise<void> {
    const { exclusive, reads } = this.#given;
    return reads.take(() => exclusive(() => this.#apply(change)));
  }

  async #apply(change: ArchiveChange): Promise<void> {
    const { committer, database } = this.#given;
    await committer.transaction(async () => {
      for (const file of change.removed)
        await database.writer.run(`DELETE FROM archive_files WHERE file = ${text(file.file)}`);
      for (const file of change.added) await database.writer.run(insertFile(change.model, file));
      await change.apply();
    });
    const state = this.state(change.model);
    const gone = new Set(change.removed.map(({ file }) => file));
    state.archived.folder = database.folder;
    state.archived.files = [...state.archived.files.filter(({ file }) => !gone.has(file)), ...change.added];
    state.archived.damaged = state.archived.damaged.filter(({ file }) => !gone.has(file));
    this.#garbage.push(...gone);
  }

  /** Removes the files that nothing can record again. To be called between commits, after a checkpoint. */
  removeGarbage(): void {
    const garbage = this.#garbage;
    this.#garbage = [];
    removeFiles(this.#given.database.folder, garbage);
  }

  /** Writes the rows of a query into a new file, by time. `of` tells what the file will be recorded as. */
  async write(
    sql: string,
    of: Omit<ArchiveFile, 'file' | 'bytes'> & { readonly model: number },
  ): Promise<ArchiveFile> {
    const { database } = this.#given;
    this.#checkRoom(of.rows);
    const state = this.state(of.model);
    const folder = dayFolder(of.kind, { tenant: state.tenant, model: state.name }, of.dayMs);
    const file = `${folder}/part-${of.firstBatch}-${of.lastBatch}-${randomUUID().slice(0, 8)}.parquet`;
    const bytes = await writeWhole(database.folder, file, (path) =>
      database.archiver.run(
        `COPY (${sql} ORDER BY event_time, batch, ordinal) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`,
      ),
    );
    const { kind, dayMs, firstBatch, lastBatch, rows, entryCount, receivedMs } = of;
    return { kind, dayMs, file, firstBatch, lastBatch, rows, bytes, entryCount, receivedMs };
  }

  state(model: number): ModelState {
    return this.#given.committer.loaded.registry.models[model] as ModelState;
  }

  /** Days whose time is over, the oldest first. */
  async #due(nowMs: number): Promise<readonly DueDay[]> {
    const days = [];
    for (const [kind, hotMs] of [
      ['predictions', HOT_MS],
      ['labels', HOT_LABELS_MS],
    ] as const) {
      const beforeMs = Math.floor((nowMs - hotMs) / DAY_MS) * DAY_MS;
      const rows = await this.#given.database.archiver.rows(
        `SELECT r.model, epoch_ns(r.event_time) // ${DAY_MS}000000 * ${DAY_MS} AS day_ms, max(r.batch) FROM ${kind} r
          WHERE r.event_time < ${timeSql(beforeMs)} AND ${MOVABLE[kind]} GROUP BY ALL
          HAVING max(r.received_ms) <= ${nowMs - QUIET_MS} OR min(r.received_ms) <= ${nowMs - WAITED_MS}
          ORDER BY day_ms, r.model`,
      );
      days.push(
        ...rows.map((row) => {
          return { kind, model: Number(row[0]), dayMs: Number(row[1]), lastBatch: row[2] as bigint };
        }),
      );
    }
    return days;
  }

  /** The next whole batches of a day, about PART_ROWS of its rows; null when none is left. */
  async #nextPart(due: DueDay): Promise<Part | null> {
    const [row] = await this.#given.database.archiver.rows(
      `SELECT min(batch), max(batch), sum(n)::BIGINT, max(received_ms) FROM (
          SELECT batch, n, received_ms, sum(n) OVER (ORDER BY batch) AS upto FROM (
            SELECT r.batch, count(*) AS n, max(r.received_ms) AS received_ms FROM ${due.kind} r WHERE r.model = ${due.model} AND ${whereOf(due)} GROUP BY ALL))
        WHERE upto - n < ${PART_ROWS}`,
    );
    const [firstBatch, lastBatch, rows, receivedMs] = row ?? [];
    if (typeof firstBatch !== 'bigint' || typeof lastBatch !== 'bigint') return null;
    return { firstBatch, lastBatch, rows: Number(rows), receivedMs: Number(receivedMs) };
  }

  async #moveDay(due: DueDay, moved: { parts: number; rows: number }): Promise<void> {
    for (let part = await this.#nextPart(due); part !== null; part = await this.#nextPart(due)) {
      await this.#movePart(due, part);
      moved.parts += 1;
      moved.rows += part.rows;
      if (this.#closed) return;
    }
  }

  async #movePart(due: DueDay, part: Part): Promise<void> {
    await this.nameColumns(due.model);
    const state = this.state(due.model);
    const where = `${whereOf(due)} AND r.batch BETWEEN ${part.firstBatch} AND ${part.lastBatch}`;
    const { kind, model, dayMs } = due;
    const of = { ...part, kind, model, dayMs, entryCount: namedEntries(state) };
    const added = [await this.write(NAMED[kind](state, where), of)];
    const apart = kind === 'labels' ? 0 : await this.#protectedRows(state, where);
    if (apart > 0)
      added.push(await this.write(NAMED.protected(state, where), { ...of, kind: 'protected', rows: apart }));
    await this.record({ model, added, removed: [], apply: () => this.#depart(due, where, part.rows) });
  }

  async #protectedRows(state: ModelState, where: string): Promise<number> {
    const [row] = await this.#given.database.archiver.rows(
      `SELECT count(*) FROM (${NAMED.protected(state, where)})`,
    );
    return Number(row?.[0]);
  }

  /** Every entry has a column from here on. */
  async nameColumns(model: number): Promise<void> {
    const { committer, exclusive, database } = this.#given;
    if (newColumns(this.state(model)).length === 0) return;
    await exclusive(async () => {
      const named = newColumns(this.state(model));
      await committer.transaction(async () => {
        for (const { entry, name } of named)
          await database.writer.run('INSERT INTO archive_columns VALUES (?, ?, ?)', [
            model,
            entry.entry,
            name,
          ]);
      });
      for (const { entry, name } of named) this.state(model).archived.columns.set(entry.entry, name);
    });
  }

  async #depart(due: DueDay, where: string, rows: number): Promise<void> {
    const { committer, database } = this.#given;
    const deleted = await depart(database.writer, { kind: due.kind, model: due.model, where });
    if (deleted !== rows) throw new Error(`A part of ${rows} rows would have deleted ${deleted}.`);
    committer.rowsSinceCheckpoint += rows;
  }

  async #joinParts(model: number): Promise<void> {
    const state = this.state(model);
    const byDay = Map.groupBy(
      state.archived.files.filter(({ rows }) => rows < SMALL_ROWS),
      ({ kind, dayMs }) => `${kind} ${dayMs}`,
    );
    for (const parts of byDay.values()) if (parts.length >= SMALL_PARTS) await this.#join(state, parts);
  }

  async #join(state: ModelState, parts: readonly ArchiveFile[]): Promise<void> {
    const [first] = parts as [ArchiveFile];
    const joined = await this.write(`SELECT * FROM ${readSql(this.#given.database.folder, parts)}`, {
      kind: first.kind,
      model: state.model,
      dayMs: first.dayMs,
      firstBatch: least(parts.map(({ firstBatch }) => firstBatch)),
      lastBatch: -least(parts.map(({ lastBatch }) => -lastBatch)),
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      entryCount: Math.max(...parts.map(({ entryCount }) => entryCount)),
      receivedMs: Math.max(...parts.map(({ receivedMs }) => receivedMs)),
    });
    await this.record({ model: state.model, added: [joined], removed: parts, apply: async () => {} });
  }

  #checkRoom(rows: number): void {
    if (freeBytes(this.#given.database.folder) < rows * ROW_BYTES)
      throw new RetryableError(
        `A part of ${rows} rows needs room that the disk of the data folder does not have; make some.`,
      );
  }
}

function whereOf(due: DueDay): string {
  return `r.event_time >= ${timeSql(due.dayMs)} AND r.event_time < ${timeSql(due.dayMs + DAY_MS)}
    AND r.batch <= ${due.lastBatch} AND ${MOVABLE[due.kind]}`;
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least));
}

function insertFile(model: number, file: ArchiveFile): string {
  const { kind, dayMs, firstBatch, lastBatch, rows, bytes, entryCount, receivedMs } = file;
  return `INSERT INTO archive_files VALUES (${model}, ${text(kind)}, ${dayMs}, ${text(file.file)}, ${firstBatch},
    ${lastBatch}, ${rows}, ${bytes}, ${entryCount}, ${receivedMs})`;
}

import type { Erased } from '../../ports.ts';
import type { Archive, ArchiveGiven } from './archive.ts';
import type { ArchiveFile } from './archived.ts';
import { depart } from './depart.ts';
import { readSql, text } from './archived-sql.ts';
import { idSql } from './rows-sql.ts';

const HOUR_MS = 3_600_000;

interface Given extends ArchiveGiven {
  readonly archive: Archive;
}

/**
 * Erases predictions by their ids, with their labels and protected attributes, from the hot tables and, in the same
 * transaction, from Parquet. Counts stay: they hold no row. So do texts in the dictionary of a feature. The bytes are
 * gone from the disk with the next checkpoint.
 */
export function erase(given: Given, model: number, ids: readonly string[]): Promise<Erased> {
  return given.archive.alone(async () => {
    const asked = { model, ids: `(${ids.map(text).join(', ')})` };
    const hits = ids.length === 0 ? [] : await filesWith(given, asked);
    const erased = { predictions: countOf(hits, 'predictions'), labels: countOf(hits, 'labels') };
    const hours = await hoursOf(given, asked, hits);
    const added = [];
    for (const hit of hits) if (hit.rows < hit.file.rows) added.push(await without(given, asked, hit));
    if (ids.length > 0)
      await given.archive.record({
        model,
        added,
        removed: hits.map(({ file }) => file),
        apply: async () => {
          const hot = await eraseHot(given, asked, hours);
          erased.predictions += hot.predictions;
          erased.labels += hot.labels;
        },
      });
    await readHours(given, model);
    return { ...erased, files: hits.length };
  });
}

interface Asked {
  readonly model: number;
  /** Ids as a list in SQL. */
  readonly ids: string;
}

interface Hit {
  readonly file: ArchiveFile;
  readonly rows: number;
}

async function filesWith({ archive, database }: Given, { model, ids }: Asked): Promise<readonly Hit[]> {
  const { files, folder } = archive.state(model).archived;
  const hits: Hit[] = [];
  for (const kind of ['predictions', 'protected', 'labels'] as const) {
    const own = files.filter((file) => file.kind === kind);
    if (own.length === 0) continue;
    const rows = await database.archiver.rows(
      `SELECT file_index, count(*) FROM ${readSql(folder, own)} WHERE prediction_id IN ${ids} GROUP BY ALL`,
    );
    for (const [index, count] of rows)
      hits.push({ file: own[Number(index)] as ArchiveFile, rows: Number(count) });
  }
  return hits;
}

function countOf(hits: readonly Hit[], kind: ArchiveFile['kind']): number {
  return hits.filter(({ file }) => file.kind === kind).reduce((sum, { rows }) => sum + rows, 0);
}

/** Hours of the files' rows: their counts tell more rows than there are from then on. */
async function hoursOf(
  { archive, database }: Given,
  asked: Asked,
  hits: readonly Hit[],
): Promise<readonly number[]> {
  const files = hits.map(({ file }) => file).filter(({ kind }) => kind === 'predictions');
  if (files.length === 0) return [];
  const rows = await database.archiver.rows(
    `SELECT DISTINCT ${hourSql('event_time')} FROM ${readSql(archive.state(asked.model).archived.folder, files)}
      WHERE prediction_id IN ${asked.ids}`,
  );
  return rows.map((row) => Number(row[0]));
}

function without({ archive }: Given, asked: Asked, { file, rows }: Hit): Promise<ArchiveFile> {
  const { folder } = archive.state(asked.model).archived;
  const sql = `SELECT * FROM ${readSql(folder, [file])} WHERE prediction_id IS NULL OR prediction_id NOT IN ${asked.ids}`;
  return archive.write(sql, { ...file, model: asked.model, rows: file.rows - rows });
}

async function eraseHot(
  { database }: Given,
  { model, ids }: Asked,
  hours: readonly number[],
): Promise<{ readonly predictions: number; readonly labels: number }> {
  const { writer } = database;
  const where = `${idSql('r')} IN ${ids}`;
  for (const hour of hours) await writer.run(`INSERT INTO erased_hours VALUES (${model}, ${hour})`);
  await writer.run(`INSERT INTO erased_hours
    SELECT DISTINCT ${model}, ${hourSql('r.event_time')} FROM predictions r WHERE r.model = ${model} AND ${where}`);
  return {
    predictions: await depart(writer, { kind: 'predictions', model, where }),
    labels: await depart(writer, { kind: 'labels', model, where }),
  };
}

function hourSql(time: string): string {
  return `epoch_ns(${time}) // ${HOUR_MS}000000 * ${HOUR_MS}`;
}

async function readHours({ archive, database }: Given, model: number): Promise<void> {
  const rows = await database.archiver.rows(
    `SELECT DISTINCT hour_ms FROM erased_hours WHERE model = ${model}`,
  );
  for (const [hour] of rows) archive.state(model).archived.erasedHours.add(Number(hour));
}

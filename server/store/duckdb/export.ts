import type { ExportAsked, Exported } from '../../ports.ts';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Archive, ArchiveGiven } from './archive.ts';
import { writeWhole } from './archive-files.ts';
import { EXPORT_FOLDER } from './archive-path.ts';
import { FIRST_SET } from './datasets.ts';
import { NAMED } from './named-sql.ts';
import { filesOf, readSql, text } from './archived-sql.ts';
import { timeSql } from './rows-sql.ts';

interface Given extends ArchiveGiven {
  readonly archive: Archive;
}

/**
 * Writes the rows of `[fromMs, toMs)` by event time, hot and archived, into one Parquet file with real names and texts,
 * sorted by time. Protected attributes are a kind of their own.
 */
export function exportRange(
  { archive, database }: Given,
  model: number,
  asked: ExportAsked,
): Promise<Exported> {
  return archive.alone(async () => {
    await archive.nameColumns(model);
    const state = archive.state(model);
    const within = (time: string) =>
      `${time} >= ${timeSql(asked.fromMs)} AND ${time} < ${timeSql(asked.toMs)}`;
    const traffic = asked.kind === 'labels' ? 'true' : `r.dataset < ${FIRST_SET}`;
    const hot = NAMED[asked.kind](state, `${within('r.event_time')} AND ${traffic}`);
    const files = filesOf(state, asked.kind, asked);
    const archived = `SELECT * FROM ${readSql(database.folder, files)} WHERE ${within('event_time')}`;
    const sql = files.length === 0 ? hot : `(${hot}) UNION ALL BY NAME (${archived})`;
    const file = `${EXPORT_FOLDER}/${randomUUID()}.parquet`;
    let rows = 0;
    const bytes = await writeWhole(database.folder, file, async (path) => {
      const [row] = await database.archiver.rows(
        `COPY (SELECT * EXCLUDE (id_key) FROM (${sql}) ORDER BY event_time, batch, ordinal) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      rows = Number(row?.[0]);
    });
    return { file: join(database.folder, file), rows, bytes };
  });
}

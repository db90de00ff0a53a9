import { readdirSync, readFileSync } from 'node:fs';
import { FatalError } from '../../errors.ts';
import type { Session } from './database.ts';

const FOLDER = new URL('migrations/', import.meta.url);

/** Brings the tables up to what this program knows. Throws FatalError for a file of a newer program. */
export async function migrate(session: Session): Promise<void> {
  await session.run('CREATE TABLE IF NOT EXISTS migrations (number INTEGER, file VARCHAR)');
  const rows = await session.rows('SELECT number, file FROM migrations ORDER BY number');
  const applied = Number(rows.at(-1)?.[0] ?? 0);
  const files = readdirSync(FOLDER).filter((file) => /^\d{3}-.*\.sql$/.test(file));
  const newest = Math.max(...files.map(numberOf));
  if (applied > newest)
    throw new FatalError(
      `The telemetry data was written by a newer Leeway (its tables are at ${applied}, this program knows ${newest}); start the newer one, or restore a backup.`,
    );
  const foreign = rows.find(([, file]) => !files.includes(String(file)));
  if (foreign !== undefined)
    throw new FatalError(
      `The telemetry data was written by a trial version of Leeway whose tables cannot be carried over (${String(foreign[1])}); start with an empty data folder.`,
    );
  for (const file of files.toSorted()) {
    if (numberOf(file) <= applied) continue;
    await session.run('BEGIN');
    await session.run(readFileSync(new URL(file, FOLDER), 'utf8'));
    await session.run('INSERT INTO migrations VALUES (?, ?)', [numberOf(file), file]);
    await session.run('COMMIT');
  }
  // DDL in a log has been the trouble of many a replay.
  if (applied < newest) await session.run('CHECKPOINT');
}

function numberOf(file: string): number {
  return Number(file.slice(0, 3));
}

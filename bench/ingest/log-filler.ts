import { openDatabase } from '../../server/store/duckdb/database.ts';

/** Writes rows to a store's log in commits of 20,000, never checkpoints, and ends itself with signal 9. */

const [folder = '', rows = '0'] = process.argv.slice(2);
const COMMIT_ROWS = 20_000;
const { writer } = await openDatabase(folder);
const [last] = await writer.rows('SELECT max(batch)::BIGINT FROM predictions');
const batch = Number(last?.[0] ?? 0);
for (let commit = 1; commit <= Number(rows) / COMMIT_ROWS; commit += 1)
  await writer.run(
    `INSERT INTO predictions SELECT * REPLACE (${batch + commit} AS batch, row_number() OVER ()::INTEGER AS ordinal)
     FROM (FROM predictions WHERE batch <= ${batch} LIMIT ${COMMIT_ROWS})`,
  );
process.kill(process.pid, 'SIGKILL');

import type { Archive, ArchiveGiven } from './archive.ts';
import { FIRST_SET, REFERENCE, staysSql } from './datasets.ts';
import { depart } from './depart.ts';
import { timeSql } from './rows-sql.ts';
import { retainSlosSql } from './slo-sql.ts';

const DAY_MS = 86_400_000;
/** What came so lately stays, however old: it may be history that a baseline is about to be made of. */
const NEW_MS = 7 * DAY_MS;

export interface Kept {
  readonly keepRowsMs: number;
  readonly keepCountsMs: number;
}

interface Given extends ArchiveGiven {
  readonly archive: Archive;
}

/**
 * Deletes what is older than it is kept, by whole UTC days of event time: rows and labels, hot ones and whole files, and
 * counts. Counts outlive rows. What came within a week stays; so do reference rows that came within the time rows are
 * kept, and their counts.
 */
export function retain(given: Given, kept: Kept, nowMs: number): Promise<void> {
  const borderMs = (keepMs: number) => Math.floor((nowMs - keepMs) / DAY_MS) * DAY_MS;
  return given.archive.alone(async () => {
    const border = { eventMs: borderMs(kept.keepRowsMs), receivedMs: nowMs - NEW_MS };
    for (const { model } of given.committer.loaded.registry.models) await retainRows(given, model, border);
    await retainCounts(given, borderMs(kept.keepCountsMs));
  });
}

interface Border {
  readonly eventMs: number;
  readonly receivedMs: number;
}

async function retainRows({ archive, database }: Given, model: number, border: Border): Promise<void> {
  const { archived } = archive.state(model);
  const removed = [...archived.files, ...archived.damaged].filter(
    ({ dayMs, receivedMs }) => dayMs + DAY_MS <= border.eventMs && receivedMs <= border.receivedMs,
  );
  const old = `r.event_time < ${timeSql(border.eventMs)} AND r.received_ms <= ${Math.trunc(border.receivedMs)}`;
  const hot = {
    predictions: `${old} AND r.dataset < ${FIRST_SET} AND (r.dataset <> ${REFERENCE} OR r.received_ms < ${border.eventMs})`,
    labels: old,
  };
  const [row] = await database.archiver.rows(
    `SELECT (SELECT max(epoch_ns(r.event_time)) // ${DAY_MS}000000 * ${DAY_MS} FROM predictions r
        WHERE r.model = ${model} AND ${hot.predictions}),
      EXISTS (FROM labels r WHERE r.model = ${model} AND ${hot.labels})`,
  );
  const lastDayMs = row?.[0] ?? null;
  if (removed.length === 0 && lastDayMs === null && row?.[1] !== true) return;
  const days = removed.filter(({ kind }) => kind === 'predictions').map(({ dayMs }) => dayMs + DAY_MS);
  if (lastDayMs !== null) days.push(Number(lastDayMs) + DAY_MS);
  const horizonMs = Math.max(archived.horizonMs, ...days);
  await archive.record({
    model,
    added: [],
    removed,
    apply: async () => {
      for (const kind of ['predictions', 'labels'] as const)
        await depart(database.writer, { kind, model, where: hot[kind] });
      await database.writer.run(`DELETE FROM row_horizons WHERE model = ${model}`);
      await database.writer.run(`INSERT INTO row_horizons VALUES (${model}, ${horizonMs})`);
      archive.state(model).archived.horizonMs = horizonMs;
    },
  });
}

function retainCounts({ committer, database, exclusive }: Given, beforeMs: number): Promise<void> {
  return exclusive(() =>
    committer.transaction(async () => {
      await database.writer.run(
        `DELETE FROM counts WHERE bucket_ms < ${beforeMs} AND NOT ${staysSql('dataset')}`,
      );
      await database.writer.run(`DELETE FROM repeated_ids WHERE bucket_ms < ${beforeMs}`);
      for (const sql of retainSlosSql(beforeMs)) await database.writer.run(sql);
    }),
  );
}

import type { Session } from './database.ts';

/** Deletes hot rows and keeps what is told of them in sums. */

const LABELS = { version: -1, dataset: 0 };

/**
 * Deletes rows of a model of alias `r` that `where` lets through, predictions with their protected attributes; totals of
 * them stay known. Runs inside an open transaction. Returns how many.
 */
export async function depart(
  session: Session,
  of: { readonly kind: 'predictions' | 'labels'; readonly model: number; readonly where: string },
): Promise<number> {
  const rows = `r.model = ${of.model} AND ${of.where}`;
  const key = of.kind === 'labels' ? `${LABELS.version}, ${LABELS.dataset}` : 'r.version, r.dataset';
  await session.run(`INSERT INTO departed_rows
    SELECT ${of.model}, ${key}, count(*), min(epoch_ns(r.event_time)) // 1000000, max(epoch_ns(r.event_time)) // 1000000,
      max(r.received_ms)
    FROM ${of.kind} r WHERE ${rows} GROUP BY ${of.kind === 'labels' ? 'r.model' : key}`);
  if (of.kind === 'predictions')
    await session.run(`DELETE FROM protected_attributes AS pa USING predictions r
      WHERE pa.model = ${of.model} AND pa.batch = r.batch AND pa.ordinal = r.ordinal AND ${rows}`);
  const [deleted] = await session.rows(`DELETE FROM ${of.kind} AS r WHERE ${rows}`);
  return Number(deleted?.[0] ?? 0);
}

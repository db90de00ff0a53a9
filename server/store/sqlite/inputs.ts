import type { Document, Score } from '../../model.ts';
import type { Database } from './database.ts';

/** A use is written down again after so long, so that a baseline named by every score is not rewritten by each. */
const USE_GRAIN_MS = 86_400_000;

/** Stores the parts that scores name; one that is there already stays as it is and is marked as used. */
export function putDocuments(
  database: Database,
  { scores, documents }: { readonly scores: readonly Score[]; readonly documents: readonly Document[] },
  nowMs: number,
): void {
  const uses = lastUses(scores);
  for (const { id, body } of documents) {
    database.run(
      `INSERT INTO documents (id, body, used_ms) VALUES (?1, ?2, ?3)
       ON CONFLICT (id) DO UPDATE SET used_ms = excluded.used_ms WHERE excluded.used_ms >= used_ms + ${USE_GRAIN_MS}`,
      id,
      body,
      uses.get(id) ?? nowMs,
    );
    uses.delete(id);
  }
  for (const [id, usedMs] of uses)
    database.run(
      `UPDATE documents SET used_ms = ?1 WHERE id = ?2 AND used_ms <= ?1 - ${USE_GRAIN_MS}`,
      usedMs,
      id,
    );
}

/** The end of the last window that names each document. */
function lastUses(scores: readonly Score[]): Map<string, number> {
  const uses = new Map<string, number>();
  for (const { inputs, windowToMs } of scores)
    for (const id of Object.values(inputs ?? {})) uses.set(id, Math.max(windowToMs, uses.get(id) ?? 0));
  return uses;
}

/** The documents that are stored, of those asked for. */
export function documentsById(database: Database, ids: readonly string[]): readonly Document[] {
  return database
    .all(
      'SELECT id, body FROM documents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id',
      JSON.stringify(ids),
    )
    .map((row) => ({ id: String(row['id']), body: String(row['body']) }));
}

/**
 * Removes documents whose last window ended before `beforeMs`, where scores are removed, but for those that a score names
 * which is kept beyond its time. Returns how many.
 */
export function removeUnusedDocuments(database: Database, beforeMs: number, most: number): number {
  return database.run(
    `DELETE FROM documents WHERE id IN (
       SELECT id FROM documents WHERE used_ms < ?1 - ${USE_GRAIN_MS} AND id NOT IN (
         SELECT part.value FROM scores s, json_each(s.inputs) part
         WHERE s.detector IN (SELECT detector FROM latest_scores) AND s.window_to_ms < ?1 AND s.inputs IS NOT NULL)
       LIMIT ?2)`,
    beforeMs,
    most,
  );
}

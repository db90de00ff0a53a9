import type { Database } from './database.ts';
import { removeUnusedDocuments } from './inputs.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** As long as counts are kept, so that every score can be computed again. */
const WINDOWS_KEPT_MS = 400 * DAY_MS;
/** Detectors that look every few minutes: all of two days, then the last of each hour for three budget periods. */
const MINUTES_KEPT_MS = 48 * HOUR_MS;
const HOURS_KEPT_MS = 90 * DAY_MS;

export interface Pruning {
  readonly nowMs: number;
  /** How many of the newest levels of a rule and subject stay whatever their age, by detector. */
  readonly keptLevels: (detector: string) => number;
  /** Scores and documents removed in one call; what is left goes at the next. */
  readonly most: number;
}

/**
 * Removes scores past their time, with their levels and the documents only they name, once an hour of `nowMs`. The newest
 * score of a detector and subject stays, and so do the levels that the next verdict is made from.
 */
export function pruneScores(database: Database, pruning: Pruning): void {
  const doneMs = markOf(database, 'pruned');
  if (doneMs !== null && Math.abs(pruning.nowMs - doneMs) < HOUR_MS) return;
  let left = pruning.most;
  for (const row of database.all('SELECT DISTINCT detector FROM latest_scores')) {
    if (left > 0) left -= pruneDetector(database, String(row['detector']), { ...pruning, most: left });
  }
  if (left > 0) left -= removeUnusedDocuments(database, pruning.nowMs - WINDOWS_KEPT_MS, left);
  if (left > 0) setMark(database, 'pruned', pruning.nowMs);
}

/** How many went; fewer than `most` means that none is left to go. */
function pruneDetector(database: Database, detector: string, pruning: Pruning): number {
  const { nowMs, most } = pruning;
  if (!looksEveryMinute(detector))
    return removeBetween(database, { detector, fromMs: 0, toMs: nowMs - WINDOWS_KEPT_MS }, pruning);
  const gone = removeBetween(database, { detector, fromMs: 0, toMs: nowMs - HOURS_KEPT_MS }, pruning);
  return gone < most ? gone + thin(database, detector, { ...pruning, most: most - gone }) : gone;
}

function looksEveryMinute(detector: string): boolean {
  return detector === 'absence' || detector.startsWith('burn-rate-');
}

/** Leaves the last score of each hour; an hour that was thinned once is not looked at again. */
function thin(database: Database, detector: string, pruning: Pruning): number {
  const mark = `thinned ${detector}`;
  const fromMs = markOf(database, mark) ?? 0;
  const toMs = Math.floor((pruning.nowMs - MINUTES_KEPT_MS) / HOUR_MS) * HOUR_MS;
  if (toMs <= fromMs) return 0;
  const gone = removeBetween(database, { detector, fromMs, toMs, besides: NOT_LAST_OF_HOUR }, pruning);
  if (gone < pruning.most) setMark(database, mark, toMs);
  return gone;
}

const NOT_LAST_OF_HOUR = `AND EXISTS (SELECT 1 FROM scores o
  WHERE o.tenant = s.tenant AND o.model = s.model AND o.detector = s.detector AND o.subject = s.subject
    AND o.window_to_ms > s.window_to_ms AND o.window_to_ms < (s.window_to_ms / ${HOUR_MS} + 1) * ${HOUR_MS})`;

const NOT_NEEDED = `AND NOT EXISTS (SELECT 1 FROM latest_scores t WHERE t.score_id = s.id)
  AND NOT EXISTS (SELECT 1 FROM levels l WHERE l.score_id = s.id AND l.level IS NOT NULL AND ?4 >
    (SELECT count(*) FROM (SELECT 1 FROM levels n
       WHERE n.tenant = l.tenant AND n.model = l.model AND n.rule = l.rule AND n.subject = l.subject
         AND n.window_to_ms > l.window_to_ms AND n.level IS NOT NULL LIMIT ?4)))`;

interface Stretch {
  readonly detector: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly besides?: string;
}

function removeBetween(
  database: Database,
  { detector, fromMs, toMs, besides = '' }: Stretch,
  { keptLevels, most }: Pruning,
): number {
  const rows = database.all(
    `SELECT id FROM scores s WHERE detector = ?1 AND window_to_ms >= ?2 AND window_to_ms < ?3 ${besides} ${NOT_NEEDED} LIMIT ?5`,
    detector,
    fromMs,
    toMs,
    keptLevels(detector),
    most,
  );
  const ids = JSON.stringify(rows.map((row) => Number(row['id'])));
  database.run('DELETE FROM levels WHERE score_id IN (SELECT value FROM json_each(?))', ids);
  database.run('DELETE FROM scores WHERE id IN (SELECT value FROM json_each(?))', ids);
  return rows.length;
}

/** When a recurring duty was done last; null: never. */
export function markOf(database: Database, name: string): number | null {
  const row = database.get('SELECT at_ms FROM marks WHERE name = ?', name);
  return row === undefined ? null : Number(row['at_ms']);
}

export function setMark(database: Database, name: string, atMs: number): void {
  database.run(
    'INSERT INTO marks (name, at_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms',
    name,
    atMs,
  );
}

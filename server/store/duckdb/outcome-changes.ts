import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';
import { cellsSignature, DELAYS_SQL, outcomesSql } from './resolve-sql.ts';
import type { Bounds } from './resolve-sql.ts';

/** What labels make of predictions, written down: deltas, how far they reach, and what their cells depend on. */

export async function readBounds(session: Session): Promise<Bounds> {
  const [row] = await session.rows('SELECT label_batch, label_ordinal, prediction_batch FROM resolved');
  return {
    labelBatch: BigInt(Number(row?.[0] ?? 0)),
    labelOrdinal: Number(row?.[1] ?? -1),
    predictionBatch: BigInt(Number(row?.[2] ?? 0)),
  };
}

export const SUMS = [
  'row_count',
  'score_sum',
  'score_square_sum',
  'error_sum',
  'error_absolute_sum',
  'error_square_sum',
  'label_sum',
  'label_square_sum',
] as const;

/** A label that corrects another one may leave a cell's count as it was, and change its sums. */
export async function writeChanges(
  session: Session,
  states: readonly ModelState[],
  batch: bigint,
): Promise<void> {
  const { outcomes, delays } = changesSql(states);
  await session.run(`INSERT INTO outcome_counts SELECT ${batch}, * FROM (${outcomes})`);
  await session.run(`INSERT INTO label_delays SELECT ${batch}, * FROM (${delays})`);
}

/** The rows that the table `changes` makes, without their batch. */
export function changesSql(states: readonly ModelState[]): {
  readonly outcomes: string;
  readonly delays: string;
} {
  const changed = SUMS.map((name) => `${name} <> 0`).join(' OR ');
  return {
    outcomes: `SELECT * FROM (${outcomesSql(states)}) WHERE ${changed}`,
    delays: `SELECT * FROM (${DELAYS_SQL}) WHERE row_count <> 0`,
  };
}

/** Of models whose outcomes are counted for the first time. */
export async function rememberCells(session: Session, states: readonly ModelState[]): Promise<void> {
  const known = await session.rows('SELECT model FROM outcome_cells');
  const models = new Set(known.map(([model]) => Number(model)));
  for (const state of states) if (!models.has(state.model)) await insertCells(session, state);
}

export async function insertCells(session: Session, state: ModelState): Promise<void> {
  await session.run('INSERT INTO outcome_cells VALUES (?, ?)', [state.model, cellsSignature(state)]);
}

import type { Batch } from '../../batch.ts';
import type { Session } from './database.ts';
import { wordsOf } from './load.ts';
import { RecentIds } from './recent-ids.ts';
import { setDataset } from './registry.ts';
import type { ModelState, Registry } from './registry.ts';

/** An id of a set that repeats one of so many rows before is known; an older one may be counted once more. */
export const SET_IDS = 1_000_000;
/** Sets of one model whose ids are in memory. */
const MOST_SETS = 2;

/** Reads the ids of the sets that rows are about to be added to, where they are not in memory. */
export async function learnSets(
  session: Session,
  registry: Registry,
  batches: readonly Batch[],
): Promise<void> {
  for (const { tenant, models, referenceSet } of batches) {
    if (referenceSet === undefined) continue;
    for (const { model } of models) {
      const state = registry.find({ tenant, model });
      if (state !== undefined && !state.setIds.has(referenceSet)) await learn(session, state, referenceSet);
    }
  }
}

async function learn(session: Session, state: ModelState, set: string): Promise<void> {
  const ids = idsOf(state, set);
  const dataset = setDataset(state, set);
  if (dataset === null) return;
  const rows = await session.rows(
    `SELECT id_key::VARCHAR FROM predictions WHERE model = ${state.model} AND dataset = ${dataset} AND id_key IS NOT NULL
      ORDER BY batch, ordinal`,
  );
  for (const [key] of rows) ids.add(wordsOf(String(key)), 0, SET_IDS);
}

/** The ids of a set, in memory; the sets asked for longest ago are forgotten once there are many. */
export function idsOf(state: ModelState, set: string): RecentIds {
  const known = state.setIds.get(set) ?? new RecentIds();
  state.setIds.delete(set);
  state.setIds.set(set, known);
  return known;
}

/** To be called between commits. */
export function forgetSets(registry: Registry): void {
  for (const { setIds } of registry.models)
    for (const set of [...setIds.keys()].slice(0, -MOST_SETS)) setIds.delete(set);
}

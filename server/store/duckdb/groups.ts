import type { Committer } from './committer.ts';
import type { Session } from './database.ts';
import { GROUP_VALUES } from './deltas.ts';
import { countRowsSql, rebuildSql } from './recount-sql.ts';
import type { Entry, ModelState, Registry } from './registry.ts';

/** Groups that were configured after rows had come: their values are named and every stored row is counted again. */
export async function regroup(session: Session, committer: Committer): Promise<void> {
  for (const state of committer.loaded.registry.models) {
    const missing = (state.settings?.groups ?? []).filter((name) => !state.byRole.group.has(name));
    if (missing.length === 0) continue;
    await committer.transaction(async (batch) => {
      for (const name of missing) addGroup(committer.loaded.registry, state, name);
      committer.loaded.writers.write();
      const rows = [countRowsSql(state)];
      for (const sql of rebuildSql(state, { batch, rows })) await session.run(sql);
    });
  }
}

function addGroup(registry: Registry, state: ModelState, name: string): void {
  const group: Entry = registry.entry(state, 'group', name);
  const values = [state.byRole.protected.get(name), state.byRole.segment.get(name)].flatMap(
    (entry) => entry?.values ?? [],
  );
  for (const value of new Set(values))
    if (group.values.length < GROUP_VALUES) registry.code(state, group, value);
}

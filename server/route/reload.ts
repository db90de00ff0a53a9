import type { Rule } from '../model.ts';
import type { ToldByReload } from '../ports.ts';
import type { Settings } from '../settings.ts';
import { Router, type RouterState } from './router.ts';
import { simulate, type Simulated } from './simulate.ts';

export interface Judging {
  readonly settings: Settings;
  readonly rules: readonly Rule[];
}

/** Long enough for every wait that a new group begins with. */
const LOOKED_AHEAD_MS = 60 * 60_000;

/**
 * What another configuration would tell within the next hour that the one in force would not. Both live on from the same
 * state, as if nothing new fired.
 */
export function toldByReload(
  tenant: string,
  state: RouterState,
  { before, after, nowMs }: { readonly before: Judging; readonly after: Judging; readonly nowMs: number },
): readonly ToldByReload[] {
  const stays = lived(new Router(tenant, state, before.settings), { judging: before, nowMs });
  const known = new Set(stays.map(keyOf));
  const changed = new Router(tenant, state, after.settings);
  changed.reroute();
  return lived(changed, { judging: after, nowMs })
    .filter((told) => !known.has(keyOf(told)))
    .map(({ atMs, notice }) => ({
      tenant,
      receiver: notice.receiver,
      reason: notice.reason,
      atMs,
      title: notice.title,
      alerts: Object.keys(notice.believed).length,
    }));
}

function lived(
  router: Router,
  { judging, nowMs }: { readonly judging: Judging; readonly nowMs: number },
): readonly Simulated[] {
  return simulate(router, { ...judging, nowMs }, nowMs + LOOKED_AHEAD_MS);
}

function keyOf({ notice }: Simulated): string {
  return JSON.stringify([notice.receiver, notice.reason, Object.keys(notice.believed).sort()]);
}

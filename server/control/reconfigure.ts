import type { Alert, Incident, Notice, Silence } from '../model.ts';
import type { Change, Control, QueuedNotice } from '../ports.ts';
import { toldByReload } from '../route/reload.ts';
import { replayed } from '../route/replay.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import { announcedTo, routingRows, routingTenants } from '../store/sqlite/routing-history.ts';
import type { Desk } from './desk.ts';
import { routerOf, runRouter } from './routing.ts';

/** What the state of a delivery means for who was to be told; the others still wait. */
const ENDS: Readonly<Record<string, QueuedNotice['state']>> = {
  sent: 'told',
  dead: 'given up',
  superseded: 'joined',
};

type Routing = Pick<Control, 'reconfigure' | 'routingHistory' | 'announcedAlerts'>;

/** Another configuration without losing what was told, and what a range of time held for a replay. */
export function routingMethods(desk: Desk): Routing {
  return {
    reconfigure: async (input) => desk.transaction(() => reconfigure(desk, input)),
    announcedAlerts: async (receiver) => announcedTo<Alert>(desk.database, receiver),
    routingHistory: async (query) => {
      const rows = routingRows<Alert, Incident, Silence, Notice>(desk.database, query);
      const { notices, ...history } = rows;
      return {
        ...history,
        queued: notices.map(({ atMs, state, notice }) => ({
          ...replayed(atMs, notice),
          state: ENDS[state] ?? 'waiting',
        })),
      };
    },
  };
}

function reconfigure(
  desk: Desk,
  { settings, rules, actor, nowMs, dryRun }: Parameters<Control['reconfigure']>[0],
): Awaited<ReturnType<Control['reconfigure']>> {
  const before = desk.options;
  const after = { settings, rules };
  const tenants = routingTenants(desk.database);
  const told = tenants.flatMap((tenant) =>
    toldByReload(tenant, routerOf(desk, tenant, nowMs).state, { before, after, nowMs }),
  );
  if (dryRun) return told;
  desk.configure({ ...before, settings, rules });
  const text = `Configuration reloaded; ${told.length} notices follow from it within an hour`;
  appendAudit(desk.database, {
    atMs: nowMs,
    actor,
    kind: 'reloaded',
    tenant: null,
    subject: 'configuration',
    text,
  });
  for (const tenant of tenants) rerouted(desk, tenant, nowMs);
  return told;
}

function rerouted(desk: Desk, tenant: string, nowMs: number): readonly Change[] {
  routerOf(desk, tenant, nowMs).reroute();
  return runRouter(desk, tenant, nowMs);
}

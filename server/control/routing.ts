import type { Alert } from '../model.ts';
import type { Change } from '../ports.ts';
import { Router } from '../route/router.ts';
import type { Group } from '../route/types.ts';
import { documentTable, silenceTable, tenantDocuments } from '../store/sqlite/documents.ts';
import { contextOf, putAll, saveOutput, type Desk } from './desk.ts';

/** The router of a tenant as the database has it; built once and then kept. */
export function routerOf(desk: Desk, tenant: string, nowMs: number): Router {
  const known = desk.routers.get(tenant);
  if (known !== undefined) return known;
  const { database } = desk;
  const silences = silenceTable(database).living(tenant, nowMs);
  const state = { ...tenantDocuments<Group>(database, tenant), silences };
  const made = new Router(tenant, state, desk.options.settings);
  desk.routers.set(tenant, made);
  return made;
}

/** Does what is due for a tenant and writes what follows from it. */
export function runRouter(desk: Desk, tenant: string, nowMs: number): readonly Change[] {
  const { database } = desk;
  const router = routerOf(desk, tenant, nowMs);
  router.run(contextOf(desk, nowMs));
  const changes = router.take();
  putAll(documentTable<Alert>(database, 'alerts'), changes.alerts);
  putAll(documentTable<Group>(database, 'groups'), changes.groups);
  for (const silence of changes.silences) silenceTable(database).put(silence, 'active');
  return saveOutput(desk, { key: { tenant, model: null }, ...changes }, nowMs);
}

import { isMainThread, workerData } from 'node:worker_threads';
import { deliveryMethods } from './control/deliveries.ts';
import { explainMethods } from './control/explain.ts';
import { incidentMethods } from './control/incidents.ts';
import { judgingMethods } from './control/judging.ts';
import { operatingMethods } from './control/operating.ts';
import { routingMethods } from './control/reconfigure.ts';
import { runMethods } from './control/runs.ts';
import { createDesk, type Desk } from './control/desk.ts';
import type { Alert } from './model.ts';
import type { Control, ControlOptions } from './ports.ts';
import { serveThread } from './rpc.ts';
import { accessMethods } from './store/sqlite/access.ts';
import { listAudit, verifyChain } from './store/sqlite/audit.ts';
import { openDatabase } from './store/sqlite/database.ts';
import { documentTable } from './store/sqlite/documents.ts';
import { countersOf } from './store/sqlite/history.ts';
import { jobMethods } from './store/sqlite/jobs.ts';

/**
 * Opens the control store in `options.folder` and joins it with the route stage. Every call is one transaction.
 * A file of a newer Leeway is a FatalError.
 */
export async function buildControl(options: ControlOptions): Promise<Control> {
  const database = openDatabase(options.folder);
  const desk = createDesk(database, options);
  return {
    ...accessMethods(database),
    ...jobMethods(database),
    ...judgingMethods(desk),
    ...operatingMethods(desk),
    ...deliveryMethods(desk),
    ...runMethods(desk),
    ...routingMethods(desk),
    ...incidentMethods(desk),
    ...explainMethods(desk),
    ...readingMethods(desk),
    close: async () => database.close(),
  };
}

type Reading = Pick<Control, 'alerts' | 'alert' | 'audit' | 'verifyAudit' | 'counters'>;

function readingMethods(desk: Desk): Reading {
  const { database } = desk;
  return {
    alerts: async (filter) => documentTable<Alert>(database, 'alerts').list(filter),
    alert: async (id) => documentTable<Alert>(database, 'alerts').get(id),
    audit: async (tenant, limit) => listAudit(database, tenant, limit),
    verifyAudit: async () => verifyChain(database),
    counters: async () => countersOf(database),
  };
}

/** A test runner may run tests in threads of its own; those carry no options of ours. */
const isControlThread =
  !isMainThread && workerData !== null && typeof workerData === 'object' && 'rules' in workerData;

if (isControlThread) await serveThread(async () => buildControl(workerData as ControlOptions));

import type { ActionRun } from '../model.ts';
import type { Answer, Change, Control } from '../ports.ts';
import { deploymentText, FIRST_PREDICTION } from '../route/deployments.ts';
import { applyCallback } from '../route/retrain.ts';
import { approveRollback } from '../route/rollback.ts';
import { advanceRollback } from '../route/runbook.ts';
import { withRun } from '../route/situation.ts';
import type { Situation } from '../route/types.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import { documentTable } from '../store/sqlite/documents.ts';
import { addDeployment, deploymentsOf } from '../store/sqlite/history.ts';
import { isVisible, notFound } from './operating.ts';
import { contextOf, type Desk } from './desk.ts';
import { loadSituation, saveSituation } from './situation.ts';

type Runs = Pick<
  Control,
  'runs' | 'approveRun' | 'advanceRun' | 'retrainCallback' | 'recordDeployment' | 'deployments'
>;

/** Runbooks, retrainings, and the deployments they are about. */
export function runMethods(desk: Desk): Runs {
  const { database } = desk;
  const table = documentTable<ActionRun>(database, 'runs');
  return {
    runs: async (filter) => table.list(filter),
    approveRun: async (input) => desk.transaction(() => approve(desk, input)),
    advanceRun: async (input) => desk.transaction(() => advance(desk, input)),
    retrainCallback: async (input) => desk.transaction(() => callback(desk, input)),
    recordDeployment: async (input) => desk.transaction(() => recordDeployment(desk, input)),
    deployments: async (key) => deploymentsOf(database, key),
  };
}

/** A run with the situation of its model, even when the run is older than what routing looks at. */
function withSituation(
  desk: Desk,
  runId: string,
  nowMs: number,
): { readonly run: ActionRun; readonly before: Situation } | null {
  const run = documentTable<ActionRun>(desk.database, 'runs').get(runId);
  return run === null ? null : { run, before: withRun(loadSituation(desk, run, nowMs), run) };
}

function approve(desk: Desk, input: Parameters<Control['approveRun']>[0]): Answer<ActionRun> {
  const found = withSituation(desk, input.runId, input.nowMs);
  if (found === null || !isVisible(input.tenant, found.run)) return notFound('run', input.runId);
  const { run, before } = found;
  const decision = approveRollback(before, { ...input, run }, contextOf(desk, input.nowMs));
  if (!decision.ok) return { ok: false, reason: 'conflict', message: decision.message };
  saveSituation(desk, { before, after: decision.situation }, input.nowMs);
  return { ok: true, value: decision.run };
}

function advance(desk: Desk, input: Parameters<Control['advanceRun']>[0]): readonly Change[] {
  const found = withSituation(desk, input.runId, input.nowMs);
  if (found === null || found.run.kind !== 'rollback') return [];
  const { run, before } = found;
  const after = advanceRollback(before, { ...input, run }, contextOf(desk, input.nowMs));
  return saveSituation(desk, { before, after }, input.nowMs);
}

function callback(desk: Desk, input: Parameters<Control['retrainCallback']>[0]): Answer<ActionRun> {
  const found = withSituation(desk, input.runId, input.nowMs);
  if (found === null) return notFound('run', input.runId);
  const { run, before } = found;
  const decision = applyCallback(before, { ...input, run }, contextOf(desk, input.nowMs));
  if (!decision.ok) return { ok: false, reason: 'conflict', message: decision.message };
  saveSituation(desk, { before, after: decision.situation }, input.nowMs);
  return { ok: true, value: decision.situation.runs.get(run.id) ?? run };
}

function recordDeployment(
  { database }: Desk,
  input: Parameters<Control['recordDeployment']>[0],
): readonly Change[] {
  const { tenant, model, version, atMs, source } = input;
  const deployment = { version, atMs, source };
  const once = source === FIRST_PREDICTION;
  if (version === '' || !addDeployment(database, { tenant, model }, { ...deployment, once })) return [];
  const text = deploymentText(input, deployment);
  appendAudit(database, { atMs, actor: source, kind: 'deployment', tenant, subject: model, text });
  return [{ kind: 'run', tenant, model, id: version, text }];
}

import { lengthText } from '../clock.ts';
import type { ActionRun, Alert, RollbackPlan, RunStep } from '../model.ts';
import type { RollbackSettings } from '../settings.ts';
import { ranked, suspectDeployment } from './cause.ts';
import { isWithdrawn } from './deployments.ts';
import { canonicalHash, shortHash } from './identity.ts';
import { modelSettings, noted, withRun } from './situation.ts';
import type { Deployment, RouteContext, Situation } from './types.ts';

/** An approval asked for is void after a day: the plan was made for the state of things then. */
const APPROVAL_EXPIRES_MS = 24 * 3_600_000;

const ACTIVE: readonly ActionRun['state'][] = ['proposed', 'approved', 'calling', 'verifying'];

type RollbackDecision =
  | { readonly propose: true; readonly from: Deployment; readonly to: Deployment }
  | {
      readonly propose: false;
      readonly why: 'no_recent_deployment' | 'no_previous_version' | 'already_active' | 'already_rolled_back';
    };

/** Whether a page about this model is answered with a rollback, and between which versions. */
function decideRollback(situation: Situation, alert: Alert): RollbackDecision {
  const from = suspectDeployment(alert, situation.deployments);
  if (from === undefined) return { propose: false, why: 'no_recent_deployment' };
  const to = situation.deployments.find(
    ({ atMs, version }) => atMs < from.atMs && version !== from.version && !isWithdrawn(situation, version),
  );
  if (to === undefined) return { propose: false, why: 'no_previous_version' };
  const runs = [...situation.runs.values()].filter((run) => run.kind === 'rollback');
  if (runs.some((run) => ACTIVE.includes(run.state))) return { propose: false, why: 'already_active' };
  const undone = runs.some(
    (run) => run.state === 'done' && run.plan?.fromVersion === from.version && run.createdAtMs >= from.atMs,
  );
  return undone ? { propose: false, why: 'already_rolled_back' } : { propose: true, from, to };
}

/** Proposes the rollback runbook when pages whose rules ask for it were judged. */
export function considerRollback(
  situation: Situation,
  pages: readonly Alert[],
  context: RouteContext,
): Situation {
  const settings = modelSettings(situation.key, context)?.rollback ?? null;
  const lead = ranked(pages, context.rules)[0];
  if (lead === undefined || settings === null) return situation;
  const alert = situation.alerts.get(lead.id) ?? lead;
  const decision = decideRollback(situation, alert);
  if (!decision.propose) return situation;
  const plan = planOf(situation, { settings, from: decision.from, to: decision.to });
  return runNoted(situation, proposal(alert, plan, context), {
    kind: 'rollback_proposed',
    text: `Rollback proposed: ${plan.fromVersion} to ${plan.toVersion}, because ${alert.summary}. It waits for an approval.`,
  });
}

function planOf(
  { key }: Situation,
  input: { readonly settings: RollbackSettings; readonly from: Deployment; readonly to: Deployment },
): RollbackPlan {
  const { settings, from, to } = input;
  return {
    method: 'POST',
    url: settings.url,
    body: { model: key.model, version: to.version },
    fromVersion: from.version,
    toVersion: to.version,
    verifyShare: settings.verifyShare,
    verifyWithinMs: settings.verifyWithinMs,
    verifyMinRows: settings.verifyMinRows,
  };
}

function proposal(alert: Alert, plan: RollbackPlan, { nowMs }: RouteContext): ActionRun {
  const share = `${plan.verifyShare * 100} % of at least ${plan.verifyMinRows} predictions`;
  return {
    id: `run_${shortHash('rollback', alert.id, nowMs)}`,
    tenant: alert.tenant,
    model: alert.model,
    kind: 'rollback',
    incidentId: alert.incidentId,
    state: 'proposed',
    reason: alert.summary,
    plan,
    planHash: canonicalHash(plan),
    steps: [
      { name: 'approve', state: 'waiting', text: 'Waits for the approval of this plan.', atMs: null },
      {
        name: 'call',
        state: 'pending',
        text: `${plan.method} ${plan.url}: serve ${plan.toVersion}.`,
        atMs: null,
      },
      {
        name: 'verify',
        state: 'pending',
        text: `${share} come from ${plan.toVersion} within ${lengthText(plan.verifyWithinMs)}.`,
        atMs: null,
      },
    ],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    approvedBy: null,
  };
}

export type ApprovalDecision =
  | { readonly ok: true; readonly situation: Situation; readonly run: ActionRun }
  | { readonly ok: false; readonly message: string };

/** An approval counts for exactly the plan whose hash the approver saw, while it is still asked for. */
export function approveRollback(
  situation: Situation,
  input: {
    readonly run: ActionRun;
    readonly planHash: string;
    readonly actor: string;
    readonly reason: string;
  },
  { nowMs }: RouteContext,
): ApprovalDecision {
  const { run, planHash, actor, reason } = input;
  if (run.state !== 'proposed')
    return { ok: false, message: `Run ${run.id} is ${run.state}; only a proposed run can be approved.` };
  if (nowMs >= run.createdAtMs + APPROVAL_EXPIRES_MS)
    return { ok: false, message: `Run ${run.id} was proposed more than 24 h ago; wait for a new proposal.` };
  if (planHash !== run.planHash)
    return { ok: false, message: 'The plan is not the one that was shown; look at it again, then approve.' };
  const text = `Approved by ${actor}${reason === '' ? '' : `: ${reason.replace(/[.\s]+$/, '')}`}.`;
  const steps = stepsWith(stepsWith(run.steps, { name: 'approve', state: 'done', text, atMs: nowMs }), {
    name: 'call',
    state: 'waiting',
  });
  const next: ActionRun = { ...run, state: 'approved', steps, approvedBy: actor, updatedAtMs: nowMs };
  const kind = 'rollback_approved';
  return { ok: true, run: next, situation: runNoted(situation, next, { kind, text, actor }) };
}

/** A step with what changed of it. */
export function stepsWith(
  steps: readonly RunStep[],
  change: Partial<RunStep> & Pick<RunStep, 'name'>,
): readonly RunStep[] {
  return steps.map((step) => (step.name === change.name ? { ...step, ...change } : step));
}

export function runNoted(
  situation: Situation,
  run: ActionRun,
  note: { readonly kind: string; readonly text: string; readonly actor?: string },
): Situation {
  return noted(withRun(situation, run), {
    ...note,
    subject: run.id,
    incidentId: run.incidentId,
    audited: true,
    event: 'run',
  });
}

/** Proposals nobody approved in time are void. */
export function expireRollbacks(situation: Situation, { nowMs }: RouteContext): Situation {
  return [...situation.runs.values()]
    .filter((run) => run.kind === 'rollback' && run.state === 'proposed')
    .filter((run) => nowMs >= run.createdAtMs + APPROVAL_EXPIRES_MS)
    .reduce((before, run) => {
      const text = 'Nobody approved the rollback within 24 h; the proposal is void.';
      const steps = stepsWith(run.steps, { name: 'approve', state: 'failed', text, atMs: nowMs });
      const next: ActionRun = { ...run, state: 'expired', steps, updatedAtMs: nowMs };
      return runNoted(before, next, { kind: 'rollback_expired', text });
    }, situation);
}

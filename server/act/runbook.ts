import { silentLog, type Log } from '../log.ts';
import type { ActionRun, ModelKey, RollbackPlan, RunStep } from '../model.ts';
import type { Change, Control, Telemetry } from '../ports.ts';
import type { ModelSettings, Settings } from '../settings.ts';
import { callDecision, callIsDue } from './call-step.ts';
import { guardedFetch, policyFor } from './egress.ts';
import { failed, presentable } from './outcome.ts';
import { signedPost } from './signed-post.ts';
import { GRAIN_MS, verifyDecision, verifySinceMs, type SloSpan } from './verify-step.ts';

/** How often a verification that goes on is written to the timeline. */
const PROGRESS_MS = 15 * 60_000;

export interface RunbookOptions {
  readonly control: Pick<Control, 'runs' | 'advanceRun'>;
  readonly telemetry: Pick<Telemetry, 'volume' | 'sloCounts'>;
  readonly settings: Pick<Settings, 'models' | 'egress'>;
  /** Instead of the guarded connector. */
  readonly fetch?: typeof fetch;
  /** The appliance's clock. */
  readonly now: () => number;
  /** Wall time, for signatures. */
  readonly wallNow?: () => number;
  readonly log?: Log;
  readonly timeoutMs?: number;
}

interface Step {
  readonly run: ActionRun;
  readonly plan: RollbackPlan;
  readonly options: RunbookOptions;
}

type Report = Omit<Parameters<Control['advanceRun']>[0], 'runId' | 'nowMs'>;

/**
 * Moves every approved rollback one step on: calls the serving process (the same webhook-id on every attempt), then looks
 * into the prediction log until it proves or refutes the rollback. Not to be called again before it has resolved.
 */
export async function advanceRuns(options: RunbookOptions): Promise<readonly Change[]> {
  const runs = await options.control.runs({ tenant: null, active: true });
  const changes = await Promise.all(runs.map((run) => advanceOrTell(run, options)));
  return changes.flat();
}

async function advanceOrTell(run: ActionRun, options: RunbookOptions): Promise<readonly Change[]> {
  const { plan } = run;
  if (run.kind !== 'rollback' || plan === null) return [];
  const step = { run, plan, options };
  try {
    if (run.state === 'approved' || run.state === 'calling') return await call(step);
    return run.state === 'verifying' ? await verify(step) : [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    (options.log ?? silentLog).error('A rollback could not be moved on; it is tried again', {
      run: run.id,
      message,
    });
    return [];
  }
}

async function call(step: Step): Promise<readonly Change[]> {
  const { run, options } = step;
  const approvedAtMs = stepOf(run, 'approve')?.atMs ?? run.createdAtMs;
  const lastAttemptMs = run.state === 'calling' ? (stepOf(run, 'call')?.atMs ?? null) : null;
  if (!callIsDue({ approvedAtMs, lastAttemptMs, nowMs: options.now() })) return [];
  const started =
    run.state === 'approved'
      ? await report(step, { step: 'call', outcome: 'running', text: calling(step) })
      : [];
  const outcome = await post(step);
  const decision = callDecision({ outcome: outcome.kind, approvedAtMs, nowMs: options.now() });
  const text = {
    accepted: `The serving process accepted: ${outcome.detail}.`,
    try_again: `The call did not get through (${outcome.detail}); it is made again.`,
    refused: `The serving process refused the rollback: ${outcome.detail}.`,
    gave_up: `The call did not get through for ten minutes (${outcome.detail}); roll back by hand.`,
  }[decision.reason];
  return [...started, ...(await report(step, { step: 'call', outcome: decision.outcome, text }))];
}

function calling({ plan }: Step): string {
  return `Calling ${new URL(plan.url).host} to serve ${plan.toVersion} again.`;
}

async function post({ run, plan, options }: Step) {
  const secret = modelOf(run, options)?.rollback?.secret;
  if (secret === undefined) return failed(`the configuration has no rollback for ${run.tenant}/${run.model}`);
  const outcome = await signedPost({
    url: plan.url,
    id: run.id,
    body: plan.body,
    secrets: [secret],
    fetch: guardedFetch({ egress: policyFor(options.settings.egress, run.tenant), fetch: options.fetch }),
    now: options.wallNow ?? Date.now,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  return presentable(outcome, [secret]);
}

async function verify(step: Step): Promise<readonly Change[]> {
  const { run, plan, options } = step;
  const nowMs = options.now();
  const calledAtMs = stepOf(run, 'call')?.atMs ?? run.updatedAtMs;
  const span = { fromMs: verifySinceMs(calledAtMs), toMs: verifySinceMs(nowMs + 1) };
  const [versions, slos] = await Promise.all([versionsIn(step, span), slosIn(step, span)]);
  const decision = verifyDecision({ plan, calledAtMs, nowMs, versions, slos });
  const reportedAtMs = stepOf(run, 'verify')?.atMs ?? calledAtMs;
  if (decision.outcome === 'running' && nowMs - reportedAtMs < PROGRESS_MS) return [];
  return report(step, { step: 'verify', outcome: decision.outcome, text: decision.text });
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

async function versionsIn({ run, options }: Step, span: Span): Promise<Readonly<Record<string, number>>> {
  if (span.toMs <= span.fromMs) return {};
  const rows = await options.telemetry.volume({ key: keyOf(run), ...span, stepMs: GRAIN_MS });
  const totals = new Map<string, number>();
  for (const { version, rows: count } of rows) totals.set(version, (totals.get(version) ?? 0) + count);
  return Object.fromEntries(totals);
}

async function slosIn({ run, options }: Step, span: Span): Promise<readonly SloSpan[]> {
  if (span.toMs <= span.fromMs) return [];
  const slos = modelOf(run, options)?.slos ?? [];
  return Promise.all(
    slos.map(async ({ id, target }) => {
      const rows = await options.telemetry.sloCounts({
        key: keyOf(run),
        slo: id,
        ...span,
        stepMs: GRAIN_MS,
      });
      const sum = (side: 'good' | 'bad') => rows.reduce((total, row) => total + row[side], 0);
      return { slo: id, target, good: sum('good'), bad: sum('bad') };
    }),
  );
}

function report({ run, options }: Step, change: Report): Promise<readonly Change[]> {
  return options.control.advanceRun({ runId: run.id, ...change, nowMs: options.now() });
}

function modelOf(run: ActionRun, { settings }: RunbookOptions): ModelSettings | undefined {
  return settings.models.find(({ tenant, model }) => tenant === run.tenant && model === run.model);
}

function stepOf(run: ActionRun, name: RunStep['name']): RunStep | undefined {
  return run.steps.find((step) => step.name === name);
}

function keyOf({ tenant, model }: ModelKey): ModelKey {
  return { tenant, model };
}

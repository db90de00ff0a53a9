import type { ActionRun } from '../model.ts';
import { deployedBack } from './deployments.ts';
import { mitigated } from './incident-steps.ts';
import { runNoted, stepsWith } from './rollback.ts';
import { telling } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

export interface Advance {
  readonly run: ActionRun;
  readonly step: 'call' | 'verify';
  readonly outcome: 'running' | 'done' | 'failed';
  readonly text: string;
}

const STATE_AFTER: Readonly<
  Record<Advance['step'], Readonly<Record<Advance['outcome'], ActionRun['state']>>>
> = {
  call: { running: 'calling', done: 'verifying', failed: 'failed' },
  verify: { running: 'verifying', done: 'done', failed: 'failed' },
};

/** From which states a step can report. A report that comes twice, or too late, changes nothing. */
const EXPECTED: Readonly<Record<Advance['step'], readonly ActionRun['state'][]>> = {
  call: ['approved', 'calling'],
  verify: ['verifying'],
};

/** Moves an approved rollback on: call, then verify. Its end is told to everyone who knows of the incident. */
export function advanceRollback(situation: Situation, advance: Advance, context: RouteContext): Situation {
  const { run, step, outcome, text } = advance;
  if (!EXPECTED[step].includes(run.state)) return situation;
  const atMs = context.nowMs;
  const reported = stepsWith(run.steps, { name: step, state: outcome, text, atMs });
  const goesOn = step === 'call' && outcome === 'done';
  const steps = goesOn ? stepsWith(reported, { name: 'verify', state: 'running', atMs }) : reported;
  const next: ActionRun = { ...run, state: STATE_AFTER[step][outcome], steps, updatedAtMs: atMs };
  const said = runNoted(situation, next, { kind: `rollback_${step}_${outcome}`, text });
  if (next.state === 'done') {
    const back = deployedBack(servedAgain(said, next, context), next, context);
    return toldOfEnd(back, { run: next, text });
  }
  return next.state === 'failed' ? toldOfEnd(said, { run: next, text }) : said;
}

function servedAgain(situation: Situation, run: ActionRun, context: RouteContext): Situation {
  const incident = run.incidentId === null ? undefined : situation.incidents.get(run.incidentId);
  if (incident === undefined) return situation;
  const text = `Mitigated: ${run.plan?.toVersion ?? 'the previous version'} serves again.`;
  return mitigated(situation, { incident, by: 'rollback', text }, context);
}

function toldOfEnd(situation: Situation, { run, text }: Pick<Advance, 'run' | 'text'>): Situation {
  const alertIds = [...situation.alerts.values()]
    .filter((alert) => alert.incidentId === run.incidentId)
    .map((alert) => alert.id);
  return telling(situation, {
    reason: 'incident_update',
    alertIds,
    update: `Rollback ${run.state}: ${text}`,
  });
}

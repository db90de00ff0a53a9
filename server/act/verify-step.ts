import { lengthText } from '../clock.ts';
import type { RollbackPlan } from '../model.ts';
import { utcText } from './message.ts';

/** Whether the prediction log proves that a rollback took; pure. */

/** The grain of the counts: rows of the five minutes of the call itself belong to both versions. */
export const GRAIN_MS = 300_000;

/** From when rows are counted: the first five-minute boundary at or after the call. */
export function verifySinceMs(calledAtMs: number): number {
  return Math.ceil(calledAtMs / GRAIN_MS) * GRAIN_MS;
}

export interface VerifyInput {
  readonly plan: RollbackPlan;
  readonly calledAtMs: number;
  readonly nowMs: number;
  /** Predictions by version since `verifySinceMs`. */
  readonly versions: Readonly<Record<string, number>>;
  /** Good and bad events of every SLO over the same span. */
  readonly slos: readonly SloSpan[];
}

export interface SloSpan {
  readonly slo: string;
  readonly target: number;
  readonly good: number;
  readonly bad: number;
}

export interface VerifyDecision {
  readonly outcome: 'done' | 'running' | 'failed';
  /** What holds a proof up, or that there is one. */
  readonly reason: 'verified' | 'too_few_rows' | 'other_versions' | 'budget_burning';
  readonly text: string;
}

/**
 * Proven when enough predictions came, nearly all from the target version, and no error budget is spent faster than it
 * may be. An SLO without events in the span says nothing against it. Past `verifyWithinMs` what is not proven has failed.
 */
export function verifyDecision(input: VerifyInput): VerifyDecision {
  const { plan, calledAtMs, nowMs } = input;
  const blocked = obstacle(input);
  if (blocked === null) return { outcome: 'done', reason: 'verified', text: `Verified: ${sentence(input)}.` };
  const over = nowMs - calledAtMs >= plan.verifyWithinMs;
  const lead = over ? `Not verified within ${lengthText(plan.verifyWithinMs)}` : 'Not verified yet';
  return {
    outcome: over ? 'failed' : 'running',
    reason: blocked.reason,
    text: `${lead}: ${sentence(input)}; ${blocked.text}.`,
  };
}

interface Obstacle {
  readonly reason: Exclude<VerifyDecision['reason'], 'verified'>;
  readonly text: string;
}

function obstacle(input: VerifyInput): Obstacle | null {
  const { plan, slos } = input;
  const { total, target } = rowsOf(input);
  if (total < plan.verifyMinRows)
    return { reason: 'too_few_rows', text: `at least ${plan.verifyMinRows} are needed` };
  if (target / total < plan.verifyShare)
    return { reason: 'other_versions', text: `${percent(plan.verifyShare)} are needed` };
  const burning = slos.find((slo) => burnOf(slo) >= 1);
  return burning === undefined
    ? null
    : {
        reason: 'budget_burning',
        text: `the error budget of ${burning.slo} burns ${burnOf(burning).toFixed(1)} times too fast (${burning.bad} bad of ${burning.good + burning.bad})`,
      };
}

function sentence(input: VerifyInput): string {
  const { total, target } = rowsOf(input);
  const { toVersion } = input.plan;
  return `${target} of ${total} predictions since ${utcText(verifySinceMs(input.calledAtMs))} are ${toVersion}`;
}

function rowsOf({ plan, versions }: VerifyInput): { readonly total: number; readonly target: number } {
  const total = Object.values(versions).reduce((sum, rows) => sum + rows, 0);
  return { total, target: Object.hasOwn(versions, plan.toVersion) ? (versions[plan.toVersion] ?? 0) : 0 };
}

/** Error share over the share that uses the budget up exactly in its period; 0 without events. */
function burnOf({ good, bad, target }: SloSpan): number {
  return bad === 0 ? 0 : bad / (good + bad) / (1 - target);
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

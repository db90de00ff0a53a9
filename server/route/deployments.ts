import type { ActionRun, ModelKey } from '../model.ts';
import { noted } from './situation.ts';
import type { Deployment, RouteContext, Situation } from './types.ts';

/** Sources of deployments that no person announced. */
const ROLLBACK = 'rollback';
export const FIRST_PREDICTION = 'first prediction';

export function isRollback(deployment: Deployment): boolean {
  return deployment.source === ROLLBACK;
}

export function deploymentText({ model }: ModelKey, { version, source }: Deployment): string {
  return `Version ${version} of ${model} deployed (${source}).`;
}

/** The version that serves at `nowMs`, as far as deployments tell; one announced for later does not serve yet. */
export function servingVersion({ deployments }: Situation, { nowMs }: RouteContext): string | undefined {
  return deployments.find((deployment) => deployment.atMs <= nowMs)?.version;
}

/** A verified rollback is a deployment of the version it went back to. */
export function deployedBack(situation: Situation, run: ActionRun, { nowMs }: RouteContext): Situation {
  if (run.plan === null) return situation;
  const deployment: Deployment = { version: run.plan.toVersion, atMs: nowMs, source: ROLLBACK };
  const deployments = [deployment, ...situation.deployments].toSorted(
    (first, second) => second.atMs - first.atMs,
  );
  return noted(
    { ...situation, deployments },
    {
      subject: situation.key.model,
      kind: 'deployment',
      text: deploymentText(situation.key, deployment),
      audited: true,
      event: 'run',
    },
  );
}

/** A rollback came away from the version with a person's approval, and no person has deployed it again since. */
export function isWithdrawn({ runs, deployments }: Situation, version: string): boolean {
  const ends = [...runs.values()]
    .filter((run) => run.kind === 'rollback' && (run.state === 'done' || run.state === 'failed'))
    .filter((run) => run.plan?.fromVersion === version)
    .map((run) => run.updatedAtMs);
  const again = deployments.find(
    (deployment) =>
      deployment.version === version && !isRollback(deployment) && deployment.source !== FIRST_PREDICTION,
  );
  return ends.length > 0 && (again === undefined || again.atMs <= Math.max(...ends));
}

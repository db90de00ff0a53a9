import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetrainRequest } from '../../../server/model.ts';
import { bench, DAY, HOUR, score, T0, type Bench } from './fixture.ts';

const KEY = { tenant: 'acme', model: 'delay' };
const FIRST = 'first prediction';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const deploy = (version: string, atMs: number, source = FIRST) =>
  b.control.recordDeployment({ ...KEY, version, atMs, source });
const rollbacks = async () =>
  (await b.control.runs({ tenant: 'acme' })).filter((run) => run.kind === 'rollback');
const plans = async () => (await rollbacks()).map(({ plan }) => `${plan?.fromVersion}->${plan?.toVersion}`);
const deployed = async () =>
  (await b.control.deployments(KEY)).map(({ version, source }) => `${version} ${source}`);

/** The version serves badly for the day that ends at `day`. */
const bad = (day: number, subject = 'Distance') => b.control.judge([score(day, 0.4, { subject })], at(day));

/** The proposal that waits is approved, and ends as told two hours after `day`. */
async function rollBack(day: number, verified: 'done' | 'failed' = 'done'): Promise<void> {
  const [run] = await b.control
    .runs({ tenant: 'acme', active: true })
    .then((runs) => runs.filter((each) => each.state === 'proposed'));
  const nowMs = at(day) + 2 * HOUR;
  await b.control.approveRun({
    runId: run!.id,
    planHash: run!.planHash!,
    tenant: 'acme',
    actor: 'ann',
    reason: '',
    nowMs,
  });
  await b.control.advanceRun({ runId: run!.id, step: 'call', outcome: 'done', text: '', nowMs });
  await b.control.advanceRun({ runId: run!.id, step: 'verify', outcome: verified, text: '', nowMs });
}

/** v1, then v2, which is bad and rolled back on day 1; all is well again on days 3 and 4. */
async function rolledBack(verified: 'done' | 'failed' = 'done'): Promise<void> {
  await deploy('v0', T0 - 60 * DAY);
  await deploy('v1', T0 - 30 * DAY);
  await deploy('v2', T0 + 5 * HOUR);
  await bad(1);
  await rollBack(1, verified);
  for (const day of [3, 4]) await b.control.judge([score(day, 0.01)], at(day));
}

describe('after a rollback', () => {
  it('the version that serves again is deployed, and said so in the audit', async () => {
    await rolledBack();
    expect((await b.control.deployments(KEY))[0]).toEqual({
      version: 'v1',
      atMs: at(1) + 2 * HOUR,
      source: 'rollback',
    });
    expect((await b.control.audit('acme', 50)).map((entry) => entry.text)).toContain(
      'Version v1 of delay deployed (rollback).',
    );
  });

  it.each(['done', 'failed'] as const)(
    'that was %s, the next bad version goes back to the good one, not to the one that was bad',
    async (verified) => {
      await rolledBack(verified);
      await deploy('v3', at(4) + HOUR);
      await bad(5);
      expect((await plans())[0]).toBe('v3->v1');
    },
  );

  it('the version it came from may be a target again when a person has deployed it since', async () => {
    await rolledBack();
    await deploy('v2', at(3), 'ann');
    await deploy('v3', at(4) + HOUR);
    await bad(5);
    expect((await plans())[0]).toBe('v3->v2');
  });

  it('a window that it ended, and one after it, propose no further way back', async () => {
    await rolledBack();
    await bad(2, 'Carrier');
    await bad(5, 'Hour');
    expect(await plans()).toEqual(['v2->v1']);
  });

  it('first predictions told again after a restart change nothing, whatever their time is by then', async () => {
    await rolledBack();
    const before = await deployed();
    expect(before).toEqual([`v1 rollback`, `v2 ${FIRST}`, `v1 ${FIRST}`, `v0 ${FIRST}`]);
    await b.restart();
    await deploy('v1', T0 - 30 * DAY);
    await deploy('v2', T0 + 5 * HOUR);
    await deploy('v2', at(3));
    expect(await deployed()).toEqual(before);
  });

  it('a retraining is told the version that serves, not one that was rolled back or is yet to come', async () => {
    await rolledBack();
    await deploy('v9', at(9), 'ann');
    await b.control.runTimers(at(3));
    await bad(5);
    const request = (await b.deliver(at(5))).find((each) => each.kind === 'retrain');
    expect((request!.payload as RetrainRequest).currentVersion).toBe('v1');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice, RetrainRequest } from '../../../server/model.ts';
import { canonicalHash } from '../../../server/route/identity.ts';
import { bench, DAY, HOUR, MINUTE, score, T0, type Bench } from './fixture.ts';

let b: Bench;
beforeEach(async () => {
  b = await bench();
});
afterEach(() => b.end());

const at = (day: number) => T0 + day * DAY;
const runs = () => b.control.runs({ tenant: 'acme' });
const runOf = async (kind: 'retrain' | 'rollback') => (await runs()).filter((run) => run.kind === kind);
const deploy = (version: string, atMs: number) =>
  b.control.recordDeployment({ tenant: 'acme', model: 'delay', version, atMs, source: 'api' });

describe('retraining', () => {
  const callback = (runId: string, sequence: number, state: 'accepted' | 'training' | 'candidate') =>
    b.control.retrainCallback({ runId, sequence, state, text: '', nowMs: at(1) + HOUR });

  it('is asked for once when drift opens, and follows the trainer', async () => {
    await b.control.judge([score(1, 0.4), score(1, 0.3, { subject: 'Carrier' })], at(1));
    const [run, ...more] = await runOf('retrain');
    expect(more).toEqual([]);
    expect(run?.state).toBe('requested');
    const [delivery] = (await b.deliver(at(1))).filter((each) => each.kind === 'retrain');
    expect(delivery).toMatchObject({ receiver: 'trainer' });
    expect(delivery!.payload as RetrainRequest).toMatchObject({
      runId: run!.id,
      model: 'delay',
      dataToMs: at(1),
      callbackUrl: `http://leeway.example/api/v1/runs/${run!.id}/callback`,
    });
    expect(await callback(run!.id, 0, 'accepted')).toMatchObject({ ok: true, value: { state: 'accepted' } });
    expect(await callback(run!.id, 2, 'training')).toMatchObject({ ok: true, value: { state: 'training' } });
    expect(await callback(run!.id, 1, 'accepted')).toMatchObject({ ok: true, value: { state: 'training' } });
    expect(await callback(run!.id, 2, 'candidate')).toMatchObject({ ok: true, value: { state: 'training' } });
    expect(await callback(run!.id, 3, 'candidate')).toMatchObject({
      ok: true,
      value: { state: 'candidate' },
    });
    expect(await callback(run!.id, 4, 'training')).toMatchObject({ ok: false, reason: 'conflict' });
  });

  it.each(['unit-change', 'absence', 'missing-rate'])(
    'is refused while %s says the feed is broken',
    async (detector) => {
      if (detector === 'missing-rate') await b.control.judge([score(0, 2, { detector })], at(0));
      const broken = score(1, 2, { detector, evidence: { text: '', cause: 'the feed sends kilometres' } });
      await b.control.judge([score(1, 0.4), broken], at(1));
      const [run] = await runOf('retrain');
      expect(run).toMatchObject({ state: 'suppressed' });
      expect(run?.reason).toContain('the feed sends kilometres');
      expect((await b.deliver(at(1))).filter((each) => each.kind === 'retrain')).toEqual([]);
    },
  );

  it('waits for the one in flight, then for the cool-down', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.control.judge([score(1, 0.4, { subject: 'Carrier' })], at(1) + MINUTE);
    const [second, first] = await runOf('retrain');
    expect(second).toMatchObject({
      state: 'suppressed',
      reason: `Not retrained: run ${first!.id} is still requested.`,
    });
    await callback(first!.id, 1, 'accepted');
    await callback(first!.id, 2, 'candidate');
    await b.control.judge([score(1, 0.4, { subject: 'Hour' })], at(1) + 2 * HOUR);
    expect((await runOf('retrain'))[0]?.reason).toContain('cool-down is 24 h');
    await b.control.judge([score(2, 0.4, { subject: 'Origin' })], at(2) + HOUR);
    expect((await runOf('retrain'))[0]?.state).toBe('requested');
  });

  it('is given up when nobody takes the request, and has failed when it never arrives', async () => {
    await b.control.judge([score(1, 0.4)], at(1));
    await b.control.runTimers(at(1) + HOUR);
    const leased = await b.control.leaseDeliveries({ nowMs: at(1), limit: 10, leaseMs: MINUTE });
    const request = leased.find((each) => each.kind === 'retrain');
    await b.control.settleDelivery({
      id: request!.id,
      outcome: { kind: 'failed', detail: '404' },
      nowMs: at(1),
    });
    expect((await runOf('retrain'))[0]?.state).toBe('failed');
    await b.control.judge([score(3, 0.4, { subject: 'Carrier' })], at(3));
    await b.tick(at(3));
    await b.control.runTimers(at(3) + 6 * HOUR);
    expect((await runOf('retrain'))[0]?.state).toBe('expired');
  });
});

describe('rolling back', () => {
  const proposed = async () => {
    await deploy('v1', T0 - 30 * DAY);
    await deploy('v2', T0 + 5 * HOUR);
    await b.control.judge([score(1, 0.4)], at(1));
    const [run] = await runOf('rollback');
    return run!;
  };
  const approve = (runId: string, planHash: string, nowMs = at(1) + HOUR) =>
    b.control.approveRun({ runId, planHash, tenant: 'acme', actor: 'ann', reason: 'v2 is wrong.', nowMs });
  const advance = (runId: string, step: 'call' | 'verify', outcome: 'running' | 'done' | 'failed') =>
    b.control.advanceRun({ runId, step, outcome, text: `${step} ${outcome}`, nowMs: at(1) + 2 * HOUR });
  const states = async () => {
    const [run] = await runOf('rollback');
    return [run!.state, ...run!.steps.map((step) => step.state)].join(' ');
  };

  it('is proposed with its whole plan, approved by hash, called, verified; the incident is mitigated and told', async () => {
    const run = await proposed();
    expect(run.plan).toEqual({
      method: 'POST',
      url: 'http://serving.example/version',
      body: { model: 'delay', version: 'v1' },
      fromVersion: 'v2',
      toVersion: 'v1',
      verifyShare: 0.99,
      verifyWithinMs: HOUR,
      verifyMinRows: 100,
    });
    expect(run.planHash).toBe(canonicalHash(run.plan));
    expect(await states()).toBe('proposed waiting pending pending');
    await b.tick(at(1) + MINUTE);
    expect(await approve(run.id, 'another hash')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await approve(run.id, run.planHash!)).toMatchObject({
      ok: true,
      value: { state: 'approved', approvedBy: 'ann' },
    });
    expect(await approve(run.id, run.planHash!)).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await states()).toBe('approved done waiting pending');
    expect((await runOf('rollback'))[0]?.steps.map(({ text }) => text)).toEqual([
      'Approved by ann: v2 is wrong.',
      'POST http://serving.example/version: serve v1.',
      '99 % of at least 100 predictions come from v1 within 60 min.',
    ]);
    await advance(run.id, 'call', 'running');
    expect(await states()).toBe('calling done running pending');
    await advance(run.id, 'call', 'done');
    expect(await states()).toBe('verifying done done running');
    await advance(run.id, 'call', 'failed');
    expect(await states()).toBe('verifying done done running');
    await advance(run.id, 'verify', 'done');
    expect(await states()).toBe('done done done done');
    expect(await b.control.incidents({ tenant: 'acme' })).toMatchObject([
      { state: 'mitigated', mitigatedAtMs: at(1) + 2 * HOUR },
    ]);
    const [update] = await b.deliver(at(1) + 2 * HOUR);
    expect((update!.payload as Notice).reason).toBe('incident_update');
    expect((await b.control.audit('acme', 50)).map((entry) => entry.kind)).toEqual(
      expect.arrayContaining([
        'rollback_proposed',
        'rollback_approved',
        'rollback_call_done',
        'rollback_verify_done',
      ]),
    );
  });

  it('is not proposed again once it was carried out, though the window still pages', async () => {
    const run = await proposed();
    await approve(run.id, run.planHash!);
    await advance(run.id, 'call', 'done');
    await advance(run.id, 'verify', 'done');
    await b.control.judge([score(2, 0.4)], at(2));
    expect(await runOf('rollback')).toHaveLength(1);
    expect(await b.control.runs({ tenant: 'acme', active: true })).toMatchObject([{ kind: 'retrain' }]);
  });

  it('that fails is told, and the next page proposes it again', async () => {
    const run = await proposed();
    await b.tick(at(1) + MINUTE);
    await approve(run.id, run.planHash!);
    await advance(run.id, 'call', 'failed');
    expect((await b.deliver(at(1) + 2 * HOUR)).map((each) => (each.payload as Notice).reason)).toEqual([
      'incident_update',
    ]);
    await b.control.judge([score(2, 0.4)], at(2));
    expect((await runOf('rollback')).map((each) => each.state)).toEqual(['proposed', 'failed']);
  });

  it('expires after a day without an approval, and the next page proposes it again', async () => {
    const run = await proposed();
    expect(await approve(run.id, run.planHash!, at(2))).toMatchObject({ ok: false, reason: 'conflict' });
    await b.control.runTimers(at(2));
    expect(await states()).toBe('expired failed pending pending');
    await b.control.judge([score(2, 0.4)], at(2));
    expect((await runOf('rollback')).map((each) => each.state)).toEqual(['proposed', 'expired']);
  });

  it.each([
    ['there is no deployment', []],
    ['there is no version before', [['v1', T0]]],
    [
      'the newest deployment is more than a week old',
      [
        ['v1', T0 - 30 * DAY],
        ['v2', T0 - 8 * DAY],
      ],
    ],
  ] as const)('is not proposed when %s', async (_name, deployments) => {
    for (const [version, atMs] of deployments) await deploy(version, atMs);
    await b.control.judge([score(1, 0.4)], at(1));
    expect(await runOf('rollback')).toEqual([]);
  });

  it('is hidden from another tenant', async () => {
    const run = await proposed();
    expect(
      await b.control.approveRun({
        runId: run.id,
        planHash: run.planHash!,
        tenant: 'other',
        actor: 'eve',
        reason: '',
        nowMs: at(1),
      }),
    ).toMatchObject({ ok: false, reason: 'not_found' });
  });
});

describe('deployments', () => {
  it('are kept once, newest first, and a late row does not make a new one', async () => {
    await deploy('v1', T0);
    await deploy('v2', T0 + DAY);
    expect(await deploy('v2', T0 + DAY)).toEqual([]);
    expect(await deploy('v2', T0 + HOUR)).toEqual([]);
    expect(await deploy('v1', T0 + 2 * DAY)).toHaveLength(1);
    const versions = await b.control.deployments({ tenant: 'acme', model: 'delay' });
    expect(versions.map((each) => each.version)).toEqual(['v1', 'v2', 'v1']);
  });

  it('without a version are none', async () => {
    expect(await deploy('', T0)).toEqual([]);
    expect(await b.control.deployments({ tenant: 'acme', model: 'delay' })).toEqual([]);
    expect(await b.control.audit('acme', 10)).toEqual([]);
  });
});

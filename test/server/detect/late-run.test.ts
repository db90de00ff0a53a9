import { describe, expect, it } from 'vitest';
import { LateRun, type LateDependencies } from '../../../server/detect/late-run.ts';
import type { LateKind } from '../../../server/detect/late.ts';
import type { DirtyBucket, DirtyCause, ScheduledJob } from '../../../server/model.ts';
import { defaultModel } from '../../../server/config.ts';
import { detectContext } from './context.ts';

const HOUR_MS = 3_600_000;
const key = { tenant: 'acme', model: 'fraud' };
const JOB: ScheduledJob = { id: 'late', dueAtMs: 0, lastRunMs: null };

/** A store whose commits touch hours, and what was judged again of them. */
function world(failing: ReadonlySet<number> = new Set()) {
  const commits: (DirtyBucket & { readonly causes: readonly DirtyCause[] })[] = [];
  const judged: number[] = [];
  let nowMs = 0;
  const source = {
    newestBatch: async () => Math.max(0, ...commits.map(({ batch }) => batch)),
    dirtyBuckets: async (since: number) => commits.filter(({ batch }) => batch > since),
  } as unknown as LateDependencies['source'];
  const kind: LateKind = {
    everyMs: 60_000,
    cause: 'rows',
    judged: async () => ({ fromMs: 0, toMs: 100 * HOUR_MS, windowMs: HOUR_MS, mostSummed: 1 }),
    again: async ({ window }) => {
      const hour = window.fromMs / HOUR_MS;
      if (failing.has(hour)) throw new Error(`hour ${hour} cannot be read`);
      judged.push(hour);
      return { scores: [], documents: [] };
    },
  };
  const comes = (hour: number, causes: readonly DirtyCause[] = ['rows']) => {
    const fromMs = hour * HOUR_MS;
    commits.push({ ...key, fromMs, toMs: fromMs + 300_000, batch: commits.length + 1, causes });
  };
  const beat = (late: LateRun, job: ScheduledJob) => {
    nowMs = Math.max(nowMs, job.dueAtMs);
    const context = detectContext(source, nowMs);
    return late.run(job, { ...context, models: [defaultModel(key)], jobs: [] });
  };
  return { kind, judged, comes, beat, nowMs: () => nowMs };
}

/** Runs as the beat does: what fails is tried again in a minute. */
async function runs(count: number, start: ScheduledJob, given: ReturnType<typeof world>, late: LateRun) {
  let job = start;
  const errors: string[] = [];
  for (let run = 0; run < count; run += 1)
    try {
      job = (await given.beat(late, job)).next;
    } catch (error) {
      errors.push((error as Error).message);
      job = { ...job, dueAtMs: given.nowMs() + 60_000 };
    }
  return { job, errors };
}

describe('windows that are judged again', () => {
  it('begin with what comes after the first look', async () => {
    const given = world();
    given.comes(1);
    const late = new LateRun(given.kind);
    const first = await given.beat(late, JOB);
    expect(first.next).toMatchObject({ mark: 1, dueAtMs: 60_000 });
    given.comes(2);
    expect((await given.beat(late, first.next)).next.mark).toBe(2);
    expect(given.judged).toEqual([2]);
  });

  it('are a few at a time, and the mark moves when all are done', async () => {
    const given = world();
    const late = new LateRun(given.kind);
    const { job } = await runs(1, JOB, given, late);
    for (const hour of [1, 2, 3, 4, 5, 6]) given.comes(hour);
    const half = await given.beat(late, job);
    expect([half.next.mark, half.next.dueAtMs <= given.nowMs()]).toEqual([0, true]);
    expect((await given.beat(late, half.next)).next.mark).toBe(6);
    expect(given.judged).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are found again after a restart in their midst', async () => {
    const given = world();
    const { job } = await runs(1, JOB, given, new LateRun(given.kind));
    const late = new LateRun(given.kind);
    for (const hour of [1, 2, 3, 4, 5]) given.comes(hour);
    const half = await given.beat(late, job);
    await runs(2, half.next, given, new LateRun(given.kind));
    expect(given.judged).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5]);
  });

  it('are taken back when their scores could not be stored', async () => {
    const given = world();
    const late = new LateRun(given.kind);
    const { job } = await runs(1, JOB, given, late);
    for (const hour of [1, 2, 3, 4, 5]) given.comes(hour);
    await given.beat(late, job);
    await runs(2, { ...job, dueAtMs: given.nowMs() + 60_000 }, given, late);
    expect(given.judged).toEqual([1, 2, 3, 4, 1, 2, 3, 4, 5]);
  });

  it('hold up no others when one of them fails, which is tried again', async () => {
    const failing = new Set([2]);
    const given = world(failing);
    const late = new LateRun(given.kind);
    const { job } = await runs(1, JOB, given, late);
    for (const hour of [1, 2, 3]) given.comes(hour);
    const bad = await runs(3, job, given, late);
    expect(given.judged).toEqual([1, 3]);
    expect(bad.errors).toEqual(['hour 2 cannot be read', 'hour 2 cannot be read']);
    expect(bad.job.mark).toBe(0);
    given.comes(9);
    failing.clear();
    const good = await runs(1, bad.job, given, late);
    expect(given.judged.toSorted((one, two) => one - two)).toEqual([1, 2, 3, 9]);
    expect(good.job.mark).toBe(4);
  });

  it('are none where only labels or a new baseline came', async () => {
    const given = world();
    const late = new LateRun(given.kind);
    const { job } = await runs(1, JOB, given, late);
    given.comes(1, ['labels']);
    given.comes(2, ['recount']);
    given.comes(3, []);
    await runs(1, job, given, late);
    expect(given.judged).toEqual([]);
  });
});

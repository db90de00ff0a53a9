import type { LateRun } from './detect/late-run.ts';
import { runJob } from './detect/run.ts';
import type { DetectContext, JobResult } from './detect/types.ts';
import type { ScheduledJob } from './model.ts';
import type { ModelSettings } from './settings.ts';
import type { TickDependencies } from './tick.ts';
import { traced } from './tracing.ts';

/** Runs the jobs that are due: each is scored by itself, and many are judged together. */

type JobDependencies = Pick<TickDependencies, 'control' | 'log' | 'publish' | 'onJob' | 'onBeat'>;

export interface DueJobs {
  readonly due: readonly ScheduledJob[];
  readonly models: readonly ModelSettings[];
  readonly context: DetectContext;
  readonly late: ReadonlyMap<string, LateRun>;
}

/** A job with a long past stays due: one part of every job a round, objectives and silence first, and timers in between. */
export async function runDue(deps: JobDependencies, jobs: DueJobs): Promise<void> {
  const { nowMs } = jobs.context;
  let due = [...jobs.due].sort((first, second) => rankOf(first) - rankOf(second));
  do {
    const next = await runRound(deps, jobs, due);
    deps.onBeat();
    due = next.filter((job) => job.dueAtMs <= nowMs);
    if (due.length > 0) deps.publish(await deps.control.runTimers(nowMs));
  } while (due.length > 0);
}

/** While one batch is judged, which is another thread's work, the next is scored. */
async function runRound(
  deps: JobDependencies,
  jobs: DueJobs,
  due: readonly ScheduledJob[],
): Promise<readonly ScheduledJob[]> {
  const next: ScheduledJob[] = [];
  const judging = new OneBehind((batch: readonly ScoredJob[]) => judgeAll(deps, batch, jobs.context.nowMs));
  let scored: ScoredJob[] = [];
  for (const group of groupsOf(due)) {
    if (group.some(isLate)) next.push(...(await judging.rest()));
    for (const one of await Promise.all(group.map((job) => scoreOne(deps, job, jobs)))) {
      scored.push(one);
      if (scored.length < MOST_JOBS && scoresOf(scored) < MANY_SCORES) continue;
      next.push(...(await judging.begin(scored)));
      scored = [];
    }
  }
  if (scored.length > 0) next.push(...(await judging.begin(scored)));
  next.push(...(await judging.rest()));
  return next;
}

/** Works on one thing at a time, while its caller makes the next; gives back what came of the one before. */
class OneBehind<In, Out> {
  readonly #work: (input: In) => Promise<readonly Out[]>;
  #running: Promise<readonly Out[]> = Promise.resolve([]);

  constructor(work: (input: In) => Promise<readonly Out[]>) {
    this.#work = work;
  }

  async begin(input: In): Promise<readonly Out[]> {
    const before = await this.#running;
    this.#running = this.#work(input);
    // Awaited later; a failure must not count as unhandled until then.
    this.#running.catch(() => {});
    return before;
  }

  async rest(): Promise<readonly Out[]> {
    const last = await this.#running;
    this.#running = Promise.resolve([]);
    return last;
  }
}

/** So many models are read together: the counts of all lie in one table, and one read of it answers them all. */
const MOST_TOGETHER = 16;

/** Jobs are scored together, which only read; those for what came late go by what others have left, each by itself. */
function groupsOf(due: readonly ScheduledJob[]): readonly (readonly ScheduledJob[])[] {
  const groups: ScheduledJob[][] = [];
  for (const job of due) {
    const last = groups.at(-1) ?? [];
    const isAlone = isLate(job) || last.some(isLate) || last.length === MOST_TOGETHER;
    if (last.length > 0 && !isAlone) last.push(job);
    else groups.push([job]);
  }
  return groups;
}

function isLate({ id }: ScheduledJob): boolean {
  return id.startsWith('late');
}

/** What is judged in one transaction: a transaction costs as much as many scores, and holds up all others meanwhile. */
const MOST_JOBS = 64;
const MANY_SCORES = 2000;

/** A job that was scored, or why it could not be. */
interface ScoredJob {
  readonly job: ScheduledJob;
  readonly result: JobResult | null;
  readonly error?: unknown;
  readonly seconds: number;
}

function scoresOf(jobs: readonly ScoredJob[]): number {
  return jobs.reduce((total, { result }) => total + (result?.scores.length ?? 0), 0);
}

function rankOf(job: ScheduledJob): number {
  return Number(job.id.startsWith('windows/') || isLate(job));
}

async function scoreOne(deps: JobDependencies, job: ScheduledJob, jobs: DueJobs): Promise<ScoredJob> {
  const beganMs = performance.now();
  const seconds = () => (performance.now() - beganMs) / 1000;
  try {
    const result = await traced('detect', { job: job.id }, () => scoreJob(deps, job, jobs));
    return { job, result, seconds: seconds() };
  } catch (error) {
    return { job, result: null, error, seconds: seconds() };
  }
}

/** Judges what several jobs have scored together; when that fails each by itself, so that one does not hold up the others. */
async function judgeAll(
  deps: JobDependencies,
  jobs: readonly ScoredJob[],
  nowMs: number,
): Promise<readonly ScheduledJob[]> {
  try {
    const found = jobs.flatMap(({ result }) => result ?? []);
    const scores = found.flatMap((one) => one.scores);
    const documents = new Map(found.flatMap((one) => one.documents).map((one) => [one.id, one]));
    if (scores.length > 0) deps.publish(await deps.control.judge(scores, nowMs, [...documents.values()]));
    return await scheduleNext(deps, jobs, nowMs);
  } catch (error) {
    const [only, ...others] = jobs;
    if (only === undefined || others.length === 0)
      return scheduleNext(deps, only === undefined ? [] : [{ ...only, result: null, error }], nowMs);
    const next: ScheduledJob[] = [];
    for (const job of jobs) next.push(...(await judgeAll(deps, [job], nowMs)));
    return next;
  }
}

/** A job that failed is logged and tried again in a minute. */
async function scheduleNext(
  { control, log, onJob }: JobDependencies,
  jobs: readonly ScoredJob[],
  nowMs: number,
): Promise<readonly ScheduledJob[]> {
  const next = jobs.map(({ job, result, error }): ScheduledJob => {
    if (error !== undefined) return { ...job, dueAtMs: nowMs + FAILED_JOB_RETRY_MS };
    return result?.next ?? { ...job, dueAtMs: nowMs + UNKNOWN_JOB_RETRY_MS };
  });
  await control.scheduleJobs(next);
  for (const { job, error, seconds } of jobs) {
    onJob({ id: job.id, ok: error === undefined, seconds, lagMs: nowMs - job.dueAtMs });
    if (error !== undefined)
      log.error('detection job failed', {
        job: job.id,
        error: error instanceof Error ? error.message : 'unknown',
      });
  }
  return next;
}

async function scoreJob(
  { control }: JobDependencies,
  job: ScheduledJob,
  { models, context, late }: DueJobs,
): Promise<JobResult | null> {
  const again = late.get(job.id);
  if (again === undefined) return runJob(job, { ...context, models });
  return again.run(job, { ...context, models, jobs: await control.jobs() });
}

const FAILED_JOB_RETRY_MS = 60_000;
/** A job whose model left the configuration sleeps; the model may come back. */
const UNKNOWN_JOB_RETRY_MS = 3_600_000;

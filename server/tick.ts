import type { Clock } from './clock.ts';
import { defaultModel } from './config.ts';
import { missingJobs } from './detect/plan.ts';
import { runJob } from './detect/run.ts';
import type { BurnPair } from './detect/types.ts';
import type { Log } from './log.ts';
import type { ModelEntry, ScheduledJob } from './model.ts';
import type { Change, Control, Telemetry } from './ports.ts';
import type { ModelSettings } from './settings.ts';
import { traced } from './tracing.ts';

export interface TickDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly models: readonly ModelSettings[];
  readonly burnWindows: readonly BurnPair[];
  readonly publish: (changes: readonly Change[]) => void;
  readonly deliver: () => Promise<readonly Change[]>;
  readonly advanceRuns: () => Promise<readonly Change[]>;
  readonly onJob: (job: {
    readonly id: string;
    readonly seconds: number;
    readonly ok: boolean;
    readonly lagMs: number;
  }) => void;
}

export interface Beats {
  /** What is due is detected and judged, and time alone is let work, as of the injected clock. */
  readonly detect: () => Promise<void>;
  /** What is due is told and acted on; a receiver that hangs holds up only this. */
  readonly act: () => Promise<void>;
  /** Resolves when nothing runs any more. */
  readonly idle: () => Promise<void>;
}

/** The two beats of the appliance; each runs one at a time, a call during a run is served by a run of its own. */
export function createBeats(deps: TickDependencies): Beats {
  const state = { jobIds: new Set<string>(), versions: new Set<string>() };
  const detect = async () => {
    const nowMs = deps.clock.now();
    const catalog = await deps.telemetry.catalog();
    const models = withDiscovered(deps.models, catalog);
    await recordDeployments(deps, catalog, state.versions);
    await scheduleNew(deps, { models, known: state.jobIds, nowMs });
    for (const job of await deps.control.dueJobs(nowMs)) await runOne(deps, { job, models, nowMs });
    deps.publish(await deps.control.runTimers(nowMs));
  };
  const [detecting, acting] = [oneAtATime(detect), oneAtATime(() => settle(deps, deps.clock.now()))];
  return {
    detect: detecting.run,
    act: acting.run,
    idle: async () => void (await Promise.allSettled([detecting.last(), acting.last()])),
  };
}

function oneAtATime(work: () => Promise<void>): {
  readonly run: () => Promise<void>;
  readonly last: () => Promise<void>;
} {
  let last: Promise<void> = Promise.resolve();
  const run = () => {
    last = last.then(work, work);
    return last;
  };
  return { run, last: () => last };
}

/** Models that are configured, then those that only send: they are watched with the defaults. */
export function withDiscovered(
  configured: readonly ModelSettings[],
  catalog: readonly ModelEntry[],
): readonly ModelSettings[] {
  const known = new Set(configured.map((model) => `${model.tenant}/${model.model}`));
  return [
    ...configured,
    ...catalog.filter((entry) => !known.has(`${entry.tenant}/${entry.model}`)).map(defaultModel),
  ];
}

async function recordDeployments(
  { control, publish }: TickDependencies,
  catalog: readonly ModelEntry[],
  seen: Set<string>,
): Promise<void> {
  for (const { tenant, model, versions } of catalog) {
    for (const { version, firstEventMs } of versions) {
      const id = JSON.stringify([tenant, model, version]);
      if (seen.has(id)) continue;
      publish(
        await control.recordDeployment({
          tenant,
          model,
          version,
          atMs: firstEventMs,
          source: 'first prediction',
        }),
      );
      seen.add(id);
    }
  }
}

interface Scheduling {
  readonly models: readonly ModelSettings[];
  readonly known: Set<string>;
  readonly nowMs: number;
}

async function scheduleNew(
  { control }: TickDependencies,
  { models, known, nowMs }: Scheduling,
): Promise<void> {
  if (known.size >= models.length * 3) return;
  for (const job of missingJobs(models, await control.jobs(), nowMs)) await control.scheduleJob(job);
  for (const job of await control.jobs()) known.add(job.id);
}

interface DueJob {
  readonly job: ScheduledJob;
  readonly models: readonly ModelSettings[];
  readonly nowMs: number;
}

/** A job that fails is logged and tried again in a minute; the others go on. */
async function runOne(deps: TickDependencies, { job, models, nowMs }: DueJob): Promise<void> {
  const startedMs = performance.now();
  const done = (ok: boolean) =>
    deps.onJob({
      id: job.id,
      ok,
      seconds: (performance.now() - startedMs) / 1000,
      lagMs: nowMs - job.dueAtMs,
    });
  try {
    const result = await traced('detect', { job: job.id }, () =>
      runJob(job, { source: deps.telemetry, models, burnWindows: deps.burnWindows, nowMs }),
    );
    if (result !== null && result.scores.length > 0)
      deps.publish(await deps.control.judge(result.scores, nowMs));
    await deps.control.scheduleJob(result?.next ?? { ...job, dueAtMs: nowMs + UNKNOWN_JOB_RETRY_MS });
    done(true);
  } catch (error) {
    deps.log.error('detection job failed', {
      job: job.id,
      error: error instanceof Error ? error.message : String(error),
    });
    await deps.control.scheduleJob({ ...job, dueAtMs: nowMs + FAILED_JOB_RETRY_MS });
    done(false);
  }
}

const FAILED_JOB_RETRY_MS = 60_000;
/** A job whose model left the configuration sleeps; the model may come back. */
const UNKNOWN_JOB_RETRY_MS = 3_600_000;
const MOST_ROUNDS = 4;

/** Deliveries and runs feed each other: a verified rollback is told, a delivery is an event of an incident. */
async function settle(deps: TickDependencies, nowMs: number): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const changes = [
      ...(await deps.advanceRuns()),
      ...(await deps.deliver()),
      ...(await deps.control.runTimers(nowMs)),
    ];
    deps.publish(changes);
    if (changes.length === 0) return;
  }
}

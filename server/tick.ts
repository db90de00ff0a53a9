import type { Clock } from './clock.ts';
import { defaultModel } from './config.ts';
import { episodesOf } from './detect/episodes.ts';
import { missingJobs, withoutFuture } from './detect/plan.ts';
import { References } from './detect/references.ts';
import { lateRuns } from './detect/late-kinds.ts';
import type { LateRun } from './detect/late-run.ts';
import type { BurnTable, DetectContext } from './detect/types.ts';
import { runDue } from './due-jobs.ts';
import type { Log } from './log.ts';
import type { ModelEntry, Rule } from './model.ts';
import { parametersFor, type ParameterSet } from './parameters.ts';
import type { Change, Control, Telemetry } from './ports.ts';
import type { Unpaired } from './ports-schema.ts';
import type { ModelSettings } from './settings.ts';

export interface TickDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly models: readonly ModelSettings[];
  readonly rules: readonly Rule[];
  readonly parameters: ParameterSet;
  readonly burnWindows: readonly BurnTable[];
  readonly publish: (changes: readonly Change[]) => void;
  readonly deliver: () => Promise<readonly Change[]>;
  readonly advanceRuns: () => Promise<readonly Change[]>;
  /** Told of what waited in vain for its other half. */
  readonly onUnpaired: (unpaired: readonly Unpaired[]) => void;
  /** Told after every beat in which detection could work. */
  readonly onBeat: () => void;
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
  /** Approved runs go one step on. */
  readonly advance: () => Promise<void>;
  /** What is due is told. Calls may overlap: leases keep attempts apart, and a receiver that hangs holds up only itself. */
  readonly deliver: () => Promise<void>;
  /** Runs and deliveries until nothing changes any more: for a clock that is stepped. */
  readonly act: () => Promise<void>;
  /** Closed days move once an hour, and what is old enough goes four times a day, also when nobody sends. */
  readonly keep: () => Promise<void>;
  /** Resolves when nothing runs any more but `keep`, which the store ends when it closes. */
  readonly idle: () => Promise<void>;
}

const MOST_DELIVERING = 8;

/** The beats of the appliance. Detecting and advancing run one at a time; a step that fails is logged and the others go on. */
export function createBeats(deps: TickDependencies): Beats {
  const state: State = {
    scheduled: new Set(),
    versions: new Set(),
    references: new References(),
    late: lateRuns(),
    isFirst: true,
    startedMs: deps.clock.now(),
    keptHouseMs: -Infinity,
    retainedMs: -Infinity,
  };
  const detecting = oneAtATime(() => detectDue(deps, state));
  const advancing = oneAtATime(() =>
    guarded(deps, 'runs', async () => deps.publish(await deps.advanceRuns())),
  );
  const acting = oneAtATime(() => settle(deps, deps.clock.now()));
  const keeping = oneAtATime(() => keepHouse(deps, state));
  const delivering = new Set<Promise<void>>();
  return {
    detect: detecting.run,
    advance: advancing.run,
    act: acting.run,
    keep: keeping.run,
    deliver: async () => {
      if (delivering.size >= MOST_DELIVERING) return;
      const attempt = guarded(deps, 'deliveries', async () => deps.publish(await deps.deliver()));
      delivering.add(attempt);
      await attempt;
      delivering.delete(attempt);
    },
    idle: async () => {
      await Promise.allSettled([detecting.last(), advancing.last(), acting.last(), ...delivering]);
    },
  };
}

interface State {
  readonly scheduled: Set<string>;
  readonly versions: Set<string>;
  readonly references: References;
  readonly late: ReadonlyMap<string, LateRun>;
  readonly startedMs: number;
  isFirst: boolean;
  keptHouseMs: number;
  retainedMs: number;
}

const KEEP_HOUSE_EVERY_MS = 3_600_000;
/** Rows and counts go by whole days of UTC: a look costs scans of all rows. */
const RETAIN_EVERY_MS = 6 * 3_600_000;

/** A failure is tried again in an hour, like any other. */
async function keepHouse(deps: TickDependencies, state: State): Promise<void> {
  const nowMs = deps.clock.now();
  if (nowMs - state.keptHouseMs < KEEP_HOUSE_EVERY_MS) return;
  state.keptHouseMs = nowMs;
  if (nowMs - state.retainedMs >= RETAIN_EVERY_MS)
    await guarded(deps, 'retention', async () => {
      await deps.telemetry.retain(nowMs);
      state.retainedMs = nowMs;
    });
  await guarded(deps, 'archive', async () => {
    await deps.telemetry.moveDays(nowMs);
  });
}

async function detectDue(deps: TickDependencies, state: State): Promise<void> {
  const nowMs = deps.clock.now();
  await guarded(deps, 'detection', async () => {
    const catalog = await deps.telemetry.catalog();
    const models = withDiscovered(deps.models, catalog);
    await guarded(deps, 'deployments', () => recordDeployments(deps, catalog, state.versions));
    await guarded(deps, 'schedule', () => scheduleNew(deps, { models, state, nowMs }));
    const context = contextOf(deps, state, { catalog, nowMs });
    await runDue(deps, { due: await deps.control.dueJobs(nowMs), models, context, late: state.late });
  });
  await guarded(deps, 'halves', async () => deps.onUnpaired(await deps.telemetry.tellUnpaired(nowMs)));
  await guarded(deps, 'timers', async () => deps.publish(await deps.control.runTimers(nowMs)));
}

function contextOf(
  deps: TickDependencies,
  state: State,
  { catalog, nowMs }: { readonly catalog: readonly ModelEntry[]; readonly nowMs: number },
): DetectContext {
  const entries = new Map(catalog.map((entry) => [JSON.stringify([entry.tenant, entry.model]), entry]));
  const { telemetry, control, rules, parameters, burnWindows } = deps;
  return {
    source: telemetry,
    references: state.references,
    entryOf: ({ tenant, model }) => entries.get(JSON.stringify([tenant, model])),
    parametersOf: (key) => parametersFor(parameters, key),
    burnWindows,
    history: (query) => control.scores(query),
    worst: (query) => control.worstOfWindows(query),
    episodes: async (key) => episodesOf(await control.alerts(key), rules),
    nowMs,
    startedMs: state.startedMs,
  };
}

async function guarded({ log }: TickDependencies, step: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error('a step of the beat failed', {
      step,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

interface OneAtATime {
  readonly run: () => Promise<void>;
  readonly last: () => Promise<void>;
}

function oneAtATime(work: () => Promise<void>): OneAtATime {
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
  readonly state: State;
  readonly nowMs: number;
}

async function scheduleNew(
  { control }: TickDependencies,
  { models, state, nowMs }: Scheduling,
): Promise<void> {
  const wanted = missingJobs(models, [], nowMs);
  if (wanted.every((job) => state.scheduled.has(job.id))) return;
  const jobs = await control.jobs();
  const repaired = state.isFirst ? withoutFuture(jobs, models, nowMs) : [];
  await control.scheduleJobs([...repaired, ...missingJobs(models, jobs, nowMs)]);
  for (const job of wanted) state.scheduled.add(job.id);
  state.isFirst = false;
}

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

import type { Baseline, ModelKey } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { LATE_EVERY_MS, LATE_JOB, LATE_LABELS_JOB, type Judged, type LateKind } from './late.ts';
import { LateRun, type LateDependencies } from './late-run.ts';
import { outcomesAgain } from './outcomes.ts';
import { firstJudged, jobId, lastJudgedMs } from './plan.ts';
import { keyOf, type Scored } from './types.ts';
import { scoreWindow } from './window.ts';

/** Labels trickle for weeks, into many windows each time. */
const LATE_LABELS_EVERY_MS = 3_600_000;
const NOTHING: Scored = { scores: [], documents: [] };

const lateRows: LateKind = {
  everyMs: LATE_EVERY_MS,
  cause: 'rows',
  judged: async (model, deps) => {
    const { mostSummed } = deps.parametersOf(keyOf(model)).windows;
    return judgedUpTo(model, deps, { toMs: lastJudgedMs(deps.jobs, model), mostSummed });
  },
  again: async ({ window, ...key }, deps) => {
    const found = await modelOf(key, deps);
    return found === null ? NOTHING : scoreWindow({ ...deps, ...found, window });
  },
};

const lateLabels: LateKind = {
  everyMs: LATE_LABELS_EVERY_MS,
  cause: 'labels',
  judged: (model, deps) =>
    judgedUpTo(model, deps, { toMs: outcomesJob(model, deps)?.mark ?? null, mostSummed: 1 }),
  again: async ({ window, ...key }, deps) => {
    const found = await modelOf(key, deps);
    const job = found === null ? undefined : outcomesJob(found.model, deps);
    if (found === null || job === undefined) return NOTHING;
    return outcomesAgain({ ...deps, model: found.model, job }, found.baseline, window);
  },
};

/** Who judges again what came late, by the job that wakes it. */
export function lateRuns(): ReadonlyMap<string, LateRun> {
  return new Map([
    [LATE_JOB, new LateRun(lateRows)],
    [LATE_LABELS_JOB, new LateRun(lateLabels)],
  ]);
}

function outcomesJob(model: ModelSettings, { jobs }: LateDependencies) {
  return jobs.find(({ id }) => id === jobId('outcomes', model));
}

async function judgedUpTo(
  model: ModelSettings,
  { source, entryOf }: LateDependencies,
  { toMs, mostSummed }: { readonly toMs: number | null; readonly mostSummed: number },
): Promise<Judged | null> {
  const { windowMs } = model;
  const entry = entryOf(keyOf(model));
  const baseline = await source.baseline(keyOf(model));
  if (entry === undefined || baseline === null || toMs === null) return null;
  const fromMs = firstJudged(entry, baseline, model) ?? toMs;
  return { fromMs: Math.ceil(fromMs / windowMs) * windowMs, toMs, windowMs, mostSummed };
}

async function modelOf(
  key: ModelKey,
  { models, source }: LateDependencies,
): Promise<{ readonly model: ModelSettings; readonly baseline: Baseline } | null> {
  const model = models.find((one) => one.tenant === key.tenant && one.model === key.model);
  const baseline = await source.baseline(key);
  return model === undefined || baseline === null ? null : { model, baseline };
}

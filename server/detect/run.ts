import type { Baseline, CountsRow, ModelEntry, ScheduledJob, Score } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { absenceScore } from './absence.ts';
import { driftScores, type Window } from './drift.ts';
import { fairnessScore } from './fairness.ts';
import { jobTarget, nextDue, windowsDue } from './plan.ts';
import { reachablePairs, sloScores, windowsNeeded } from './slo.ts';
import { keyOf, type BurnPair, type CountsSource, type JobInput, type JobResult } from './types.ts';

/** Runs one due job: asks for counts, scores them, says when it is due again. */
export async function runJob(job: ScheduledJob, deps: JobDependencies): Promise<JobResult | null> {
  const target = jobTarget(job.id, deps.models);
  if (target === null) return null;
  const input: JobInput = { ...deps, model: target.model, job };
  const scores = await scorers[target.kind](input);
  if (scores === 'no_baseline')
    return { scores: [], next: { ...job, dueAtMs: deps.nowMs + BASELINE_RETRY_MS } };
  return {
    scores,
    next: { id: job.id, dueAtMs: nextDue(target.kind, target.model, deps.nowMs), lastRunMs: deps.nowMs },
  };
}

const BASELINE_RETRY_MS = 60_000;

export interface JobDependencies {
  readonly source: CountsSource;
  readonly models: readonly ModelSettings[];
  readonly burnWindows: readonly BurnPair[];
  readonly nowMs: number;
}

const scorers = { windows: scoreWindows, slo: scoreSlos, absence: scoreAbsence } as const;

async function scoreWindows(input: JobInput): Promise<readonly Score[] | 'no_baseline'> {
  const entry = await entryOf(input);
  const baseline = await baselineOf(input);
  if (entry === undefined || baseline === null) return 'no_baseline';
  const windows = windowsDue({
    model: input.model,
    lastRunMs: input.job.lastRunMs,
    firstEventMs: firstJudged(entry, baseline),
    nowMs: input.nowMs,
  });
  const baselineWindows =
    windows.length === 0 ? [] : await input.source.baselineWindows(keyOf(input.model), input.model.windowMs);
  const scores: Score[] = [];
  for (const window of windows)
    scores.push(...(await scoreWindow(input, { baseline, baselineWindows, window })));
  return scores;
}

/** Rows that are the baseline are not judged against themselves. */
function firstJudged(entry: ModelEntry, baseline: Baseline): number | null {
  const firsts = entry.versions.map((version) => version.firstEventMs);
  if (firsts.length === 0) return null;
  const first = Math.min(...firsts);
  return baseline.source.kind === 'reference' ? first : Math.max(first, baseline.toMs);
}

interface WindowInput {
  readonly baseline: Baseline;
  readonly baselineWindows: readonly CountsRow[];
  readonly window: Window;
}

async function scoreWindow(
  { source, model }: JobInput,
  { baseline, baselineWindows, window }: WindowInput,
): Promise<readonly Score[]> {
  const key = keyOf(model);
  const current = await lastWindows(source, model, window);
  const versions = await versionsIn(source, model, window);
  const drift = driftScores({
    key,
    baseline,
    baselineWindows,
    window,
    current,
    versions,
    unmonitored: model.unmonitored,
  });
  const { positive } = model;
  if (positive === null) return drift;
  const fairness = await Promise.all(
    model.groups.map(async (attribute) => {
      const groups = await source.counts({ ...key, ...window, by: { attribute } });
      return fairnessScore({ key, baseline, window, attribute, positive, groups });
    }),
  );
  return [...drift, ...fairness];
}

/** The window alone, and when it is small, also the sums over two to four windows back. */
async function lastWindows(
  source: CountsSource,
  model: ModelSettings,
  window: Window,
): Promise<readonly CountsRow[]> {
  const read = async (depth: number) => {
    const rows = await source.counts({
      ...keyOf(model),
      fromMs: window.fromMs - depth * model.windowMs,
      toMs: window.toMs,
    });
    return rows[0] ?? { group: null, rows: 0, features: {} };
  };
  const alone = await read(0);
  return alone.rows >= MANY_ROWS ? [alone] : [alone, ...(await Promise.all([1, 2, 3].map(read)))];
}

/** With so many rows no feature of at most 51 cells lacks any. */
const MANY_ROWS = 1000;

async function versionsIn(
  source: CountsSource,
  model: ModelSettings,
  window: Window,
): Promise<Readonly<Record<string, number>>> {
  const rows = await source.volume({ key: keyOf(model), ...window, stepMs: model.windowMs });
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(row.version, (totals.get(row.version) ?? 0) + row.rows);
  return Object.fromEntries(totals);
}

async function scoreSlos({ source, model, burnWindows, nowMs }: JobInput): Promise<readonly Score[]> {
  if (model.slos.length === 0) return [];
  const toMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const rows = await source.sloWindows({
    key: keyOf(model),
    toMs,
    windowsMs: windowsNeeded(burnWindows, model.slos),
  });
  return model.slos.flatMap((slo) =>
    sloScores({ key: keyOf(model), slo, rows, nowMs: toMs, pairs: reachablePairs(burnWindows, slo.target) }),
  );
}

const MINUTE_MS = 60_000;

async function scoreAbsence(input: JobInput): Promise<readonly Score[]> {
  return [absenceScore(input.model, await entryOf(input), input.nowMs)];
}

async function entryOf({ source, model }: JobInput): Promise<ModelEntry | undefined> {
  const catalog = await source.catalog();
  return catalog.find((entry) => entry.tenant === model.tenant && entry.model === model.model);
}

async function baselineOf({ source, model, nowMs }: JobInput): Promise<Baseline | null> {
  const key = keyOf(model);
  return (await source.baseline(key)) ?? source.freezeBaseline(key, model.baseline, nowMs);
}

import type { Baseline, BaselineSource, CountsRow, ModelEntry, ScheduledJob, Score } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { absenceScore } from './absence.ts';
import { driftScores, type Window } from './drift.ts';
import { fairnessScore } from './fairness.ts';
import { jobTarget, nextDue, windowsDue } from './plan.ts';
import { reachablePairs, sloScores, windowsNeeded } from './slo.ts';
import { keyOf, type BurnPair, type CountsSource, type JobInput, type JobResult } from './types.ts';

/** Runs one due job: asks for counts, scores them, says when it is due again. A long past is judged a part at a time. */
export async function runJob(job: ScheduledJob, deps: JobDependencies): Promise<JobResult | null> {
  const target = jobTarget(job.id, deps.models);
  if (target === null) return null;
  const input: JobInput = { ...deps, model: target.model, job };
  const scored = await scorers[target.kind](input);
  if (scored === 'no_baseline')
    return { scores: [], next: { ...job, dueAtMs: deps.nowMs + BASELINE_RETRY_MS } };
  if (scored.goesOnFromMs !== undefined)
    return { scores: scored.scores, next: { ...job, dueAtMs: deps.nowMs, lastRunMs: scored.goesOnFromMs } };
  const dueAtMs = nextDue(target.kind, target.model, deps.nowMs);
  return { scores: scored.scores, next: { id: job.id, dueAtMs, lastRunMs: deps.nowMs } };
}

const BASELINE_RETRY_MS = 60_000;
/** So many windows are judged in one transaction; more would hold up everybody who asks the control store. */
const WINDOWS_AT_ONCE = 4;

interface Scored {
  readonly scores: readonly Score[];
  /** The run that would have ended here; the windows after it are still due. */
  readonly goesOnFromMs?: number;
}

export interface JobDependencies {
  readonly source: CountsSource;
  readonly models: readonly ModelSettings[];
  readonly burnWindows: readonly BurnPair[];
  readonly nowMs: number;
  /** When this process began to listen. */
  readonly startedMs: number;
}

const scorers = { windows: scoreWindows, slo: scoreSlos, absence: scoreAbsence } as const;

async function scoreWindows(input: JobInput): Promise<Scored | 'no_baseline'> {
  const { model, job, nowMs } = input;
  const entry = await entryOf(input);
  const baseline = await baselineOf(input);
  if (entry === undefined || baseline === null) return 'no_baseline';
  const due = windowsDue({
    model,
    lastRunMs: job.lastRunMs,
    firstEventMs: firstJudged(entry, baseline, model),
    nowMs,
  });
  const windows = due.slice(0, WINDOWS_AT_ONCE);
  const last = windows.at(-1);
  if (last === undefined) return { scores: [] };
  const baselineWindows = await input.source.baselineWindows(keyOf(model), model.windowMs);
  const scores: Score[] = [];
  for (const window of windows)
    scores.push(...(await scoreWindow(input, { baseline, baselineWindows, window })));
  return due.length > windows.length ? { scores, goesOnFromMs: last.toMs + model.settleMs } : { scores };
}

/** Rows that are the baseline are not judged against themselves, nor is the window that they end in, nor one begun late. */
function firstJudged(entry: ModelEntry, baseline: Baseline, model: ModelSettings): number | null {
  const firsts = entry.versions.map((version) => version.firstEventMs);
  if (firsts.length === 0) return null;
  const first = wholeWindowFrom(Math.min(...firsts), model);
  if (baseline.source.kind === 'reference') return first;
  return Math.max(first, Math.ceil(baseline.toMs / model.windowMs) * model.windowMs);
}

/** A first day that begins in the afternoon differs from every other by its hours alone: it is not judged. */
function wholeWindowFrom(firstEventMs: number, { windowMs }: ModelSettings): number {
  const startMs = Math.floor(firstEventMs / windowMs) * windowMs;
  return firstEventMs - startMs > windowMs / 20 ? startMs + windowMs : startMs;
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

/**
 * The window alone, and when it is small, also the sum of the block of two and of four windows that ends with it. Blocks do
 * not overlap, so that one bad window is one breach; a window without rows is summed with nothing.
 */
async function lastWindows(
  source: CountsSource,
  model: ModelSettings,
  window: Window,
): Promise<readonly CountsRow[]> {
  const read = async (windows: number) => {
    const fromMs = window.toMs - windows * model.windowMs;
    const rows = await source.counts({ ...keyOf(model), fromMs, toMs: window.toMs });
    return rows[0] ?? { group: null, rows: 0, features: {} };
  };
  const alone = await read(1);
  if (alone.rows === 0 || alone.rows >= MANY_ROWS) return [alone];
  const ends = window.toMs / model.windowMs;
  const blocks = BLOCKS.filter((windows) => ends % windows === 0);
  return [alone, ...(await Promise.all(blocks.map(read)))];
}

const BLOCKS = [2, 4];
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

async function scoreSlos({ source, model, burnWindows, nowMs }: JobInput): Promise<Scored> {
  if (model.slos.length === 0) return { scores: [] };
  const toMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const rows = await source.sloWindows({
    key: keyOf(model),
    toMs,
    windowsMs: windowsNeeded(burnWindows, model.slos),
  });
  const scores = model.slos.flatMap((slo) =>
    sloScores({ key: keyOf(model), slo, rows, nowMs: toMs, pairs: reachablePairs(burnWindows, slo.target) }),
  );
  return { scores };
}

const MINUTE_MS = 60_000;

async function scoreAbsence(input: JobInput): Promise<Scored> {
  return { scores: [absenceScore(input.model, await entryOf(input), input)] };
}

async function entryOf({ source, model }: JobInput): Promise<ModelEntry | undefined> {
  const catalog = await source.catalog();
  return catalog.find((entry) => entry.tenant === model.tenant && entry.model === model.model);
}

/** The stored baseline; one that the configuration has changed since is replaced once the new source gives one. */
async function baselineOf({ source, model, nowMs }: JobInput): Promise<Baseline | null> {
  const key = keyOf(model);
  const stored = await source.baseline(key);
  if (stored === null) return source.freezeBaseline(key, model.baseline, nowMs);
  if (isSameSource(stored.source, model.baseline)) return stored;
  return (await source.replaceBaseline(key, model.baseline, nowMs)) ?? stored;
}

function isSameSource(first: BaselineSource, second: BaselineSource): boolean {
  return inOrder(first) === inOrder(second);
}

function inOrder(source: BaselineSource): string {
  return JSON.stringify(Object.entries(source).sort(([first], [second]) => first.localeCompare(second)));
}

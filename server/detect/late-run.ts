import type { ModelKey, ScheduledJob } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { LATE_EVERY_MS, lateWindows, type Judged, type LateWindow } from './late.ts';
import { firstJudged, lastJudgedMs } from './plan.ts';
import { keyOf, together, type DetectContext, type JobResult, type Scored } from './types.ts';
import { scoreWindow } from './window.ts';

export interface LateDependencies extends DetectContext {
  readonly models: readonly ModelSettings[];
  /** The jobs that judge windows, which tell how far each model has come. */
  readonly windowsJobs: readonly ScheduledJob[];
}

/** So many windows are judged again in one transaction. */
const WINDOWS_AT_ONCE = 4;

/**
 * Judges windows again that late rows have touched. The job's mark is the newest commit whose windows are all done: what
 * is still queued when the process ends is found again at the next start.
 */
export class LateRun {
  #queue: readonly LateWindow[] = [];
  #doneUpTo: number | null = null;

  async run(job: ScheduledJob, deps: LateDependencies): Promise<JobResult> {
    if (this.#queue.length === 0) await this.#look(job, deps);
    const now = this.#queue.slice(0, WINDOWS_AT_ONCE);
    const parts: Scored[] = [];
    for (const late of now) parts.push(await again(late, deps));
    this.#queue = this.#queue.slice(now.length);
    const { nowMs } = deps;
    const isDone = this.#queue.length === 0;
    const mark = isDone ? (this.#doneUpTo ?? job.mark) : job.mark;
    const next = { ...job, dueAtMs: isDone ? nowMs + LATE_EVERY_MS : nowMs, lastRunMs: nowMs };
    return { ...together(parts), next: { ...next, ...(mark !== undefined && { mark }) } };
  }

  /** The first look only finds out where to begin: what is stored then is judged in its own time. */
  async #look({ mark }: ScheduledJob, deps: LateDependencies): Promise<void> {
    this.#doneUpTo = await deps.source.newestBatch();
    if (mark === undefined) return;
    const changed = await deps.source.dirtyBuckets(mark);
    const buckets = changed.filter(({ causes }) => causes?.includes('rows') ?? true);
    const ranges = await judgedRanges(deps, new Set(buckets.map(placeOf)));
    this.#queue = lateWindows(buckets, (key) => ranges.get(placeOf(key)) ?? null);
  }
}

function placeOf({ tenant, model }: ModelKey): string {
  return JSON.stringify([tenant, model]);
}

async function judgedRanges(
  deps: LateDependencies,
  touched: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Judged>> {
  const ranges = new Map<string, Judged>();
  for (const model of deps.models.filter((one) => touched.has(placeOf(keyOf(one))))) {
    const entry = deps.entryOf(keyOf(model));
    const baseline = await deps.source.baseline(keyOf(model));
    const toMs = lastJudgedMs(deps.windowsJobs, model);
    if (entry === undefined || baseline === null || toMs === null) continue;
    const fromMs = firstJudged(entry, baseline, model) ?? toMs;
    ranges.set(placeOf(keyOf(model)), {
      fromMs: Math.ceil(fromMs / model.windowMs) * model.windowMs,
      toMs,
      windowMs: model.windowMs,
      mostSummed: deps.parametersOf(keyOf(model)).windows.mostSummed,
    });
  }
  return ranges;
}

async function again({ window, ...key }: LateWindow, deps: LateDependencies): Promise<Scored> {
  const model = deps.models.find((one) => placeOf(keyOf(one)) === placeOf(key));
  const baseline = await deps.source.baseline(key);
  if (model === undefined || baseline === null) return { scores: [], documents: [] };
  return scoreWindow({ ...deps, model, baseline, window });
}

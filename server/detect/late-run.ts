import type { ModelKey, ScheduledJob } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { lateWindows, type LateKind, type LateWindow } from './late.ts';
import { keyOf, together, type DetectContext, type JobResult, type Scored } from './types.ts';

export interface LateDependencies extends DetectContext {
  readonly models: readonly ModelSettings[];
  /** All there are: those of a model tell how far it has been judged. */
  readonly jobs: readonly ScheduledJob[];
}

/** So many windows are judged again in one transaction. */
const WINDOWS_AT_ONCE = 4;

/**
 * Judges windows again that something late has touched. The job's mark is the newest commit whose windows are all done:
 * what is still queued when the process ends is found again at the next start. A window that fails holds up no other and
 * is tried again; one whose scores were not stored is taken back.
 */
export class LateRun {
  readonly #kind: LateKind;
  #queue: readonly LateWindow[] = [];
  #failed: readonly LateWindow[] = [];
  #doneUpTo: number | null = null;
  #told: { readonly next: ScheduledJob; readonly windows: readonly LateWindow[] } | null = null;

  constructor(kind: LateKind) {
    this.#kind = kind;
  }

  async run(job: ScheduledJob, deps: LateDependencies): Promise<JobResult> {
    if (this.#told !== null && !isSame(job, this.#told.next))
      this.#queue = [...this.#told.windows, ...this.#queue];
    this.#told = null;
    if (this.#queue.length === 0) await this.#look(job, deps);
    const windows = this.#queue.slice(0, WINDOWS_AT_ONCE);
    this.#queue = this.#queue.slice(windows.length);
    const parts = await this.#again(windows, deps);
    const next = this.#next(job, deps.nowMs);
    this.#told = { next, windows };
    return { ...together(parts), next };
  }

  /** Throws what went wrong when all of them failed. */
  async #again(windows: readonly LateWindow[], deps: LateDependencies): Promise<readonly Scored[]> {
    const parts: Scored[] = [];
    const errors: unknown[] = [];
    for (const late of windows) {
      try {
        parts.push(await this.#kind.again(late, deps));
      } catch (error) {
        this.#failed = [...this.#failed, late];
        errors.push(error);
      }
    }
    if (errors.length > 0 && parts.length === 0) throw errors[0];
    return parts;
  }

  #next(job: ScheduledJob, nowMs: number): ScheduledJob {
    const isDone = this.#queue.length === 0;
    const mark = isDone && this.#failed.length === 0 ? (this.#doneUpTo ?? job.mark) : job.mark;
    const dueAtMs = isDone ? nowMs + this.#kind.everyMs : nowMs;
    return { ...job, dueAtMs, lastRunMs: nowMs, ...(mark !== undefined && { mark }) };
  }

  /** The first look only finds out where to begin: what is stored then is judged in its own time. */
  async #look({ mark }: ScheduledJob, deps: LateDependencies): Promise<void> {
    const newest = await deps.source.newestBatch();
    const since = this.#doneUpTo ?? mark;
    const found = since === undefined ? [] : await this.#touched(since, deps);
    const places = new Set(this.#failed.map(placeOfWindow));
    this.#queue = [...this.#failed, ...found.filter((late) => !places.has(placeOfWindow(late)))];
    this.#failed = [];
    this.#doneUpTo = newest;
  }

  async #touched(since: number, deps: LateDependencies): Promise<readonly LateWindow[]> {
    const changed = await deps.source.dirtyBuckets(since);
    const buckets = changed.filter(({ causes }) => causes?.includes(this.#kind.cause) ?? true);
    const touched = new Set(buckets.map(placeOf));
    const ranges = new Map<string, Awaited<ReturnType<LateKind['judged']>>>();
    for (const model of deps.models.filter((one) => touched.has(placeOf(keyOf(one)))))
      ranges.set(placeOf(keyOf(model)), await this.#kind.judged(model, deps));
    return lateWindows(buckets, (key) => ranges.get(placeOf(key)) ?? null);
  }
}

function isSame(job: ScheduledJob, told: ScheduledJob): boolean {
  return job.dueAtMs === told.dueAtMs && job.lastRunMs === told.lastRunMs && job.mark === told.mark;
}

function placeOf({ tenant, model }: ModelKey): string {
  return JSON.stringify([tenant, model]);
}

function placeOfWindow({ tenant, model, window }: LateWindow): string {
  return JSON.stringify([tenant, model, window.fromMs]);
}

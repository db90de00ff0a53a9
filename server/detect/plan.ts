import type { Baseline, ModelEntry, ScheduledJob } from '../model.ts';
import { LATE_EVERY_MS, LATE_JOB, LATE_LABELS_JOB } from './late.ts';
import type { ModelSettings } from '../settings.ts';
import type { Window } from './types.ts';

export const JOB_KINDS = ['windows', 'slo', 'absence', 'outcomes'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

const MINUTE_MS = 60_000;
const ABSENCE_EVERY_MS = 5 * MINUTE_MS;
/** Labels mature in hours and days; the error is counted by the hour. */
const OUTCOMES_EVERY_MS = 60 * MINUTE_MS;
/** A model that shows up with a longer history is judged from here on: more than a year of hours. */
const MOST_WINDOWS = 10_000;

/** `windows/acme/fraud`: kind, tenant, model. */
export function jobId(kind: JobKind, model: ModelSettings): string {
  return `${kind}/${model.tenant}/${model.model}`;
}

const LATE_JOBS: readonly string[] = [LATE_JOB, LATE_LABELS_JOB];

/** The jobs every configured model has, and those for what comes late of all; those already scheduled keep their time. */
export function missingJobs(
  models: readonly ModelSettings[],
  scheduled: readonly ScheduledJob[],
  nowMs: number,
): readonly ScheduledJob[] {
  const known = new Set(scheduled.map((job) => job.id));
  return [...LATE_JOBS, ...models.flatMap((model) => JOB_KINDS.map((kind) => jobId(kind, model)))]
    .filter((id) => !known.has(id))
    .map((id) => ({ id, dueAtMs: nowMs, lastRunMs: null }));
}

/** Jobs as a clock left them that was far ahead: due by now again, and no run in the future. */
export function withoutFuture(
  jobs: readonly ScheduledJob[],
  models: readonly ModelSettings[],
  nowMs: number,
): readonly ScheduledJob[] {
  return jobs.flatMap((job) => {
    const target = jobTarget(job.id, models);
    if (target === null && !LATE_JOBS.includes(job.id)) return [];
    const spanMs = target === null ? LATE_EVERY_MS : target.model.windowMs + target.model.settleMs;
    const latestDueMs = nowMs + spanMs + LATEST_RETRY_MS;
    if ((job.lastRunMs ?? 0) <= nowMs && job.dueAtMs <= latestDueMs) return [];
    return [
      {
        ...job,
        dueAtMs: nowMs,
        lastRunMs: job.lastRunMs === null ? null : Math.min(job.lastRunMs, nowMs),
      },
    ];
  });
}

const LATEST_RETRY_MS = 3_600_000;

/** Which model and kind a job id names; null for one that the configuration no longer has. */
export function jobTarget(
  id: string,
  models: readonly ModelSettings[],
): { readonly kind: JobKind; readonly model: ModelSettings } | null {
  for (const model of models) {
    const kind = JOB_KINDS.find((candidate) => jobId(candidate, model) === id);
    if (kind !== undefined) return { kind, model };
  }
  return null;
}

/** When a job that ran at `nowMs` is due again. */
export function nextDue(kind: JobKind, model: ModelSettings, nowMs: number): number {
  switch (kind) {
    case 'windows':
      return windowStart(nowMs - model.settleMs, model) + model.windowMs + model.settleMs;
    case 'slo':
      return Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    case 'absence':
      return nowMs + ABSENCE_EVERY_MS;
    case 'outcomes':
      return Math.floor(nowMs / OUTCOMES_EVERY_MS) * OUTCOMES_EVERY_MS + OUTCOMES_EVERY_MS;
  }
}

/** The windows that lie in a range, oldest first. Windows start at multiples of their length, UTC. */
export function wholeWindows({ fromMs, toMs }: Window, windowMs: number): readonly Window[] {
  const first = Math.ceil(fromMs / windowMs);
  const count = Math.max(0, Math.floor(toMs / windowMs) - first);
  return Array.from({ length: count }, (_, index) => ({
    fromMs: (first + index) * windowMs,
    toMs: (first + index + 1) * windowMs,
  }));
}

/** The closed and settled windows since the last run, oldest first. Windows start at multiples of their length, UTC. */
export function windowsDue(input: {
  readonly model: ModelSettings;
  readonly lastRunMs: number | null;
  readonly firstEventMs: number | null;
  readonly nowMs: number;
}): readonly Window[] {
  const { model, nowMs } = input;
  if (input.firstEventMs === null) return [];
  const afterMs =
    input.lastRunMs === null
      ? input.firstEventMs
      : Math.max(input.firstEventMs, input.lastRunMs - model.settleMs);
  const endMs = windowStart(nowMs - model.settleMs, model);
  const startMs = Math.max(windowStart(afterMs, model), endMs - MOST_WINDOWS * model.windowMs);
  const count = Math.max(0, (endMs - startMs) / model.windowMs);
  return Array.from({ length: count }, (_, index) => ({
    fromMs: startMs + index * model.windowMs,
    toMs: startMs + (index + 1) * model.windowMs,
  }));
}

function windowStart(atMs: number, model: ModelSettings): number {
  return Math.floor(atMs / model.windowMs) * model.windowMs;
}

/** Rows that are the baseline are not judged against themselves, nor is the window that they end in, nor one begun late. */
export function firstJudged(entry: ModelEntry, baseline: Baseline, model: ModelSettings): number | null {
  const firsts = entry.versions.map((version) => version.firstEventMs);
  if (firsts.length === 0) return null;
  const first = wholeWindowFrom(Math.min(...firsts), model);
  if (baseline.source.kind === 'reference' || baseline.source.kind === 'uploaded') return first;
  return Math.max(first, Math.ceil(baseline.toMs / model.windowMs) * model.windowMs);
}

/** A first day that begins in the afternoon differs from every other by its hours alone: it is not judged. */
function wholeWindowFrom(firstEventMs: number, { windowMs }: ModelSettings): number {
  const startMs = Math.floor(firstEventMs / windowMs) * windowMs;
  return firstEventMs - startMs > windowMs / 20 ? startMs + windowMs : startMs;
}

/** The end of the last window that a model's job has judged; null: none. */
export function lastJudgedMs(jobs: readonly ScheduledJob[], model: ModelSettings): number | null {
  const lastRunMs = jobs.find(({ id }) => id === jobId('windows', model))?.lastRunMs ?? null;
  return lastRunMs === null ? null : windowStart(lastRunMs - model.settleMs, model);
}

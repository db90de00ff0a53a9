import type { Baseline, BaselineSource, Document, ScheduledJob } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { absenceScore } from './absence.ts';
import { firstJudged, jobTarget, nextDue, windowsDue, type JobKind } from './plan.ts';
import { outcomeScores } from './outcomes.ts';
import { sloJob } from './slo-job.ts';
import { keyOf, together, type DetectContext, type JobInput, type JobResult, type Scored } from './types.ts';
import { scoreWindow } from './window.ts';

export interface JobDependencies extends DetectContext {
  readonly models: readonly ModelSettings[];
}

/** Runs one due job: asks for counts, scores them, says when it is due again. A long past is judged a part at a time. */
export async function runJob(job: ScheduledJob, deps: JobDependencies): Promise<JobResult | null> {
  const target = jobTarget(job.id, deps.models);
  if (target === null) return null;
  const done = await scorers[target.kind]({ ...deps, model: target.model, job });
  if (done === 'no_baseline')
    return { ...NOTHING, next: { ...job, dueAtMs: deps.nowMs + BASELINE_RETRY_MS } };
  const { scores, goesOnFromMs, mark, isDone = goesOnFromMs === undefined } = done;
  const next: ScheduledJob = {
    ...job,
    dueAtMs: isDone ? nextDue(target.kind, target.model, deps.nowMs) : deps.nowMs,
    lastRunMs: goesOnFromMs ?? deps.nowMs,
    ...(mark !== undefined && { mark }),
  };
  return { scores, documents: once(done.documents), next };
}

const NOTHING: Scored = { scores: [], documents: [] };
const BASELINE_RETRY_MS = 60_000;
/** So many windows are judged in one transaction; more would hold up everybody who asks the control store. */
const WINDOWS_AT_ONCE = 4;

function once(documents: readonly Document[]): readonly Document[] {
  return [...new Map(documents.map((document) => [document.id, document])).values()];
}

interface Done extends Scored {
  /** The run that would have ended here; the windows after it are still due. */
  readonly goesOnFromMs?: number;
  readonly mark?: number;
  /** false: the job is due again at once. */
  readonly isDone?: boolean;
}

const scorers: Readonly<Record<JobKind, (input: JobInput) => Promise<Done | 'no_baseline'>>> = {
  windows: scoreWindows,
  slo: sloJob,
  absence: scoreAbsence,
  outcomes: scoreOutcomes,
};

async function scoreOutcomes(input: JobInput): Promise<Done | 'no_baseline'> {
  const baseline = await input.source.baseline(keyOf(input.model));
  return baseline === null ? 'no_baseline' : outcomeScores(input, baseline);
}

async function scoreWindows(input: JobInput): Promise<Done | 'no_baseline'> {
  const { model, job, nowMs } = input;
  const entry = input.entryOf(keyOf(model));
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
  if (last === undefined) return NOTHING;
  const parts: Scored[] = [];
  for (const window of windows) parts.push(await scoreWindow({ ...input, baseline, window }));
  const scored = together(parts);
  return due.length > windows.length ? { ...scored, goesOnFromMs: last.toMs + model.settleMs } : scored;
}

async function scoreAbsence(input: JobInput): Promise<Done> {
  return { scores: [absenceScore(input.model, input.entryOf(keyOf(input.model)), input)], documents: [] };
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

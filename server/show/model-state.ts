import type { ModelKey, SloCountsRow, VolumeRow } from '../model.ts';
import type { StoredScore } from '../ports.ts';
import { nextRunMs, readAlerts } from './fleet-state.ts';
import type { ShowOptions } from './options.ts';
import { notFound } from './problems.ts';
import { DRIFT_DETECTORS } from '../settings.ts';
import { isOneWindow } from './views/checks.ts';
import { isOf, modelFacts, type ModelFacts } from './views/facts.ts';
import { DRAWN } from './views/label-charts.ts';
import type { Documents } from './views/parts.ts';
import type { ModelDetailInput } from './views/model-detail.ts';
import { comparisonOf, judgedWindows, oldestFirst } from './views/scores.ts';

/** How many windows can be picked on the page of one model. */
const LISTED_WINDOWS = 60;
/** Steps a period of the budget chart is drawn in. */
const BUDGET_STEPS = 30;
const MINUTE_MS = 60_000;

/** Everything the page of a model needs; throws 404 for a model, or a window of it, that does not exist. */
export async function readModel(
  options: ShowOptions,
  key: ModelKey,
  askedMs: number | undefined,
): Promise<ModelDetailInput> {
  const facts = modelFacts({
    ...options,
    catalog: await options.telemetry.catalog(),
    tenant: key.tenant,
  }).find(isOf(key));
  if (facts === undefined) throw notFound(`model ${key.model} in tenant ${key.tenant}`);
  const nowMs = options.clock.now();
  const { jobs, runs, ...stored } = await readStored(options, facts, nowMs);
  const windows = judgedWindows([...stored.history, ...stored.latest], LISTED_WINDOWS);
  const window = windowShown(facts, windows, askedMs);
  const { latest, history } = stored;
  const shown = await scoresShown(options, { facts, latest, history, window, last: windows.at(-1) });
  return {
    facts,
    ...stored,
    shown,
    documents: await documentsOf(options, [...shown.filter(isDrift), ...latest.filter(isDrawn)]),
    checkHistory: await checkHistory(options, { facts, latest, windows }),
    detectors: options.detectors,
    window,
    windows,
    runs: runs.filter(isOf(key)),
    rules: options.rules,
    asOf: { asOfMs: nowMs, nextRunMs: nextRunMs(jobs, [key]) },
  };
}

/** What does not depend on the window that was asked for, read side by side. */
async function readStored(options: ShowOptions, facts: ModelFacts, nowMs: number) {
  const { control, telemetry } = options;
  const key = { tenant: facts.tenant, model: facts.model };
  const [baseline, baselines, latest, history, alerts, incidents, runs, jobs, volume, sloCounts, schema] =
    await Promise.all([
      telemetry.baseline(key),
      telemetry.baselines(key),
      control.latestScores(key),
      driftHistory(options, facts, nowMs),
      readAlerts(options, key),
      control.incidents(key),
      control.runs({ tenant: key.tenant }),
      control.jobs(),
      volumeOf(options, facts, nowMs),
      budgetCounts(options, facts, nowMs),
      telemetry.schema(key),
    ]);
  return {
    baseline,
    baselines,
    latest,
    history,
    alerts,
    incidents,
    runs,
    jobs,
    volume,
    sloCounts,
    schema,
  };
}

async function driftHistory(
  { control }: ShowOptions,
  facts: ModelFacts,
  nowMs: number,
): Promise<readonly StoredScore[]> {
  const { tenant, model, settings } = facts;
  const fromMs = nowMs - (LISTED_WINDOWS + 1) * settings.windowMs;
  const histories = settings.drift.against.map((comparison) =>
    control.scores({ tenant, model, detector: DRIFT_DETECTORS[comparison], fromMs, toMs: nowMs }),
  );
  return oldestFirst((await Promise.all(histories)).flat());
}

function isDrift({ detector }: StoredScore): boolean {
  return comparisonOf(detector) !== null;
}

function isDrawn({ detector }: StoredScore): boolean {
  return DRAWN.includes(detector);
}

async function documentsOf({ control }: ShowOptions, scores: readonly StoredScore[]): Promise<Documents> {
  const ids = new Set(scores.flatMap(({ inputs }) => Object.values(inputs ?? {})));
  const found = ids.size === 0 ? [] : await control.documents([...ids]);
  return new Map(found.map((document) => [document.id, document]));
}

interface Listed {
  readonly facts: ModelFacts;
  readonly latest: readonly StoredScore[];
  readonly windows: readonly number[];
}

/** Of the whole model, window by window; what looks at a span of its own at every run would be thousands. */
async function checkHistory(
  { control }: ShowOptions,
  { facts: { tenant, model }, latest, windows }: Listed,
): Promise<readonly StoredScore[]> {
  const [fromMs] = windows;
  const checks = latest.filter((score) => score.subject === '' && isOneWindow(score) && !isBurn(score));
  if (fromMs === undefined) return [];
  const histories = checks.map(({ detector, windowToMs }) =>
    control.scores({ tenant, model, detector, subject: '', fromMs, toMs: windowToMs }),
  );
  return oldestFirst((await Promise.all(histories)).flat()).filter(isOneWindow);
}

/** Burn rates end in every minute, silence is looked at all the time. */
function isBurn({ detector }: StoredScore): boolean {
  return detector.startsWith('burn-rate') || detector === 'absence';
}

function windowShown(
  facts: ModelFacts,
  windows: readonly number[],
  askedMs: number | undefined,
): ModelDetailInput['window'] {
  if (askedMs !== undefined && !windows.includes(askedMs))
    throw notFound(`judged window of ${facts.model} that starts at ${askedMs}`);
  const fromMs = askedMs ?? windows.at(-1);
  return fromMs === undefined ? null : { fromMs, toMs: fromMs + facts.settings.windowMs };
}

interface Shown {
  readonly facts: ModelFacts;
  readonly latest: readonly StoredScore[];
  readonly history: readonly StoredScore[];
  readonly window: ModelDetailInput['window'];
  readonly last: number | undefined;
}

/** The scores of the shown window; for the last one they are at hand. */
async function scoresShown({ control }: ShowOptions, shown: Shown): Promise<readonly StoredScore[]> {
  const { facts, latest, history, window, last } = shown;
  if (window === null) return latest;
  const inWindow = (score: StoredScore) =>
    score.windowFromMs === window.fromMs && score.windowToMs === window.toMs;
  if (window.fromMs === last) return latest.filter(inWindow);
  // Asked by detector, since burn rates end in every minute of the window.
  const detectors = new Set(
    latest
      .filter((score) => isOneWindow(score) && !isDrift(score) && !isBurn(score))
      .map(({ detector }) => detector),
  );
  const others = [...detectors].map((detector) =>
    control.scores({
      tenant: facts.tenant,
      model: facts.model,
      detector,
      fromMs: window.toMs - 1,
      toMs: window.toMs,
    }),
  );
  return [...history, ...oldestFirst((await Promise.all(others)).flat())].filter(inWindow);
}

function volumeOf(
  { telemetry }: ShowOptions,
  facts: ModelFacts,
  nowMs: number,
): Promise<readonly VolumeRow[]> {
  const stepMs = facts.settings.windowMs;
  const toMs = Math.ceil(nowMs / stepMs) * stepMs;
  return telemetry.volume({
    key: { tenant: facts.tenant, model: facts.model },
    fromMs: toMs - LISTED_WINDOWS * stepMs,
    toMs,
    stepMs,
  });
}

/** Two periods of good and bad, so that every step of the last one has a whole period before it. */
async function budgetCounts(
  { telemetry }: ShowOptions,
  facts: ModelFacts,
  nowMs: number,
): Promise<readonly SloCountsRow[]> {
  const key = { tenant: facts.tenant, model: facts.model };
  const perSlo = facts.settings.slos.map(({ id, periodMs }) => {
    const stepMs = Math.ceil(periodMs / BUDGET_STEPS / MINUTE_MS) * MINUTE_MS;
    const toMs = Math.ceil(nowMs / stepMs) * stepMs;
    return telemetry.sloCounts({ key, slo: id, fromMs: toMs - 2 * BUDGET_STEPS * stepMs, toMs, stepMs });
  });
  return (await Promise.all(perSlo)).flat();
}

import { episodesOf } from './detect/episodes.ts';
import { References } from './detect/references.ts';
import { replayScores } from './detect/replay.ts';
import type { BurnTable, CountsSource, DetectContext, Window } from './detect/types.ts';
import { BadRequestError, RetryableError } from './errors.ts';
import type { Baseline, ModelEntry, Rule } from './model.ts';
import { parametersFor, type ParameterSet } from './parameters.ts';
import type { Backtest, Control, Telemetry } from './ports.ts';
import { RuleReplay } from './route/backtest.ts';
import { withOverrides } from './route/rule-overrides.ts';
import { parseRules } from './route/rules.ts';
import type { ModelSettings } from './settings.ts';
import type { BacktestRequest } from './show/options.ts';
import { utc } from './show/views/words.ts';

export interface BacktestDependencies {
  readonly telemetry: CountsSource & Pick<Telemetry, 'catalog'>;
  readonly control: Pick<Control, 'scores' | 'worstOfWindows' | 'alerts'>;
  readonly rules: readonly Rule[];
  readonly parameters: ParameterSet;
  readonly burnWindows: readonly BurnTable[];
  /** Every model that is watched, of what the catalog knows. */
  readonly modelsOf: (catalog: readonly ModelEntry[]) => readonly ModelSettings[];
}

const DAY_MS = 86_400_000;
/** Twelve weeks of hours: some three minutes at 100 features, where clients wait for five. */
const MOST_WINDOWS = 2000;

/**
 * Replays what is stored of a tenant's models and judges it by rules, one request at a time. Throws BadRequestError for
 * rules that cannot be read, a model that is not there, or too long a past; RetryableError while another one runs.
 */
export function createBacktest(deps: BacktestDependencies): (request: BacktestRequest) => Promise<Backtest> {
  let isRunning = false;
  return async (request) => {
    if (isRunning) throw new RetryableError('Another backtest runs; try again when it has ended.');
    isRunning = true;
    try {
      return await backtest(deps, request);
    } finally {
      isRunning = false;
    }
  };
}

async function backtest(deps: BacktestDependencies, request: BacktestRequest): Promise<Backtest> {
  const rules = request.rules === undefined ? deps.rules : rulesOf(request.rules, deps.rules);
  const catalog = await deps.telemetry.catalog();
  const models = deps
    .modelsOf(catalog)
    .filter(({ tenant, model }) => tenant === request.tenant && (request.model ?? model) === model);
  if (models.length === 0 && request.model !== undefined)
    throw new BadRequestError(`No model ${request.model} in tenant ${request.tenant}.`, { status: 404 });
  const range = { fromMs: request.nowMs - request.sinceMs, toMs: request.nowMs };
  const windows = models.reduce((total, model) => total + request.sinceMs / model.windowMs, 0);
  if (windows > MOST_WINDOWS)
    throw new BadRequestError(
      `This would replay ${Math.ceil(windows)} windows, and at most ${MOST_WINDOWS} are; name one model or a shorter past.`,
    );
  const replay = new RuleReplay(rules);
  const notes = new Set(models.length === 0 ? [`No model of ${request.tenant} is known yet.`] : []);
  for (const model of models)
    for (const note of await replayModel(
      { deps, catalog, replay, rules, nowMs: request.nowMs },
      model,
      range,
    ))
      notes.add(note);
  // Of one model alone, overrides of the others fit nothing.
  const unfitted = request.model === undefined ? replay.unfitted() : [];
  return { ...replay.result(range), notes: [...notes, ...unfitted] };
}

/** Rules of a text take the place of all there are; a text of overrides alone changes those there are. */
function rulesOf(text: string, present: readonly Rule[]): readonly Rule[] {
  const parsed = parseRules(text, 'rules');
  if (!parsed.ok) throw new BadRequestError(parsed.errors.join('\n'));
  const base = parsed.rules.length > 0 ? parsed.rules : present.map(withoutOverrides);
  const twice = base.find((rule, at) => base.findIndex(({ id }) => id === rule.id) < at);
  if (twice !== undefined) throw new BadRequestError(`Expected every rule id once, got "${twice.id}" twice.`);
  const overridden = withOverrides(base, parsed.overrides);
  if (!overridden.ok) throw new BadRequestError(overridden.errors.join('\n'));
  return overridden.rules;
}

function withoutOverrides({ overrides: _overrides, ...rule }: Rule): Rule {
  return rule;
}

interface Run {
  readonly deps: BacktestDependencies;
  readonly catalog: readonly ModelEntry[];
  readonly replay: RuleReplay;
  readonly rules: readonly Rule[];
  readonly nowMs: number;
}

/** Judges a model's windows from stored counts, then what no window tells from stored scores; answers notes in words. */
async function replayModel(run: Run, model: ModelSettings, asked: Window): Promise<readonly string[]> {
  const { deps, replay } = run;
  const { tenant, model: name } = model;
  const baseline = await deps.telemetry.baseline({ tenant, model: name });
  const seen = new Set<string>();
  const range = replayed(model, baseline, asked);
  if (baseline !== null) {
    const context = contextOf(run);
    for await (const { scores } of replayScores({ context, model, baseline, range })) {
      replay.judge(scores);
      for (const { detector } of scores) seen.add(detector);
    }
  }
  const others = [...new Set(run.rules.map((rule) => rule.detector))].filter(
    (detector) => !seen.has(detector),
  );
  const stored = await replayStored(run, { key: { tenant, model: name }, detectors: others, range: asked });
  return [
    ...(baseline === null
      ? [`${tenant}/${name}: no baseline yet, so nothing was replayed from counts.`]
      : []),
    ...(baseline !== null && range.fromMs > asked.fromMs
      ? [`${tenant}/${name}: replayed from ${utc(range.fromMs)} on, where its baseline ends.`]
      : []),
    ...stored.map(
      (detector) => `${detector}: judged from stored scores${isThinned(detector) ? THINNED : ''}.`,
    ),
  ];
}

const THINNED = ', of which one an hour is kept after two days';

function isThinned(detector: string): boolean {
  return detector === 'absence' || detector.startsWith('burn-rate-');
}

/** What is the baseline itself is not judged, and what is not over yet neither. */
function replayed(model: ModelSettings, baseline: Baseline | null, { fromMs, toMs }: Window): Window {
  const isApart = baseline === null || ['reference', 'uploaded'].includes(baseline.source.kind);
  const firstMs = isApart ? 0 : Math.ceil(baseline.toMs / model.windowMs) * model.windowMs;
  return { fromMs: Math.max(fromMs, firstMs), toMs: toMs - model.settleMs };
}

function contextOf({ deps, catalog, nowMs }: Run): DetectContext {
  const { telemetry, control, rules, parameters, burnWindows } = deps;
  return {
    source: telemetry,
    references: new References(),
    entryOf: (key) => catalog.find((entry) => entry.tenant === key.tenant && entry.model === key.model),
    parametersOf: (key) => parametersFor(parameters, key),
    burnWindows,
    history: (query) => control.scores(query),
    worst: (query) => control.worstOfWindows(query),
    episodes: async (key) => episodesOf(await control.alerts(key), rules),
    nowMs,
    startedMs: nowMs,
  };
}

interface StoredPart {
  readonly key: { readonly tenant: string; readonly model: string };
  readonly detectors: readonly string[];
  readonly range: Window;
}

/** A day at a time, since all of a month would be held at once; answers the detectors that have some. */
async function replayStored(
  { deps, replay }: Run,
  { key, detectors, range }: StoredPart,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let fromMs = range.fromMs; fromMs < range.toMs; fromMs += DAY_MS)
    for (const detector of detectors) {
      const toMs = Math.min(fromMs + DAY_MS, range.toMs);
      const scores = await deps.control.scores({ ...key, detector, fromMs, toMs });
      replay.judge(scores.toReversed());
      if (scores.length > 0) found.add(detector);
    }
  return [...found].toSorted();
}

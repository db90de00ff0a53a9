import { calibrate } from '../../detectors/calibration.ts';
import { calibrationError, calibrationSpread } from '../../detectors/calibration-error.ts';
import { modelLayout } from '../../detectors/cells.ts';
import { errorChange } from '../../detectors/error-change.ts';
import { labelCoverage, type AgeShare } from '../../detectors/label-coverage.ts';
import { pieces } from '../../detectors/parts.ts';
import { meanCalibration, targetDrift } from '../../detectors/target-drift.ts';
import type { Calibration, Finding } from '../../detectors/types.ts';
import type { Baseline, OutcomeCounts, OutcomeQuery, OutcomeRow } from '../model.ts';
import type { DetectionParameters } from '../settings.ts';
import type { Part } from './documents.ts';
import { errorHour, labelCounts, labelSums, scoreCounts } from './outcome-sums.ts';
import { isWaiting, maturedWindows, maturityOf, type Matured, type Maturity } from './maturity.ts';
import { firstJudged } from './plan.ts';
import { scored } from './scored.ts';
import { keyOf, together, type JobInput, type Scored, type Window } from './types.ts';

/** What labels tell: the error, the labels themselves, the calibration, and whether labels come at all. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The error is looked at so far back: two weeks to learn, six to see. */
const EPISODE_MS = 56 * DAY_MS;
/** So many windows are judged in one transaction. */
const WINDOWS_AT_ONCE = 4;

export interface Outcomes extends Scored {
  /** The end of the last window that was judged. */
  readonly mark?: number;
  readonly isDone: boolean;
}

const NOTHING: Outcomes = { scores: [], documents: [], isDone: true };

/** Scores what has matured since the last run. A model without labels has nothing to say. */
export async function outcomeScores(input: JobInput, baseline: Baseline): Promise<Outcomes> {
  const { source, model, nowMs, parametersOf } = input;
  const key = keyOf(model);
  const parameters = parametersOf(key);
  const maturity = await maturityOf(source, key, { nowMs, share: parameters.outcomes.maturity });
  if (maturity === null) return NOTHING;
  const judging: Judging = { ...input, ...maturity, baseline, parameters };
  const due = dueWindows(judging);
  const windows = due.windows.slice(0, WINDOWS_AT_ONCE);
  const parts: Scored[] = [await errorScore(judging)];
  if (isCoverageDue(input)) parts.push(await coverageScore(judging));
  let markMs = due.markMs;
  for (const window of windows) {
    const scores = await windowScores(judging, window);
    if (scores === 'waits') return { ...together(parts), isDone: true, mark: markMs };
    parts.push(scores);
    markMs = window.toMs;
  }
  return { ...together(parts), isDone: due.windows.length === windows.length, mark: markMs };
}

/** Its window lies far back and moves once in its length: looking four times a day spares scans of all counts. */
const COVERAGE_EVERY_MS = 6 * HOUR_MS;

function isCoverageDue({ job, nowMs }: JobInput): boolean {
  return job.lastRunMs === null || turnOf(nowMs) !== turnOf(job.lastRunMs);
}

function turnOf(atMs: number): number {
  return Math.floor(atMs / COVERAGE_EVERY_MS);
}

/** Scores a judged window again whose labels have changed since. */
export async function outcomesAgain(input: JobInput, baseline: Baseline, window: Window): Promise<Scored> {
  const { source, model, nowMs, parametersOf } = input;
  const key = keyOf(model);
  const parameters = parametersOf(key);
  const maturity = await maturityOf(source, key, { nowMs, share: parameters.outcomes.maturity });
  const scores = maturity && (await windowScores({ ...input, ...maturity, baseline, parameters }, window));
  return scores === null || scores === 'waits' ? { scores: [], documents: [] } : scores;
}

interface Judging extends JobInput, Maturity {
  readonly baseline: Baseline;
  readonly parameters: DetectionParameters;
}

function dueWindows({ job, model, baseline, nowMs, matureMs, entryOf }: Judging): Matured {
  const entry = entryOf(keyOf(model));
  const firstMs = entry === undefined ? null : firstJudged(entry, baseline, model);
  if (firstMs === null) return { windows: [], markMs: job.mark ?? 0 };
  return maturedWindows({ model, firstMs, markMs: job.mark, matureToMs: nowMs - matureMs });
}

/** Where a score of the whole model stands. */
function placeIn(
  { model, baseline, matureMs }: Judging,
  window: Window,
  told: { readonly detector: string; readonly against?: string },
) {
  const { detector, against } = told;
  return {
    ...keyOf(model),
    detector,
    subject: '',
    windowFromMs: window.fromMs,
    windowToMs: window.toMs,
    maturedAtMs: window.toMs + matureMs,
    baselineId: baseline.id,
    ...(against !== undefined && { evidence: { against } }),
  };
}

/** From the start of the episode: what is left of eight weeks since the last alert about the error ended. */
async function errorScore(judging: Judging): Promise<Scored> {
  const { source, model, nowMs, matureMs, parameters, episodes } = judging;
  const toMs = Math.floor((nowMs - matureMs) / HOUR_MS) * HOUR_MS;
  const ends = (await episodes(keyOf(model))).filter(
    (episode) => episode.detector === errorChange.id && episode.toMs < toMs,
  );
  const firstMs = Math.max(toMs - EPISODE_MS, ...ends.map((episode) => episode.toMs));
  const fromMs = Math.ceil(firstMs / DAY_MS) * DAY_MS;
  const hourly = { ...keyOf(model), fromMs, toMs, stepMs: HOUR_MS, detail: 'sums' } as const;
  const { rows } = await source.outcomeCounts(hourly);
  const hours = rows.map((row) => errorHour(row, model.task)).filter((hour) => hour.rows > 0);
  const parts = pieces('hours', hours, (hour) => Math.floor(hour.fromMs / DAY_MS));
  const { errorChange: own } = parameters.outcomes;
  const finding = errorChange.score({ hours, parameters: own });
  return scored(
    { parameters: own, ...parts },
    finding,
    placeIn(judging, { fromMs, toMs }, { detector: errorChange.id }),
  );
}

/**
 * Whether labels come at all, of the last window so old that all but a few have come: of younger ones they may be missing
 * only because labels come in bursts. Against the windows of the weeks before it, which are older still.
 */
async function coverageScore(judging: Judging): Promise<Scored> {
  const { source, model, nowMs, matureMs, parameters } = judging;
  const { windowMs } = model;
  const key = keyOf(model);
  const toMs = Math.floor((nowMs - 2 * matureMs) / windowMs) * windowMs;
  const window = { fromMs: toMs - windowMs, toMs };
  const before = { fromMs: window.fromMs - model.drift.movingSpanMs, toMs: window.fromMs };
  const age = { fromAgeMs: 2 * matureMs, toAgeMs: 2 * matureMs + windowMs };
  // Asked first: a label that is joined between the two reads is then waiting or counted, and never neither.
  const [fresh] = await source.freshness([key]);
  const [own, usual] = await Promise.all([
    source.outcomeCounts({ ...key, ...window, detail: 'totals' }),
    source.outcomeCounts({ ...key, ...before, detail: 'totals' }),
  ]);
  const waiting = fresh?.labelsUnresolved ?? 0;
  const input = {
    ages: [{ ...age, ...labelledOf(own) }],
    curve: [{ ...age, ...labelledOf(usual) }],
    parameters: parameters.quality.labelCoverage,
    ...(waiting > 0 && { waiting }),
  };
  return scored(input, labelCoverage.score(input), placeIn(judging, window, { detector: labelCoverage.id }));
}

function labelledOf({ rows }: OutcomeCounts): Pick<AgeShare, 'predictions' | 'labelled'> {
  const predictions = rows.reduce((total, row) => total + row.predictions, 0);
  const labelled = rows.reduce((total, row) => total + row.labelled, 0);
  return { predictions, labelled: Math.min(predictions, labelled) };
}

/** What labels of one matured window are judged against: those of the baseline, or of the weeks before. */
interface Against {
  readonly outcomes: OutcomeCounts;
  readonly text: string;
}

/** `waits`: too few of its labels have come yet, of those that usually do. */
async function windowScores(judging: Judging, window: Window): Promise<Scored | 'waits'> {
  const { source, model, parameters } = judging;
  const current = await source.outcomeCounts({ ...keyOf(model), ...window });
  const against = await labelsBefore(judging, window);
  const usual = against.outcomes.rows;
  if (isWaiting({ window, current: current.rows, usual }, judging)) return 'waits';
  const target = targetScore(judging, { current, against, window });
  const { positive } = model;
  if (positive === null || model.task !== 'binary') return target;
  const { leastWindows } = parameters.drift;
  const own = { scoreLayout: current.scoreLayout, positive, parameters: parameters.outcomes.calibration };
  const windows = usual.map((row) => scoreCounts([row]));
  const input = {
    ...own,
    baseline: scoreCounts(usual),
    current: scoreCounts(current.rows),
    spread: calibrationSpread(windows, { ...own, leastWindows }),
  };
  const place = placeIn(judging, window, { detector: calibrationError.id, against: against.text });
  return together([target, scored(input, calibrationError.score(input), place)]);
}

/** Fewer labels in the baseline tell nothing; a training set often comes without any. */
const LEAST_LABELS = 200;

async function labelsBefore({ source, model, baseline }: Judging, window: Window): Promise<Against> {
  const steps = { ...keyOf(model), stepMs: model.windowMs };
  const own = await source.outcomeCounts({ ...steps, ...ownRows(baseline) });
  const labelled = own.rows.reduce((total, row) => total + row.labelled, 0);
  if (labelled >= LEAST_LABELS) return { outcomes: own, text: 'the labels of the baseline' };
  const toMs = window.fromMs - model.windowMs;
  const before = { fromMs: toMs - model.drift.movingSpanMs, toMs };
  return {
    outcomes: await source.outcomeCounts({ ...steps, ...before }),
    text: 'the labels of the weeks before, because the baseline has none',
  };
}

function ownRows({ source, fromMs, toMs }: Baseline): Pick<OutcomeQuery, 'fromMs' | 'toMs' | 'dataset'> {
  const isShipped = source.kind === 'reference' || source.kind === 'uploaded';
  return { fromMs, toMs, dataset: isShipped ? 'reference' : 'production' };
}

/** Scores of labels that are numbers are told in deviations, and judged by a rule of their own. */
export const TARGET_MEAN = 'target-mean';

interface Labelled {
  readonly current: OutcomeCounts;
  readonly against: Against;
  readonly window: Window;
}

function targetScore(judging: Judging, { current, against, window }: Labelled): Scored {
  const { model, parameters } = judging;
  const { outcomes } = against;
  const own = { ...parameters.drift, ...parameters.outcomes.target };
  const isNumber = model.task === 'regression';
  const calibration = isNumber
    ? meanCalibration(
        outcomes.rows.map((row) => labelSums([row])),
        parameters.drift,
      )
    : labelCalibration(outcomes.rows, parameters);
  const judged = { calibration, parameters: own };
  const detector = isNumber ? TARGET_MEAN : targetDrift.id;
  const place = placeIn(judging, window, { detector, against: against.text });
  const tell = (input: Readonly<Record<string, Part>>, finding: Finding) => scored(input, finding, place);
  if (isNumber) {
    const numbers = { baseline: labelSums(outcomes.rows), current: labelSums(current.rows) };
    return tell({ ...judged, numbers }, targetDrift.score({ ...judged, numbers }));
  }
  const classes = { baseline: labelCounts(outcomes.rows), current: labelCounts(current.rows) };
  return tell({ ...judged, classes }, targetDrift.score({ ...judged, classes }));
}

/** How much the labels vary from window to window by themselves. */
function labelCalibration(rows: readonly OutcomeRow[], { drift }: DetectionParameters): Calibration {
  const windows = rows.map((row) => labelCounts([row]));
  const values = [...new Set(windows.flatMap(Object.keys))].sort();
  const layout = modelLayout({ label: { kind: 'category', values, rare: [] } });
  const cells = new Float64Array(windows.length * layout.cells);
  windows.forEach((counts, index) =>
    values.forEach((value, cell) => {
      cells[index * layout.cells + cell] = counts[value] ?? 0;
    }),
  );
  const found = calibrate({ layout, rows: cells, slots: windows.map(() => 0) }, drift)['label'];
  if (found === undefined) throw new Error('A layout of one feature has its calibration.');
  return found;
}

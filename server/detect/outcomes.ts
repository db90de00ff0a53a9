import { calibrate } from '../../detectors/calibration.ts';
import { calibrationError, calibrationSpread } from '../../detectors/calibration-error.ts';
import { modelLayout } from '../../detectors/cells.ts';
import { errorChange } from '../../detectors/error-change.ts';
import { labelCoverage, type AgeShare } from '../../detectors/label-coverage.ts';
import { delayQuantile } from '../../detectors/outcome-cells.ts';
import { pieces } from '../../detectors/parts.ts';
import { targetDrift } from '../../detectors/target-drift.ts';
import type { Calibration, Finding } from '../../detectors/types.ts';
import type { Baseline, OutcomeCounts, OutcomeQuery, OutcomeRow } from '../model.ts';
import type { DetectionParameters } from '../settings.ts';
import type { Part } from './documents.ts';
import { errorHour, labelCounts, labelSums, scoreCounts } from './outcome-sums.ts';
import { firstJudged, wholeWindows } from './plan.ts';
import { scored } from './scored.ts';
import { keyOf, together, type JobInput, type Scored, type Window } from './types.ts';

/** What labels tell: the error, the labels themselves, the calibration, and whether labels come at all. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The error is looked at so far back: two weeks to learn, six to see. */
const EPISODE_MS = 56 * DAY_MS;
const DELAYS_MS = 90 * DAY_MS;
/** So many windows are judged in one transaction. */
const WINDOWS_AT_ONCE = 4;
/** A history that is longer than this is judged from here on. */
const MOST_WINDOWS = 1000;

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
  const delays = await source.labelDelays({ ...key, fromMs: nowMs - DELAYS_MS, toMs: nowMs });
  const parameters = parametersOf(key);
  const matureMs = delayQuantile(delays.counts, parameters.outcomes.maturity);
  if (matureMs === null) return NOTHING;
  const judging: Judging = { ...input, baseline, parameters, matureMs };
  const due = maturedWindows(judging);
  const windows = due.slice(0, WINDOWS_AT_ONCE);
  const parts: Scored[] = [await errorScore(judging)];
  for (const window of windows)
    parts.push(await windowScores(judging, window), await coverageScore(judging, window));
  const mark = windows.at(-1)?.toMs ?? input.job.mark;
  return {
    ...together(parts),
    isDone: due.length === windows.length,
    ...(mark !== undefined && { mark }),
  };
}

interface Judging extends JobInput {
  readonly baseline: Baseline;
  readonly parameters: DetectionParameters;
  /** The age at which most labels have come. */
  readonly matureMs: number;
}

/** Closed windows most of whose labels have come, after the last one judged; oldest first. */
function maturedWindows({ job, model, baseline, nowMs, matureMs, entryOf }: Judging): readonly Window[] {
  const entry = entryOf(keyOf(model));
  const firstMs = entry === undefined ? null : firstJudged(entry, baseline, model);
  if (firstMs === null) return [];
  const range = { fromMs: Math.max(firstMs, job.mark ?? firstMs), toMs: nowMs - matureMs };
  return wholeWindows(range, model.windowMs).slice(-MOST_WINDOWS);
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
  const { rows } = await source.outcomeCounts({ ...keyOf(model), fromMs, toMs, stepMs: HOUR_MS });
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
 * Whether labels come at all, of a window so old that all but the last have come: of younger ones too few may be there only
 * because labels come in bursts. Against the windows of the weeks before it, which are older still.
 */
async function coverageScore(judging: Judging, matured: Window): Promise<Scored> {
  const { source, model, matureMs, parameters } = judging;
  const { windowMs } = model;
  const key = keyOf(model);
  const fromMs = Math.floor((matured.fromMs - matureMs) / windowMs) * windowMs;
  const window = { fromMs, toMs: fromMs + windowMs };
  const before = { fromMs: fromMs - model.drift.movingSpanMs, toMs: fromMs };
  const age = { fromAgeMs: matureMs, toAgeMs: matureMs + windowMs };
  const [own, usual, [fresh]] = await Promise.all([
    source.outcomeCounts({ ...key, ...window }),
    source.outcomeCounts({ ...key, ...before }),
    source.freshness([key]),
  ]);
  // Labels that are stored and not yet joined may be of this window.
  const stored = fresh?.labelsUnresolved ?? 0;
  const input = {
    ages: [{ ...age, ...labelledOf(own, stored) }],
    curve: [{ ...age, ...labelledOf(usual, 0) }],
    parameters: parameters.quality.labelCoverage,
  };
  return scored(input, labelCoverage.score(input), placeIn(judging, window, { detector: labelCoverage.id }));
}

function labelledOf({ rows }: OutcomeCounts, stored: number): Pick<AgeShare, 'predictions' | 'labelled'> {
  const predictions = rows.reduce((total, row) => total + row.predictions, 0);
  const labelled = rows.reduce((total, row) => total + row.labelled, stored);
  return { predictions, labelled: Math.min(predictions, labelled) };
}

/** What labels of one matured window are judged against: those of the baseline, or of the weeks before. */
interface Against {
  readonly outcomes: OutcomeCounts;
  readonly text: string;
}

async function windowScores(judging: Judging, window: Window): Promise<Scored> {
  const { source, model, parameters } = judging;
  const current = await source.outcomeCounts({ ...keyOf(model), ...window });
  const against = await labelsBefore(judging, window);
  const target = targetScore(judging, { current, against, window });
  const { positive } = model;
  if (positive === null || model.task !== 'binary') return target;
  const { rows } = against.outcomes;
  const { leastWindows } = parameters.drift;
  const own = { scoreLayout: current.scoreLayout, positive, parameters: parameters.outcomes.calibration };
  const windows = rows.map((row) => scoreCounts([row]));
  const input = {
    ...own,
    baseline: scoreCounts(rows),
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
  const judged = { calibration: labelCalibration(outcomes.rows, parameters), parameters: own };
  const detector = model.task === 'regression' ? TARGET_MEAN : targetDrift.id;
  const place = placeIn(judging, window, { detector, against: against.text });
  const tell = (input: Readonly<Record<string, Part>>, finding: Finding) => scored(input, finding, place);
  if (model.task === 'regression') {
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

import { calibrate } from '../../detectors/calibration.ts';
import { modelLayout } from '../../detectors/cells.ts';
import type { Calibration } from '../../detectors/types.ts';
import type { Baseline } from '../model.ts';
import type { CountWindows, CountWindowsQuery } from '../ports.ts';
import type { Comparison, DetectionParameters, ModelSettings } from '../settings.ts';
import { countsIn, summedCounts, type CountsByFeature } from './count-windows.ts';
import { periodOf, seasonOf, seasonText, slotOf, type History, type Season } from './season.ts';
import { keyOf, type CountsSource, type Window } from './types.ts';

/** What one window is judged against: counts in the baseline's layout, and how much such windows vary by themselves. */
export interface Reference {
  readonly comparison: Comparison;
  readonly season: Season;
  readonly baselineId: string;
  /** "the training rows of 1 to 28 March 2026, 4 windows at the same time of the week". */
  readonly text: string;
  readonly counts: CountsByFeature;
  readonly calibrations: Readonly<Record<string, Calibration>>;
}

export interface ReferenceQuery {
  readonly source: CountsSource;
  readonly model: ModelSettings;
  readonly baseline: Baseline;
  readonly window: Window;
  readonly parameters: DetectionParameters;
  /** Ranges that are no part of a moving baseline: incidents. */
  readonly episodes: readonly Window[];
}

/** What is remembered of one history; its counts by window are read, calibrated from, and let go. */
interface Known {
  readonly id: string;
  readonly text: string;
  readonly range: Window;
  readonly history: History;
  readonly whole: CountsByFeature;
  readonly calibrations: Readonly<Record<Season, Calibrations>>;
}
type Calibrations = Readonly<Record<string, Calibration>>;

/** So many models' histories are remembered; others are read again when they are due. */
const MOST_KNOWN = 2000;
const DAY_MS = 86_400_000;

/**
 * What windows are judged against. A fixed history is read once, a moving one once a day; after that a window costs one
 * read of the few windows of its own slot.
 */
export class References {
  readonly #known = new Map<string, Known>();

  /** `why` instead, in words, where there is not enough to judge against. */
  async of(comparison: Comparison, query: ReferenceQuery): Promise<Reference | { readonly why: string }> {
    const known = await this.#knownFor(comparison, query);
    const { model, baseline, window, parameters } = query;
    const missing = comparison === 'moving' ? whatIsMissing(known.history, parameters) : null;
    if (missing !== null) return { why: missing };
    const { seasonWeeks } = parameters.baseline;
    const season = model.drift.season === 'none' ? 'whole' : seasonOf(known.history, window, seasonWeeks);
    const found =
      season === 'whole'
        ? await wholeCounts(comparison, known, query)
        : await slotCounts(comparison, known, { ...query, season });
    return {
      comparison,
      season,
      baselineId: baseline.id,
      text: `${known.text}, ${seasonText(season, found.windows)}`,
      counts: found.counts,
      calibrations: known.calibrations[season],
    };
  }

  async #knownFor(comparison: Comparison, query: ReferenceQuery): Promise<Known> {
    const { baseline, model } = query;
    const place = JSON.stringify([model.tenant, model.model, comparison]);
    const range = rangeOf(comparison, query);
    const id = JSON.stringify([
      baseline.id,
      range,
      model.windowMs,
      comparison === 'moving' ? leftOut(query) : [],
    ]);
    const found = this.#known.get(place);
    if (found?.id === id) return found;
    const known = await readKnown(comparison, query, { range, id });
    this.#known.delete(place);
    this.#known.set(place, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** What a moving baseline lacks, in words; null: nothing. */
function whatIsMissing(history: History, { baseline, drift }: DetectionParameters): string | null {
  const windows = history.startsMs.length;
  if (windows < drift.leastWindows)
    return `needs ${drift.leastWindows} earlier windows to judge against, has ${windows}`;
  const rows = Array.from(history.rows).reduce((total, count) => total + count, 0);
  return rows < baseline.leastRows
    ? `needs ${baseline.leastRows} earlier rows to judge against, has ${rows}`
    : null;
}

/** A moving baseline ends with a day, at least the embargo before the window that is judged, so that it is made once a day. */
function rangeOf(comparison: Comparison, { baseline, model, window, parameters }: ReferenceQuery): Window {
  const { windowMs } = model;
  if (comparison === 'fixed')
    return {
      fromMs: Math.floor(baseline.fromMs / windowMs) * windowMs,
      toMs: Math.ceil(baseline.toMs / windowMs) * windowMs,
    };
  const embargoMs = parameters.baseline.embargoWindows * windowMs;
  const toMs = Math.floor((window.fromMs - embargoMs) / DAY_MS) * DAY_MS;
  return { fromMs: toMs - model.drift.movingSpanMs, toMs };
}

function leftOut({ model, episodes }: ReferenceQuery): readonly Window[] {
  return [...model.drift.excluded, ...episodes];
}

async function readKnown(
  comparison: Comparison,
  query: ReferenceQuery,
  { range, id }: Pick<Known, 'range' | 'id'>,
): Promise<Known> {
  const { baseline, model } = query;
  const windows = await countsIn(query.source, baseline, windowsQuery(comparison, query, range));
  const layout = modelLayout(baseline.layouts);
  const calibrationOf = (season: Season): Calibrations =>
    calibrate(
      { layout, rows: windows.cells, slots: slotsOf(windows, season, model) },
      query.parameters.drift,
    );
  const isSeasonal = model.drift.season === 'auto';
  return {
    id,
    range,
    text: textOf(comparison, baseline, range),
    history: { startsMs: windows.startsMs, rows: windows.rows },
    whole: comparison === 'fixed' ? baseline.counts : summedCounts(layout, windows),
    calibrations: {
      whole: calibrationOf('whole'),
      slot_of_day: isSeasonal ? calibrationOf('slot_of_day') : {},
      slot_of_week: isSeasonal ? calibrationOf('slot_of_week') : {},
    },
  };
}

function windowsQuery(comparison: Comparison, query: ReferenceQuery, range: Window): CountWindowsQuery {
  return {
    key: keyOf(query.model),
    ...range,
    windowMs: query.model.windowMs,
    dataset: comparison === 'fixed' ? 'baseline' : 'production',
    ...(comparison === 'moving' && { without: leftOut(query) }),
  };
}

function slotsOf(windows: CountWindows, season: Season, { windowMs }: ModelSettings): readonly number[] {
  return Array.from(windows.startsMs, (startMs) => slotOf(startMs, season, windowMs));
}

interface Found {
  readonly counts: CountsByFeature;
  readonly windows: number;
}

/** A window of the baseline's own time, looked at in a replay, is not judged against itself. */
async function wholeCounts(comparison: Comparison, known: Known, query: ReferenceQuery): Promise<Found> {
  const { window, baseline } = query;
  const isPart =
    !['reference', 'uploaded'].includes(baseline.source.kind) &&
    window.fromMs < known.range.toMs &&
    window.toMs > known.range.fromMs;
  return isPart
    ? countsApart(query, windowsQuery(comparison, query, known.range))
    : { counts: known.whole, windows: known.history.startsMs.length };
}

async function slotCounts(
  comparison: Comparison,
  known: Known,
  query: ReferenceQuery & { readonly season: Season },
): Promise<Found> {
  const { model, window, season } = query;
  const everyMs = periodOf(season, model.windowMs) ?? model.windowMs;
  const slot = { everyMs, atMs: window.fromMs };
  return countsApart(query, { ...windowsQuery(comparison, query, known.range), slot });
}

/** Without the window that is judged. */
async function countsApart(
  { source, baseline, window }: ReferenceQuery,
  asked: CountWindowsQuery,
): Promise<Found> {
  const without = [...(asked.without ?? []), window];
  const windows = await countsIn(source, baseline, { ...asked, without });
  return {
    counts: summedCounts(modelLayout(baseline.layouts), windows),
    windows: windows.startsMs.length,
  };
}

function textOf(comparison: Comparison, baseline: Baseline, range: Window): string {
  const period = `${day(range.fromMs)} to ${day(range.toMs - 1)}`;
  return comparison === 'moving'
    ? `the weeks before, ${period}`
    : `${SOURCES[baseline.source.kind]}, ${period}`;
}

const SOURCES: Readonly<Record<Baseline['source']['kind'], string>> = {
  reference: 'the training rows',
  uploaded: 'the uploaded training rows',
  period: 'a fixed period',
  first: 'the first rows',
};

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

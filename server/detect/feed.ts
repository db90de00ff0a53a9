import { duplicateIds } from '../../detectors/duplicate-ids.ts';
import { schemaChange, type Column } from '../../detectors/schema-change.ts';
import { rowsOf } from '../../detectors/side-rates.ts';
import { typeMismatch } from '../../detectors/type-mismatch.ts';
import { pieces } from '../../detectors/parts.ts';
import type { Detector, FeatureCounts } from '../../detectors/types.ts';
import { volume } from '../../detectors/volume.ts';
import type { QualityCounts } from '../ports.ts';
import type { QualityParameters } from '../settings.ts';
import type { CountsByFeature } from './count-windows.ts';
import type { FeatureWindow } from './feature-scores.ts';
import type { Part } from './documents.ts';
import { scored, type ScorePlace } from './scored.ts';
import { seasonOf, slotOf } from './season.ts';
import { together, type Scored, type Window } from './types.ts';

/** Whether a model's rows come as they did: how many, with ids of their own, in the columns and kinds that are known. */

const DAY_MS = 86_400_000;
/** Four weeks, so that every hour of the week has been seen four times. */
const HISTORY_MS = 28 * DAY_MS;
/** Of windows of a week four tell too little of how many rows come; a quarter of a year does (judgement). */
const LEAST_HISTORY = 13;

/** How far back a window's feed is looked at, in whole windows. */
export function feedHistoryMs(windowMs: number): number {
  return Math.max(LEAST_HISTORY, Math.floor(HISTORY_MS / windowMs)) * windowMs;
}

export interface FeedWindow extends Pick<
  FeatureWindow,
  'key' | 'baseline' | 'window' | 'versions' | 'unmonitored'
> {
  /** Counts by feature of the window alone. */
  readonly current: CountsByFeature;
  /** The window and those before it; those without anything are left out. */
  readonly history: readonly QualityCounts[];
  /** When something was wrong; not normal. */
  readonly episodes: readonly Window[];
  /** Columns that the layout does not know, in rows of the window. */
  readonly unknown: readonly Column[];
  readonly seasonWeeks: number;
  readonly parameters: QualityParameters;
}

/** Every score of the feed of one model in one window; pure. */
export function feedScores(input: FeedWindow): Scored {
  return together([volumeScore(input), duplicateScore(input), ...mismatchScores(input), schemaScore(input)]);
}

function place(input: FeedWindow, detector: string, subject = ''): ScorePlace {
  const { key, window, baseline, versions } = input;
  const span = { windowFromMs: window.fromMs, windowToMs: window.toMs };
  return { ...key, detector, subject, ...span, baselineId: baseline.id, evidence: { versions } };
}

function found<Input extends Readonly<Record<keyof Input, Part>>>(
  input: FeedWindow,
  detector: Detector<Input>,
  { own, subject }: { readonly own: Input; readonly subject?: string },
): Scored {
  return scored({ ...own }, detector.score(own), place(input, detector.id, subject));
}

function isCurrent({ window }: FeedWindow): (step: QualityCounts) => boolean {
  return ({ fromMs }) => fromMs === window.fromMs;
}

/** The windows before, incidents left out. */
function normal(input: FeedWindow): readonly QualityCounts[] {
  const lengthMs = input.window.toMs - input.window.fromMs;
  return input.history.filter(
    (step) =>
      step.fromMs < input.window.fromMs &&
      !input.episodes.some(({ fromMs, toMs }) => step.fromMs < toMs && step.fromMs + lengthMs > fromMs),
  );
}

function volumeScore(input: FeedWindow): Scored {
  const { window, parameters } = input;
  const windowMs = window.toMs - window.fromMs;
  const windows = withEmpty(input, windowMs);
  const starts = { startsMs: windows.map(({ fromMs }) => fromMs), rows: windows.map(() => Infinity) };
  const season = seasonOf(starts, window, input.seasonWeeks);
  const slot = (fromMs: number) => slotOf(fromMs, season, windowMs);
  const own = {
    rows: input.history.find(isCurrent(input))?.rows ?? 0,
    slot: slot(window.fromMs),
    parameters: parameters.volume,
  };
  const baseline = windows.map(({ fromMs, rows }) => ({ slot: slot(fromMs), rows }));
  const days = pieces('baseline', baseline, (_, index) => Math.floor((windows[index]?.fromMs ?? 0) / DAY_MS));
  return scored({ ...own, ...days }, volume.score({ ...own, baseline }), place(input, volume.id));
}

/** From the first window with rows on, a window without any has none. */
function withEmpty(
  input: FeedWindow,
  windowMs: number,
): readonly { readonly fromMs: number; readonly rows: number }[] {
  const { window, episodes } = input;
  const before = input.history.filter(({ fromMs }) => fromMs < window.fromMs);
  const known = new Map(before.map(({ fromMs, rows }) => [fromMs, rows]));
  const firstMs = Math.min(
    window.fromMs,
    ...before.filter(({ rows }) => rows > 0).map(({ fromMs }) => fromMs),
  );
  const count = (window.fromMs - firstMs) / windowMs;
  // The first window may have begun in its midst.
  return Array.from({ length: count }, (_, index) => firstMs + index * windowMs)
    .slice(1)
    .filter((at) => !episodes.some(({ fromMs, toMs }) => at < toMs && at + windowMs > fromMs))
    .map((fromMs) => ({ fromMs, rows: known.get(fromMs) ?? 0 }));
}

function duplicateScore(input: FeedWindow): Scored {
  const own = {
    ...repeats(input.history.filter(isCurrent(input))),
    baseline: repeats(normal(input)),
    parameters: input.parameters.duplicateIds,
  };
  return found(input, duplicateIds, { own });
}

function repeats(steps: readonly QualityCounts[]): { readonly hits: number; readonly rows: number } {
  const hits = total(steps.map(({ repeatedIds }) => repeatedIds));
  return { hits, rows: hits + total(steps.map(({ rows }) => rows)) };
}

/** Only for features that ever had a value of another kind, so that one that no longer has is judged clean. */
function mismatchScores(input: FeedWindow): readonly Scored[] {
  const { baseline, unmonitored, parameters } = input;
  const features = new Set(
    input.history.flatMap(({ violations }) =>
      violations.filter(({ kind }) => kind === 'wrong_kind').map(({ feature }) => feature),
    ),
  );
  return [...features]
    .filter((feature) => !unmonitored.includes(feature))
    .map((feature) => {
      const own = {
        feature,
        kind: baseline.layouts[feature]?.kind ?? 'value',
        ...mismatches(input.history.filter(isCurrent(input)), feature),
        baseline: mismatches(normal(input), feature),
        parameters: parameters.typeMismatch,
      };
      return found(input, typeMismatch, { own, subject: feature });
    });
}

function mismatches(
  steps: readonly QualityCounts[],
  feature: string,
): { readonly hits: number; readonly rows: number } {
  const hits = steps.flatMap(({ violations }) =>
    violations.filter((one) => one.feature === feature && one.kind === 'wrong_kind').map(({ rows }) => rows),
  );
  return atMostRows({ hits: total(hits), rows: total(steps.map(({ rows }) => rows)) });
}

/** What was wrong is counted apart from the rows: where the two differ, the window is still judged. */
function atMostRows({ hits, rows }: { readonly hits: number; readonly rows: number }) {
  return { hits: Math.min(hits, rows), rows };
}

function schemaScore(input: FeedWindow): Scored {
  const { baseline, current, unknown, parameters } = input;
  const rows = input.history.find(isCurrent(input))?.rows ?? 0;
  const own = {
    baseline: { rows: baseline.rows, columns: columnsOf(input, baseline.counts, baseline.rows) },
    current: {
      rows,
      columns: [...columnsOf(input, current, rows).map(asItCame(input)), ...unknown.map(within(rows))],
    },
    parameters: parameters.schemaChange,
  };
  return found(input, schemaChange, { own });
}

/** A column of which only values of another kind came is not gone. */
function asItCame(input: FeedWindow): (column: Column) => Column {
  const now = input.history.filter(isCurrent(input));
  return (column) => {
    const { hits } = mismatches(now, column.feature);
    return column.rows > 0 || hits === 0 ? column : { ...column, kind: ANOTHER_KIND, rows: hits };
  };
}

const ANOTHER_KIND = 'another kind';

function columnsOf(input: FeedWindow, counts: CountsByFeature, rows: number): readonly Column[] {
  return Object.entries(input.baseline.layouts)
    .filter(([feature]) => !feature.startsWith('$') && !input.unmonitored.includes(feature))
    .map(([feature, { kind }]) => ({ feature, kind, rows: Math.min(rows, present(counts[feature])) }));
}

/** Columns without cells are counted a moment later, from the rows themselves: more may have come. */
function within(rows: number): (column: Column) => Column {
  return (column) => ({ ...column, rows: Math.min(rows, column.rows) });
}

/** Rows in which a feature came. */
function present(counts: FeatureCounts | undefined): number {
  return counts === undefined ? 0 : rowsOf(counts) - counts.sides.missing;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

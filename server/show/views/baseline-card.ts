import type { DriftParameters } from '../../../detectors/types.ts';
import type { BaselineSource } from '../../model.ts';
import type { BaselineEntry, StoredScore } from '../../ports.ts';
import { DRIFT_DETECTORS, type Comparison } from '../../settings.ts';
import type { BaselineCard } from '../types.ts';
import type { ModelFacts } from './facts.ts';
import { partOf, type Documents } from './parts.ts';
import { latestBySubject } from './scores.ts';
import { plural, utc, whole } from './words.ts';

export interface BaselineCardInput {
  readonly facts: ModelFacts;
  /** The newest first. */
  readonly baselines: readonly BaselineEntry[];
  readonly shown: readonly StoredScore[];
  readonly documents: Documents;
}

/** What a model is judged against, since when and by whose choice, and how far that is known to vary; pure. */
export function baselineCard({ facts, baselines, shown, documents }: BaselineCardInput): BaselineCard {
  const { settings } = facts;
  const current = baselines.find(({ isCurrent }) => isCurrent) ?? null;
  return {
    current: current === null ? null : told(current),
    waiting: current === null ? waitsFor(facts) : null,
    configured: sourceText(settings.baseline),
    before: baselines.filter(({ isCurrent }) => !isCurrent).map(told),
    comparisons: settings.drift.against.map((comparison) => compared(comparison, shown, documents)),
    season: settings.drift.season,
    unmonitored: settings.unmonitored,
    unknown: current === null ? [] : unknownFeatures(facts, shown),
  };
}

function told({ id, source, rows, features, fromMs, toMs, createdAtMs, choice }: BaselineEntry) {
  return {
    id,
    description: baselineText(source, rows),
    rows,
    features,
    fromMs,
    toMs,
    createdAtMs,
    chosenBy: choice?.by ?? null,
    chosenAtMs: choice?.atMs ?? null,
    withdrawnAtMs: choice?.withdrawnAtMs ?? null,
  };
}

/** What a baseline was made of. */
export function baselineText(source: BaselineSource, rows: number): string {
  switch (source.kind) {
    case 'reference':
      return `${plural(rows, 'reference row')} shipped with the model`;
    case 'uploaded':
      return `${plural(rows, 'row')} of the uploaded set ${source.set}`;
    case 'period':
      return `${plural(rows, 'prediction')} from ${utc(source.fromMs)} to ${utc(source.toMs)}${leftOut(source)}`;
    case 'first':
      return `the first ${plural(rows, 'prediction')}`;
  }
}

function leftOut({ exclude = [] }: Extract<BaselineSource, { readonly kind: 'period' }>): string {
  return exclude.length === 0 ? '' : `, ${plural(exclude.length, 'range')} left out`;
}

function sourceText(source: BaselineSource): string {
  switch (source.kind) {
    case 'reference':
      return `rows shipped as reference, at least ${whole(source.minRows)}`;
    case 'uploaded':
      return `the uploaded set ${source.set}`;
    case 'period':
      return `the predictions from ${utc(source.fromMs)} to ${utc(source.toMs)}${leftOut(source)}`;
    case 'first':
      return `the first ${plural(source.rows, 'prediction')}`;
  }
}

function have(rows: number, noun: string, needed: number): string {
  return rows < needed
    ? `Needs ${plural(needed, noun)}, has ${whole(rows)}.`
    : 'Has rows enough; it is frozen when the next window is judged.';
}

function waitsFor({ settings: { baseline: source }, entry }: ModelFacts): string {
  switch (source.kind) {
    case 'reference':
      return have(entry?.referenceRows ?? 0, 'reference row', source.minRows);
    case 'uploaded':
      return `Needs the set ${source.set} to be uploaded: ./leeway baseline import.`;
    case 'period':
      return `Its period ends ${utc(source.toMs)}.`;
    case 'first':
      return have(entry?.predictions ?? 0, 'prediction', source.rows);
  }
}

function compared(
  comparison: Comparison,
  shown: readonly StoredScore[],
  documents: Documents,
): BaselineCard['comparisons'][number] {
  const scores = [...latestBySubject(shown, DRIFT_DETECTORS[comparison]).values()];
  const judged = scores.filter(({ evidence }) => evidence.against !== undefined);
  const numbers = judged.map(({ evidence }) => evidence.numbers ?? {});
  const [first] = judged;
  const parameters =
    first === undefined ? undefined : partOf<DriftParameters>(first, 'parameters', documents);
  return {
    comparison,
    text: first?.evidence.against ?? null,
    why: first === undefined ? (scores[0]?.why ?? null) : null,
    features: judged.length,
    uncalibrated: numbers.filter(({ calibrated }) => calibrated === 0).length,
    windows: Math.max(0, ...numbers.map(({ windows }) => windows ?? 0)),
    leastWindows: parameters?.leastWindows ?? null,
  };
}

/** Features that are sent, but have no cells in what they would be judged against. */
function unknownFeatures({ entry, settings }: ModelFacts, shown: readonly StoredScore[]): readonly string[] {
  const judged = new Set(
    Object.values(DRIFT_DETECTORS).flatMap((detector) => [...latestBySubject(shown, detector).keys()]),
  );
  if (judged.size === 0) return [];
  return (entry?.features ?? [])
    .map(({ name }) => name)
    .filter((name) => !judged.has(name) && !settings.unmonitored.includes(name));
}

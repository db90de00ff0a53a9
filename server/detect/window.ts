import { modelLayout } from '../../detectors/cells.ts';
import type { Baseline } from '../model.ts';
import type { Comparison, ModelSettings } from '../settings.ts';
import { blocksEnding } from './blocks.ts';
import { countsIn, stillBaseline, summedCounts, type CountsByFeature } from './count-windows.ts';
import { fairnessScore } from './fairness.ts';
import { driftScores, unreferenced, type FeatureWindow } from './feature-scores.ts';
import { feedHistoryMs, feedScores } from './feed.ts';
import { qualityScores } from './quality.ts';
import { withRanking } from './ranking.ts';
import type { Reference } from './references.ts';
import { unknownColumns } from './unknown-columns.ts';
import {
  keyOf,
  together,
  type CountsSource,
  type DetectContext,
  type Episode,
  type Scored,
  type Window,
} from './types.ts';

export interface WindowJob extends DetectContext {
  readonly model: ModelSettings;
  readonly baseline: Baseline;
  readonly window: Window;
}

/** Every score of one closed window of a model. Throws RetryableError when its baseline is replaced meanwhile. */
export async function scoreWindow(job: WindowJob): Promise<Scored> {
  const input = await featureWindow(job);
  const episodes = await job.episodes(keyOf(job.model));
  const judging: Judging = { ...job, input, episodes };
  const references: (Reference | Unjudged)[] = [];
  for (const comparison of job.model.drift.against) references.push(await referenceOf(judging, comparison));
  const parts: Scored[] = [];
  for (const reference of references) parts.push(await driftOf(judging, reference));
  return together([
    ...parts,
    await qualityOf(judging, references),
    await feedOf(judging),
    await fairnessOf(job),
  ]);
}

interface Judging extends Omit<WindowJob, 'episodes'> {
  readonly input: FeatureWindow;
  readonly episodes: readonly Episode[];
}

/** A comparison that has nothing to judge against, and why. */
interface Unjudged {
  readonly comparison: Comparison;
  readonly why: string;
}

async function referenceOf(job: Judging, comparison: Comparison): Promise<Reference | Unjudged> {
  const parameters = job.parametersOf(keyOf(job.model));
  const found = await job.references.of(comparison, { ...job, parameters });
  return 'why' in found ? { comparison, why: found.why } : found;
}

async function driftOf(job: Judging, reference: Reference | Unjudged): Promise<Scored> {
  const { input, model } = job;
  if ('why' in reference) return unreferenced(input, reference.comparison, reference.why);
  const { ranking } = job.parametersOf(keyOf(model));
  const drift = driftScores(input, reference);
  return withRanking(drift, { ...job, reference, settings: model.drift, parameters: ranking });
}

/** Whether the rows can be compared at all; against the frozen baseline where no comparison has enough yet. */
async function qualityOf(job: Judging, references: readonly (Reference | Unjudged)[]): Promise<Scored> {
  const found = references.find((one) => !('why' in one)) ?? (await referenceOf(job, 'fixed'));
  return 'why' in found ? { scores: [], documents: [] } : qualityScores(job.input, found);
}

async function feedOf({
  source,
  model,
  window,
  parametersOf,
  entryOf,
  input,
  episodes,
}: Judging): Promise<Scored> {
  const key = keyOf(model);
  const { quality, baseline } = parametersOf(key);
  const fromMs = window.fromMs - feedHistoryMs(model.windowMs);
  const range = { fromMs, toMs: window.toMs, stepMs: model.windowMs };
  return feedScores({
    ...input,
    current: input.blocks[0] ?? {},
    history: await source.qualityCounts({ key, ...range }),
    unknown: await unknownColumns(source, input, entryOf(key)),
    seasonWeeks: baseline.seasonWeeks,
    parameters: quality,
    episodes,
  });
}

async function featureWindow(job: WindowJob): Promise<FeatureWindow> {
  const { source, model, baseline, window, parametersOf } = job;
  return {
    key: keyOf(model),
    baseline,
    window,
    blocks: await blocksOf(source, job),
    versions: await versionsIn(source, model, window),
    unmonitored: model.unmonitored,
    parameters: parametersOf(keyOf(model)).drift,
  };
}

/** With so many rows no feature of at most 51 cells lacks any. */
const MANY_ROWS = 1000;

/**
 * The window alone, and when it is small, also the sum of the block of two, of four windows … that ends with it. Blocks do
 * not overlap, so that one bad window is one breach; a window without rows is summed with nothing.
 */
async function blocksOf(
  source: CountsSource,
  {
    model,
    baseline,
    window,
    parametersOf,
  }: Pick<WindowJob, 'model' | 'baseline' | 'window' | 'parametersOf'>,
): Promise<readonly CountsByFeature[]> {
  const layout = modelLayout(baseline.layouts);
  const { windowMs } = model;
  const read = async (windows: number) => {
    const fromMs = window.toMs - windows * windowMs;
    const range = { fromMs, toMs: window.toMs, windowMs: null };
    return countsIn(source, baseline, { key: keyOf(model), ...range, dataset: 'production' });
  };
  const alone = await read(1);
  const rows = alone.rows[0] ?? 0;
  const { mostSummed } = parametersOf(keyOf(model)).windows;
  const blocks = rows === 0 || rows >= MANY_ROWS ? [] : blocksEnding(window.toMs / windowMs, mostSummed);
  const sums = [alone, ...(await Promise.all(blocks.map(read)))];
  return sums.map((sum) => summedCounts(layout, sum));
}

async function versionsIn(
  source: CountsSource,
  model: ModelSettings,
  window: Window,
): Promise<Readonly<Record<string, number>>> {
  const rows = await source.volume({ key: keyOf(model), ...window, stepMs: model.windowMs });
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(row.version, (totals.get(row.version) ?? 0) + row.rows);
  return Object.fromEntries(totals);
}

async function fairnessOf({ source, model, baseline, window }: WindowJob): Promise<Scored> {
  const { positive } = model;
  if (positive === null) return { scores: [], documents: [] };
  const key = keyOf(model);
  const scores = await Promise.all(
    model.groups.map(async (attribute) => {
      const groups = await source.counts({ ...key, ...window, by: { attribute } });
      return fairnessScore({ key, baseline, window, attribute, positive, groups });
    }),
  );
  if (model.groups.length > 0) await stillBaseline(source, baseline);
  return { scores, documents: [] };
}

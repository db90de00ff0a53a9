import { modelLayout } from '../../detectors/cells.ts';
import { blocksEnding } from './blocks.ts';
import type { Baseline } from '../model.ts';
import type { QualityCounts } from '../ports.ts';
import type { Comparison, ModelSettings } from '../settings.ts';
import { countsIn, stillBaseline, summedCounts, type CountsByFeature } from './count-windows.ts';
import { fairnessScore } from './fairness.ts';
import { driftScores, unreferenced, type FeatureWindow } from './feature-scores.ts';
import { feedHistoryMs, feedScores } from './feed.ts';
import { normalFromMs } from './normal.ts';
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
  const episodes = await job.episodes(keyOf(job.model));
  const [input, feed] = await Promise.all([featureWindow(job), historyOf(job, episodes)]);
  const judging: Judging = { ...job, input, feed, episodes };
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
  /** Of the windows before, and of this one. */
  readonly feed: readonly QualityCounts[];
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

async function feedOf(job: Judging): Promise<Scored> {
  const { source, model, input, feed, episodes, parametersOf, entryOf } = job;
  const key = keyOf(model);
  const { quality, baseline } = parametersOf(key);
  return feedScores({
    ...input,
    current: input.blocks[0] ?? {},
    history: feed,
    unknown: await unknownColumns(source, input, entryOf(key)),
    seasonWeeks: baseline.seasonWeeks,
    parameters: quality,
    episodes,
  });
}

function historyOf(
  { source, model, window }: WindowJob,
  episodes: readonly Episode[],
): Promise<readonly QualityCounts[]> {
  const { windowMs } = model;
  const normalMs = normalFromMs(window.fromMs, feedHistoryMs(windowMs), episodes);
  const fromMs = Math.floor(normalMs / windowMs) * windowMs;
  return source.qualityCounts({ key: keyOf(model), fromMs, toMs: window.toMs, stepMs: windowMs });
}

async function featureWindow(job: WindowJob): Promise<FeatureWindow> {
  const { source, model, baseline, window, parametersOf } = job;
  const [blocks, versions] = await Promise.all([blocksOf(source, job), versionsIn(source, model, window)]);
  return {
    key: keyOf(model),
    baseline,
    window,
    blocks,
    versions,
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

import { modelLayout } from '../../detectors/cells.ts';
import type { Baseline } from '../model.ts';
import type { Comparison, ModelSettings } from '../settings.ts';
import { summedCounts, type CountsByFeature } from './count-windows.ts';
import { fairnessScore } from './fairness.ts';
import { driftScores, unreferenced, type FeatureWindow } from './feature-scores.ts';
import { feedHistoryMs, feedScores } from './feed.ts';
import { qualityScores } from './quality.ts';
import { withRanking } from './ranking.ts';
import { BLOCKS } from './blocks.ts';
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

/** Every score of one closed window of a model. */
export async function scoreWindow(job: WindowJob): Promise<Scored> {
  const input = await featureWindow(job);
  const episodes = await job.episodes(keyOf(job.model));
  const parts: Scored[] = [];
  for (const comparison of job.model.drift.against)
    parts.push(await compared({ ...job, input, episodes }, comparison));
  return together([...parts, await feedOf({ ...job, input, episodes }), await fairnessOf(job)]);
}

interface Judging extends Omit<WindowJob, 'episodes'> {
  readonly input: FeatureWindow;
  readonly episodes: readonly Episode[];
}

/** The first comparison also tells whether the rows can be compared at all. */
async function compared(job: Judging, comparison: Comparison): Promise<Scored> {
  const { input, model } = job;
  const isFirst = comparison === model.drift.against[0];
  const parameters = job.parametersOf(keyOf(model));
  const reference = await job.references.of(comparison, { ...job, parameters });
  if ('why' in reference) return unreferenced(input, comparison, reference.why);
  const drift = await withRanking(driftScores(input, reference), {
    ...job,
    reference,
    settings: model.drift,
    parameters: parameters.ranking,
  });
  return isFirst ? together([drift, qualityScores(input, reference)]) : drift;
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

async function featureWindow({
  source,
  model,
  baseline,
  window,
  parametersOf,
}: WindowJob): Promise<FeatureWindow> {
  return {
    key: keyOf(model),
    baseline,
    window,
    blocks: await blocksOf(source, { model, baseline, window }),
    versions: await versionsIn(source, model, window),
    unmonitored: model.unmonitored,
    parameters: parametersOf(keyOf(model)).drift,
  };
}

/** With so many rows no feature of at most 51 cells lacks any. */
const MANY_ROWS = 1000;

/**
 * The window alone, and when it is small, also the sum of the block of two and of four windows that ends with it. Blocks do
 * not overlap, so that one bad window is one breach; a window without rows is summed with nothing.
 */
async function blocksOf(
  source: CountsSource,
  { model, baseline, window }: Pick<WindowJob, 'model' | 'baseline' | 'window'>,
): Promise<readonly CountsByFeature[]> {
  const layout = modelLayout(baseline.layouts);
  const { windowMs } = model;
  const read = async (windows: number) => {
    const fromMs = window.toMs - windows * windowMs;
    const range = { fromMs, toMs: window.toMs, windowMs: null };
    return source.countWindows({ key: keyOf(model), ...range, dataset: 'production' });
  };
  const alone = await read(1);
  const rows = alone.rows[0] ?? 0;
  const ends = window.toMs / windowMs;
  const blocks = rows === 0 || rows >= MANY_ROWS ? [] : BLOCKS.filter((windows) => ends % windows === 0);
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
  return { scores, documents: [] };
}

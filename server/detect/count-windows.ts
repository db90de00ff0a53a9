import { countsInRow, type ModelLayout } from '../../detectors/cells.ts';
import type { FeatureCounts } from '../../detectors/types.ts';
import { RetryableError } from '../errors.ts';
import type { Baseline } from '../model.ts';
import type { CountWindows, CountWindowsQuery } from '../ports.ts';
import type { CountsSource } from './types.ts';

/** Counts of many windows in one block of numbers: what detectors take out of it. */

export type CountsByFeature = Readonly<Record<string, FeatureCounts>>;

/** Counts in the cells of a baseline. Throws RetryableError when the model has another one by now: its cells are others. */
export async function countsIn(
  source: Pick<CountsSource, 'countWindows'>,
  baseline: Baseline,
  query: CountWindowsQuery,
): Promise<CountWindows> {
  const found = await source.countWindows(query);
  if (found.baselineId !== baseline.id) throw replaced(baseline);
  return found;
}

/** Throws RetryableError when the model has another baseline by now. */
export async function stillBaseline(
  source: Pick<CountsSource, 'baseline'>,
  baseline: Baseline,
): Promise<void> {
  if ((await source.baseline(baseline))?.id !== baseline.id) throw replaced(baseline);
}

function replaced({ id, model }: Baseline): RetryableError {
  return new RetryableError(
    `Baseline ${id} of ${model} was replaced while a window was judged against it; the window is judged again.`,
  );
}

/** All windows together, by feature. */
export function summedCounts(layout: ModelLayout, windows: CountWindows): CountsByFeature {
  return byFeature(layout, summedRow(windows.cells, layout.cells), 0);
}

function byFeature(layout: ModelLayout, rows: Float64Array, start: number): CountsByFeature {
  return Object.fromEntries(
    layout.features.map((feature) => [feature.name, countsInRow(feature, rows, start)] as const),
  );
}

/** A hot loop: a month of hours of a hundred features is three million numbers. */
function summedRow(cells: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < cells.length; at += width)
    for (let cell = 0; cell < width; cell += 1) (sums[cell] as number) += cells[at + cell] as number;
  return sums;
}

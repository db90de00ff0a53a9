import { fileURLToPath } from 'node:url';
import { modelLayout } from '../../../detectors/cells.ts';
import { SIDES, type FeatureCounts } from '../../../detectors/types.ts';
import { References } from '../../../server/detect/references.ts';
import type { CountsSource, DetectContext } from '../../../server/detect/types.ts';
import type { Baseline, ModelEntry } from '../../../server/model.ts';
import { loadParameters, parametersFor } from '../../../server/parameters.ts';
import type { CountWindows } from '../../../server/ports.ts';

export const PARAMETERS = loadParameters(fileURLToPath(new URL('../../../alert-rules', import.meta.url)));

/** What jobs work with: the shipped parameters, no incidents, and the source that a test is about. */
export function detectContext(
  source: CountsSource,
  nowMs: number,
  catalog: readonly ModelEntry[] = [],
): DetectContext {
  return {
    source,
    references: new References(),
    entryOf: (key) => catalog.find((entry) => entry.tenant === key.tenant && entry.model === key.model),
    parametersOf: (key) => parametersFor(PARAMETERS, key),
    history: async () => [],
    worst: async () => [],
    episodes: async () => [],
    burnWindows: [],
    nowMs,
    startedMs: 0,
  };
}

/** Counts by feature as the store tells them, a window each. */
export function countWindowsOf(
  baseline: Pick<Baseline, 'id' | 'layouts'>,
  windows: readonly { readonly fromMs: number; readonly features: Readonly<Record<string, FeatureCounts>> }[],
): CountWindows {
  const layout = modelLayout(baseline.layouts);
  const rows = windows.map(({ features }) => layout.features.flatMap(({ name }) => cellsOf(features[name])));
  return {
    baselineId: baseline.id,
    startsMs: Float64Array.from(windows, ({ fromMs }) => fromMs),
    rows: Float64Array.from(windows, ({ features }) => rowsOf(Object.values(features)[0])),
    cells: Float64Array.from(rows.flat()),
  };
}

function cellsOf(counts: FeatureCounts | undefined): readonly number[] {
  if (counts === undefined) throw new Error('Every feature of the layout needs counts.');
  const { known, sides, moments } = counts;
  return [
    ...known,
    ...SIDES.map((side) => sides[side]),
    ...(moments === undefined ? [] : [moments.sum, moments.squares]),
  ];
}

function rowsOf(counts: FeatureCounts | undefined): number {
  if (counts === undefined) return 0;
  return [...counts.known, ...Object.values(counts.sides)].reduce((total, count) => total + count, 0);
}

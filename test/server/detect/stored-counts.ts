import { knownCells } from '../../../detectors/cells.ts';
import { SIDES } from '../../../detectors/types.ts';
import type { CountsSource } from '../../../server/detect/types.ts';
import type { Baseline } from '../../../server/model.ts';
import type { CountWindows, CountWindowsQuery } from '../../../server/ports.ts';

/** Counts of one window of one category, as a store holds them. */
export interface StoredWindow {
  readonly fromMs: number;
  readonly known: readonly number[];
}

export interface StoredCounts {
  readonly windowMs: number;
  readonly production: readonly StoredWindow[];
  readonly baseline: readonly StoredWindow[];
}

/** A source that has counts and nothing else, and what it was asked. */
export function countsSource(
  { id, layouts }: Pick<Baseline, 'id' | 'layouts'>,
  stored: StoredCounts,
): { readonly source: CountsSource; readonly asked: CountWindowsQuery[] } {
  const asked: CountWindowsQuery[] = [];
  const width = Object.values(layouts).reduce(
    (total, layout) => total + knownCells(layout) + SIDES.length,
    0,
  );
  const source: Partial<CountsSource> = {
    countWindows: async (query) => {
      asked.push(query);
      return summed(found(stored, query), { id, width, query });
    },
    qualityCounts: async () => [],
    volume: async () => [],
    summarize: async () => [],
    categories: async () => [],
    errorCells: async () => ({}),
  };
  return { source: source as CountsSource, asked };
}

function found(stored: StoredCounts, query: CountWindowsQuery): readonly StoredWindow[] {
  const { windowMs } = stored;
  const { slot, without = [] } = query;
  return stored[query.dataset].filter(
    ({ fromMs }) =>
      fromMs >= query.fromMs &&
      fromMs + windowMs <= query.toMs &&
      (slot === undefined || (fromMs - slot.atMs) % slot.everyMs === 0) &&
      !without.some((span) => fromMs < span.toMs && fromMs + windowMs > span.fromMs),
  );
}

interface Asked {
  readonly id: string;
  readonly width: number;
  readonly query: CountWindowsQuery;
}

function summed(windows: readonly StoredWindow[], { id, width, query }: Asked): CountWindows {
  const startOf = ({ fromMs }: StoredWindow) =>
    query.windowMs === null
      ? query.fromMs
      : query.fromMs + Math.floor((fromMs - query.fromMs) / query.windowMs) * query.windowMs;
  const groups = [...Map.groupBy(windows, startOf)].toSorted(([one], [two]) => one - two);
  const cells = groups.flatMap(([, same]) =>
    Array.from({ length: width }, (_, cell) => same.reduce((sum, { known }) => sum + (known[cell] ?? 0), 0)),
  );
  return {
    baselineId: id,
    startsMs: Float64Array.from(groups, ([start]) => start),
    rows: Float64Array.from(groups, ([, same]) =>
      same.flatMap(({ known }) => known).reduce((a, b) => a + b, 0),
    ),
    cells: Float64Array.from(cells),
  };
}

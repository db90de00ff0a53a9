import { allCells, cellOf, countsInRow, momentCell, momentUnits } from '../../detectors/cells.ts';
import type {
  Calibration,
  CategoryLayout,
  DriftParameters,
  FeatureCounts,
  FeatureInput,
  FeatureLayout,
} from '../../detectors/types.ts';

const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };

export function counts(known: readonly number[], sides: Partial<FeatureCounts['sides']> = {}): FeatureCounts {
  return { known, sides: { ...NO_SIDES, ...sides } };
}

/** Counts values one by one, as every other way of counting must. */
export function countValues(
  layout: FeatureLayout,
  values: readonly (number | string | null)[],
): FeatureCounts {
  const row = new Float64Array(allCells(layout));
  const at = momentCell(layout);
  for (const value of values) {
    row[cellOf(layout, value)]! += 1;
    if (at === null || layout.kind !== 'number' || layout.moments === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const units = momentUnits(layout.moments, value);
    row[at]! += units;
    row[at + 1]! += units * units;
  }
  return countsInRow({ name: 'x', layout, offset: 0 }, row, 0);
}

export const PARAMETERS: DriftParameters = {
  falseDiscoveryRate: 0.01,
  dependence: 'independent',
  rankShare: 0.005,
  rankWindows: 100,
  leastWindows: 5,
  leastRows: 50,
  rowsPerCell: 5,
};

export const UNCALIBRATED: Calibration = {
  windows: 0,
  phi: 1,
  isCalibrated: false,
  largest: [],
  isSteady: false,
};

/** A category of as many cells as there are counts. */
export function categoryOf(cells: number): CategoryLayout {
  return { kind: 'category', values: Array.from({ length: cells - 1 }, (_, cell) => `v${cell}`), rare: [] };
}

/** Two rows of counts of a category, judged without a calibration. */
export function featureInput(
  baseline: readonly number[],
  current: readonly number[],
  changed: Partial<FeatureInput> = {},
): FeatureInput {
  return {
    feature: 'channel',
    layout: categoryOf(baseline.length),
    baseline: counts(baseline),
    current: counts(current),
    calibration: UNCALIBRATED,
    parameters: PARAMETERS,
    ...changed,
  };
}

/** A seeded generator. Source: Ettinger 2017, mulberry32 (public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

import { SIDES } from './types.ts';
import type {
  CategoryLayout,
  FeatureCounts,
  FeatureLayout,
  MomentScale,
  NumberLayout,
  Side,
} from './types.ts';

/** Frozen cells: how they are built from a baseline, which cell a value falls into, and how counts add up. */

/** The 27 quantiles whose values become edges: equal twentieths, refined in both tails. */
export const EDGE_QUANTILES: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7,
  0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999,
];
/** Up to this many distinct numbers get a cell each. */
export const VALUE_CELLS = 30;
const TOP_VALUES = 50;
const TOP_SHARE = 0.001;
const RARE_VALUES = 10_000;

/** Cells of a number that takes few values: one cell each. `values` are distinct and sorted; not empty. */
export function valueLayout(values: readonly number[]): NumberLayout {
  const [min, max] = [values[0] ?? 0, values.at(-1) ?? 0];
  const moments = rangeScale(min, max);
  return { kind: 'number', edges: values.slice(0, -1), min, max, isDiscrete: true, moments };
}

/** Cells of a number from its values at EDGE_QUANTILES, in that order. */
export function quantileLayout(input: {
  readonly quantiles: readonly number[];
  readonly min: number;
  readonly max: number;
}): NumberLayout {
  const edges = input.quantiles.filter(
    (edge, index, all) => edge < input.max && edge !== all[index - 1] && edge >= input.min,
  );
  return { kind: 'number', edges, min: input.min, max: input.max, moments: momentScale(input) };
}

/** Cells of a number from its finite values in rising order; null when there are none. */
export function numberLayout(sorted: readonly number[]): NumberLayout | null {
  const min = sorted[0];
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  if (distinct.length <= VALUE_CELLS) return valueLayout(distinct);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? max;
  return quantileLayout({ quantiles: EDGE_QUANTILES.map(at), min, max });
}

/** A value is this many units away from the centre at most: about a thousand deviations. */
export const MOST_UNITS = 2 ** 15;
const UNITS_PER_DEVIATION = 32;
const UNITS_PER_RANGE = 2 ** 11;
/** Below it, numbers lose digits; a unit stays above. */
const LEAST_UNIT = 2 ** -1022;

/** Pairs of quantiles, and how many deviations of a normal they lie apart. */
const SPREADS = [
  [0.25, 0.75, 1.349],
  [0.05, 0.95, 3.29],
  [0.01, 0.99, 4.653],
  [0.001, 0.999, 6.18],
] as const;

/**
 * The scale on which a number's moments are summed, from its values at EDGE_QUANTILES: the median, and a thirty-second of
 * the widest of four robust deviations, rounded down to a power of two so that dividing loses nothing.
 */
export function momentScale(input: {
  readonly quantiles: readonly number[];
  readonly min: number;
  readonly max: number;
}): MomentScale {
  const at = (share: number) => input.quantiles[EDGE_QUANTILES.indexOf(share)] ?? 0;
  const deviations = SPREADS.map(([low, high, apart]) => at(high) / apart - at(low) / apart);
  const deviation = Math.max(...deviations);
  if (deviation <= 0) return rangeScale(input.min, input.max);
  return { center: at(0.5) + 0, unit: powerOfTwo(deviation / UNITS_PER_DEVIATION) };
}

/** A scale for numbers that mostly take few values: fine enough to tell them apart, with room on both sides. */
function rangeScale(min: number, max: number): MomentScale {
  const center = min / 2 + max / 2 + 0;
  const range = max / UNITS_PER_RANGE - min / UNITS_PER_RANGE;
  const size = Math.abs(center) / UNITS_PER_DEVIATION || 1 / UNITS_PER_DEVIATION;
  return { center, unit: powerOfTwo(range > 0 ? range : size) };
}

function powerOfTwo(atMost: number): number {
  return Math.max(LEAST_UNIT, 2 ** Math.floor(Math.log2(atMost)));
}

/**
 * A finite value in whole units from the centre, held to MOST_UNITS. SQL gets the same from
 * least(greatest(floor((x - center) / unit + 0.5), -MOST_UNITS), MOST_UNITS) on DOUBLEs.
 */
export function momentUnits(scale: MomentScale, value: number): number {
  const units = Math.floor((value - scale.center) / scale.unit + 0.5);
  return units > MOST_UNITS ? MOST_UNITS : units < -MOST_UNITS ? -MOST_UNITS : units;
}

/** Cells of a category: the commonest values with a share of a thousandth, all others known as rare. */
export function categoryLayout(
  values: readonly { readonly value: string; readonly rows: number }[],
): CategoryLayout {
  const total = values.reduce((sum, entry) => sum + entry.rows, 0);
  const ordered = values.toSorted((a, b) => b.rows - a.rows || (a.value < b.value ? -1 : 1));
  const top = ordered.filter((entry, index) => index < TOP_VALUES && entry.rows >= TOP_SHARE * total);
  const rare = ordered.slice(top.length, top.length + RARE_VALUES);
  return {
    kind: 'category',
    values: top.map((entry) => entry.value),
    rare: rare.map((entry) => entry.value),
  };
}

/** How many cells hold known values; they are numbered from 0. */
export function knownCells(layout: FeatureLayout): number {
  return layout.kind === 'number' ? layout.edges.length + 1 : layout.values.length + 1;
}

/** Known cells, the sides behind them and, for numbers with a scale, the sums of q and of q squared. */
export function allCells(layout: FeatureLayout): number {
  return knownCells(layout) + SIDES.length + (hasMoments(layout) ? 2 : 0);
}

function hasMoments(layout: FeatureLayout): boolean {
  return layout.kind === 'number' && layout.moments !== undefined;
}

/** The cell of the sum of q; that of the squares stands behind it. null: the layout has no scale for them. */
export function momentCell(layout: FeatureLayout): number | null {
  return hasMoments(layout) ? knownCells(layout) + SIDES.length : null;
}

/** The number of a side's cell. */
export function sideCell(layout: FeatureLayout, side: Side): number {
  return knownCells(layout) + SIDES.indexOf(side);
}

/**
 * The cell a value falls into. Bins are closed at the right. Empty values are missing; a value of another kind than
 * the layout is read as text by a category and is missing for a number.
 */
export function cellOf(layout: FeatureLayout, value: number | string | boolean | null | undefined): number {
  if (value === null || value === undefined) return sideCell(layout, 'missing');
  if (layout.kind === 'category') return categoryCell(layout, String(value));
  return typeof value === 'number' ? numberCell(layout, value) : sideCell(layout, 'missing');
}

function categoryCell(layout: CategoryLayout, value: string): number {
  const index = layout.values.indexOf(value);
  if (index >= 0) return index;
  return layout.rare.includes(value) ? layout.values.length : sideCell(layout, 'unseen');
}

const MISSING = SIDES.indexOf('missing');
const NON_FINITE = SIDES.indexOf('non_finite');
const BELOW_MIN = SIDES.indexOf('below_min');
const ABOVE_MAX = SIDES.indexOf('above_max');

/** The cell of a number, finite or not. */
export function numberCell(layout: NumberLayout, value: number): number {
  const { edges } = layout;
  const known = edges.length + 1;
  if (!Number.isFinite(value)) return known + NON_FINITE;
  if (value < layout.min) return known + BELOW_MIN;
  if (value > layout.max) return known + ABOVE_MAX;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cell of an absent value. */
export function missingCell(layout: FeatureLayout): number {
  return knownCells(layout) + MISSING;
}

/** All features of a model in one row of cells: `offset` is where a feature's first cell stands. */
export interface ModelLayout {
  readonly features: readonly PlacedLayout[];
  readonly cells: number;
}
export interface PlacedLayout {
  readonly name: string;
  readonly layout: FeatureLayout;
  readonly offset: number;
}

/** Places the layouts one after another, in the order of the record. */
export function modelLayout(layouts: Readonly<Record<string, FeatureLayout>>): ModelLayout {
  let cells = 0;
  const features = Object.entries(layouts).map(([name, layout]) => {
    const offset = cells;
    cells += allCells(layout);
    return { name, layout, offset };
  });
  return { features, cells };
}

/** Counts over all cells of a model, by cell number; cells that are not named are 0. */
export interface SparseCounts {
  readonly cells: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

export function emptyCounts(layout: FeatureLayout): FeatureCounts {
  return countsFrom(layout, []);
}

/** Adds counts of the same layout; order and grouping of additions do not matter. */
export function addCounts(a: FeatureCounts, b: FeatureCounts): FeatureCounts {
  const sides = Object.fromEntries(SIDES.map((side) => [side, a.sides[side] + b.sides[side]]));
  return {
    known: a.known.map((count, cell) => count + (b.known[cell] ?? 0)),
    sides: sides as Record<Side, number>,
    ...(a.moments !== undefined &&
      b.moments !== undefined && {
        moments: { sum: a.moments.sum + b.moments.sum, squares: a.moments.squares + b.moments.squares },
      }),
  };
}

/** Turns counts over all cells of a model into counts by feature. */
export function featureCounts(layout: ModelLayout, sparse: SparseCounts): Record<string, FeatureCounts> {
  const row = denseRow(layout, sparse);
  return Object.fromEntries(
    layout.features.map((feature) => [feature.name, countsInRow(feature, row, 0)] as const),
  );
}

/** Counts of a model in one row of all its cells. */
export function denseRow(layout: ModelLayout, sparse: SparseCounts): Float64Array {
  const row = new Float64Array(layout.cells);
  for (let index = 0; index < sparse.cells.length; index += 1) {
    const cell = sparse.cells[index] as number;
    row[cell] = (row[cell] ?? 0) + (sparse.counts[index] as number);
  }
  return row;
}

/** One feature's counts out of rows of all cells of its model; `start` is where the wanted row begins. */
export function countsInRow(feature: PlacedLayout, rows: Float64Array, start: number): FeatureCounts {
  const from = start + feature.offset;
  return countsFrom(feature.layout, rows.subarray(from, from + allCells(feature.layout)));
}

function countsFrom(layout: FeatureLayout, cells: ArrayLike<number>): FeatureCounts {
  const known = knownCells(layout);
  const moments = momentCell(layout);
  return {
    known: Array.from({ length: known }, (_, cell) => cells[cell] ?? 0),
    sides: {
      missing: cells[known] ?? 0,
      non_finite: cells[known + 1] ?? 0,
      below_min: cells[known + 2] ?? 0,
      above_max: cells[known + 3] ?? 0,
      unseen: cells[known + 4] ?? 0,
    },
    ...(moments !== null && { moments: { sum: cells[moments] ?? 0, squares: cells[moments + 1] ?? 0 } }),
  };
}

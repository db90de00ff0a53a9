import { SIDES } from './types.ts';
import type { CategoryLayout, FeatureCounts, FeatureLayout, NumberLayout, Side } from './types.ts';

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
  return { kind: 'number', edges: values.slice(0, -1), min: values[0] ?? 0, max: values.at(-1) ?? 0 };
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
  return { kind: 'number', edges, min: input.min, max: input.max };
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

/** Known cells and the sides behind them. */
export function allCells(layout: FeatureLayout): number {
  return knownCells(layout) + SIDES.length;
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
  };
}

/** Turns counts over all cells of a model into counts by feature. */
export function featureCounts(layout: ModelLayout, sparse: SparseCounts): Record<string, FeatureCounts> {
  const dense: number[] = Array.from({ length: layout.cells }, () => 0);
  for (let index = 0; index < sparse.cells.length; index += 1) {
    const cell = sparse.cells[index] as number;
    dense[cell] = (dense[cell] ?? 0) + (sparse.counts[index] as number);
  }
  return Object.fromEntries(
    layout.features.map((feature) => [
      feature.name,
      countsFrom(feature.layout, dense.slice(feature.offset, feature.offset + allCells(feature.layout))),
    ]),
  );
}

function countsFrom(layout: FeatureLayout, cells: readonly number[]): FeatureCounts {
  const known = knownCells(layout);
  const sides = Object.fromEntries(SIDES.map((side, index) => [side, cells[known + index] ?? 0]));
  return { known: cells.slice(0, known), sides: sides as Record<Side, number> };
}

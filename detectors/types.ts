/** Cells that stand beside the known cells of a feature and are judged apart from drift. */
export const SIDES = ['missing', 'non_finite', 'below_min', 'above_max', 'unseen'] as const;
export type Side = (typeof SIDES)[number];

/**
 * Frozen cells of a number. Cell i holds values in (edges[i-1], edges[i]]; the first is open below down to
 * `min`, the last open above up to `max`. So there are `edges.length + 1` known cells.
 */
export interface NumberLayout {
  readonly kind: 'number';
  readonly edges: readonly number[];
  readonly min: number;
  readonly max: number;
}

/** Frozen cells of a category: one per value in `values`, then one for `rare` (known, but seldom). */
export interface CategoryLayout {
  readonly kind: 'category';
  readonly values: readonly string[];
  readonly rare: readonly string[];
}

export type FeatureLayout = NumberLayout | CategoryLayout;

/** Additive counts of one feature: known cells in layout order, and the side cells. */
export interface FeatureCounts {
  readonly known: readonly number[];
  readonly sides: Readonly<Record<Side, number>>;
}

/** A number that may be undefined says why instead of being 0 or NaN. */
export type Measured =
  { readonly value: number; readonly why?: undefined } | { readonly value: null; readonly why: string };

/** A cell that explains a change: "channel=unknown rose from 0 to 12 %". */
export interface CellShift {
  readonly cell: string;
  readonly baselineShare: number;
  readonly currentShare: number;
  readonly contribution: number;
}

export interface DriftInput {
  readonly layout: FeatureLayout;
  readonly baseline: FeatureCounts;
  readonly current: FeatureCounts;
}

/** One drift statistic: a pure function of counts. `unit` names the scale in metric help and UI. */
export interface DriftDetector {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly score: (input: DriftInput) => Measured;
}

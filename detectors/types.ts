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
  /** true: the baseline takes few values, and a cell holds the one at its right end. */
  readonly isDiscrete?: boolean;
  /** Absent in layouts frozen before moments were counted. */
  readonly moments?: MomentScale;
}

/**
 * How finite values become whole numbers whose sums are exact, whatever the order: q = floor((x - center) / unit + 1/2),
 * held to MOST_UNITS on both sides.
 */
export interface MomentScale {
  readonly center: number;
  readonly unit: number;
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
  /** Sums of q and of q squared over the finite values, where the layout has a scale for them. */
  readonly moments?: { readonly sum: number; readonly squares: number };
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

/** How much the baseline's own windows vary by themselves, each judged against the others of its slot. */
export interface Calibration {
  readonly windows: number;
  /** How much wider than chance they vary: the mean of T / (K - 1), at least 1. */
  readonly phi: number;
  /** By how much they vary beyond chance, a degree of freedom, in nats: the same for windows of any size. Absent: as phi. */
  readonly excess?: number;
  /** false: fewer windows than it takes to tell; phi is 1. */
  readonly isCalibrated: boolean;
  /** Their largest T, falling; as many as a rank is ever asked for. */
  readonly largest: readonly number[];
  /** Whether the feature is known not to move by itself, as a counter or a time stamp does. */
  readonly isSteady: boolean;
}

/** The numbers a decision depends on beside the counts; `alert-rules/detectors.yaml` holds the shipped ones. */
export interface DriftParameters {
  readonly falseDiscoveryRate: number;
  /** `independent`: Benjamini and Hochberg; `any`: Benjamini and Yekutieli. */
  readonly dependence: 'independent' | 'any';
  /** With enough windows, T must also be among this share of the baseline's own largest. */
  readonly rankShare: number;
  readonly rankWindows: number;
  /** Windows it takes to tell how much a baseline varies. */
  readonly leastWindows: number;
  readonly leastRows: number;
  readonly rowsPerCell: number;
}

/** Everything a detector of one feature looks at; plain data, so that it can be stored and scored again. */
export interface FeatureInput extends DriftInput {
  readonly feature: string;
  readonly calibration: Calibration;
  readonly parameters: DriftParameters;
}

/** What a detector says. `value` null: undefined, and `why` says in words what is missing. */
export interface Finding {
  readonly value: number | null;
  readonly why: string | null;
  readonly rows: number;
  readonly text: string;
  readonly lower?: number;
  readonly upper?: number;
  /** false: chance explains the value, whatever its size. Absent: the detector tests nothing. */
  readonly isSignificant?: boolean;
  /** A likely cause in words, when the detector knows one. */
  readonly cause?: string;
  readonly cells?: readonly CellShift[];
  readonly numbers?: Readonly<Record<string, number | null>>;
}

/** A pure function of plain data: the same input gives the same finding, bit for bit. */
export interface Detector<Input> {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly score: (input: Input) => Finding;
}

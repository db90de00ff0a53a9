import { sum } from './math.ts';
import type { Detector } from './types.ts';

/**
 * Which of the features that moved matter: how much the error would change if only this feature's cells were reweighted.
 *
 *   impact = sum over cells of (share now - share before) x (error of the cell - error of all), in the unit of the error
 *   else effect x importance, as the model's owner gave it;  else the effect alone
 *
 * All features of one answer are ranked in the same way: the best that every feature with an effect can be ranked in.
 * Cells with few labels are drawn towards the error of all (thirty rows of it). Impact above 0 makes the error worse.
 * Reference: reference detectors.md 5.12.
 * Example: a cell with 40 % error against 10 % of all rose from 5 to 15 % of the rows: about 0.03.
 */
export const impact: Detector<ImpactInput> = {
  id: 'impact',
  title: 'Features by what they do to the error',
  unit: 'change of the error; or effect x importance; or effect',
  score: (input) => {
    const ranked = rankByImpact(input);
    const [first] = ranked;
    if (first === undefined) {
      const why = 'no feature has an effect';
      return { value: null, why, rows: 0, text: why };
    }
    const rows = input.features.length;
    const numbers = Object.fromEntries(ranked.map((one) => [one.feature, one.impact]));
    const names = ranked.slice(0, MOST_NAMES).map((one) => `${one.feature} ${shown(one)}`);
    return {
      value: Math.abs(first.impact),
      why: null,
      rows,
      text: `by ${first.by}: ${names.join(', ')}`,
      numbers,
    };
  },
};

export interface ImpactInput {
  readonly features: readonly MovedFeature[];
}

export interface MovedFeature {
  readonly feature: string;
  /** Size of its drift without chance; null: not judged. */
  readonly effect: number | null;
  /** From the model's owner; null: not given. */
  readonly importance: number | null;
  /** null: no labels. */
  readonly cells: FeatureCells | null;
}

export interface FeatureCells {
  /** Rows by known cell. */
  readonly baseline: readonly number[];
  readonly current: readonly number[];
  /** Labelled rows by the same cells. */
  readonly errors: readonly CellErrors[];
}

/** Sums of the error of one cell; where errors are counted `squares` equals `sum`. */
export interface CellErrors {
  readonly rows: number;
  readonly sum: number;
  readonly squares: number;
}

export interface RankedFeature {
  readonly feature: string;
  readonly impact: number;
  /** Half the 95 % interval, from the labelled rows of the cells; null where no labels are used. */
  readonly doubt: number | null;
  readonly by: Way;
}

type Way = 'the estimated error' | 'effect and importance' | 'effect';
type Rank = (feature: MovedFeature) => Omit<RankedFeature, 'by'> | null;

const WAYS: readonly { readonly by: Way; readonly rank: Rank }[] = [
  { by: 'the estimated error', rank: byCells },
  {
    by: 'effect and importance',
    rank: ({ feature, effect, importance }) =>
      importance === null || effect === null ? null : { feature, impact: effect * importance, doubt: null },
  },
  { by: 'effect', rank: ({ feature, effect }) => ({ feature, impact: effect ?? 0, doubt: null }) },
];

/** Features with an effect, the weightiest first. Throws on counts below 0. */
export function rankByImpact({ features }: ImpactInput): readonly RankedFeature[] {
  const moved = features.filter((feature) => (feature.effect ?? 0) > 0);
  for (const { by, rank } of WAYS) {
    const ranked = moved.map((feature) => rank(feature)).filter((found) => found !== null);
    if (ranked.length < moved.length) continue;
    return ranked
      .map((found) => ({ ...found, by }))
      .toSorted((one, two) => Math.abs(two.impact) - Math.abs(one.impact));
  }
  return [];
}

const SHRINK_ROWS = 30;
const LEAST_LABELS = 100;
const Z_95 = 1.959963984540054;

function byCells({ feature, cells }: MovedFeature): Omit<RankedFeature, 'by'> | null {
  if (cells === null) return null;
  refuse(cells);
  const labelled = sum(cells.errors.map((cell) => cell.rows));
  const [n, m] = [sum(cells.baseline), sum(cells.current)];
  if (labelled < LEAST_LABELS || n === 0 || m === 0) return null;
  const all = sum(cells.errors.map((cell) => cell.sum)) / labelled;
  const parts = cells.errors.map(({ rows, sum: total, squares }, cell) => {
    const moved = (cells.current[cell] ?? 0) / m - (cells.baseline[cell] ?? 0) / n;
    const mean = rows === 0 ? 0 : total / rows;
    const weight = rows / (rows + SHRINK_ROWS);
    const variance = rows === 0 ? 0 : Math.max(0, squares / rows - mean * mean) / rows;
    return { moves: moved * weight * (mean - all), variance: (moved * weight) ** 2 * variance };
  });
  const doubt = Z_95 * Math.sqrt(sum(parts.map((part) => part.variance)));
  return { feature, impact: sum(parts.map((part) => part.moves)), doubt };
}

function refuse({ baseline, current, errors }: FeatureCells): void {
  const counts = [...baseline, ...current, ...errors.flatMap((cell) => [cell.rows, cell.squares])];
  if (counts.some((count) => !(count >= 0))) throw new Error('Expected counts of cells of at least 0.');
  if (baseline.length !== current.length || errors.length !== current.length)
    throw new Error('Expected the same cells in the baseline, the window and the errors.');
}

const MOST_NAMES = 5;

function shown({ impact: size, doubt }: RankedFeature): string {
  const rounded = Number(size.toPrecision(2)).toString();
  return doubt === null ? rounded : `${rounded} (give or take ${Number(doubt.toPrecision(1))})`;
}

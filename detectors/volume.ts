import { sum } from './math.ts';
import { countCdf, countSurvival, type CountLaw } from './negative-binomial.ts';
import type { Detector, Finding } from './types.ts';

/**
 * Rows of a window against windows of the same slot of the week: too few, or too many.
 *
 *   mean m of the slot's k windows, dispersion a from all slots:  a = sum (S_s - (k_s - 1) m_s) / sum (k_s - 1) m_s²
 *   law of a new window: mean m, variance (m + a m²)(1 + 1/k); negative binomial, Poisson where a is 0
 *   p = 2 min(P(X <= x | m / (1 + leeway)), P(X >= x | m (1 + leeway))),  value = ln p / ln alpha
 *
 * S_s are squared deviations within a slot. `leeway` is how far the mean may move before it is anybody's matter, so that
 * no amount of traffic makes a trifle alarm. a is raised by two of its own errors: few windows claim little.
 * A slot with fewer than two windows is judged by all windows, and the words say so.
 * Reference: reference detectors.md 5.11; Cameron and Trivedi, Regression Analysis of Count Data, 3.3.
 * Example: four Mondays at nine with about 300 rows, now 60: value 2.5; now 230: 0.
 */
export const volume: Detector<VolumeInput> = {
  id: 'volume',
  title: 'Rows of a window',
  unit: 'proof over the proof asked for',
  score: (input) => {
    refuse(input);
    const { rows, parameters } = input;
    const counts = slotCounts(input);
    const freedom = freedomOf(input.baseline);
    if (freedom < parameters.leastWindows) {
      const why = `needs ${parameters.leastWindows} windows beside the first of each slot, has ${freedom}`;
      return { value: null, why, rows, text: `volume: ${why}` };
    }
    const mean = sum(counts) / counts.length;
    const dispersion = dispersionOf(input.baseline, freedom);
    const law = { mean, dispersion: widened({ mean, dispersion }, counts.length) };
    return { ...judged(input, law), rows };
  },
};

export interface VolumeInput {
  readonly rows: number;
  /** Where the window stands in the week: any number that is the same for windows that belong together. */
  readonly slot: number;
  /** Every window of the baseline. */
  readonly baseline: readonly { readonly slot: number; readonly rows: number }[];
  readonly parameters: VolumeParameters;
}

export interface VolumeParameters {
  readonly alpha: number;
  readonly leeway: number;
  /** Windows beyond one a slot that the dispersion is taken from. */
  readonly leastWindows: number;
}

type Windows = VolumeInput['baseline'];

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0;
}

function refuse({ rows, baseline }: VolumeInput): void {
  if (!isCount(rows) || !baseline.every((window) => isCount(window.rows)))
    throw new Error(
      'Expected counts of rows of at least 0, in the window and in every window of the baseline.',
    );
}

function slotCounts({ slot, baseline }: VolumeInput): readonly number[] {
  const own = baseline.filter((window) => window.slot === slot);
  return (own.length < 2 ? baseline : own).map((window) => window.rows);
}

function bySlot(baseline: Windows): readonly (readonly number[])[] {
  return [...Map.groupBy(baseline, (window) => window.slot).values()].map((windows) =>
    windows.map((window) => window.rows),
  );
}

/** Without a slot that has two windows all stand together. */
function groupsOf(baseline: Windows): readonly (readonly number[])[] {
  const slots = bySlot(baseline);
  return slots.some((counts) => counts.length > 1) ? slots : [baseline.map((window) => window.rows)];
}

function freedomOf(baseline: Windows): number {
  return sum(groupsOf(baseline).map((counts) => Math.max(0, counts.length - 1)));
}

function dispersionOf(baseline: Windows, freedom: number): number {
  const parts = groupsOf(baseline).map((counts) => {
    const mean = sum(counts) / counts.length;
    const spread = sum(counts.map((count) => (count - mean) ** 2));
    return { excess: spread - (counts.length - 1) * mean, scale: (counts.length - 1) * mean * mean };
  });
  const scale = sum(parts.map((part) => part.scale));
  const excess = sum(parts.map((part) => part.excess));
  return scale === 0 ? 0 : Math.max(0, excess / scale) * (1 + 2 * Math.sqrt(2 / freedom));
}

/** The mean itself is only known from so many windows. */
function widened({ mean, dispersion }: CountLaw, windows: number): number {
  if (mean === 0) return 0;
  const variance = (mean + dispersion * mean * mean) * (1 + 1 / windows);
  return (variance - mean) / (mean * mean);
}

function judged({ rows, slot, baseline, parameters }: VolumeInput, law: CountLaw): Omit<Finding, 'rows'> {
  const { alpha, leeway } = parameters;
  // A slot that never had a row is held to less than one, not to none.
  const mean = Math.max(law.mean, LEAST_MEAN);
  const few = countCdf(rows, { ...law, mean: mean / (1 + leeway) });
  const many = countSurvival(rows, { ...law, mean: mean * (1 + leeway) });
  const p = Math.min(1, 2 * Math.min(few, many));
  const value = Math.max(0, Math.log(Math.max(p, LEAST_P)) / Math.log(alpha));
  const own = baseline.filter((window) => window.slot === slot).length;
  const usual = own < 2 ? 'are usual in any window' : `are usual in this slot of the week (${own} windows)`;
  const text = `${rows} rows where ${Number(law.mean.toPrecision(3))} ${usual}`;
  const numbers = { mean: law.mean, dispersion: law.dispersion, p };
  return { value, why: null, text, numbers, ...(value >= 1 && { cause: text }) };
}

const LEAST_MEAN = 0.5;
const LEAST_P = 1e-300;

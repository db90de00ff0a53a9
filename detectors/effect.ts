import { divergenceNats } from './jensen-shannon.ts';
import { sum } from './math.ts';
import { cellsInUse, chanceOf, phiFor } from './significance.ts';
import type { FeatureCounts, FeatureInput, Measured } from './types.ts';

/**
 * Gate 2, the size of a drift: the Jensen-Shannon distance with the part taken out that chance alone explains on average.
 *
 *   d = sqrt(max(0, JSD - phi (K-1)(1/n + 1/m) / 8) / ln 2)
 *
 * phi is how much wider than chance the baseline's own windows vary, were they of this size (`significance.ts`), K counts the cells that hold a row. The size says nothing
 * about chance itself: of pure noise half of all windows keep a little. `significance.ts` and the family judge that.
 * Reference: Yurdakul 2018 (mean under no drift); levels 0.05 show, 0.10 ticket, 0.25 page.
 * Example: 560 and 440 against 5000 and 5000 is 0.049, the raw distance 0.051.
 */
export function effect(input: Omit<FeatureInput, 'feature' | 'layout'>): Measured {
  const why = whatIsMissing(input);
  if (why !== null) return { value: null, why };
  const divergence = divergenceNats(input);
  if (divergence.value === null) return divergence;
  const noise = phiFor(input) * (cellsInUse(input) - 1) * chanceOf(input);
  return { value: Math.sqrt(Math.max(0, divergence.value - noise) / Math.LN2) };
}

type Least = Pick<FeatureInput['parameters'], 'leastRows' | 'rowsPerCell'>;

/** Even cells must not ask for one row more because exp(ln K) is not quite K. */
const ROUNDING = 1e-6;

/** Rows in known cells that either side needs: so many for each effective cell of the baseline, and a least number. */
export function minimumRows(baseline: FeatureCounts, { leastRows, rowsPerCell }: Least): number {
  const rows = sum(baseline.known);
  const entropy = sum(
    baseline.known.map((count) => (count === 0 ? 0 : (-count / rows) * Math.log(count / rows))),
  );
  return Math.max(leastRows, Math.ceil(rowsPerCell * Math.exp(entropy) - ROUNDING));
}

function whatIsMissing(input: Omit<FeatureInput, 'feature' | 'layout'>): string | null {
  const needed = minimumRows(input.baseline, input.parameters);
  const [before, now] = [sum(input.baseline.known), sum(input.current.known)];
  if (before < needed)
    return `the baseline needs ${needed} rows in known cells, has ${before}${besides(input.baseline)}`;
  if (now < needed) return `needs ${needed} rows in known cells, has ${now}${besides(input.current)}`;
  return null;
}

const IN_WORDS: readonly (readonly [keyof FeatureCounts['sides'], string])[] = [
  ['missing', 'missing'],
  ['non_finite', 'not finite'],
  ['below_min', 'below the range'],
  ['above_max', 'above the range'],
  ['unseen', 'never seen before'],
];

function besides({ sides }: FeatureCounts): string {
  const told = IN_WORDS.filter(([side]) => sides[side] > 0).map(([side, words]) => `${sides[side]} ${words}`);
  return told.length === 0 ? '' : `; ${told.join(', ')}`;
}

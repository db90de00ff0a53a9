import { newcombe, normalQuantile, wilson } from './math.ts';
import type { Measured } from './types.ts';

/**
 * Largest difference of the selection rate between any two groups (demographic parity difference), with an interval
 * that holds for all pairs at once.
 *
 *   gap = max rate - min rate;  interval: Newcombe for every pair at alpha / pairs (Bonferroni), largest ends
 *
 * Max minus min of pure noise is above zero, so the lower end decides. Groups under 100 rows are named, not judged.
 * Reference: Newcombe 1998; Fairlearn `demographic_parity_difference` for the value.
 * Example: 300 of 1000 against 200 of 1000 gives 0.10 with 0.06..0.14.
 */
export function fairnessGap(
  groups: readonly Group[],
  options: { readonly alpha?: number; readonly leastRows?: number } = {},
): FairnessGap {
  const { alpha = 0.05, leastRows = 100 } = options;
  const judged = groups.filter((group) => group.rows >= leastRows);
  const rates = groups.map((group) => rateOf(group, leastRows));
  if (judged.length < 2)
    return {
      gap: { value: null, why: `needs two groups of ${leastRows} rows, has ${judged.length}` },
      lower: null,
      upper: null,
      rates,
    };
  const pairs = judged.flatMap((first) =>
    judged.filter((second) => second !== first).map((second) => ({ first, second })),
  );
  const z = normalQuantile(1 - alpha / pairs.length);
  const intervals = pairs.map(({ first, second }) => newcombe(share(first), share(second), z));
  const shares = judged.map((group) => group.selected / group.rows);
  return {
    gap: { value: Math.max(...shares) - Math.min(...shares) },
    lower: Math.max(0, ...intervals.map((interval) => interval.lower)),
    upper: Math.max(...intervals.map((interval) => interval.upper)),
    rates,
  };
}

export interface Group {
  readonly group: string;
  readonly rows: number;
  readonly selected: number;
}

export interface FairnessGap {
  readonly gap: Measured;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly rates: readonly GroupShare[];
}

export interface GroupShare {
  readonly group: string;
  readonly rows: number;
  readonly rate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly why: string | null;
}

const Z_95 = 1.959963984540054;

function share(group: Group): { readonly hits: number; readonly rows: number } {
  return { hits: group.selected, rows: group.rows };
}

function rateOf({ group, rows, selected }: Group, leastRows: number): GroupShare {
  if (rows < leastRows)
    return { group, rows, rate: null, lower: null, upper: null, why: `needs ${leastRows} rows, has ${rows}` };
  return { group, rows, rate: selected / rows, ...wilson(selected, rows, Z_95), why: null };
}

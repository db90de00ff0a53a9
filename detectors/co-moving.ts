import { sum } from './math.ts';
import type { Detector } from './types.ts';

/**
 * Features that move together, so that they are told as one.
 *
 *   a pair moves together when |correlation of T over the last windows| > least; groups are what pairs connect
 *
 * T is the drift statistic of a feature in a window (`significance.ts`). Only windows that both have count; fewer than
 * `leastWindows` of them connect nothing: of six windows without any bond, one pair in eighteen passes .8.
 * Reference: reference detectors.md 5.12. Example: amount and fee jump in the same windows: one group of two.
 */
export const coMoving: Detector<CoMovingInput> = {
  id: 'co-moving',
  title: 'Features that move together',
  unit: 'features in the largest group',
  score: (input) => {
    const windows = input.statistics[0]?.length ?? 0;
    const { leastWindows } = input.parameters;
    if (input.features.length === 0) return nothing('no features', 0);
    if (windows < leastWindows) return nothing(`needs ${leastWindows} windows, has ${windows}`, windows);
    const groups = coMovingGroups(input);
    const told = groups.filter((group) => group.length > 1);
    const numbers = Object.fromEntries(
      groups.flatMap((group, index) => group.map((feature) => [feature, index] as const)),
    );
    const text = told.map((group) => `${group.join(', ')} move together`).join('; ') || NONE;
    const value = Math.max(...groups.map((group) => group.length));
    return { value, why: null, rows: windows, text, numbers };
  },
};

const NONE = 'no features move together';

export interface CoMovingInput {
  readonly features: readonly string[];
  /** By feature, then by window, oldest first; null where a window was not judged. */
  readonly statistics: readonly (readonly (number | null)[])[];
  readonly parameters: { readonly leastCorrelation: number; readonly leastWindows: number };
}

function nothing(why: string, rows: number): { value: null; why: string; rows: number; text: string } {
  return { value: null, why, rows, text: `co-moving: ${why}` };
}

/** Every feature in one group, groups and their features in the order of the input. */
export function coMovingGroups(input: CoMovingInput): readonly (readonly string[])[] {
  const { features, statistics } = input;
  const widths = new Set(statistics.map((row) => row.length));
  if (statistics.length !== features.length || widths.size > 1)
    throw new Error('Expected one row of statistics a feature, all of the same windows.');
  // The smallest number a feature can reach along pairs names its group. A few rounds settle it.
  let names = features.map((_, index) => index);
  for (;;) {
    const next = names.map((name, one) =>
      Math.min(name, ...names.filter((_, two) => isTogether(input, one, two))),
    );
    if (next.every((name, index) => name === names[index])) break;
    names = next;
  }
  const grouped = Map.groupBy(features, (_, index) => names[index] ?? index);
  return [...grouped.values()];
}

function isTogether({ statistics, parameters }: CoMovingInput, one: number, two: number): boolean {
  const pairs = (statistics[one] ?? []).flatMap((x, window) => {
    const y = statistics[two]?.[window] ?? null;
    return x === null || y === null ? [] : [[x, y] as const];
  });
  if (pairs.length < parameters.leastWindows) return false;
  return Math.abs(correlation(pairs)) > parameters.leastCorrelation;
}

/** 0 where one of the two does not vary. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => sum(pairs.map((pair) => pair[of])) / pairs.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = (a: 0 | 1, b: 0 | 1, [ma, mb]: readonly [number, number]) =>
    sum(pairs.map((pair) => (pair[a] - ma) * (pair[b] - mb)));
  const scale = Math.sqrt(spread(0, 0, [x, x]) * spread(1, 1, [y, y]));
  return scale === 0 ? 0 : spread(0, 1, [x, y]) / scale;
}

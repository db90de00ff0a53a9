import { categoryLayout, numberLayout } from '../../detectors/cells.ts';
import type { FeatureLayout } from '../../detectors/types.ts';

/**
 * What a feature's values look like, made from standard normals that a season or a change has moved. A number is itself a value,
 * a category the index of its name.
 */
export interface Shape {
  readonly name: string;
  readonly kind: 'number' | 'category';
  readonly valueOf: (normal: number) => number;
}

/** Categories are found by a table of thousandths of a deviation, which is fast. */
const STEPS_A_DEVIATION = 1000;
const FARTHEST = 8;

export const SHAPES: readonly Shape[] = [
  { name: 'normal', kind: 'number', valueOf: (z) => z },
  { name: 'skewed', kind: 'number', valueOf: (z) => Math.exp(z) },
  // Tukey's h = 0.3: the fourth moment does not exist.
  { name: 'heavy-tailed', kind: 'number', valueOf: (z) => z * Math.exp(0.15 * z * z) },
  { name: 'few values', kind: 'number', valueOf: steps([0.3, 0.25, 0.2, 0.12, 0.08, 0.04, 0.01]) },
  { name: '10 categories', kind: 'category', valueOf: steps(zipf(10)) },
  { name: '60 categories', kind: 'category', valueOf: steps(zipf(60)) },
];

function zipf(count: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 1));
  const total = weights.reduce((all, one) => all + one, 0);
  return weights.map((weight) => weight / total);
}

/** Cuts the normal into pieces with the given shares. */
function steps(shares: readonly number[]): (normal: number) => number {
  const table = new Uint8Array(2 * FARTHEST * STEPS_A_DEVIATION);
  let [at, below, density] = [0, shares[0] ?? 1, 0];
  for (let step = 0; step < table.length; step += 1) {
    const z = (step + 0.5) / STEPS_A_DEVIATION - FARTHEST;
    density += Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) / STEPS_A_DEVIATION;
    while (density > below && at < shares.length - 1) {
      at += 1;
      below += shares[at] ?? 0;
    }
    table[step] = at;
  }
  return (normal) => {
    const step = Math.floor((normal + FARTHEST) * STEPS_A_DEVIATION);
    return table[Math.max(0, Math.min(table.length - 1, step))] ?? 0;
  };
}

/** The frozen layout of a shape, from values of its baseline. */
export function layoutOf(shape: Shape, values: readonly number[]): FeatureLayout {
  if (shape.kind === 'number') {
    const layout = numberLayout(values.toSorted((first, second) => first - second));
    if (layout === null) throw new Error('A baseline without values has no layout.');
    return layout;
  }
  const rows = new Map<number, number>();
  for (const value of values) rows.set(value, (rows.get(value) ?? 0) + 1);
  return categoryLayout([...rows].map(([value, count]) => ({ value: `c${value}`, rows: count })));
}

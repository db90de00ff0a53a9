import { contributions } from './jensen-shannon.ts';
import { sum } from './math.ts';
import type { CellShift, DriftInput, FeatureLayout } from './types.ts';

/** The cells that explain a change, most telling first; shares are of the known cells. */
export function explainingCells({ layout, baseline, current }: DriftInput, most = 5): readonly CellShift[] {
  const [n, m] = [sum(baseline.known), sum(current.known)];
  if (n === 0 || m === 0) return [];
  return [...contributions(baseline.known, current.known).entries()]
    .filter(([, contribution]) => contribution > 0)
    .sort(([, first], [, second]) => second - first)
    .slice(0, most)
    .map(([cell, contribution]) => ({
      cell: cellName(layout, cell),
      baselineShare: (baseline.known[cell] ?? 0) / n,
      currentShare: (current.known[cell] ?? 0) / m,
      contribution,
    }));
}

/** "<= 231", "231 to 267", "> 1953", "= 3" among few values, a category's own name, or "rare values". */
export function cellName(layout: FeatureLayout, cell: number): string {
  if (layout.kind === 'category') return layout.values[cell] ?? 'rare values';
  if (layout.isDiscrete === true) return `= ${round(layout.edges[cell] ?? layout.max)}`;
  const [from, to] = [layout.edges[cell - 1], layout.edges[cell]];
  if (from === undefined) return to === undefined ? 'all values' : `<= ${round(to)}`;
  return to === undefined ? `> ${round(from)}` : `${round(from)} to ${round(to)}`;
}

/** One sentence: "distance 1562 to 1953 rose from 5.0 to 9.8 %". */
export function explanation(feature: string, shifts: readonly CellShift[]): string {
  const first = shifts[0];
  const name = feature.startsWith('$') ? feature.slice(1) : feature;
  if (first === undefined) return `${name}: no cell changed`;
  const verb = first.currentShare > first.baselineShare ? 'rose' : 'fell';
  return `${name} ${first.cell} ${verb} from ${percent(first.baselineShare)} to ${percent(first.currentShare)} %`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}

function round(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

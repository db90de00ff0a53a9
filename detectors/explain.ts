import { contributions } from './jensen-shannon.ts';
import { sum } from './math.ts';
import { SIDES, type CellShift, type DriftInput, type FeatureLayout, type Side } from './types.ts';

/**
 * The cells that explain a change, most telling first. Shares of known cells are of the rows in known cells, those of the
 * sides (missing, out of range, never seen) of all rows. Sides come first where one of them moved more than any known cell:
 * a twentieth of the rest explains nothing while half of all rows are out of range. Moves too small to print are left out.
 */
export function explainingCells(input: DriftInput, most = 5): readonly CellShift[] {
  const sides = sideShifts(input);
  const known = knownShifts(input, sides.length === 0 ? most : Infinity);
  const largest = Math.max(0, ...known.map(moveOf));
  return [...sides.filter((shift) => moveOf(shift) > largest), ...known].slice(0, most);
}

/** Most telling first, `most` of them: naming and printing a cell costs more than its part. */
function knownShifts({ layout, baseline, current }: DriftInput, most: number): readonly CellShift[] {
  const [n, m] = [sum(baseline.known), sum(current.known)];
  if (n === 0 || m === 0) return [];
  const found: CellShift[] = [];
  for (const [cell, contribution] of byContribution(baseline.known, current.known)) {
    if (found.length >= most) break;
    const baselineShare = (baseline.known[cell] ?? 0) / n;
    const currentShare = (current.known[cell] ?? 0) / m;
    if (contribution > 0 && isTold({ baselineShare, currentShare }))
      found.push({ cell: cellName(layout, cell), baselineShare, currentShare, contribution });
  }
  return found;
}

function byContribution(
  baseline: readonly number[],
  current: readonly number[],
): readonly (readonly [cell: number, contribution: number])[] {
  return [...contributions(baseline, current).entries()].sort(([, first], [, second]) => second - first);
}

/** As the words beside a row of counts name them. */
const SIDE_NAMES: Readonly<Record<Side, string>> = {
  missing: 'missing',
  non_finite: 'not finite',
  below_min: 'below the range',
  above_max: 'above the range',
  unseen: 'never seen before',
};

/** Their contribution is that among all cells, so that sides compare with each other. */
function sideShifts({ baseline, current }: DriftInput): readonly CellShift[] {
  const [before, now] = [baseline, current].map(({ known, sides }) => [
    ...SIDES.map((side) => sides[side]),
    ...known,
  ]) as [number[], number[]];
  const [n, m] = [sum(before), sum(now)];
  if (n === 0 || m === 0) return [];
  const parts = contributions(before, now);
  return SIDES.map((side, index) => ({
    cell: SIDE_NAMES[side],
    baselineShare: (before[index] ?? 0) / n,
    currentShare: (now[index] ?? 0) / m,
    contribution: parts[index] ?? 0,
  }))
    .filter(isTold)
    .toSorted((first, second) => moveOf(second) - moveOf(first));
}

type Shares = Pick<CellShift, 'baselineShare' | 'currentShare'>;

function moveOf({ baselineShare, currentShare }: Shares): number {
  return Math.abs(currentShare - baselineShare);
}

/** "fell from 30.1 to 30.1 %" tells nobody anything. */
function isTold({ baselineShare, currentShare }: Shares): boolean {
  return percent(baselineShare) !== percent(currentShare);
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
  if (first === undefined) return `${name}: no cell moved by a tenth of a point`;
  const verb = first.currentShare > first.baselineShare ? 'rose' : 'fell';
  return `${name} ${first.cell} ${verb} from ${percent(first.baselineShare)} to ${percent(first.currentShare)} %`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}

function round(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

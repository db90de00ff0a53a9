import { largest, linearScale, round, type Scale, ticks } from './geometry.ts';

/** A cell of a feature: its share of rows before and now. */
export interface Shift {
  readonly cell: string;
  readonly before: number;
  readonly now: number;
}

export interface ShiftRow extends Shift {
  readonly y: number;
  readonly height: number;
  readonly beforeWidth: number;
  readonly nowWidth: number;
  /** Among those that moved most. */
  readonly isWorst: boolean;
  /** All cells that are not named, taken together. */
  readonly isRest: boolean;
}

export interface ShiftBars {
  readonly rows: readonly ShiftRow[];
  readonly x: Scale;
  readonly ticks: readonly number[];
  readonly bottom: number;
}

const MOST_WORST = 2;
/** A cell is marked when it moved by half as much as the one that moved most. */
const WORST_SHARE = 0.5;
const REST = 'all others';

/**
 * Two bars a cell, one below the other: before and now. Cells of numbers stand in the order of their values, others as they
 * come; what the named cells leave of all rows is one more row, unless they overlap.
 */
export function shiftBars(
  shifts: readonly Shift[],
  box: { readonly left: number; readonly right: number; readonly top: number; readonly rowHeight: number },
): ShiftBars {
  const all = [...inOrder(shifts), ...restOf(shifts)];
  const most = largest(
    all.flatMap(({ before, now }) => [before, now]),
    0.01,
  );
  const x = linearScale([0, Math.min(1, most * 1.04)], [box.left, box.right]);
  const worst = worstOf(shifts);
  const rows = all.map((shift, index) => ({
    ...shift,
    y: box.top + index * box.rowHeight,
    height: box.rowHeight,
    beforeWidth: round(x.at(shift.before) - box.left),
    nowWidth: round(x.at(shift.now) - box.left),
    isWorst: worst.includes(shift.cell),
    isRest: shift.cell === REST,
  }));
  return { rows, x, ticks: ticks(0, x.to, 4), bottom: box.top + all.length * box.rowHeight };
}

function moveOf({ before, now }: Shift): number {
  return Math.abs(now - before);
}

function worstOf(shifts: readonly Shift[]): readonly string[] {
  const most = largest(shifts.map(moveOf));
  return shifts
    .filter((shift) => moveOf(shift) > 0 && moveOf(shift) >= most * WORST_SHARE)
    .toSorted((first, second) => moveOf(second) - moveOf(first))
    .slice(0, MOST_WORST)
    .map(({ cell }) => cell);
}

function inOrder(shifts: readonly Shift[]): readonly Shift[] {
  const places = shifts.map((shift) => ({ shift, place: placeOf(shift.cell) }));
  const numbers = places.filter(({ place }) => place !== null);
  const others = places.filter(({ place }) => place === null).map(({ shift }) => shift);
  if (numbers.length < 2) return shifts;
  return [
    ...numbers.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0)).map(({ shift }) => shift),
    ...others,
  ];
}

const NUMBER = '-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?';
const BELOW = new RegExp(`^<= (${NUMBER})$`);
const BETWEEN = new RegExp(`^(${NUMBER}) to ${NUMBER}$`);
const FROM = new RegExp(`^(?:>|=) (${NUMBER})$`);

/** Where a cell of a number stands, from its name: "<= 12", "12 to 30", "> 900", "= 3". */
function placeOf(cell: string): number | null {
  if (BELOW.test(cell)) return -Infinity;
  const found = BETWEEN.exec(cell)?.[1] ?? FROM.exec(cell)?.[1];
  return found === undefined ? null : Number(found);
}

/** Names of cells beside the known ones; their shares are of all rows, so that nothing can be left over. */
const SIDES = ['missing', 'not finite', 'below the range', 'above the range', 'never seen before'];

function restOf(shifts: readonly Shift[]): readonly Shift[] {
  if (shifts.some(({ cell }) => SIDES.includes(cell))) return [];
  const before = 1 - shifts.reduce((sum, shift) => sum + shift.before, 0);
  const now = 1 - shifts.reduce((sum, shift) => sum + shift.now, 0);
  const isLeft = Math.min(before, now) > -1e-6 && Math.max(before, now) > 0.0005;
  return isLeft ? [{ cell: REST, before: Math.max(0, before), now: Math.max(0, now) }] : [];
}

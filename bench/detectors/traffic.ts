import { allCells, cellOf, modelLayout, momentCell, momentUnits, numberCell } from '../../detectors/cells.ts';
import type { ModelLayout, PlacedLayout } from '../../detectors/cells.ts';
import { normals, sfc32 } from './random.ts';
import { layoutOf, SHAPES } from './shapes.ts';
import type { Shape } from './shapes.ts';

export const HOURS_A_WEEK = 168;
export const BASELINE_HOURS = 4 * HOURS_A_WEEK;

/** How the mean of the normals moves by itself, in deviations. Source: reference detectors.md, 4.5. */
export interface Season {
  readonly name: string;
  readonly isSeasonal: boolean;
  /** How far each hour lies off at random, for every feature by itself. */
  readonly jitter: number;
}

export const SEASONS: readonly Season[] = [
  { name: 'none', isSeasonal: false, jitter: 0 },
  { name: 'week', isSeasonal: true, jitter: 0 },
  { name: 'week with jitter', isSeasonal: true, jitter: 0.1 },
];

const SWING = 0.3;
const WEEKEND = 0.2;

function offAt(hour: number, { isSeasonal }: Season): number {
  if (!isSeasonal) return 0;
  const isWeekend = Math.floor(hour / 24) % 7 >= 5;
  return SWING * Math.sin((2 * Math.PI * hour) / 24) + (isWeekend ? WEEKEND : 0);
}

/** What happens to one feature's values; all others stay quiet. */
export interface Change {
  readonly name: string;
  readonly feature: string;
  readonly shift: number;
  readonly spread: number;
  /** Two values that trade places. */
  readonly swapped: readonly [number, number] | null;
}

export const NO_CHANGE: Change = { name: 'none', feature: '', shift: 0, spread: 1, swapped: null };

export interface Traffic {
  readonly rowsAWindow: number;
  readonly season: Season;
  readonly seed: number;
}

/** Hourly windows of one model, one feature for each shape: a baseline of four weeks, then hours to be judged. */
export class Simulation {
  readonly layout: ModelLayout;
  readonly baseline: Float64Array;
  readonly #traffic: Traffic;
  readonly #normal: () => number;
  readonly #cellsOf: readonly CellFinder[];

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
    this.#normal = normals(sfc32(traffic.seed));
    const layouts = SHAPES.map((shape) => [shape.name, layoutOf(shape, this.#sample(shape))] as const);
    this.layout = modelLayout(Object.fromEntries(layouts));
    this.#cellsOf = this.layout.features.map(finderOf);
    this.baseline = this.hours(0, BASELINE_HOURS, NO_CHANGE);
  }

  /** The layouts are frozen from as many rows as the baseline has, fifty thousand at most. */
  #sample(shape: Shape): readonly number[] {
    const { rowsAWindow, season } = this.#traffic;
    const rows = Math.min(50_000, rowsAWindow * BASELINE_HOURS);
    return Array.from({ length: rows }, (_, row) =>
      shape.valueOf(this.#normal() + offAt(row % HOURS_A_WEEK, season)),
    );
  }

  /** Rows of all cells of the hours from `from` on, one behind the other. */
  hours(from: number, count: number, change: Change): Float64Array {
    const rows = new Float64Array(count * this.layout.cells);
    for (let hour = 0; hour < count; hour += 1)
      for (const [index, shape] of SHAPES.entries())
        this.#count({
          rows,
          start: hour * this.layout.cells,
          hour: from + hour,
          index,
          shape,
          change: change.feature === shape.name ? change : NO_CHANGE,
        });
    return rows;
  }

  #count({ rows, start, hour, index, shape, change }: Counting): void {
    const { rowsAWindow, season } = this.#traffic;
    const find = this.#cellsOf[index];
    if (find === undefined) return;
    const mean = offAt(hour, season) + season.jitter * this.#normal() + change.shift;
    for (let row = 0; row < rowsAWindow; row += 1) {
      const value = shape.valueOf(mean + change.spread * this.#normal());
      find(rows, start, swapped(value, change.swapped));
    }
  }
}

interface Counting {
  readonly rows: Float64Array;
  readonly start: number;
  readonly hour: number;
  readonly index: number;
  readonly shape: Shape;
  readonly change: Change;
}

function swapped(value: number, pair: Change['swapped']): number {
  if (pair === null) return value;
  if (value === pair[0]) return pair[1];
  return value === pair[1] ? pair[0] : value;
}

type CellFinder = (rows: Float64Array, start: number, value: number) => void;

function add(rows: Float64Array, cell: number, count: number): void {
  rows[cell] = (rows[cell] ?? 0) + count;
}

function finderOf({ layout, offset }: PlacedLayout): CellFinder {
  if (layout.kind === 'category') {
    const cells = Array.from({ length: 256 }, (_, value) => offset + cellOf(layout, `c${value}`));
    return (rows, start, value) => add(rows, start + (cells[value] ?? offset + allCells(layout) - 1), 1);
  }
  const at = momentCell(layout);
  const { moments } = layout;
  if (at === null || moments === undefined) throw new Error('A layout made now has moments.');
  return (rows, start, value) => {
    const units = momentUnits(moments, value);
    add(rows, start + offset + numberCell(layout, value), 1);
    add(rows, start + offset + at, units);
    add(rows, start + offset + at + 1, units * units);
  };
}

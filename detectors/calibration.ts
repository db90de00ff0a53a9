import { knownCells } from './cells.ts';
import type { ModelLayout, PlacedLayout } from './cells.ts';
import { sum } from './math.ts';
import type { Calibration, DriftParameters } from './types.ts';

/**
 * How much a baseline varies by itself: each of its windows is compared with the other windows of its slot.
 *
 *   phi = max(1, mean over windows of T_w / (K-1)),   excess = max(0, mean of (T_w / (K-1) - 1) (1/n + 1/m) / 8)
 *
 * phi is for windows like the baseline's own. What they vary beyond chance is a change of its own, which stays when rows are
 * few: so phi of a window of another size is 1 + excess / chance (`significance.ts`). A slot is what windows are judged within, such as the hour of the week; without a season all stand in one.
 * Windows with too few rows are left out, and so is the only window of a slot: there is nothing to compare it with.
 * Reference: McCullagh and Nelder 1989, 4.5 (over-dispersion); DerSimonian and Laird 1986 (variance between and within). Example: four weeks of quiet hours give 1.0.
 */
export interface BaselineWindows {
  readonly layout: ModelLayout;
  /** One row of all cells of the model a window, one behind the other. */
  readonly rows: Float64Array;
  /** The slot of each window. */
  readonly slots: readonly number[];
}

/** As many of the largest T as a rank is ever asked for. */
const LARGEST = 32;
/** A baseline whose windows lie further apart than this, the page level, moves by itself as a counter does. */
const STEADY_DISTANCE = 0.25;

type Least = Pick<DriftParameters, 'leastRows' | 'leastWindows'>;

/** The calibration of every feature of the layout, by name. */
export function calibrate(
  windows: BaselineWindows,
  parameters: Least,
): Readonly<Record<string, Calibration>> {
  const numbers = new Map([...new Set(windows.slots)].map((slot, index) => [slot, index]));
  const slots = Int32Array.from(windows.slots, (slot) => numbers.get(slot) ?? 0);
  return Object.fromEntries(
    windows.layout.features.map((feature) => {
      const own: OwnWindows = { feature, windows, slots, slotCount: numbers.size };
      return [feature.name, calibrationOf(own, parameters)] as const;
    }),
  );
}

interface OwnWindows {
  readonly feature: PlacedLayout;
  readonly windows: BaselineWindows;
  readonly slots: Int32Array;
  readonly slotCount: number;
}

function calibrationOf(own: OwnWindows, { leastRows, leastWindows }: Least): Calibration {
  const sums = slotSums(own, leastRows);
  const [statistics, ratios, distances, excesses]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  for (let window = 0; window < own.slots.length; window += 1) {
    const slot = own.slots[window] as number;
    if ((sums.windowRows[window] as number) < leastRows || (sums.slotWindows[slot] as number) < 2) continue;
    const { divergence, chance, freedom } = againstOthers(own, sums, window);
    const ratio = divergence / chance / Math.max(1, freedom);
    statistics.push(divergence / chance);
    ratios.push(ratio);
    excesses.push((ratio - 1) * chance);
    distances.push(Math.sqrt(divergence / Math.LN2));
  }
  const count = statistics.length;
  const largest = Array.from(Float64Array.from(statistics).sort().subarray(-LARGEST)).reverse();
  if (count < leastWindows) return { windows: count, phi: 1, isCalibrated: false, largest, isSteady: false };
  return {
    windows: count,
    phi: Math.max(1, sum(ratios) / count),
    excess: Math.max(0, sum(excesses) / count),
    isCalibrated: true,
    largest,
    isSteady: sum(distances) / count < STEADY_DISTANCE,
  };
}

interface SlotSums {
  readonly cells: Float64Array;
  readonly slotRows: Float64Array;
  readonly slotWindows: Int32Array;
  readonly windowRows: Float64Array;
}

/** Plain loops over typed arrays: a model has millions of cells over its baseline's windows. */
function slotSums({ feature, windows, slots, slotCount }: OwnWindows, leastRows: number): SlotSums {
  const known = knownCells(feature.layout);
  const { rows, layout } = windows;
  const cells = new Float64Array(slotCount * known);
  const slotRows = new Float64Array(slotCount);
  const slotWindows = new Int32Array(slotCount);
  const windowRows = new Float64Array(slots.length);
  for (let window = 0; window < slots.length; window += 1) {
    const from = window * layout.cells + feature.offset;
    let total = 0;
    for (let cell = 0; cell < known; cell += 1) total += rows[from + cell] as number;
    windowRows[window] = total;
    if (total < leastRows) continue;
    const slot = slots[window] as number;
    slotRows[slot] = (slotRows[slot] as number) + total;
    slotWindows[slot] = (slotWindows[slot] as number) + 1;
    const to = slot * known;
    for (let cell = 0; cell < known; cell += 1)
      cells[to + cell] = (cells[to + cell] as number) + (rows[from + cell] as number);
  }
  return { cells, slotRows, slotWindows, windowRows };
}

interface OwnStatistic {
  readonly divergence: number;
  /** What one degree of freedom adds by chance alone. */
  readonly chance: number;
  readonly freedom: number;
}

/** The same sums as `divergenceNats`, without lists in between. */
function againstOthers(
  { feature, windows, slots }: OwnWindows,
  sums: SlotSums,
  window: number,
): OwnStatistic {
  const known = knownCells(feature.layout);
  const slot = slots[window] as number;
  const from = window * windows.layout.cells + feature.offset;
  const whole = slot * known;
  const m = sums.windowRows[window] as number;
  const n = (sums.slotRows[slot] as number) - m;
  let [total, used] = [0, 0];
  for (let cell = 0; cell < known; cell += 1) {
    const here = windows.rows[from + cell] as number;
    const all = sums.cells[whole + cell] as number;
    if (all === 0) continue;
    used += 1;
    const [p, q] = [(all - here) / n, here / m];
    const middle = (p + q) / 2;
    if (p > 0) total += p * Math.log(p / middle);
    if (q > 0) total += q * Math.log(q / middle);
  }
  const divergence = Math.max(0, total / 2);
  return { divergence, chance: (1 / n + 1 / m) / 8, freedom: used - 1 };
}

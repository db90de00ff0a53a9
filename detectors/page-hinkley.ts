import { refuseValues, type Change } from './stream.ts';

/**
 * Page-Hinkley: adds up how far values lie beside their running mean, and sees a change when the sum has gone far.
 *
 *   rise:  U = a U + x - mean - delta, a change when U - floor(U) > threshold
 *   fall:  the mirror image
 *
 * `floor` is how authors keep the sum from sinking without end: `lowest` (the lowest it ever was), `zero` (held at 0),
 * `none` (not at all). Both directions; after a change all is forgotten.
 * Reference: Page 1954; `lowest` as river 0.26, `zero` as river up to 0.21, `none` as frouros 0.4.
 * Example: 1000 values of 0 or 1, then of 4 to 7: a rise, seen at 1006.
 */
export function pageHinkley(
  values: readonly number[],
  options: Partial<PageHinkleyOptions> = {},
): readonly Change[] {
  refuseValues(values);
  const chosen = { ...PAGE_HINKLEY_DEFAULTS, ...options };
  const changes: Change[] = [];
  let state = START;
  for (const [at, value] of values.entries()) {
    state = next(state, value, chosen);
    const seen = chosen.directions.find((direction) => state[direction].height > chosen.threshold);
    if (seen === undefined || state.rows < chosen.leastRows) continue;
    changes.push({ at, since: at - state[seen].age + 1, direction: seen });
    state = START;
  }
  return changes;
}

export interface PageHinkleyOptions {
  readonly leastRows: number;
  /** How far beside the mean costs nothing. */
  readonly delta: number;
  readonly threshold: number;
  /** How much of the sum a value leaves. */
  readonly alpha: number;
  readonly floor: 'lowest' | 'zero' | 'none';
  readonly directions: readonly ('rise' | 'fall')[];
}

/** river's defaults. */
const PAGE_HINKLEY_DEFAULTS: PageHinkleyOptions = {
  leastRows: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 0.9999,
  floor: 'lowest',
  directions: ['rise', 'fall'],
};

/** One direction: `height` is the sum above its floor, `age` how many values ago it was last on it. */
interface Climb {
  readonly sum: number;
  readonly low: number;
  readonly height: number;
  readonly age: number;
}

interface State {
  readonly rows: number;
  readonly mean: number;
  readonly rise: Climb;
  readonly fall: Climb;
}

const FOOT: Climb = { sum: 0, low: Infinity, height: 0, age: 0 };
const START: State = { rows: 0, mean: 0, rise: FOOT, fall: FOOT };

function next(state: State, value: number, options: PageHinkleyOptions): State {
  const rows = state.rows + 1;
  const mean = state.mean + (value - state.mean) / rows;
  const rise = climb(state.rise, value - mean - options.delta, options);
  return { rows, mean, rise, fall: climb(state.fall, mean - value - options.delta, options) };
}

function climb({ sum, low, age }: Climb, step: number, { alpha, floor }: PageHinkleyOptions): Climb {
  const plain = alpha * sum + step;
  const now = floor === 'zero' ? Math.max(0, plain) : plain;
  const lowest = floor === 'lowest' ? Math.min(low, now) : 0;
  const height = now - lowest;
  return { sum: now, low: lowest, height, age: height > 0 ? age + 1 : 0 };
}

import { refuseValues, type Change } from './stream.ts';

/**
 * EWMA: a control chart of the fading mean; it sees small shifts that last.
 *
 *   z = a x + (1 - a) z;  change when |z - mean| > width sigma sqrt(a / (2 - a) (1 - (1 - a)^(2 n)))
 *
 * `mean` is that of all values since the last change. `sigma` is given where it is known; else it is the fading deviation
 * of the values themselves, which is rough: about 2 / a values make it up.
 * Reference: Roberts 1959; Lucas and Saccucci 1990. The fading deviation as in river.
 * Example: 1000 standard-normal values, then of mean 3: seen at 1010.
 */
export function ewma(values: readonly number[], options: Partial<EwmaOptions> = {}): readonly Change[] {
  refuseValues(values);
  const chosen = { ...EWMA_DEFAULTS, ...options };
  const changes: Change[] = [];
  let state = START;
  for (const [at, value] of values.entries()) {
    state = next(state, value, chosen.alpha);
    if (state.rows < chosen.leastRows || Math.abs(state.z - state.mean) <= limit(state, chosen)) continue;
    changes.push({ at, since: at - state.age + 1, direction: state.z > state.mean ? 'rise' : 'fall' });
    state = START;
  }
  return changes;
}

export interface EwmaOptions {
  readonly alpha: number;
  readonly width: number;
  readonly leastRows: number;
  /** null: taken from the values. */
  readonly sigma: number | null;
}

/** river's defaults. */
const EWMA_DEFAULTS: EwmaOptions = { alpha: 0.1, width: 4, leastRows: 30, sigma: null };

interface State {
  readonly rows: number;
  readonly mean: number;
  readonly z: number;
  /** The fading mean of the squares. */
  readonly squares: number;
  /** For how many values z has been on this side of the mean. */
  readonly age: number;
}

const START: State = { rows: 0, mean: 0, z: 0, squares: 0, age: 0 };

function next(before: State, value: number, alpha: number): State {
  const rows = before.rows + 1;
  const mean = before.mean + (value - before.mean) / rows;
  const fade = (old: number, now: number) => (rows === 1 ? now : alpha * now + (1 - alpha) * old);
  const z = fade(before.z, value);
  const isSameSide = z > mean === before.z > before.mean;
  return {
    rows,
    mean,
    z,
    squares: fade(before.squares, value * value),
    age: isSameSide ? before.age + 1 : 1,
  };
}

function limit({ rows, z, squares }: State, { alpha, width, sigma }: EwmaOptions): number {
  const deviation = sigma ?? Math.sqrt(Math.max(0, squares - z * z));
  return width * deviation * Math.sqrt((alpha / (2 - alpha)) * (1 - (1 - alpha) ** (2 * rows)));
}

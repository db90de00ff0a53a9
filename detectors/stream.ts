/** What the detectors of a change in a sequence have in common. Each is a pure fold: the sequence in, its changes out. */

/** A change that was seen. Positions are those of the sequence, from 0. */
export interface Change {
  /** The value that gave it away. */
  readonly at: number;
  /** The first value of the new level, as far as the detector can tell. */
  readonly since: number;
  readonly direction: 'rise' | 'fall';
}

/** Rows that were wrong, of all rows; one row alone is a count of one. */
export interface ErrorShare {
  readonly rows: number;
  readonly errors: number;
}

export interface WarnedChanges {
  readonly changes: readonly Change[];
  /** Where a warning began. */
  readonly warnings: readonly number[];
}

/** A sequence cannot hold this: says where and what. */
export function refuseShares(shares: readonly ErrorShare[]): void {
  const wrong = shares.findIndex(({ rows, errors }) => !(rows >= 0 && errors >= 0 && errors <= rows));
  if (wrong >= 0) throw new Error(`Expected errors between 0 and the rows, at position ${wrong}.`);
}

/** The same for plain values. */
export function refuseValues(values: readonly number[]): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new Error(`Expected finite numbers, at position ${wrong}.`);
}

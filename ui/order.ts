/** Rows keep their place while data is refreshed; only the reader sorts again. */

export interface Ordered<T> {
  readonly rows: readonly T[];
  /** The wanted order is another one than what is shown. */
  readonly outdated: boolean;
}

/** `wanted` in the order of `shown` keys; rows not shown yet come last, rows gone are left out. */
export function keepPlaces<T>(
  shown: readonly string[],
  wanted: readonly T[],
  keyOf: (row: T) => string,
): Ordered<T> {
  const place = new Map(shown.map((key, index) => [key, index]));
  const rows = [...wanted].sort(
    (a, b) => (place.get(keyOf(a)) ?? shown.length) - (place.get(keyOf(b)) ?? shown.length),
  );
  return { rows, outdated: rows.some((row, index) => row !== wanted[index]) };
}

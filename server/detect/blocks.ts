/** A window with few rows is also judged as the sum of the block of so many windows that ends with it. */
export const BLOCKS: readonly number[] = [2, 4];

/** A window by its number, and those that end its blocks: what is judged of it, alone or in a sum. */
export function judgedWith(index: number): readonly number[] {
  return [index, ...BLOCKS.map((windows) => (Math.floor(index / windows) + 1) * windows - 1)];
}

/** A window with few rows is also judged as the sum of the block of windows that ends with it. Blocks do not overlap. */

/** The lengths of the blocks, powers of two, that end with the window of this number. */
export function blocksEnding(end: number, mostSummed: number): readonly number[] {
  return lengthsUpTo(mostSummed).filter((windows) => end % windows === 0);
}

/** A window by its number, and those that end its blocks: what is judged of its rows, alone or in a sum. */
export function judgedWith(index: number, mostSummed: number): readonly number[] {
  const ends = lengthsUpTo(mostSummed).map((windows) => (Math.floor(index / windows) + 1) * windows - 1);
  return [index, ...ends];
}

function lengthsUpTo(mostSummed: number): readonly number[] {
  return Array.from({ length: Math.floor(Math.log2(mostSummed)) }, (_, index) => 2 ** (index + 1));
}

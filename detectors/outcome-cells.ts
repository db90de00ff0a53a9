import type { NumberLayout } from './types.ts';

/** Fixed cells of what labels tell: how far off a number was, how late a label came, and scores without a baseline. */

/** Cells of a score while no baseline has frozen any: twenty equal ones of a probability. */
export const SCORE_LAYOUT: NumberLayout = {
  kind: 'number',
  edges: Array.from({ length: 19 }, (_, index) => (index + 1) / 20),
  min: 0,
  max: 1,
};

const PER_DECADE = 8;

/** Upper edges of |error|: eight a decade, so that a quantile read from cells is off by at most a sixth. */
export const ERROR_EDGES: readonly number[] = logEdges(-9, 12);
/** Errors of this size and more are told apart like non-finite ones, so that no sum can overflow. */
export const LARGEST_ERROR = 1e100;
/** The error cell of rows whose prediction or label is no finite number below LARGEST_ERROR. */
export const NON_FINITE_ERROR = 1000;
/** The error cell of rows that are not two numbers. */
export const NO_ERROR = -1000;

/**
 * The signed cell of prediction minus label: 0 up to the first edge on both sides, then i for
 * (ERROR_EDGES[i-1], ERROR_EDGES[i]] and -i for its mirror; ERROR_EDGES.length lies beyond the last edge.
 */
export function errorCell(error: number): number {
  const size = Math.abs(error);
  if (!(size < LARGEST_ERROR)) return NON_FINITE_ERROR;
  const cell = cellAbove(ERROR_EDGES, size);
  return cell === 0 ? 0 : Math.sign(error) * cell;
}

/** Upper edges, in milliseconds, of the time from a prediction to its first label: from 1 s to 3170 years. */
export const DELAY_EDGES: readonly number[] = logEdges(3, 14);

/** 0: within the first second, or before the prediction. */
export function delayCell(delayMs: number): number {
  return cellAbove(DELAY_EDGES, delayMs);
}

/** The delay below which a share of the labels came, interpolated within its cell; null when there are none. */
export function delayQuantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [cell, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) return within(cell, (rank - below) / count);
    below += count;
  }
  return DELAY_EDGES.at(-1) ?? null;
}

function within(cell: number, share: number): number {
  const high = DELAY_EDGES[cell] ?? DELAY_EDGES.at(-1) ?? 0;
  const low = DELAY_EDGES[cell - 1];
  return low === undefined ? high * share : low * (high / low) ** share;
}

function logEdges(fromExponent: number, toExponent: number): readonly number[] {
  const steps = (toExponent - fromExponent) * PER_DECADE;
  return Array.from({ length: steps + 1 }, (_, step) => 10 ** (fromExponent + step / PER_DECADE));
}

function cellAbove(edges: readonly number[], value: number): number {
  const cell = edges.findIndex((edge) => value <= edge);
  return cell < 0 ? edges.length : cell;
}

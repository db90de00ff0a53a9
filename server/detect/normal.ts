import type { Window } from './types.ts';

/** Nothing is looked for further back: counts are kept about as long. */
const FURTHEST_MS = 400 * 86_400_000;

/**
 * Where a span of normal time begins that ends at `toMs`: what is left out is made up for by as much before it, or a long
 * incident would leave nothing to be judged against, and never end.
 */
export function normalFromMs(toMs: number, spanMs: number, leftOut: readonly Window[]): number {
  const ranges = leftOut
    .map(({ fromMs, toMs: endMs }) => ({ fromMs, toMs: Math.min(endMs, toMs) }))
    .filter((range) => range.fromMs < range.toMs)
    .sort((first, second) => second.toMs - first.toMs);
  let [atMs, neededMs] = [toMs, spanMs];
  for (const range of ranges) {
    const normalMs = Math.max(0, atMs - range.toMs);
    if (normalMs >= neededMs) break;
    neededMs -= normalMs;
    atMs = Math.min(atMs, range.fromMs);
  }
  return Math.max(atMs - neededMs, toMs - FURTHEST_MS);
}

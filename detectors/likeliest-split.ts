import { sum } from './math.ts';
import type { Stretch } from './error-hours.ts';

/** Where the squared difference of the two sides, in its deviations, is largest. */
export function likeliestSplit(stretches: readonly Stretch[], sign: 1 | -1): number {
  const total = sum(stretches.map((stretch) => stretch.z));
  let [best, split, before] = [-Infinity, 1, 0];
  for (let at = 1; at < stretches.length; at += 1) {
    before += stretches[at - 1]?.z ?? 0;
    const apart = sign * ((total - before) / (stretches.length - at) - before / at);
    const gain = apart * Math.sqrt((at * (stretches.length - at)) / stretches.length);
    if (gain > best) [best, split] = [gain, at];
  }
  return split;
}

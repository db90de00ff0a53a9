import type { AlertSet } from './types.ts';

const known = new WeakMap<AlertSet, readonly string[]>();

/** The alerts of a set. A set is never changed, and one of thousands is asked for them at every change of one alert. */
export function idsIn(set: AlertSet): readonly string[] {
  const found = known.get(set);
  if (found !== undefined) return found;
  const ids = Object.keys(set);
  known.set(set, ids);
  return ids;
}

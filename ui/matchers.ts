import type { Matcher } from './types.ts';

/** Matchers that ask for exactly these values; empty ones ask for nothing. */
export function equal(values: Readonly<Record<string, string>>): readonly Matcher[] {
  return Object.entries(values).flatMap(([name, value]) => (value === '' ? [] : [{ name, op: '=', value }]));
}

import { expect } from 'vitest';

/** Equal; numbers that are not whole may differ by 1e-9 of their size. */
export function expectAlike(actual: unknown, expected: unknown): void {
  expect(rounded(actual, expected)).toEqual(expected);
}

/** What is told, with every number that is near enough to what is expected set to it. */
function rounded(actual: unknown, expected: unknown): unknown {
  if (typeof actual === 'number' && typeof expected === 'number') {
    const near = Math.abs(actual - expected) <= 1e-9 * Math.abs(expected);
    return near && !Number.isInteger(expected) ? expected : actual;
  }
  if (Array.isArray(actual))
    return actual.map((one, index) => rounded(one, Array.isArray(expected) ? expected[index] : undefined));
  if (typeof actual !== 'object' || actual === null) return actual;
  const wanted = (typeof expected === 'object' && expected !== null ? expected : {}) as Record<
    string,
    unknown
  >;
  return Object.fromEntries(Object.entries(actual).map(([key, one]) => [key, rounded(one, wanted[key])]));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalFromMs } from '../../../server/detect/normal.ts';

const DAY_MS = 86_400_000;
const END_MS = 100 * DAY_MS;
const days = (...ranges: readonly (readonly [number, number])[]) =>
  ranges.map(([from, to]) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS }));
const from = (...ranges: readonly (readonly [number, number])[]) =>
  normalFromMs(END_MS, 28 * DAY_MS, days(...ranges)) / DAY_MS;

describe('twenty-eight days of normal time', () => {
  it.each([
    ['without incidents', [], 72],
    ['with one within', [[80, 85]], 67],
    ['with one that has not ended', [[90, 1e6]], 62],
    [
      'with two that overlap',
      [
        [80, 90],
        [85, 95],
      ],
      57,
    ],
    ['with one across their beginning', [[70, 75]], 67],
    ['with one long before', [[10, 20]], 72],
    ['with one as long as they are', [[60, 1e6]], 32],
  ] as const)('%s', (_name, ranges, expected) => {
    expect(from(...ranges)).toBe(expected);
  });

  it('are no more than counts are kept', () => {
    expect(from([-500, 1e6])).toBe(-300);
  });

  it('hold as much normal time as was asked for, whatever is left out', () => {
    const range = fc
      .tuple(fc.nat(90), fc.integer({ min: 1, max: 20 }))
      .map(([at, long]) => [at, at + long] as const);
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), (ranges) => {
        const beganAt = from(...ranges);
        const isNormal = (day: number) => ranges.every(([first, last]) => day < first || day >= last);
        const counted = Array.from({ length: 100 - beganAt }, (_, index) => beganAt + index).filter(isNormal);
        expect(counted).toHaveLength(28);
      }),
    );
  });
});

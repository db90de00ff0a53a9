import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typicalOf } from '../../../server/route/incident-times.ts';

describe('what is typical', () => {
  it.each([
    [[], null, null, 'no incident yet'],
    [[5], null, null, '1 incident, a median needs 3'],
    [[5, 7], null, null, '2 incidents, a median needs 3'],
    [[9, 1, 5], 5, null, '3 incidents, a p90 needs 10'],
    [[1, 2, 3, 4], 2.5, null, '4 incidents, a p90 needs 10'],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 5.5, 9, null],
    [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1000], 1, 1, null],
  ])('of %j is the median %s and the p90 %s', (values, median, p90, why) => {
    expect(typicalOf(values, ['incident', 'incidents'])).toEqual({ count: values.length, median, p90, why });
  });

  it('p90 is the smallest value that at least nine of ten do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 10, maxLength: 60 }), (values) => {
        const { p90, median } = typicalOf(values, ['value', 'values']);
        const within = (limit: number) => values.filter((value) => value <= limit).length;
        expect(within(p90!)).toBeGreaterThanOrEqual(0.9 * values.length);
        const below = values.filter((value) => value < p90!);
        expect(below.length).toBeLessThan(0.9 * values.length);
        expect(within(median!) * 2).toBeGreaterThanOrEqual(values.length);
      }),
    );
  });
});

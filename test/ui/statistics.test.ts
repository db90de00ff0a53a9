import { describe, expect, it } from 'vitest';
import { meanText, statistics } from '../../ui/statistics.ts';

const named = (numbers: Readonly<Record<string, number | null>>) =>
  statistics(numbers).map(({ name, value }) => [name, value.replaceAll('\u202f', ' ')]);

describe('the statistics of a score', () => {
  it('have names, values with their errors, and units', () => {
    const numbers = {
      mean_before: 12.31,
      mean_now: 13,
      mean_error: 0.11,
      psi: 0.04,
      ks_lower: 0.1,
      ks_upper: 0.3,
    };
    expect(named(numbers)).toEqual([
      ['Mean', '12.31 → 13 ± 0.11'],
      ['Population stability index', '0.04'],
      ['Kolmogorov-Smirnov distance', '10 % to 30 %'],
    ]);
    expect(statistics(numbers).every(({ unit }) => unit.length > 5)).toBe(true);
  });

  it('leave out what was not computed, and what the gates tell', () => {
    expect(named({ psi: null, p: 0.2, phi: 1, windows: 3, ks_lower: 0.1, ks_upper: null })).toEqual([]);
  });

  it('tell one that nobody has heard of by its own name', () => {
    expect(named({ energy_distance: 0.5 })).toEqual([['energy distance', '0.5']]);
  });
});

it.each([
  [{ mean_before: 1, mean_now: 2 }, '1 → 2'],
  [{ mean_before: 1, mean_now: null }, null],
  [{}, null],
])('the mean of %j reads %s', (numbers, text) => expect(meanText(numbers)).toBe(text));

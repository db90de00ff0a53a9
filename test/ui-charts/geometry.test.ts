import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaPath, bands, linearScale, linePath, ticks, timeTicks } from '../../ui/charts/geometry.ts';

const DAY = 86_400_000;

describe('a linear scale', () => {
  it.each([
    [0, 0],
    [5, 50],
    [10, 100],
    [-3, 0],
    [99, 100],
  ])('maps %d to %d and clamps outside', (value, place) => {
    expect(linearScale([0, 10], [0, 100]).at(value)).toBe(place);
  });

  it('runs backwards for a vertical axis', () => {
    expect(linearScale([0, 1], [120, 20]).at(0.25)).toBe(95);
  });

  it('puts an empty domain in the middle', () => {
    expect(linearScale([3, 3], [0, 100]).at(3)).toBe(50);
  });
});

describe('bands', () => {
  it('never overlap and stay inside the range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 100, max: 2000 }), (count, width) => {
        const found = bands(count, [10, 10 + width], 0.2);
        expect(found).toHaveLength(count);
        found.forEach((band, index) => {
          expect(band.width).toBeGreaterThan(0);
          expect(band.x).toBeGreaterThanOrEqual(10);
          expect(band.x + band.width).toBeLessThanOrEqual(10 + width + 0.02);
          const next = found[index + 1];
          if (next !== undefined) expect(next.x).toBeGreaterThanOrEqual(band.x + band.width - 0.02);
        });
      }),
    );
  });

  it('have no negative width where the range is turned over', () => {
    expect(bands(3, [44, 12]).every((band) => band.width === 0)).toBe(true);
  });

  it('of nothing are none', () => {
    expect(bands(0, [0, 100])).toEqual([]);
  });
});

describe('ticks', () => {
  it.each([
    [0, 1, 4, [0, 0.25, 0.5, 0.75, 1]],
    [0, 0.61, 3, [0, 0.25, 0.5]],
    [0, 4300, 3, [0, 2000, 4000]],
    [-0.4, 1, 3, [0, 0.5, 1]],
    [0, 0.0007, 4, [0, 0.0002, 0.0004, 0.0006]],
    [5, 5, 4, [5]],
  ])('from %d to %d are round numbers', (from, to, count, expected) => {
    expect(ticks(from, to, count)).toEqual(expected);
  });

  it('lie inside, rise evenly and are not many more than asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (from, span) => {
          const found = ticks(from, from + span, 4);
          expect(found.length).toBeLessThanOrEqual(6);
          for (const tick of found) {
            expect(tick).toBeGreaterThanOrEqual(from - span * 1e-6 - 1e-6);
            expect(tick).toBeLessThanOrEqual(from + span * (1 + 1e-6) + 1e-6);
          }
        },
      ),
    );
  });
});

describe('time ticks', () => {
  it('fall on whole UTC days over weeks', () => {
    const found = timeTicks(Date.UTC(2026, 9, 1, 5), Date.UTC(2026, 9, 29), 6);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(7);
    expect(found.every((tick) => tick % DAY === 0)).toBe(true);
  });

  it('are one for an instant', () => {
    expect(timeTicks(7, 7)).toEqual([7]);
  });
});

describe('a path', () => {
  it('breaks at a gap, and draws a lone point as a dash', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
      { x: 2, y: null },
      { x: 3, y: 4 },
    ];
    expect(linePath(points)).toBe('M0 1L1 2M2 4h2');
    expect(areaPath(points, 9)).toBe('M0 9L0 1L1 2L1 9ZM3 9L3 4L3 9Z');
  });

  it('of no values is empty', () => {
    expect(linePath([{ x: 0, y: null }])).toBe('');
    expect(areaPath([], 0)).toBe('');
  });
});

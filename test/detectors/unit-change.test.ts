import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contributions } from '../../detectors/jensen-shannon.ts';
import { sum } from '../../detectors/math.ts';
import type { DriftInput, FeatureCounts, NumberLayout } from '../../detectors/types.ts';
import { FACTORS, unitChange, type UnitChange } from '../../detectors/unit-change.ts';
import { counts } from './kit.ts';

/** As the formula in `unit-change.ts` reads: every factor in full, each bound looked up by itself. */
function inFull({ layout, baseline, current }: DriftInput): UnitChange['found'] {
  const [before, now] = [ranged(baseline), ranged(current)];
  const distance = distanceOf(before, now);
  if (sum(before) < 200 || sum(now) < 200 || sum(current.known) < 0.2 * sum(now) || distance < 0.15)
    return null;
  const residualOf = (factor: number) => distanceOf(scaled(layout as NumberLayout, before, factor), now);
  const tried = FACTORS.map((factor) => ({ ...factor, residual: residualOf(factor.factor) }));
  const best = tried.reduce((least, next) => (next.residual < least.residual ? next : least));
  const used = before.filter((count, cell) => count + (now[cell] ?? 0) > 0).length;
  const chance = ((used - 1) * (1 / sum(before) + 1 / sum(now))) / 8 / Math.LN2;
  const fits = best.residual <= 0.4 * distance && best.residual ** 2 <= 0.1 ** 2 + chance;
  return fits && [1.1, 1 / 1.1].every((beside) => residualOf(best.factor * beside) > best.residual)
    ? best
    : null;
}

function ranged({ known, sides }: FeatureCounts): readonly number[] {
  return [sides.below_min, ...known, sides.above_max];
}

function distanceOf(first: readonly number[], second: readonly number[]): number {
  return Math.sqrt(Math.max(0, sum(contributions(first, second))) / Math.LN2);
}

function scaled(layout: NumberLayout, before: readonly number[], factor: number): readonly number[] {
  const bounds = [layout.min, ...layout.edges, layout.max];
  const below = before.slice(0, -1).map((_, cell) => sum(before.slice(0, cell + 1)));
  const marks = [0, ...bounds.map((bound) => interpolate(bounds, below, bound / factor)), sum(before)];
  return marks.slice(1).map((mark, cell) => Math.max(0, mark - (marks[cell] as number)));
}

function interpolate(bounds: readonly number[], below: readonly number[], x: number): number {
  const next = bounds.findIndex((bound) => bound >= x);
  if (next === 0) return x < (bounds[0] as number) ? 0 : (below[0] as number);
  if (next === -1) return below.at(-1) as number;
  const [left, right] = [bounds[next - 1] as number, bounds[next] as number];
  const share = right === left ? 1 : (x - left) / (right - left);
  return (below[next - 1] as number) + share * ((below[next] as number) - (below[next - 1] as number));
}

const cells = fc.integer({ min: 2, max: 12 });
const change = cells
  .chain((known) =>
    fc.record({
      bounds: fc.array(fc.integer({ min: -50, max: 400 }), { minLength: known + 1, maxLength: known + 1 }),
      before: fc.array(fc.nat(300), { minLength: known, maxLength: known }),
      factor: fc.constantFrom(1, ...FACTORS.map(({ factor }) => factor)),
      noise: fc.array(fc.nat(4), { minLength: known + 2, maxLength: known + 2 }),
    }),
  )
  .map(({ bounds, before, factor, noise }) => {
    const [min = 0, ...rest] = bounds.toSorted((first, second) => first - second);
    const layout: NumberLayout = {
      kind: 'number',
      min,
      edges: rest.slice(0, -1),
      max: rest.at(-1) as number,
    };
    const now = scaled(layout, [0, ...before, 0], factor).map(
      (count, cell) => Math.round(count) + (noise[cell] as number),
    );
    const sides = { below_min: now[0] as number, above_max: now.at(-1) as number };
    return { layout, baseline: counts(before), current: counts(now.slice(1, -1), sides) };
  });

describe('a change of unit', () => {
  it('is found as every factor in full finds it, to the last bit', () => {
    let found = 0;
    fc.assert(
      fc.property(change, (input) => {
        const expected = inFull(input);
        found += Number(expected !== null);
        expect(unitChange(input).found).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(100);
  });
});

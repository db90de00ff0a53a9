import fc from 'fast-check';
import { expect, it } from 'vitest';
import { momentUnits, numberCell, numberLayout } from '../../../../detectors/cells.ts';
import type { MomentScale } from '../../../../detectors/types.ts';
import { CellFinder } from '../../../../server/store/duckdb/cell-finder.ts';

const number = fc.oneof(
  fc.double(),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-300, 0, -0),
);

it('finds the same cell as comparing with every edge does, and the same units, for any baseline and any number', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 200 }), fc.array(number), (baseline, values) => {
      const sorted = Float64Array.from(baseline.filter(Number.isFinite)).sort();
      const layout = numberLayout([...sorted]);
      if (layout === null) return;
      const finder = new CellFinder({ name: 'x', layout, offset: 7 });
      for (const value of [...values, ...baseline, ...layout.edges]) {
        expect([value, finder.ofNumber(value)]).toEqual([value, 7 + numberCell(layout, value)]);
        const units = Number.isFinite(value) ? momentUnits(layout.moments as MomentScale, value) : 0;
        expect([value, finder.unitsOf(value)]).toEqual([value, units]);
      }
    }),
    { numRuns: 500 },
  );
});

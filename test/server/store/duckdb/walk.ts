import { allCells, cellOf, momentCell, momentUnits } from '../../../../detectors/cells.ts';
import type { FeatureLayout } from '../../../../detectors/types.ts';

/** The cells of one feature's values by a plain walk: what every other way of counting must come to. */
export function walkedCells(
  layout: FeatureLayout,
  values: readonly (number | string | null)[],
): readonly number[] {
  const cells = Array.from({ length: allCells(layout) }, () => 0);
  const add = (cell: number, amount: number) => {
    cells[cell] = (cells[cell] ?? 0) + amount;
  };
  const moments = momentCell(layout);
  for (const value of values) {
    add(cellOf(layout, layout.kind === 'category' && value !== null ? String(value) : value), 1);
    if (moments === null || layout.kind !== 'number' || layout.moments === undefined) continue;
    const units = typeof value === 'number' ? momentUnits(layout.moments, value) : 0;
    add(moments, units);
    add(moments + 1, units ** 2);
  }
  return cells;
}

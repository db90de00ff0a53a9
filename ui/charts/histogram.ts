import { type Band, bands, largest, linearScale, type Scale } from './geometry.ts';

export interface HistogramCell {
  readonly label: string;
  readonly baseline: number;
  readonly current: number;
  /** Missing, unseen and out-of-range cells stand apart from the known ones. */
  readonly side: boolean;
}

export interface HistogramBar extends Band {
  readonly cell: HistogramCell;
  readonly baselineY: number;
  readonly currentY: number;
}

export interface HistogramPair {
  readonly bars: readonly HistogramBar[];
  readonly y: Scale;
  readonly baseY: number;
  /** Where the side cells begin, or null without any. */
  readonly sideX: number | null;
}

interface Counts {
  readonly known: readonly number[];
  readonly sides: Readonly<Record<string, number>>;
}

/** Cells as shares of all rows, the known ones in layout order, then those sides that hold any row. */
export function histogramCells(input: {
  readonly labels: readonly string[];
  readonly baseline: Counts;
  readonly current: Counts;
}): readonly HistogramCell[] {
  const all = { baseline: total(input.baseline), current: total(input.current) };
  const known = input.labels.map((label, index) => ({
    label,
    baseline: share(input.baseline.known[index], all.baseline),
    current: share(input.current.known[index], all.current),
    side: false,
  }));
  const sides = Object.keys(input.baseline.sides).map((name) => ({
    label: SIDE_LABELS[name] ?? name.replaceAll('_', ' '),
    baseline: share(input.baseline.sides[name], all.baseline),
    current: share(input.current.sides[name], all.current),
    side: true,
  }));
  return [...known, ...sides.filter((cell) => cell.baseline > 0 || cell.current > 0)];
}

/** As explanations name them. */
const SIDE_LABELS: Readonly<Record<string, string>> = {
  missing: 'missing',
  non_finite: 'not finite',
  below_min: 'below the range',
  above_max: 'above the range',
  unseen: 'never seen before',
};

function total(counts: Counts): number {
  return [...counts.known, ...Object.values(counts.sides)].reduce((all, count) => all + count, 0);
}

function share(count: number | undefined, all: number): number {
  return all > 0 ? (count ?? 0) / all : 0;
}

/** Both histograms on the same bands; side cells after a gap of half a band. */
export function histogramPair(
  cells: readonly HistogramCell[],
  box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): HistogramPair {
  const knownCount = cells.filter((cell) => !cell.side).length;
  const gap = cells.length > knownCount ? 0.5 : 0;
  const step = (box.right - box.left) / (cells.length + gap);
  const split = box.left + step * knownCount;
  const known = bands(knownCount, [box.left, split], 0.16);
  const sides = bands(cells.length - knownCount, [split + step * gap, box.right], 0.16);
  const y = linearScale(
    [
      0,
      largest(
        cells.flatMap((cell) => [cell.baseline, cell.current]),
        0.01,
      ) * 1.06,
    ],
    [box.bottom, box.top],
  );
  const bars = [...known, ...sides].flatMap((band, index) => {
    const cell = cells[index];
    return cell === undefined
      ? []
      : [{ ...band, cell, baselineY: y.at(cell.baseline), currentY: y.at(cell.current) }];
  });
  return { bars, y, baseY: box.bottom, sideX: gap > 0 ? split + (step * gap) / 2 : null };
}

/** Names of cells that hold one value each: "= 3". */
export function valueCellLabels(
  { edges, max }: { readonly edges: readonly number[]; readonly max: number },
  text: (value: number) => string,
): readonly string[] {
  return [...edges, max].map((value) => `= ${text(value)}`);
}

/** Names of a number's cells from its edges, as explanations name them: "<= 12", "12 to 30", "> 900". */
export function numberCellLabels(
  edges: readonly number[],
  text: (value: number) => string,
): readonly string[] {
  const [first] = edges;
  if (first === undefined) return ['all values'];
  const between = edges.slice(1).map((edge, index) => `${text(edges[index] ?? edge)} to ${text(edge)}`);
  return [`<= ${text(first)}`, ...between, `> ${text(edges.at(-1) ?? first)}`];
}

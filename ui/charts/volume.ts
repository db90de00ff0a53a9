import { type Band, bands, largest, linearScale, round, type Scale } from './geometry.ts';

export interface VolumeCell {
  readonly fromMs: number;
  readonly version: string;
  readonly rows: number;
}

export interface VolumeColumn extends Band {
  readonly fromMs: number;
  readonly total: number;
  readonly parts: readonly {
    readonly version: string;
    readonly rows: number;
    readonly y: number;
    readonly height: number;
  }[];
}

export interface Volume {
  readonly versions: readonly string[];
  readonly columns: readonly VolumeColumn[];
  readonly y: Scale;
  /** Where each version but the first appears. */
  readonly markers: readonly { readonly version: string; readonly x: number; readonly fromMs: number }[];
}

/** How wide a character of a chart's text is at most, in pixels, nearly always. */
const CHARACTER = 7;
const GAP = 8;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Columns of rows over time, split by version in order of first appearance, on a true time axis. */
export function volume(cells: readonly VolumeCell[], box: Box): Volume {
  const versions = [...new Set([...cells].sort((a, b) => a.fromMs - b.fromMs).map((cell) => cell.version))];
  const times = timeGrid([...new Set(cells.map((cell) => cell.fromMs))].sort((a, b) => a - b));
  const stacks = times.map((fromMs) => stack(cells, versions, fromMs));
  const y = linearScale(
    [
      0,
      largest(
        stacks.map((entry) => entry.total),
        1,
      ) * 1.04,
    ],
    [box.bottom, box.top],
  );
  const columns = bands(times.length, [box.left, box.right], 0.2).map((band, index) =>
    column(band, stacks[index] ?? { fromMs: 0, total: 0, parts: [] }, y),
  );
  return { versions, columns, y, markers: markersOf(versions, columns) };
}

interface Stack {
  readonly fromMs: number;
  readonly total: number;
  readonly parts: readonly { readonly version: string; readonly rows: number }[];
}

/** Fills windows without any row in, so that a pause is as wide as it was. */
function timeGrid(times: readonly number[]): readonly number[] {
  const [first] = times;
  const last = times.at(-1);
  const step = Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  if (first === undefined || last === undefined || !Number.isFinite(step) || (last - first) / step > 2000)
    return times;
  return Array.from({ length: Math.round((last - first) / step) + 1 }, (_, index) => first + index * step);
}

function stack(cells: readonly VolumeCell[], versions: readonly string[], fromMs: number): Stack {
  const here = cells.filter((cell) => cell.fromMs === fromMs);
  const parts = versions
    .map((version) => ({
      version,
      rows: here.filter((cell) => cell.version === version).reduce((sum, cell) => sum + cell.rows, 0),
    }))
    .filter((part) => part.rows > 0);
  return { fromMs, total: parts.reduce((sum, part) => sum + part.rows, 0), parts };
}

function column(band: Band, { fromMs, total, parts }: Stack, y: Scale): VolumeColumn {
  let below = 0;
  const placed = parts.map((part) => {
    const bottom = y.at(below);
    below += part.rows;
    const top = y.at(below);
    return { ...part, y: top, height: round(bottom - top) };
  });
  return { ...band, fromMs, total, parts: placed };
}

function markersOf(versions: readonly string[], columns: readonly VolumeColumn[]): Volume['markers'] {
  return versions.slice(1).flatMap((version) => {
    const first = columns.find((entry) => entry.parts.some((part) => part.version === version));
    return first === undefined ? [] : [{ version, x: first.x, fromMs: first.fromMs }];
  });
}

export interface MarkLabel {
  readonly x: number;
  readonly text: string;
  /** Where the text is, from its mark. */
  readonly side: 'left' | 'right';
}

/** The texts beside marks, each on the side with more room; the last come first, and one that would lie on another is left out. */
export function markLabels(
  marks: readonly { readonly x: number; readonly text: string }[],
  { left, right }: Pick<Box, 'left' | 'right'>,
): readonly MarkLabel[] {
  const taken: { readonly from: number; readonly to: number }[] = [];
  return marks.toReversed().flatMap(({ x, text }): readonly MarkLabel[] => {
    const side = x > (left + right) / 2 ? 'left' : 'right';
    const width = text.length * CHARACTER + GAP;
    const place = side === 'left' ? { from: x - width, to: x } : { from: x, to: x + width };
    if (taken.some(({ from, to }) => place.from < to && from < place.to)) return [];
    taken.push(place);
    return [{ x, text, side }];
  });
}

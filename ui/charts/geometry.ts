/** Pure geometry: numbers in, coordinates and path strings out. No DOM, no colours, no text. */

export interface Point {
  readonly x: number;
  /** null leaves a gap. */
  readonly y: number | null;
}

export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly at: (value: number) => number;
}

/** Maps [domain] onto [range], values outside are clamped. An empty domain maps to the middle. */
export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [from, to] = domain;
  const [start, end] = range;
  const span = to - from;
  const at = (value: number): number => {
    if (!(span > 0)) return (start + end) / 2;
    const share = Math.min(1, Math.max(0, (value - from) / span));
    return round(start + share * (end - start));
  };
  return { from, to, at };
}

export interface Band {
  readonly x: number;
  readonly width: number;
  readonly middle: number;
}

/** `count` equal bands over [start, end]; `gap` is the share of a step left empty. */
export function bands(count: number, range: readonly [number, number], gap = 0.1): readonly Band[] {
  const [start, end] = range;
  const step = count > 0 ? (end - start) / count : 0;
  return Array.from({ length: count }, (_, index) => {
    const x = start + step * (index + gap / 2);
    const width = Math.max(0, step * (1 - gap));
    return { x: round(x), width: round(width), middle: round(x + width / 2) };
  });
}

/** Round numbers (1, 2, 2.5, 5 times a power of ten) inside [from, to], about `count` of them. */
export function ticks(from: number, to: number, count = 4): readonly number[] {
  if (!(to > from)) return [from];
  const step = niceStep((to - from) / count);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => tidy((first + index) * step, step));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const share = rough / power;
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => share <= candidate + 1e-9) ?? 10;
  return factor * power;
}

function tidy(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return Number(value.toFixed(Math.min(digits, 15)));
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
  56 * DAY,
  91 * DAY,
  182 * DAY,
  364 * DAY,
];

/** Times on whole UTC steps inside [fromMs, toMs], at most `count` of them. */
export function timeTicks(fromMs: number, toMs: number, count = 6): readonly number[] {
  if (!(toMs > fromMs)) return [fromMs];
  const rough = (toMs - fromMs) / count;
  const step = TIME_STEPS.find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(fromMs / step) * step;
  const length = Math.floor((toMs - first) / step) + 1;
  return Array.from({ length: Math.max(0, length) }, (_, index) => first + index * step);
}

/** An SVG path through the points; a null starts a new piece, a lone point becomes a short dash. */
export function linePath(points: readonly Point[]): string {
  return pieces(points)
    .map((piece) => {
      const [first] = piece;
      if (first !== undefined && piece.length === 1) return `M${first.x - 1} ${first.y}h2`;
      return piece.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
    })
    .join('');
}

/** The area between the line and `baseY`, piece by piece. */
export function areaPath(points: readonly Point[], baseY: number): string {
  return pieces(points)
    .map((piece) => {
      const line = piece.map(({ x, y }) => `L${x} ${y}`).join('');
      return `M${piece[0]?.x ?? 0} ${baseY}${line}L${piece.at(-1)?.x ?? 0} ${baseY}Z`;
    })
    .join('');
}

interface Known {
  readonly x: number;
  readonly y: number;
}

function pieces(points: readonly Point[]): readonly (readonly Known[])[] {
  const found: Known[][] = [];
  let open = false;
  for (const { x, y } of points) {
    if (y !== null) {
      if (!open) found.push([]);
      found.at(-1)?.push({ x, y });
    }
    open = y !== null;
  }
  return found;
}

/** Largest of the numbers, ignoring null; `least` when there is none larger. */
export function largest(values: readonly (number | null)[], least = 0): number {
  return values.reduce<number>((most, value) => (value === null ? most : Math.max(most, value)), least);
}

/** Two decimals are enough for a screen and keep the markup short. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

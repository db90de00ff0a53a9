import { shiftBars, type Shift, type ShiftRow } from '../../ui/charts/shift-bars.ts';
import { fitted, textWidth, wrapped } from '../../ui/charts/text-width.ts';

/** What the picture of a drift shows. */
export interface DriftPicture {
  readonly title: string;
  readonly feature: string;
  /** Model and window. */
  readonly place: string;
  /** What the window is compared with, in words. */
  readonly against: string;
  readonly shifts: readonly Shift[];
}

/** Slack shows a picture some 360 px wide, so letters are large; the colours are those of the pages in light. */
const WIDTH = 640;
const EDGE = 28;
const COLOURS = {
  paper: '#ffffff',
  text: '#14181d',
  quiet: '#565e69',
  line: '#e3e7ec',
  before: '#959ca6',
  now: '#0b6e99',
  worst: '#b3123f',
  worstSoft: '#fdf1f4',
} as const;
const TITLE = 23;
const TEXT = 17;
const SMALL = 15;
const ROW = 58;
const BAR = 15;
const VALUE_WIDTH = 76;
const MOVE_WIDTH = 106;

/** An SVG of baseline against current, cell by cell; the cells that moved most stand out. */
export function driftSvg(picture: DriftPicture): string {
  const head = headOf(picture);
  const labelWidth = labelWidthOf(picture.shifts);
  const left = EDGE + labelWidth + 16;
  const right = WIDTH - EDGE - MOVE_WIDTH - VALUE_WIDTH;
  const bars = shiftBars(picture.shifts, { left, right, top: head.bottom + 14, rowHeight: ROW });
  const height = bars.bottom + 62;
  const grid = bars.ticks.map((tick) =>
    tickOf(tick, { x: bars.x.at(tick), top: head.bottom + 6, bottom: bars.bottom }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="DejaVu Sans">`,
    `<rect width="${WIDTH}" height="${height}" fill="${COLOURS.paper}"/>`,
    ...head.parts,
    ...bars.rows.filter(({ isWorst }) => isWorst).map(bandOf),
    ...grid,
    ...bars.rows.map((row) => rowOf(row, { left, labelWidth })),
    text('Share of rows', {
      x: (left + right) / 2,
      y: bars.bottom + 48,
      size: SMALL,
      anchor: 'middle',
      fill: COLOURS.quiet,
    }),
    '</svg>',
  ].join('');
}

function headOf({ title, feature, place, against }: DriftPicture) {
  const width = WIDTH - 2 * EDGE;
  const lines = wrapped(title, { size: TITLE * 1.07, width, most: 2 });
  const titles = lines.map((line, index) =>
    text(line, { x: EDGE, y: 44 + index * 30, size: TITLE, bold: true }),
  );
  const placeY = 44 + (lines.length - 1) * 30 + 28;
  const legendY = placeY + 38;
  return {
    parts: [
      ...titles,
      text(fitted(place, SMALL, width), { x: EDGE, y: placeY, size: SMALL, fill: COLOURS.quiet }),
      ...legendOf(against, legendY),
      text(fitted(feature, TEXT * 1.07, width), { x: EDGE, y: legendY + 36, size: TEXT, bold: true }),
    ],
    bottom: legendY + 44,
  };
}

function legendOf(against: string, y: number): readonly string[] {
  const words = fitted(against, SMALL, 390);
  const next = EDGE + 24 + textWidth(words, SMALL) + 22;
  return [
    `<rect x="${EDGE}" y="${y - 12}" width="16" height="13" rx="2" fill="${COLOURS.before}"/>`,
    text(words, { x: EDGE + 24, y, size: SMALL }),
    `<rect x="${next + 1}" y="${y - 11}" width="14" height="11" rx="2" fill="${COLOURS.now}"/>`,
    text('This window', { x: next + 24, y, size: SMALL }),
  ];
}

/** As wide as the longest name, within bounds that leave room for bars. */
function labelWidthOf(shifts: readonly Shift[]): number {
  const widest = Math.max(...shifts.map(({ cell }) => textWidth(cell, TEXT)), textWidth('all others', TEXT));
  return Math.min(190, Math.max(96, widest));
}

function tickOf(
  tick: number,
  { x, top, bottom }: { readonly x: number; readonly top: number; readonly bottom: number },
): string {
  const line = `<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom + 4}" stroke="${COLOURS.line}" stroke-width="1"/>`;
  return (
    line + text(percent(tick, 0), { x, y: bottom + 24, size: SMALL, anchor: 'middle', fill: COLOURS.quiet })
  );
}

function bandOf({ y, height }: ShiftRow): string {
  return (
    `<rect x="${EDGE - 12}" y="${y}" width="${WIDTH - 2 * EDGE + 24}" height="${height - 4}" rx="6" fill="${COLOURS.worstSoft}"/>` +
    `<rect x="${EDGE - 12}" y="${y}" width="5" height="${height - 4}" rx="2" fill="${COLOURS.worst}"/>`
  );
}

interface Columns {
  readonly left: number;
  readonly labelWidth: number;
}

function rowOf(row: ShiftRow, columns: Columns): string {
  const middle = row.y + (ROW - 4) / 2;
  const { labelWidth } = columns;
  return [
    text(fitted(row.cell, TEXT, labelWidth), {
      x: EDGE + labelWidth,
      y: middle + 6,
      size: TEXT,
      anchor: 'end',
      fill: row.isRest ? COLOURS.quiet : COLOURS.text,
    }),
    ...barsOf(row, columns),
    text(moveOf(row), {
      x: WIDTH - EDGE,
      y: middle + 6,
      size: TEXT,
      anchor: 'end',
      bold: row.isWorst,
      fill: row.isWorst ? COLOURS.worst : COLOURS.quiet,
    }),
  ].join('');
}

function barsOf(row: ShiftRow, { left }: Columns): readonly string[] {
  const top = row.y + (ROW - 4 - 2 * BAR - 3) / 2;
  const on = row.isWorst ? COLOURS.worstSoft : COLOURS.paper;
  const bar = (y: number, width: number, colour: string) =>
    `<rect x="${left}" y="${y}" width="${Math.max(1.5, width)}" height="${BAR}" rx="2" fill="${colour}"/>`;
  const value = (share: number, place: Placed) => text(percent(share), { ...place, on });
  return [
    bar(top, row.beforeWidth, COLOURS.before),
    bar(top + BAR + 3, row.nowWidth, COLOURS.now),
    value(row.before, { x: left + row.beforeWidth + 7, y: top + 13, size: SMALL, fill: COLOURS.quiet }),
    value(row.now, { x: left + row.nowWidth + 7, y: top + BAR + 16, size: SMALL, bold: row.isWorst }),
  ];
}

/** "▲ 18.0 pts": in percentage points. */
function moveOf({ before, now }: Shift): string {
  const points = Number(((now - before) * 100).toFixed(1));
  if (points === 0) return '0 pts';
  return `${points > 0 ? '▲' : '▼'} ${Math.abs(points).toFixed(1)} pts`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  /** The colour behind, which keeps lines out of the letters. */
  readonly on?: string;
}

function text(words: string, placed: Placed): string {
  const { x, y, size, bold = false, anchor = 'start', fill = COLOURS.text, on } = placed;
  const weight = bold ? ' font-weight="bold"' : '';
  const halo = on === undefined ? '' : ` stroke="${on}" stroke-width="3" paint-order="stroke"`;
  return `<text x="${x}" y="${y}" font-size="${size}"${weight}${halo} text-anchor="${anchor}" fill="${fill}">${escaped(words)}</text>`;
}

/** Characters that XML does not allow, and those that mean something in it. */
function escaped(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

import { ABSENT, NUMBER, TEXT } from '../../batch.ts';
import type { Cells, SourceColumn } from '../../table.ts';
import type { TimeUnit } from './options.ts';

/** Times of a file: timestamps as they are, numbers by their unit, texts without a zone as UTC. */

const NS: Readonly<Record<TimeUnit, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 };
const ZONELESS = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?$/;

/** A time column as it is sent: of the kind text it stays one, else it is exact to the nanosecond. */
export function timeCells(column: SourceColumn, unit: TimeUnit): Cells {
  if (column.kind === 'text') return zoned(column.read('text'));
  return column.kind === 'number' ? numbered(column.read('text'), unit) : column.read('time');
}

function zoned(cells: Cells): Cells {
  const texts = cells.texts.map((text) => {
    const found = text === undefined ? null : ZONELESS.exec(text.trim());
    return found === null ? text : `${found[1]}T${found[2] ?? '00:00'}Z`;
  });
  return { ...cells, texts };
}

function numbered({ tags, texts }: Cells, unit: TimeUnit): Cells {
  const numbers = new Float64Array(tags.length);
  const restNs = new Int32Array(tags.length);
  texts.forEach((text, row) => {
    if (tags[row] !== TEXT) return;
    const [ms, rest] = instant(text ?? '', NS[unit]);
    numbers[row] = ms;
    restNs[row] = rest;
  });
  return {
    tags: tags.map((tag) => (tag === ABSENT ? ABSENT : NUMBER)),
    numbers,
    texts: [],
    restNs,
    inexact: null,
  };
}

/** Whole numbers lose nothing; a fraction of a unit is as exact as its double. */
function instant(text: string, unitNs: number): readonly [number, number] {
  if (/^-?\d+$/.test(text)) {
    const ns = BigInt(text) * BigInt(unitNs);
    const rest = ((ns % 1_000_000n) + 1_000_000n) % 1_000_000n;
    return [Number((ns - rest) / 1_000_000n), Number(rest)];
  }
  const ms = (Number(text) * unitNs) / 1e6;
  const whole = Number.isFinite(ms) ? Math.floor(ms) : 0;
  return [whole, Number.isFinite(ms) ? Math.floor((ms - whole) * 1e6) : 0];
}

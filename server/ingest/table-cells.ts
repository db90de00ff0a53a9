import { ABSENT, BOOLEAN, TEXT } from '../batch.ts';
import type { CellForm, Cells } from '../table.ts';

/** Cells spelled out, for ids, versions and whatever else is a text. */

type Spelling = 'number' | 'time' | 'date';

/** The cells as they are, or in words when the form asks for texts. */
export function spelled(cells: Cells, form: CellForm, as: Spelling): Cells {
  if (form !== 'text') return cells;
  const { tags, numbers, restNs } = cells;
  const texts = Array.from({ length: tags.length }, (_, row) => {
    if (tags[row] === ABSENT) return undefined;
    const number = numbers[row] as number;
    if (tags[row] === BOOLEAN) return number === 1 ? 'true' : 'false';
    return as === 'number' ? String(number) : spelledTime(number, restNs?.[row] ?? 0, as);
  });
  return { ...cells, tags: textTags(tags), texts, inexact: null };
}

/** Integers of any width, every digit of them. */
export function spelledInteger(values: ArrayLike<number | bigint>, tags: Uint8Array): Cells {
  const texts = Array.from({ length: tags.length }, (_, row) =>
    tags[row] === ABSENT ? undefined : String(values[row]),
  );
  return { tags: textTags(tags), numbers: new Float64Array(0), texts, restNs: null, inexact: null };
}

function textTags(tags: Uint8Array): Uint8Array {
  return tags.map((tag) => (tag === ABSENT ? ABSENT : TEXT));
}

/** The furthest a Date reaches from 1970. */
const MAX_DATE_MS = 8.64e15;

function spelledTime(ms: number, restNs: number, as: Spelling): string {
  if (!(Math.abs(ms) <= MAX_DATE_MS)) return String(ms);
  const iso = new Date(ms).toISOString();
  if (as === 'date') return iso.slice(0, iso.indexOf('T'));
  return restNs === 0 ? iso : `${iso.slice(0, -1)}${String(restNs).padStart(6, '0')}Z`;
}

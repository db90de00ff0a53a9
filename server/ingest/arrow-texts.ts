import { isAscii } from 'node:buffer';
import type { Data, Utf8View } from 'apache-arrow';
import { BadRequestError } from '../errors.ts';
import { short } from './arrow-numbers.ts';

/** Texts of Arrow, a column at a time. `tags` is 0 where a row has none. */

type Offsets = Int32Array | BigInt64Array;

export function texts(
  data: { readonly values: Uint8Array; readonly valueOffsets: Offsets; readonly length: number },
  tags: Uint8Array,
): (string | undefined)[] {
  const { length: rows, valueOffsets } = data;
  if (rows > 0 && valueOffsets.length < rows + 1) throw short();
  const bytes = bufferOf(data.values);
  // Plain text is one long string cut up; anything else is read piece by piece.
  const plain = isAscii(bytes) ? bytes.latin1Slice(0, bytes.length) : null;
  const found: (string | undefined)[] = [];
  for (let row = 0; row < rows; row += 1) {
    if (tags[row] === 0) {
      found.push(undefined);
      continue;
    }
    const start = Number(valueOffsets[row]);
    const end = Number(valueOffsets[row + 1]);
    if (start < 0 || end < start || end > bytes.length) throw outside();
    found.push(plain === null ? bytes.utf8Slice(start, end) : plain.slice(start, end));
  }
  return found;
}

/** A view is its length, then the text itself when it has twelve bytes or less, else where it stands. */
const INLINE_BYTES = 12;
const VIEW_BYTES = 16;

export function viewTexts(data: Data<Utf8View>, tags: Uint8Array): (string | undefined)[] {
  const views = bufferOf(data.values);
  const buffers = data.variadicBuffers.map(bufferOf);
  if (views.length < data.length * VIEW_BYTES) throw short();
  return Array.from({ length: data.length }, (_, row) => {
    if (tags[row] === 0) return undefined;
    const at = row * VIEW_BYTES;
    const length = views.readInt32LE(at);
    if (length < 0) throw outside();
    if (length <= INLINE_BYTES) return views.utf8Slice(at + 4, at + 4 + length);
    const buffer = buffers[views.readInt32LE(at + 8)];
    const start = views.readInt32LE(at + 12);
    if (buffer === undefined || start < 0 || start + length > buffer.length) throw outside();
    return buffer.utf8Slice(start, start + length);
  });
}

const HEX_GROUPS = [0, 4, 6, 8, 10, 16] as const;

/** Sixteen bytes as a UUID is written. */
export function uuidTexts(
  data: { readonly values: Uint8Array; readonly length: number },
  tags: Uint8Array,
): (string | undefined)[] {
  const bytes = bufferOf(data.values);
  if (bytes.length < data.length * 16) throw short();
  return Array.from({ length: data.length }, (_, row) => {
    if (tags[row] === 0) return undefined;
    return HEX_GROUPS.slice(1)
      .map((end, group) => bytes.toString('hex', row * 16 + (HEX_GROUPS[group] ?? 0), row * 16 + end))
      .join('-');
  });
}

interface Sliced extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

function bufferOf(values: Uint8Array): Sliced {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength) as unknown as Sliced;
}

function outside(): BadRequestError {
  return new BadRequestError('A text of the Arrow stream lies outside its column; write it anew.');
}

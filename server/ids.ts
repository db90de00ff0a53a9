import { HASHED, NO_ID, UUID } from './batch.ts';
import type { IdColumn } from './batch.ts';

/** Ids of predictions as 128 bits: a UUID as it is, any other text by its hash, so that both are joined as one number. */

/** By character code: the value of a lower-case hexadecimal digit, or 255. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return digit < 0 ? 255 : digit;
});
const DASH = 45;
const UUID_BYTES = 36;

/** Where the eight digits of each word of a UUID stand. */
const WORDS = [
  [0, 1, 2, 3, 4, 5, 6, 7],
  [9, 10, 11, 12, 14, 15, 16, 17],
  [19, 20, 21, 22, 24, 25, 26, 27],
  [28, 29, 30, 31, 32, 33, 34, 35],
].map((places) => Uint8Array.from(places));

const scratch = Buffer.alloc(256);

export class Ids implements IdColumn {
  readonly kinds: number[] = [];
  readonly words: number[] = [];
  readonly texts: (string | undefined)[] = [];

  /** Adds the id of the next row; null is none. */
  push(text: string | null): void {
    if (text === null) this.pushNone();
    else if (text.length > scratch.length / 3) this.pushBytes(Buffer.from(text), 0, Buffer.byteLength(text));
    else this.pushBytes(scratch, 0, scratch.write(text));
  }

  pushNone(): void {
    this.kinds.push(NO_ID);
    this.words.push(0, 0, 0, 0);
  }

  /** Adds the id that stands in UTF-8 in `bytes[start..end)`. */
  pushBytes(bytes: Buffer, start: number, end: number): void {
    if (end - start === UUID_BYTES && this.#pushUuid(bytes, start)) return;
    const { texts } = this;
    while (texts.length < this.kinds.length) texts.push(undefined);
    texts.push(bytes.toString('utf8', start, end));
    this.kinds.push(HASHED);
    pushHash(this.words, bytes.subarray(start, end));
  }

  cut(rows: number): void {
    this.kinds.length = Math.min(this.kinds.length, rows);
    this.words.length = Math.min(this.words.length, rows * 4);
    this.texts.length = Math.min(this.texts.length, rows);
  }

  #pushUuid(bytes: Buffer, start: number): boolean {
    if (bytes[start + 8] !== DASH || bytes[start + 13] !== DASH) return false;
    if (bytes[start + 18] !== DASH || bytes[start + 23] !== DASH) return false;
    const from = this.words.length;
    let bad = 0;
    for (const places of WORDS) {
      let word = 0;
      for (let at = 0; at < 8; at += 1) {
        const digit = DIGITS[bytes[start + (places[at] as number)] as number] as number;
        bad |= digit;
        word = (word << 4) | digit;
      }
      this.words.push(word);
    }
    if (bad > 15) {
      this.words.length = from;
      return false;
    }
    this.kinds.push(UUID);
    return true;
  }
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** MurmurHash3 x86 128 with seed 0, by Austin Appleby, public domain: the four words of the hash. */
export function murmur128(bytes: Uint8Array): readonly number[] {
  const words: number[] = [];
  pushHash(words, bytes);
  return words;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function pushHash(into: number[], bytes: Uint8Array): void {
  const { length } = bytes;
  const whole = length - (length % 16);
  let [h1, h2, h3, h4] = [0, 0, 0, 0];
  for (let at = 0; at < whole; at += 16) {
    h1 ^= Math.imul(rotate(Math.imul(wordAt(bytes, at), C1), 15), C2);
    h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(wordAt(bytes, at + 4), C2), 16), C3);
    h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(wordAt(bytes, at + 8), C3), 17), C4);
    h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(wordAt(bytes, at + 12), C4), 18), C1);
    h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  const rest = length - whole;
  if (rest > 12) h4 ^= Math.imul(rotate(Math.imul(wordAt(bytes, whole + 12), C4), 18), C1);
  if (rest > 8) h3 ^= Math.imul(rotate(Math.imul(wordAt(bytes, whole + 8), C3), 17), C4);
  if (rest > 4) h2 ^= Math.imul(rotate(Math.imul(wordAt(bytes, whole + 4), C2), 16), C3);
  if (rest > 0) h1 ^= Math.imul(rotate(Math.imul(wordAt(bytes, whole), C1), 15), C2);
  h1 = ((h1 ^ length) + (h2 ^ length) + (h3 ^ length) + (h4 ^ length)) | 0;
  h2 = ((h2 ^ length) + h1) | 0;
  h3 = ((h3 ^ length) + h1) | 0;
  h4 = ((h4 ^ length) + h1) | 0;
  [h1, h2, h3, h4] = [finish(h1), finish(h2), finish(h3), finish(h4)];
  h1 = (h1 + h2 + h3 + h4) | 0;
  into.push(h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0);
}

/** The key an id is stored and joined by, in the form of a UUID. */
export function keyText(id: string): string {
  const ids = new Ids();
  ids.push(id);
  return uuidText(ids.words);
}

/** The id of a row as it was sent; null when it has none. */
export function idText(ids: IdColumn, row: number): string | null {
  const kind = ids.kinds[row] ?? NO_ID;
  if (kind !== UUID) return kind === NO_ID ? null : (ids.texts[row] ?? '');
  return uuidText(ids.words.slice(row * 4, row * 4 + 4));
}

function uuidText(words: readonly number[]): string {
  const digits = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

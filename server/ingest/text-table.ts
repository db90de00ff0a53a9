/** Texts seen before, found by their bytes, so that a repeated name or category is decoded once. */

const SLOTS = 1 << 17;
const MAX_TEXTS = SLOTS / 2;
const MAX_TEXT_BYTES = 64;
const POOL_BYTES = MAX_TEXTS * 24;
const MIX = 0x9e3779b1;

export class TextTable {
  /** Keys of attributes, and of maps of features. */
  readonly attributeKeys = new KeyGuess(this);
  readonly featureKeys = new KeyGuess(this);
  #slots = new Int32Array(SLOTS);
  #hashes = new Int32Array(SLOTS);
  #texts: string[] = [''];
  #starts = new Int32Array(MAX_TEXTS + 2);
  #pool = new Uint8Array(POOL_BYTES);
  #used = 0;

  /** The text of `bytes[start..end)`, read as UTF-8. */
  intern(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_TEXT_BYTES) return bytes.toString('utf8', start, end);
    const hash = hashOf(bytes, start, end);
    let slot = hash & (SLOTS - 1);
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === 0) return this.#add(slot, hash, bytes.subarray(start, end));
      if (this.#hashes[slot] === hash && this.#holds(index, length, { bytes, start }))
        return this.#texts[index] as string;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #holds(
    index: number,
    length: number,
    { bytes, start }: { readonly bytes: Buffer; readonly start: number },
  ) {
    const from = this.#starts[index] as number;
    if ((this.#starts[index + 1] as number) - from !== length) return false;
    for (let at = 0; at < length; at += 1) if (this.#pool[from + at] !== bytes[start + at]) return false;
    return true;
  }

  #add(slot: number, hash: number, bytes: Buffer): string {
    const text = bytes.toString('utf8');
    if (this.#texts.length > MAX_TEXTS || this.#used + bytes.length > POOL_BYTES) {
      this.#reset();
      return text;
    }
    const index = this.#texts.length;
    this.#texts.push(text);
    this.#slots[slot] = index;
    this.#hashes[slot] = hash;
    this.#pool.set(bytes, this.#used);
    this.#starts[index] = this.#used;
    this.#used += bytes.length;
    this.#starts[index + 1] = this.#used;
    return text;
  }

  #reset(): void {
    this.#slots.fill(0);
    this.#texts = [''];
    this.#used = 0;
  }
}

/** Longer keys are not guessed. */
const KEY_BYTES = 64;
const MAX_PLACES = 1024;

/**
 * Keys of a map by the place they stood at in the map before. Records of a model have the same keys in the same order,
 * so comparing a few words of bytes nearly always finds the key.
 */
class KeyGuess {
  readonly #texts: TextTable;
  readonly #lengths = new Int32Array(MAX_PLACES).fill(-1);
  readonly #pool = new DataView(new ArrayBuffer(MAX_PLACES * KEY_BYTES));
  readonly #keys: string[] = [];
  #bytes = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));

  constructor(texts: TextTable) {
    this.#texts = texts;
  }

  /** Turns to the bytes that `at` is asked about; `view` is over the same. */
  read(bytes: Buffer, view: DataView): void {
    this.#bytes = bytes as Buffer<ArrayBuffer>;
    this.#view = view as DataView<ArrayBuffer>;
  }

  /** The key that stands in [start, end); `place` is its place in the map. */
  at(place: number, start: number, end: number): string {
    if (this.#lengths[place] === end - start && this.#isSame(place * KEY_BYTES, start, end))
      return this.#keys[place] as string;
    const key = this.#texts.intern(this.#bytes, start, end);
    if (place < MAX_PLACES && end - start <= KEY_BYTES) {
      this.#lengths[place] = end - start;
      this.#keys[place] = key;
      for (let at = start; at < end; at += 1)
        this.#pool.setUint8(place * KEY_BYTES + at - start, this.#bytes[at] as number);
    }
    return key;
  }

  #isSame(from: number, start: number, end: number): boolean {
    let own = from;
    let at = start;
    for (; at + 4 <= end; at += 4, own += 4)
      if (this.#pool.getInt32(own, true) !== this.#view.getInt32(at, true)) return false;
    for (; at < end; at += 1, own += 1)
      if (this.#pool.getUint8(own) !== this.#view.getUint8(at)) return false;
    return true;
  }
}

/** Four bytes a step: a step a byte would be the dearest part of reading a record. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, MIX);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), MIX);
  return hash ^ (hash >>> 16);
}

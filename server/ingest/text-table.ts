/** Texts seen before, found by their bytes, so that a repeated name or category is decoded once. */

const SLOTS = 1 << 17;
const MAX_TEXTS = SLOTS / 2;
const MAX_TEXT_BYTES = 64;
const POOL_BYTES = MAX_TEXTS * 24;

export class TextTable {
  #slots = new Int32Array(SLOTS);
  #texts: string[] = [''];
  #starts = new Int32Array(MAX_TEXTS + 2);
  #pool = new Uint8Array(POOL_BYTES);
  #used = 0;

  /** The text of `bytes[start..end)`, read as UTF-8. */
  intern(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_TEXT_BYTES) return bytes.toString('utf8', start, end);
    let hash = 2_166_136_261 ^ length;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 16_777_619);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index === 0) return this.#add(slot, bytes.subarray(start, end));
      if (this.#lengthOf(index) === length && this.#holds(index, bytes, start))
        return this.#texts[index] as string;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #lengthOf(index: number): number {
    return (this.#starts[index + 1] as number) - (this.#starts[index] as number);
  }

  #holds(index: number, bytes: Buffer, start: number): boolean {
    const from = this.#starts[index] as number;
    const length = this.#lengthOf(index);
    for (let at = 0; at < length; at += 1) if (this.#pool[from + at] !== bytes[start + at]) return false;
    return true;
  }

  #add(slot: number, bytes: Buffer): string {
    const text = bytes.toString('utf8');
    if (this.#texts.length > MAX_TEXTS || this.#used + bytes.length > POOL_BYTES) {
      this.#reset();
      return text;
    }
    const index = this.#texts.length;
    this.#texts.push(text);
    this.#slots[slot] = index;
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

/**
 * The newest ids of a model, bounded: between `kept` and twice as many are remembered. A store that starts reads them
 * from hot rows; an id of a day in Parquet is unknown then, and a row that repeats it is stored and counted once more.
 * Its labels go to the row that came first.
 */

const FIRST_SLOTS = 64;
/** Any odd numbers would do; those of another process differ, so that nobody can choose ids that collide. */
const SEEDS = Int32Array.from({ length: 4 }, () => (Math.random() * 2 ** 32) | 1);

/** Over all models so many ids are remembered, in two generations; of one model never more than this share. */
const MOST = 131_072;
const ALL = 4_194_304;
const LEAST = 4096;

/** How many ids of each of so many models are remembered at least. */
export function keptIds(models: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor(ALL / Math.max(1, models))));
}

export class RecentIds {
  #young = new KeySet();
  #old = new KeySet();

  /** True when the id whose four words stand at `at` is new; it is remembered then. */
  add(words: readonly number[], at: number, kept: number): boolean {
    if (this.#old.has(words, at) || !this.#young.add(words, at)) return false;
    if (this.#young.size >= kept) {
      this.#old = this.#young;
      this.#young = new KeySet();
    }
    return true;
  }
}

/** A set of numbers of 128 bits, each as four words, in open addressing. */
class KeySet {
  size = 0;
  #words = new Int32Array(FIRST_SLOTS * 4);
  #used = new Uint8Array(FIRST_SLOTS);

  has(words: readonly number[], at: number): boolean {
    return this.size > 0 && this.#used[this.#slotOf(words, at)] === 1;
  }

  add(words: readonly number[], at: number): boolean {
    const slot = this.#slotOf(words, at);
    if (this.#used[slot] === 1) return false;
    this.#used[slot] = 1;
    for (let word = 0; word < 4; word += 1) this.#words[slot * 4 + word] = words[at + word] as number;
    this.size += 1;
    if (this.size * 2 > this.#used.length) this.#grow();
    return true;
  }

  /** Where the key is, or would be. */
  #slotOf(words: ArrayLike<number>, at: number): number {
    const [w0, w1, w2, w3] = [
      words[at] as number,
      words[at + 1] as number,
      words[at + 2] as number,
      words[at + 3] as number,
    ];
    const mask = this.#used.length - 1;
    let hash =
      Math.imul(w0, SEEDS[0] as number) ^
      Math.imul(w1, SEEDS[1] as number) ^
      Math.imul(w2, SEEDS[2] as number) ^
      Math.imul(w3, SEEDS[3] as number);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    let slot = (hash ^ (hash >>> 13)) & mask;
    const own = this.#words;
    while (this.#used[slot] === 1) {
      const from = slot * 4;
      if (own[from] === w0 && own[from + 1] === w1 && own[from + 2] === w2 && own[from + 3] === w3)
        return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const words = this.#words;
    const used = this.#used;
    this.#words = new Int32Array(words.length * 2);
    this.#used = new Uint8Array(used.length * 2);
    for (let slot = 0; slot < used.length; slot += 1) {
      if (used[slot] === 0) continue;
      const place = this.#slotOf(words, slot * 4);
      this.#used[place] = 1;
      for (let word = 0; word < 4; word += 1)
        this.#words[place * 4 + word] = words[slot * 4 + word] as number;
    }
  }
}

/** The newest ids of a model, bounded: between RECENT_IDS and twice as many are remembered. */

export const RECENT_IDS = 100_000;

export class RecentIds {
  #young = new Set<string>();
  #old = new Set<string>();

  /** True when the id is new; it is remembered then. */
  add(id: string): boolean {
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    if (this.#young.size >= RECENT_IDS) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return true;
  }
}

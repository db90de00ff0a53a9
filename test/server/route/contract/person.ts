import type { Notice } from '../../../../server/model.ts';

/** Somebody who was told things and knows nothing else: what they take to be firing follows from what arrived alone. */
export class Person {
  readonly believed = new Set<string>();
  readonly arrivals = new Map<string, number>();
  /** What the last message of each conversation had believed: alerts that found no room in the lists are known by it. */
  readonly #conversations = new Map<string, Notice['believed']>();

  receive(notice: Notice): void {
    this.arrivals.set(notice.id, (this.arrivals.get(notice.id) ?? 0) + 1);
    for (const { id } of notice.firing) this.believed.add(id);
    for (const { id } of notice.resolved) this.believed.delete(id);
    const conversation = `${notice.digest === null ? '' : 'digest'} ${JSON.stringify(notice.labels)}`;
    if (notice.omitted > 0) {
      for (const id of Object.keys(this.#conversations.get(conversation) ?? {})) this.believed.delete(id);
      for (const id of Object.keys(notice.believed)) this.believed.add(id);
    }
    this.#conversations.set(conversation, notice.believed);
  }

  get duplicates(): number {
    return [...this.arrivals.values()].reduce((sum, times) => sum + times - 1, 0);
  }
}

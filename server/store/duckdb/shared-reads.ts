import { setImmediate } from 'node:timers/promises';

interface Waiting<Query, Answer> {
  readonly query: Query;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: unknown) => void;
}

/** How reads of one kind are done together. */
export interface Sharing<Query, Answer> {
  /** Reads with the same text can be answered by one statement; null: this one is for itself. */
  readonly alike: (query: Query) => string | null;
  /** One answer a query, in their order. */
  readonly read: (queries: readonly Query[]) => Promise<readonly Answer[]>;
}

/** So many are answered by one statement: their counts lie in memory at the same time. */
const MOST_TOGETHER = 16;

/**
 * Reads that wait for their turn, answered together where they differ by the model alone. The counts of all models lie mixed in
 * one table, so that reading one model's costs nearly as much as reading those of all.
 */
export class SharedReads<Query, Answer> {
  readonly #sharing: Sharing<Query, Answer>;
  #waiting: readonly Waiting<Query, Answer>[] = [];
  #isRunning = false;

  constructor(sharing: Sharing<Query, Answer>) {
    this.#sharing = sharing;
  }

  take(query: Query): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = [...this.#waiting, { query, resolve, reject }];
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Those that are asked for at the same moment come as messages of their own.
    await setImmediate();
    while (this.#waiting.length > 0) await this.#answer(this.#next());
    this.#isRunning = false;
  }

  /** The one that waits longest, with those like it. */
  #next(): readonly Waiting<Query, Answer>[] {
    const [first] = this.#waiting;
    const text = first === undefined ? null : this.#sharing.alike(first.query);
    const like = this.#waiting.filter((one) => text !== null && this.#sharing.alike(one.query) === text);
    const next = text === null ? this.#waiting.slice(0, 1) : like.slice(0, MOST_TOGETHER);
    const taken = new Set(next);
    this.#waiting = this.#waiting.filter((one) => !taken.has(one));
    return next;
  }

  async #answer(waiting: readonly Waiting<Query, Answer>[]): Promise<void> {
    try {
      const answers = await this.#sharing.read(waiting.map(({ query }) => query));
      waiting.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

/** One task at a time, in the order asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task, task);
    this.#last = next.catch(() => {});
    return next;
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

import type { Batch } from '../../batch.ts';
import type { IngestReply } from '../../model.ts';

interface Waiting {
  readonly batch: Batch;
  readonly resolve: (reply: IngestReply) => void;
}

interface Task {
  readonly run: () => Promise<void>;
}

/** How long the first request waits for company, and how many rows end the wait. */
const LINGER_MS = 10;
const FULL_ROWS = 20_000;

/** Gathers requests into commits. One thing at a time happens to the database: a commit or a task. */
export class CommitQueue {
  readonly #commit: (batches: readonly Batch[]) => Promise<readonly IngestReply[]>;
  #waiting: Waiting[] = [];
  #rows = 0;
  readonly #tasks: Task[] = [];
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;

  constructor(commit: (batches: readonly Batch[]) => Promise<readonly IngestReply[]>) {
    this.#commit = commit;
  }

  get rowsWaiting(): number {
    return this.#rows;
  }

  /** Resolves with the reply when the batch's rows are on disk, or could not be. */
  append(batch: Batch): Promise<IngestReply> {
    return new Promise((resolve) => {
      this.#waiting.push({ batch, resolve });
      this.#rows += rowsOf(batch);
      if (this.#rows >= FULL_ROWS) this.#start();
      else this.#timer ??= setTimeout(() => this.#start(), LINGER_MS);
    });
  }

  /** Runs a task between commits. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#tasks.push({ run: () => task().then(resolve, reject) });
      this.#start();
    });
  }

  /** Resolves when nothing is waiting any more. */
  async drain(): Promise<void> {
    while (this.#running !== null || this.#waiting.length > 0) {
      this.#start();
      await this.#running;
    }
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
      // What came after the work had seen that nothing was left.
      if (this.#tasks.length > 0 || this.#rows >= FULL_ROWS) this.#start();
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 || this.#tasks.length > 0) {
      await this.#tasks.shift()?.run();
      const taken = this.#take();
      if (taken.length === 0) continue;
      const replies = await this.#commit(taken.map(({ batch }) => batch));
      taken.forEach(({ resolve }, index) => {
        const reply = replies[index];
        if (reply !== undefined) resolve(reply);
      });
    }
  }

  /** Whole requests, until a commit is full. */
  #take(): readonly Waiting[] {
    let rows = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || rows < FULL_ROWS)) {
      rows += rowsOf((this.#waiting[count] as Waiting).batch);
      count += 1;
    }
    this.#rows -= rows;
    return this.#waiting.splice(0, count);
  }
}

function rowsOf(batch: Batch): number {
  return batch.models.reduce((sum, part) => sum + part.predictions.rows + part.labels.rows, 0);
}

/** So many messages a second, whoever asks: turns by channel, pages first, and never a wait of many seconds. */

export interface TurnsOptions {
  /** A turn comes up every so often. */
  readonly everyMs: number;
  /** So many may be taken at once after a pause. */
  readonly burst: number;
  /** Who would wait longer is sent away. */
  readonly longestMs: number;
}

interface Waiter {
  readonly isUrgent: boolean;
  readonly untilMs: number;
  readonly tell: (delayMs: number) => void;
}

interface Lane {
  /** When the next turn would come without any burst. */
  nextMs: number;
  waiting: readonly Waiter[];
  timer: NodeJS.Timeout | null;
}

/** Turns of each lane by itself; a lane that is held delays no other. `now` is wall time in ms. */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #now: () => number;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: TurnsOptions, now: () => number = Date.now) {
    this.#options = options;
    this.#now = now;
  }

  /** Resolves with 0 when it is one's turn, or soon with how many ms later to ask again. */
  async take(name: string, isUrgent: boolean): Promise<number> {
    const lane = this.#lane(name);
    const { everyMs, longestMs } = this.#options;
    const ahead = lane.waiting.filter((other) => other.isUrgent || !isUrgent).length;
    const delayMs = this.#freeInMs(lane) + ahead * everyMs;
    if (delayMs <= 0) {
      this.#use(lane);
      return 0;
    }
    if (delayMs > longestMs) return delayMs;
    const { promise, resolve } = Promise.withResolvers<number>();
    const waiter = { isUrgent, untilMs: this.#now() + longestMs, tell: resolve };
    lane.waiting = [...lane.waiting, waiter];
    this.#arm(lane);
    return promise;
  }

  /** The other side asked for a pause. */
  hold(name: string, pauseMs: number): void {
    const lane = this.#lane(name);
    const { everyMs, burst } = this.#options;
    lane.nextMs = Math.max(lane.nextMs, this.#now() + pauseMs + (burst - 1) * everyMs);
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const made: Lane = { nextMs: 0, waiting: [], timer: null };
    this.#lanes.set(name, made);
    return made;
  }

  #freeInMs({ nextMs }: Lane): number {
    const { everyMs, burst } = this.#options;
    return Math.max(0, nextMs - (burst - 1) * everyMs - this.#now());
  }

  #use(lane: Lane): void {
    lane.nextMs = Math.max(lane.nextMs, this.#now()) + this.#options.everyMs;
  }

  #arm(lane: Lane): void {
    if (lane.timer !== null || lane.waiting.length === 0) return;
    const waitMs = Math.min(this.#freeInMs(lane), this.#options.everyMs);
    lane.timer = setTimeout(() => this.#turn(lane), Math.max(1, waitMs));
  }

  #turn(lane: Lane): void {
    lane.timer = null;
    const next = lane.waiting.find(({ isUrgent }) => isUrgent) ?? lane.waiting[0];
    if (next !== undefined && this.#freeInMs(lane) === 0) {
      this.#use(lane);
      lane.waiting = lane.waiting.filter((waiter) => waiter !== next);
      next.tell(0);
    }
    this.#sendAway(lane);
    this.#arm(lane);
  }

  /** Those whom pages, or a pause, have kept waiting too long. */
  #sendAway(lane: Lane): void {
    const nowMs = this.#now();
    const late = lane.waiting.filter(({ untilMs }) => untilMs <= nowMs);
    lane.waiting = lane.waiting.filter(({ untilMs }) => untilMs > nowMs);
    const delayMs = this.#freeInMs(lane) + (lane.waiting.length + 1) * this.#options.everyMs;
    for (const { tell } of late) tell(delayMs);
  }
}

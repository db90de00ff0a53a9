import { RetryableError } from '../errors.ts';

/** Senders give up after five to ten seconds in all; a refusal must leave them time for another try. */
const WAIT_MS = 3000;
/** A request that waits holds a connection and what of its body the kernel and Node have taken already. */
const MOST_WAITING = 1024;

/** Calls back once, later; what it returns calls that off. */
export type Timer = (task: () => void, afterMs: number) => () => void;

export interface Room {
  /**
   * Takes room for so many bytes more: null when there was room at once, else a promise that resolves when there is.
   * It rejects with RetryableError after three seconds, at once when too many wait already, and when released meanwhile.
   */
  readonly take: (bytes: number) => Promise<void> | null;
  readonly release: () => void;
}

/** What one request holds. */
interface Holding {
  readonly tenant: string;
  bytes: number;
  waiter: Waiter | null;
}

interface Waiter {
  readonly holding: Holding;
  readonly bytes: number;
  readonly granted: () => void;
  readonly refused: (error: RetryableError) => void;
  callOff: () => void;
}

/**
 * Bytes of bodies that were begun and not yet answered, over all requests of this process; half of them at most of one
 * tenant. Who finds no room waits in the line of its tenant, and the lines take turns. Half as many bytes may wait,
 * half of these of one tenant; a tenant of which nothing waits may always wait with one request.
 */
export class BytesInFlight {
  readonly #max: number;
  readonly #timer: Timer;
  readonly #used = new Tally();
  readonly #waitingBytes = new Tally();
  readonly #waiters = new Tally();
  /** Of bodies whose length was not told and that hold room already: first, so that they end and give it back. */
  readonly #begun = new Set<Waiter>();
  /** Tenants in the order of their turns. */
  readonly #lines = new Map<string, Set<Waiter>>();

  constructor(max: number, timer: Timer = realTimer) {
    this.#max = max;
    this.#timer = timer;
  }

  /** Makes room for one request, to be taken before its bytes are read. */
  open(tenant: string): Room {
    const holding: Holding = { tenant, bytes: 0, waiter: null };
    return {
      take: (bytes) => this.#take(holding, bytes),
      release: () => this.#release(holding),
    };
  }

  #take(holding: Holding, bytes: number): Promise<void> | null {
    if (this.#waiters.all === 0 && this.#reason(holding, bytes) === null) {
      this.#hold(holding, bytes);
      return null;
    }
    if (!this.#mayWait(holding.tenant, bytes)) return Promise.reject(this.#crowded(holding, bytes));
    return this.#wait(holding, bytes);
  }

  #wait(holding: Holding, bytes: number): Promise<void> | null {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { holding, bytes, granted: resolve, refused: reject, callOff: () => {} };
    this.#enqueue(waiter);
    this.#grant();
    if (holding.waiter === null) return null;
    waiter.callOff = this.#timer(() => this.#refuse(waiter, this.#crowded(holding, bytes)), WAIT_MS);
    return promise;
  }

  #release(holding: Holding): void {
    const { waiter } = holding;
    this.#hold(holding, -holding.bytes);
    if (waiter === null) this.#grant();
    else this.#refuse(waiter, new RetryableError('The request ended while it waited for room.'));
  }

  #refuse(waiter: Waiter, error: RetryableError): void {
    this.#leave(waiter);
    waiter.refused(error);
    this.#grant();
  }

  /** In turns, one request of a tenant at a time; who is next in turn and finds no room is not overtaken. */
  #grant(): void {
    for (const waiter of this.#begun)
      if (!this.#granted(waiter) && this.#reason(waiter.holding, waiter.bytes) === 'all') return;
    for (const [tenant, line] of this.#lines) {
      const [next] = line;
      if (next === undefined || this.#reason(next.holding, next.bytes) === 'tenant') continue;
      if (!this.#granted(next)) return;
      if (line.size === 0) continue;
      this.#lines.delete(tenant);
      this.#lines.set(tenant, line);
    }
  }

  #granted(waiter: Waiter): boolean {
    if (this.#reason(waiter.holding, waiter.bytes) !== null) return false;
    this.#leave(waiter);
    this.#hold(waiter.holding, waiter.bytes);
    waiter.granted();
    return true;
  }

  #enqueue(waiter: Waiter): void {
    const { holding, bytes } = waiter;
    holding.waiter = waiter;
    this.#waiters.add(holding.tenant, 1);
    this.#waitingBytes.add(holding.tenant, bytes);
    if (holding.bytes > 0) this.#begun.add(waiter);
    else this.#line(holding.tenant).add(waiter);
  }

  #leave(waiter: Waiter): void {
    const { holding, bytes } = waiter;
    waiter.callOff();
    holding.waiter = null;
    this.#waiters.add(holding.tenant, -1);
    this.#waitingBytes.add(holding.tenant, -bytes);
    this.#begun.delete(waiter);
    const line = this.#lines.get(holding.tenant);
    line?.delete(waiter);
    if (line?.size === 0) this.#lines.delete(holding.tenant);
  }

  #line(tenant: string): Set<Waiter> {
    const known = this.#lines.get(tenant);
    if (known !== undefined) return known;
    const line = new Set<Waiter>();
    this.#lines.set(tenant, line);
    return line;
  }

  /** Why there is no room; what only one request takes always fits, so that no body is refused for ever. */
  #reason({ tenant, bytes: own }: Holding, bytes: number): 'all' | 'tenant' | null {
    const ofTenant = this.#used.of(tenant);
    if (ofTenant > own && ofTenant + bytes > this.#share) return 'tenant';
    return this.#used.all > own && this.#used.all + bytes > this.#max ? 'all' : null;
  }

  #mayWait(tenant: string, bytes: number): boolean {
    const waiters = this.#waiters.of(tenant);
    if (waiters === 0) return true;
    if (this.#waiters.all >= MOST_WAITING || waiters >= MOST_WAITING / 2) return false;
    const { all } = this.#waitingBytes;
    return all + bytes <= this.#share && this.#waitingBytes.of(tenant) + bytes <= this.#share / 2;
  }

  get #share(): number {
    return Math.floor(this.#max / 2);
  }

  #hold(holding: Holding, bytes: number): void {
    holding.bytes += bytes;
    this.#used.add(holding.tenant, bytes);
  }

  #crowded(holding: Holding, bytes: number): RetryableError {
    const full = this.#used.all > holding.bytes && this.#used.all + bytes > this.#max;
    const what = full
      ? `${this.#max} bytes of requests are`
      : `${this.#share} bytes of requests of this tenant, half of what may wait, are`;
    return new RetryableError(`More than ${what} waiting to be stored; send this one again in a second.`, {
      retryAfterMs: 1000,
    });
  }
}

/** A sum, and its parts by tenant. */
class Tally {
  readonly #byTenant = new Map<string, number>();
  all = 0;

  of(tenant: string): number {
    return this.#byTenant.get(tenant) ?? 0;
  }

  add(tenant: string, amount: number): void {
    this.all += amount;
    const sum = this.of(tenant) + amount;
    if (sum === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, sum);
  }
}

function realTimer(task: () => void, afterMs: number): () => void {
  const timer = setTimeout(task, afterMs);
  return () => clearTimeout(timer);
}

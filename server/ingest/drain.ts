import type { Readable } from 'node:stream';
import { BadRequestError } from '../errors.ts';

export interface Draining {
  /** What is waited for before anything is read. */
  readonly before: Promise<void> | null;
  /** Takes a chunk; nothing more is read until what it returns is done. */
  readonly each: (chunk: Uint8Array) => Promise<void> | null;
}

/** Hands a stream's chunks on until its end. Throws what `each` throws, and BadRequestError when the sender goes away. */
export function drain(stream: Readable, { before, each }: Draining): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  new Drain({ stream, each, resolve, reject }).start(before);
  return promise;
}

interface DrainParts extends Pick<Draining, 'each'> {
  readonly stream: Readable;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class Drain {
  readonly #parts: DrainParts;
  #waits = false;
  #ended = false;
  #settled = false;

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  start(before: Promise<void> | null): void {
    const { stream } = this.#parts;
    stream.on('end', this.#onEnd).on('error', this.#onGone).on('close', this.#onGone);
    if (before !== null) this.#hold(before);
    if (stream.readableEnded) this.#onEnd();
    else if (stream.destroyed) this.#onGone(stream.errored);
    else stream.on('data', this.#onData);
  }

  readonly #onData = (chunk: Uint8Array): void => {
    try {
      const waiting = this.#parts.each(chunk);
      if (waiting !== null) this.#hold(waiting);
    } catch (error) {
      this.#fail(error);
    }
  };

  /** A paused stream tells its end, too, when nothing is left in it. */
  readonly #onEnd = (): void => {
    this.#ended = true;
    if (!this.#waits) this.#settle(this.#parts.resolve);
  };

  readonly #onGone = (cause?: unknown): void => {
    if (!this.#ended) this.#fail(gone(cause));
  };

  #hold(waiting: Promise<void>): void {
    this.#waits = true;
    this.#parts.stream.pause();
    waiting.then(
      () => this.#goOn(),
      (error: unknown) => this.#fail(error),
    );
  }

  #goOn(): void {
    if (this.#settled) return;
    this.#waits = false;
    if (this.#ended) this.#settle(this.#parts.resolve);
    else this.#parts.stream.resume();
  }

  #fail(error: unknown): void {
    this.#settle(() => this.#parts.reject(error));
  }

  #settle(done: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    const { stream } = this.#parts;
    stream.off('data', this.#onData).off('end', this.#onEnd);
    stream.off('error', this.#onGone).off('close', this.#onGone);
    stream.pause();
    done();
  }
}

function gone(cause: unknown): BadRequestError {
  return new BadRequestError('The connection ended before the body did; nothing of it was stored.', {
    cause,
  });
}

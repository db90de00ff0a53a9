import { BadRequestError, RetryableError } from '../errors.ts';

/** Bytes of bodies that were begun and not yet answered, over all requests of this process. */
export class BytesInFlight {
  readonly #max: number;
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Throws RetryableError when there is no room. A lone request always fits. */
  take(bytes: number): void {
    if (this.#used > 0 && this.#used + bytes > this.#max)
      throw new RetryableError(
        `More than ${this.#max} bytes of requests are waiting to be stored; send this one again in a second.`,
        { retryAfterMs: 1000 },
      );
    this.#used += bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}

export interface ReadBody {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly release: () => void;
}

/**
 * Reads a request's body, never more than `maxBytes` of it. Throws BadRequestError with status 413 beyond, and
 * RetryableError when there is no room for it; what was taken of the room is given back then.
 */
export async function readBody(
  request: Request,
  limits: { readonly maxBytes: number; readonly inFlight: BytesInFlight },
): Promise<ReadBody> {
  const { maxBytes, inFlight } = limits;
  const told = Number(request.headers.get('content-length') ?? 0);
  if (told > maxBytes) throw tooLarge(maxBytes);
  let taken = 0;
  const release = () => {
    inFlight.release(taken);
    taken = 0;
  };
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request.body ?? []) {
      if (taken + chunk.byteLength > maxBytes) throw tooLarge(maxBytes);
      inFlight.take(chunk.byteLength);
      taken += chunk.byteLength;
      chunks.push(chunk);
    }
    return { body: joined(chunks, taken), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A buffer of its own, so that it can be handed to another thread. */
function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

function tooLarge(maxBytes: number): BadRequestError {
  return new BadRequestError(
    `The body has more than ${maxBytes} bytes; send smaller requests, compress them with gzip, or raise limits.maxCompressedBytes.`,
    { status: 413 },
  );
}

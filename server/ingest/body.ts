import { BadRequestError, RetryableError } from '../errors.ts';

/** Bytes of bodies that were begun and not yet answered, over all requests of this process; half of them at most of one tenant. */
export class BytesInFlight {
  readonly #max: number;
  readonly #byTenant = new Map<string, number>();
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Makes room for one request, to be taken as its bytes come. */
  open(tenant: string): Room {
    const room = { bytes: 0 };
    return {
      take: (bytes) => {
        this.#check(tenant, room.bytes, bytes);
        room.bytes += bytes;
        this.#add(tenant, bytes);
      },
      release: () => {
        this.#add(tenant, -room.bytes);
        room.bytes = 0;
      },
    };
  }

  /** What only one request takes always fits, so that no body is refused for ever. */
  #check(tenant: string, own: number, bytes: number): void {
    const ofTenant = this.#byTenant.get(tenant) ?? 0;
    if (this.#used > own && this.#used + bytes > this.#max)
      throw crowded(`More than ${this.#max} bytes of requests are`);
    const share = Math.floor(this.#max / 2);
    if (ofTenant > own && ofTenant + bytes > share)
      throw crowded(`More than ${share} bytes of requests of this tenant, half of what may wait, are`);
  }

  #add(tenant: string, bytes: number): void {
    this.#used += bytes;
    const ofTenant = (this.#byTenant.get(tenant) ?? 0) + bytes;
    if (ofTenant === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, ofTenant);
  }
}

export interface Room {
  /** Throws RetryableError when there is none left. */
  readonly take: (bytes: number) => void;
  readonly release: () => void;
}

function crowded(what: string): RetryableError {
  return new RetryableError(`${what} waiting to be stored; send this one again in a second.`, {
    retryAfterMs: 1000,
  });
}

/**
 * Reads a request's body, never more than `maxBytes` of it, which is what the setting `limit` says. Throws
 * BadRequestError with status 413 beyond, and RetryableError when there is no room; whoever opened it releases it.
 */
export async function readBody(
  request: Request,
  limits: { readonly maxBytes: number; readonly limit: BodyLimit; readonly room: Room },
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes, room } = limits;
  const told = Number(request.headers.get('content-length') ?? 0);
  if (told > maxBytes) throw tooLarge(limits);
  let taken = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of request.body ?? []) {
    if (taken + chunk.byteLength > maxBytes) throw tooLarge(limits);
    room.take(chunk.byteLength);
    taken += chunk.byteLength;
    chunks.push(chunk);
  }
  return joined(chunks, taken);
}

export type BodyLimit = 'limits.maxCompressedBytes' | 'limits.maxBodyBytes';

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

function tooLarge({
  maxBytes,
  limit,
}: {
  readonly maxBytes: number;
  readonly limit: BodyLimit;
}): BadRequestError {
  const way = limit === 'limits.maxBodyBytes' ? 'compress them with gzip, ' : '';
  return new BadRequestError(
    `The body has more than ${maxBytes} bytes; send smaller requests, ${way}or raise ${limit}.`,
    { status: 413 },
  );
}

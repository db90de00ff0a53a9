import type { Readable } from 'node:stream';
import { BadRequestError } from '../errors.ts';
import { drain } from './drain.ts';
import type { Room } from './room.ts';

export type BodyLimit = 'limits.maxCompressedBytes' | 'limits.maxBodyBytes';

export interface BodyLimits {
  readonly maxBytes: number;
  /** The setting that says so. */
  readonly limit: BodyLimit;
  readonly room: Room;
}

/**
 * Reads a request's body, never more than `maxBytes` of it; `toldBytes` is its length, null when that was not told.
 * Throws BadRequestError with status 413 beyond, and RetryableError when there is no room; whoever opened the room
 * releases it.
 */
export async function readBody(
  stream: Readable,
  { toldBytes, ...limits }: BodyLimits & { readonly toldBytes: number | null },
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes, room } = limits;
  if (toldBytes !== null && toldBytes > maxBytes) throw tooLarge(limits);
  let taken = 0;
  const chunks: Uint8Array[] = [];
  await drain(stream, {
    before: toldBytes === null ? null : room.take(toldBytes),
    each: (chunk) => {
      taken += chunk.byteLength;
      if (taken > maxBytes) throw tooLarge(limits);
      chunks.push(chunk);
      return toldBytes === null ? room.take(chunk.byteLength) : null;
    },
  });
  return joined(chunks, taken);
}

/** A buffer of its own, so that it can be handed to another thread. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

export function tooLarge({ maxBytes, limit }: Pick<BodyLimits, 'maxBytes' | 'limit'>): BadRequestError {
  const way = limit === 'limits.maxBodyBytes' ? 'compress them with gzip, ' : '';
  return new BadRequestError(
    `The body has more than ${maxBytes} bytes; send smaller requests, ${way}or raise ${limit}.`,
    { status: 413 },
  );
}

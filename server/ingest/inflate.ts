import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { BadRequestError } from '../errors.ts';
import type { Encoding } from '../model.ts';

type Packed = Exclude<Encoding, 'identity'>;
type Unpack = (
  body: Uint8Array<ArrayBuffer>,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Buffer>;

/** Bigger steps than the default of 16 KB cost a third of the time. */
const CHUNK_BYTES = 262_144;

/** Node has zstd since 22.15; `deflate` is zlib's format, as HTTP and gRPC name it. */
const UNPACK: Readonly<Partial<Record<Packed, Unpack>>> = {
  gzip: promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  ...('zstdDecompress' in zlib && { zstd: promisify(zlib.zstdDecompress) }),
};

/** The compressions taken, as Content-Encoding and grpc-encoding name them. */
export const PACKED = Object.keys(UNPACK) as readonly Packed[];

/** What a header names. Throws BadRequestError with status 415 when it is not taken. */
export function encodingOf(header: string | null | undefined): Encoding {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity' || name === 'none') return 'identity';
  const found = PACKED.find((one) => one === (name === 'zlib' ? 'deflate' : name));
  if (found !== undefined) return found;
  throw new BadRequestError(
    `This compression of the body is not taken; send it with ${PACKED.join(', ')}, or as it is.`,
    { status: 415 },
  );
}

/**
 * Unpacks a body. Throws BadRequestError with status 413 beyond `maxBytes`, and 400 when it is not packed as
 * `encoding` says.
 */
export async function inflate(
  body: Uint8Array<ArrayBuffer>,
  { encoding, maxBytes }: { readonly encoding: Packed; readonly maxBytes: number },
): Promise<Buffer> {
  const unpack = UNPACK[encoding];
  if (unpack === undefined)
    throw new BadRequestError(`This Node cannot unpack ${encoding}.`, { status: 415 });
  try {
    return await unpack(body, { maxOutputLength: maxBytes, chunkSize: CHUNK_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new BadRequestError(
        `The body unpacks to more than ${maxBytes} bytes; send smaller requests or raise limits.maxBodyBytes.`,
        { status: 413, cause },
      );
    throw new BadRequestError(
      `The body is not ${encoding}, though its headers say so; send it as it is or compress it whole.`,
      { cause },
    );
  }
}

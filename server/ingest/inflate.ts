import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { BadRequestError } from '../errors.ts';
import type { Encoding } from '../model.ts';

type Packed = Exclude<Encoding, 'identity'>;
type Unpack = (
  body: Uint8Array<ArrayBuffer>,
  options: { readonly maxOutputLength: number; readonly chunkSize: number; readonly info: true },
) => Promise<Unpacked>;

/** With `info` Node tells how much of the body it took, too: its types do not know. */
interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** Bigger steps than the default of 16 KB cost a third of the time. */
const CHUNK_BYTES = 262_144;

/** Node has zstd since 22.15; `deflate` is zlib's format, as HTTP and gRPC name it. */
const UNPACK: Readonly<Partial<Record<Packed, Unpack>>> = {
  gzip: promisify(zlib.gunzip) as unknown as Unpack,
  deflate: promisify(zlib.inflate) as unknown as Unpack,
  ...('zstdDecompress' in zlib && { zstd: promisify(zlib.zstdDecompress) as unknown as Unpack }),
};

/** Frames of zstd that may stand behind each other; Node takes one at a time, and of gzip all. */
const MOST_FRAMES = 1000;

/** The compressions taken, as Content-Encoding and grpc-encoding name them. */
export const PACKED = Object.keys(UNPACK) as readonly Packed[];

const UNPACKED: ReadonlySet<string> = new Set(['', 'identity', 'none']);
const ALSO: Readonly<Record<string, Packed>> = { zlib: 'deflate', 'x-gzip': 'gzip' };

/** What a header names. Throws BadRequestError with status 415 when it is not taken. */
export function encodingOf(header: string | null | undefined): Encoding {
  const names = (header ?? '').split(',').map((name) => name.trim().toLowerCase());
  const [name, ...others] = names.filter((one) => !UNPACKED.has(one));
  if (name === undefined) return 'identity';
  const found = PACKED.find((one) => one === (ALSO[name] ?? name));
  if (found !== undefined && others.length === 0) return found;
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
    return await whole(unpack, body, maxBytes);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === TOO_LARGE)
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

const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

/** All that is packed in a body, to its last byte. */
async function whole(unpack: Unpack, body: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let at = 0;
  let bytes = 0;
  do {
    const maxOutputLength = Math.max(1, maxBytes - bytes);
    const options = { maxOutputLength, chunkSize: CHUNK_BYTES, info: true } as const;
    const { buffer, engine } = await unpack(body.subarray(at), options);
    if (engine.bytesWritten === 0 || pieces.push(buffer) > MOST_FRAMES) throw new Error('no end is found');
    at += engine.bytesWritten;
    bytes += buffer.byteLength;
    if (bytes > maxBytes) throw Object.assign(new Error('too large'), { code: TOO_LARGE });
  } while (at < body.byteLength);
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

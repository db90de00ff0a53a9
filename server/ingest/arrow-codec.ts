import { zstdDecompressSync } from 'node:zlib';
import { compressionRegistry, CompressionType } from 'apache-arrow';
import { BadRequestError } from '../errors.ts';
import { inflateLz4 } from './lz4.ts';

/** Compressed buffers of Arrow: ZSTD where Node has it, LZ4 here. pandas writes Feather files with LZ4. */

const budget = { bytes: 0 };

/** Runs a reader of Arrow that may unpack so many bytes in all. */
export function unpackArrow<T>(maxBytes: number, read: () => T): T {
  budget.bytes = maxBytes;
  return read();
}

function unpacking(unpack: (bytes: Uint8Array) => Uint8Array): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const unpacked = unpack(bytes);
    budget.bytes -= unpacked.byteLength;
    // Columns of numbers are read in place, which needs them aligned.
    return unpacked.byteOffset % 8 === 0 ? unpacked : new Uint8Array(unpacked);
  };
}

function unzstd(bytes: Uint8Array): Uint8Array {
  if (typeof zstdDecompressSync !== 'function')
    throw new BadRequestError('This Node cannot unpack ZSTD; send the Arrow stream without compression.');
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, budget.bytes) });
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(cause);
    throw cause;
  }
}

function tooLarge(cause?: unknown): BadRequestError {
  return new BadRequestError('The Arrow stream unpacks to more than limits.maxBodyBytes; send fewer rows.', {
    status: 413,
    cause,
  });
}

function unlz4(bytes: Uint8Array): Uint8Array {
  const unpacked = inflateLz4(bytes, budget.bytes);
  if (unpacked === null) throw tooLarge();
  return unpacked;
}

compressionRegistry.set(CompressionType.ZSTD, { decode: unpacking(unzstd) });
compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unpacking(unlz4) });

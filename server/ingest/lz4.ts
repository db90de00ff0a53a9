import { BadRequestError } from '../errors.ts';

/** LZ4 frames. Format: LZ4 Frame Format 1.6.3 and LZ4 Block Format, lz4 project. */

const MAGIC = 0x184d2204;
const FLAG = { contentSize: 0x08, blockChecksum: 0x10, dictionary: 0x01 } as const;
/** A block whose size has this bit is stored as it is. */
const STORED = 0x8000_0000;
const MIN_MATCH = 4;
/** A length of 15 goes on in the next bytes. */
const LONG = 15;

/** Unpacks a frame; null when it would be more than `maxBytes`. Throws BadRequestError when it is torn. */
export function inflateLz4(packed: Uint8Array, maxBytes: number): Uint8Array | null {
  const input = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  if (input.length < 7 || input.readUInt32LE(0) !== MAGIC) throw torn();
  const flags = input[4] as number;
  if ((flags & FLAG.dictionary) !== 0) throw torn();
  let at = 7 + ((flags & FLAG.contentSize) === 0 ? 0 : 8);
  const output = new Output(maxBytes);
  for (;;) {
    if (at + 4 > input.length) throw torn();
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) return output.bytes();
    const size = word & ~STORED;
    if (size < 0 || at + size > input.length) throw torn();
    const fits =
      word >>> 31 === 1
        ? output.copy(input, at, at + size)
        : unpackBlock(input.subarray(at, at + size), output);
    if (!fits) return null;
    at += size + ((flags & FLAG.blockChecksum) === 0 ? 0 : 4);
  }
}

/** False when the output is full. */
function unpackBlock(block: Buffer, output: Output): boolean {
  let at = 0;
  const length = (start: number): number => {
    let sum = start;
    if (start !== LONG) return sum;
    for (;;) {
      if (at >= block.length) throw torn();
      const byte = block[at] as number;
      at += 1;
      sum += byte;
      if (byte !== 255) return sum;
    }
  };
  while (at < block.length) {
    const token = block[at] as number;
    at += 1;
    const literals = length(token >> 4);
    if (at + literals > block.length) throw torn();
    if (!output.copy(block, at, at + literals)) return false;
    at += literals;
    if (at === block.length) return true;
    if (at + 2 > block.length) throw torn();
    const distance = block.readUInt16LE(at);
    at += 2;
    if (!output.repeat(distance, length(token & LONG) + MIN_MATCH)) return false;
  }
  return true;
}

class Output {
  readonly #max: number;
  #buffer = Buffer.alloc(4096);
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  copy(from: Buffer, start: number, end: number): boolean {
    if (!this.#reserve(end - start)) return false;
    from.copy(this.#buffer, this.#used, start, end);
    this.#used += end - start;
    return true;
  }

  /** Copies what stands `distance` bytes back; it may overlap with what it makes. */
  repeat(distance: number, count: number): boolean {
    if (distance === 0 || distance > this.#used) throw torn();
    if (!this.#reserve(count)) return false;
    const from = this.#used - distance;
    if (distance >= count) this.#buffer.copyWithin(this.#used, from, from + count);
    else
      for (let at = 0; at < count; at += 1) this.#buffer[this.#used + at] = this.#buffer[from + at] as number;
    this.#used += count;
    return true;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }

  #reserve(count: number): boolean {
    const wanted = this.#used + count;
    if (wanted > this.#max) return false;
    if (wanted > this.#buffer.length) {
      const next = Buffer.alloc(Math.max(wanted, this.#buffer.length * 2));
      this.#buffer.copy(next, 0, 0, this.#used);
      this.#buffer = next;
    }
    return true;
  }
}

function torn(): BadRequestError {
  return new BadRequestError('A buffer of the Arrow stream is no whole LZ4 frame; write it anew.');
}

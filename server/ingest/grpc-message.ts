import type { Readable } from 'node:stream';
import { BadRequestError } from '../errors.ts';
import type { Encoding } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import { joined, tooLarge } from './body.ts';
import { drain } from './drain.ts';
import type { SentBody } from './front.ts';
import type { Room } from './room.ts';

/** One byte that says whether the message is compressed, and four of its length. */
const PREFIX_BYTES = 5;

export interface MessageMeans {
  readonly limits: LimitSettings;
  readonly room: Room;
  /** How a message is compressed that says it is. */
  readonly encoding: Encoding;
}

/** Reads the one message of a unary call, however it is split. Throws like readBody, and when it is not exactly one. */
export async function readMessage(stream: Readable, means: MessageMeans): Promise<SentBody> {
  const message = new Message(means);
  await drain(stream, { before: null, each: (chunk) => message.add(chunk) });
  return message.end();
}

class Message {
  readonly #means: MessageMeans;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixed = 0;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(means: MessageMeans) {
    this.#means = means;
  }

  add(chunk: Uint8Array): Promise<void> | null {
    const ofPrefix = Math.min(PREFIX_BYTES - this.#prefixed, chunk.byteLength);
    this.#prefix.set(chunk.subarray(0, ofPrefix), this.#prefixed);
    this.#prefixed += ofPrefix;
    const begins = ofPrefix > 0 && this.#prefixed === PREFIX_BYTES;
    if (begins) this.#check();
    if (chunk.byteLength > ofPrefix) this.#append(chunk.subarray(ofPrefix));
    return begins ? this.#means.room.take(this.#length) : null;
  }

  end(): SentBody {
    if (this.#prefixed === 0) throw misframed('no message came');
    if (this.#prefixed < PREFIX_BYTES || this.#bytes < this.#length)
      throw misframed('the bytes end within the message');
    const { encoding } = this.#means;
    return { body: joined(this.#chunks, this.#bytes), encoding: this.#packed ? encoding : 'identity' };
  }

  get #packed(): boolean {
    return this.#prefix[0] === 1;
  }

  get #length(): number {
    return this.#prefix.readUInt32BE(1);
  }

  #check(): void {
    const { limits, encoding } = this.#means;
    if ((this.#prefix[0] ?? 0) > 1) throw misframed('the message starts with neither 0 nor 1');
    if (this.#packed && encoding === 'identity')
      throw misframed('the message is compressed, but grpc-encoding does not say how');
    const limit = this.#packed ? 'limits.maxCompressedBytes' : 'limits.maxBodyBytes';
    const maxBytes = this.#packed ? limits.maxCompressedBytes : limits.maxBodyBytes;
    if (this.#length > maxBytes) throw tooLarge({ maxBytes, limit });
  }

  #append(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#length)
      throw misframed('more bytes came than the one message has; send one message a call');
    this.#chunks.push(chunk);
  }
}

function misframed(what: string): BadRequestError {
  return new BadRequestError(`This is not a unary gRPC call: ${what}.`);
}

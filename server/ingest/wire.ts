import { BadRequestError } from '../errors.ts';

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const TWO_32 = 4_294_967_296;

/** Reads the wire format of protobuf from a buffer. Throws BadRequestError where the bytes end too early or make no sense. */
export class WireReader {
  readonly bytes: Buffer;
  readonly view: DataView;
  at = 0;
  /** The wire type of the last tag. */
  wire = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a tag: returns the field number, sets `wire`. */
  tag(end: number): number {
    const tag = this.uint(end);
    this.wire = tag & 7;
    const field = Math.floor(tag / 8);
    if (field === 0) throw malformed(`a field with number 0 at byte ${this.at}`);
    return field;
  }

  /** A varint as a number; beyond 2^53 it is the nearest double. */
  uint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      if (this.at >= end) throw malformed('the bytes end within a number');
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw malformed(`a number of more than ten bytes before byte ${this.at}`);
  }

  /** A varint as a signed 64-bit integer; beyond 2^53 it is the nearest double. */
  int(end: number): number {
    const from = this.at;
    const value = this.uint(end);
    if (this.at - from < 10) return value;
    this.at = from;
    return Number(this.#signed(end));
  }

  /** A varint as a signed 64-bit integer in words, with every digit. */
  integerText(end: number): string {
    const from = this.at;
    this.uint(end);
    this.at = from;
    return String(this.#signed(end));
  }

  #signed(end: number): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      if (this.at >= end) throw malformed('the bytes end within a number');
      const byte = this.bytes[this.at] as number;
      this.at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  }

  /** The end of a length-delimited field whose length is next; `at` stands at its first byte. */
  sub(end: number): number {
    if (this.wire !== WIRE.bytes)
      throw malformed(`a field of wire type ${this.wire} where a message was expected`);
    const length = this.uint(end);
    if (length > end - this.at) throw malformed(`a field of ${length} bytes where ${end - this.at} are left`);
    return this.at + length;
  }

  /** Calls `visit` for every length-delimited field up to `end`, `at` at its start; others are skipped. */
  each(end: number, visit: (field: number, fieldEnd: number) => void): void {
    while (this.at < end) {
      const field = this.tag(end);
      if (this.wire !== WIRE.bytes) {
        this.skip(end);
        continue;
      }
      const fieldEnd = this.sub(end);
      visit(field, fieldEnd);
      this.at = fieldEnd;
    }
  }

  double(end: number): number {
    this.#need(8, end);
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** Nanoseconds since 1970, split exactly into milliseconds and the rest. */
  moment(end: number, into: { timeMs: number; restNs: number }): void {
    this.#need(8, end);
    const low = this.view.getUint32(this.at, true);
    const high = this.view.getUint32(this.at + 4, true);
    this.at += 8;
    // 2^32 ns are 4294 ms and 967296 ns, so no product here passes 2^53.
    const ns = high * (TWO_32 % 1_000_000) + low;
    into.timeMs = high * Math.floor(TWO_32 / 1_000_000) + Math.floor(ns / 1_000_000);
    into.restNs = ns % 1_000_000;
  }

  skip(end: number): void {
    if (this.wire === WIRE.varint) this.uint(end);
    else if (this.wire === WIRE.fixed64) this.#move(8, end);
    else if (this.wire === WIRE.bytes) this.at = this.sub(end);
    else if (this.wire === WIRE.fixed32) this.#move(4, end);
    else throw malformed(`wire type ${this.wire} at byte ${this.at}`);
  }

  #need(bytes: number, end: number): void {
    if (end - this.at < bytes) throw malformed(`a value of ${bytes} bytes where ${end - this.at} are left`);
  }

  #move(bytes: number, end: number): void {
    this.#need(bytes, end);
    this.at += bytes;
  }
}

export function malformed(what: string): BadRequestError {
  return new BadRequestError(
    `The body is not an OTLP logs request in protobuf: ${what}. Send an ExportLogsServiceRequest.`,
  );
}

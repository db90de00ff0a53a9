/** Just enough of FlatBuffers to look a message over: every offset is checked before it is followed. */

type Fault = (what: string) => Error;
const OUTSIDE = 'its metadata points outside itself';

/** Fixed-size entries of a vector. */
interface Structs {
  readonly length: number;
  /** The 64-bit integer at a byte offset within the vector. */
  readonly long: (offset: number) => number;
}

export class FlatTable {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #slots: number;
  readonly #slotsAt: number;
  readonly #fault: Fault;

  private constructor(bytes: Buffer, at: number, fault: Fault) {
    this.#bytes = bytes;
    this.#at = at;
    this.#fault = fault;
    this.#room(at, 4);
    this.#slotsAt = at - bytes.readInt32LE(at);
    this.#room(this.#slotsAt, 4);
    const bytesOfSlots = bytes.readUInt16LE(this.#slotsAt);
    this.#room(this.#slotsAt, bytesOfSlots);
    this.#slots = Math.max(0, (bytesOfSlots - 4) >> 1);
  }

  static root(bytes: Buffer, fault: Fault): FlatTable {
    if (bytes.length < 8) throw fault(OUTSIDE);
    return new FlatTable(bytes, bytes.readUInt32LE(0), fault);
  }

  byte(slot: number): number {
    const at = this.#field(slot, 1);
    return at === 0 ? 0 : (this.#bytes[at] as number);
  }

  short(slot: number): number {
    const at = this.#field(slot, 2);
    return at === 0 ? 0 : this.#bytes.readInt16LE(at);
  }

  long(slot: number): number {
    const at = this.#field(slot, 8);
    return at === 0 ? 0 : Number(this.#bytes.readBigInt64LE(at));
  }

  table(slot: number): FlatTable | null {
    const at = this.#field(slot, 4);
    return at === 0 ? null : new FlatTable(this.#bytes, this.#follow(at), this.#fault);
  }

  tables(slot: number): readonly FlatTable[] {
    const { at, length } = this.#vector(slot, 4);
    return Array.from(
      { length },
      (_, index) => new FlatTable(this.#bytes, this.#follow(at + index * 4), this.#fault),
    );
  }

  structs(slot: number, width: number): Structs {
    const { at, length } = this.#vector(slot, width);
    return { length, long: (offset) => Number(this.#bytes.readBigInt64LE(at + offset)) };
  }

  #vector(slot: number, width: number): { readonly at: number; readonly length: number } {
    const field = this.#field(slot, 4);
    if (field === 0) return { at: 0, length: 0 };
    const at = this.#follow(field);
    this.#room(at, 4);
    const length = this.#bytes.readUInt32LE(at);
    this.#room(at + 4, length * width);
    return { at: at + 4, length };
  }

  #follow(at: number): number {
    return at + this.#bytes.readUInt32LE(at);
  }

  /** Where a field stands; 0 when it is left out. */
  #field(slot: number, width: number): number {
    if (slot >= this.#slots) return 0;
    const offset = this.#bytes.readUInt16LE(this.#slotsAt + 4 + slot * 2);
    if (offset === 0) return 0;
    this.#room(this.#at + offset, width);
    return this.#at + offset;
  }

  #room(at: number, bytes: number): void {
    if (at < 0 || at + bytes > this.#bytes.length) throw this.#fault(OUTSIDE);
  }
}

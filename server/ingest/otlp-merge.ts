import { BadRequestError } from '../errors.ts';
import { malformed, WIRE, WireReader } from './wire.ts';

/**
 * A message told twice under one field, as no encoder writes it and as joined requests have it: protobuf makes one of the
 * two, so that a map has the entries of both (protobuf.dev, "Last One Wins"). Values are read where they stand, in one
 * piece; a request that has such messages is written anew with them in one piece, and read again.
 */

/** Deeper than any value is read. */
const MAX_LEVELS = 64;
const MAX_MERGES = 10_000;

/** Thrown by the reading of values; what was read until then is not to be kept. */
export class ToldTwice extends BadRequestError {
  constructor() {
    super(`A message of the request is told twice, deeper than ${MAX_LEVELS} levels; send it once.`);
  }
}

type Name = keyof typeof MESSAGES;

/** The fields of each message that are messages themselves. */
const MESSAGES = {
  request: { 1: 'resourceLogs' },
  resourceLogs: { 1: 'resource', 2: 'scopeLogs' },
  resource: { 1: 'keyValue' },
  scopeLogs: { 1: 'scope', 2: 'record' },
  scope: { 3: 'keyValue' },
  record: { 5: 'any', 6: 'keyValue' },
  keyValue: { 2: 'any' },
  any: { 5: 'list', 6: 'map' },
  list: { 1: 'any' },
  map: { 1: 'keyValue' },
} as const;

/** Of each message the field that holds one, not many. A resource and a scope are read field by field, however often. */
const SINGLE: Readonly<Partial<Record<Name, number>>> = { record: 5, keyValue: 2 };
/** Of each kind of AnyValue, the wire type it is written in. */
const ANY_WIRES: readonly (number | undefined)[] = [undefined, 2, 0, 0, 1, 2, 2, 2];

/** The request with no message told twice. Throws BadRequestError where the bytes are none. */
export function mergedMessages(body: Buffer): Buffer {
  return new Merger().message(new WireReader(body), { end: body.length, name: 'request', level: 0 }) ?? body;
}

interface Place {
  readonly end: number;
  readonly name: Name;
  readonly level: number;
}

/** Start and end of one content after the other. */
type Ranges = number[];

class Merger {
  #merges = 0;

  /** The message that is next and ends at `end`; null: as it is. */
  message(reader: WireReader, place: Place): Buffer | null {
    if (place.level > MAX_LEVELS) return null;
    return place.name === 'any' ? this.#any(reader, place) : this.#fields(reader, place);
  }

  #fields(reader: WireReader, { end, name, level }: Place): Buffer | null {
    const { bytes } = reader;
    const inner: Readonly<Record<number, Name | undefined>> = MESSAGES[name];
    const parts: Buffer[] = [];
    const single: Ranges = [];
    let kept = reader.at;
    while (reader.at < end) {
      const from = reader.at;
      const field = reader.tag(end);
      const shape = reader.wire === WIRE.bytes ? inner[field] : undefined;
      if (shape === undefined) {
        reader.skip(end);
        continue;
      }
      const fieldEnd = reader.sub(end);
      const isSingle = SINGLE[name] === field;
      if (isSingle) single.push(reader.at, fieldEnd);
      const changed = isSingle
        ? null
        : this.message(reader, { end: fieldEnd, name: shape, level: level + 1 });
      reader.at = fieldEnd;
      if (!isSingle && changed === null) continue;
      parts.push(bytes.subarray(kept, from), ...(changed === null ? [] : framed(field, changed)));
      kept = fieldEnd;
    }
    const value = this.#joined(reader, single, { name: 'any', level });
    if (!value.isChanged && parts.length === single.length / 2) return null;
    const last = single.length === 0 ? [] : framed(SINGLE[name] as number, value.content);
    return Buffer.concat([...parts, bytes.subarray(kept, end), ...last]);
  }

  /** Of several kinds the last is told; of a list or a map told in a row, all of them. */
  #any(reader: WireReader, { end, level }: Place): Buffer | null {
    let kind = 0;
    let contents: Ranges = [];
    while (reader.at < end) {
      const field = reader.tag(end);
      if (reader.wire !== ANY_WIRES[field] || reader.wire !== WIRE.bytes) {
        if (reader.wire === ANY_WIRES[field]) kind = field;
        reader.skip(end);
        continue;
      }
      const fieldEnd = reader.sub(end);
      if (field !== kind) contents = [];
      kind = field;
      contents.push(reader.at, fieldEnd);
      reader.at = fieldEnd;
    }
    if (kind !== 5 && kind !== 6) return null;
    const { content, isChanged } = this.#joined(reader, contents, {
      name: kind === 5 ? 'list' : 'map',
      level,
    });
    return isChanged ? Buffer.concat(framed(kind, content)) : null;
  }

  /** What was told in one place or in several, as one message; where `reader` stands then is of no account. */
  #joined(
    reader: WireReader,
    ranges: Ranges,
    { name, level }: Omit<Place, 'end'>,
  ): { readonly content: Buffer; readonly isChanged: boolean } {
    const [from = 0, end = 0] = ranges;
    if (ranges.length < 4) {
      reader.at = from;
      const changed = ranges.length === 0 ? null : this.message(reader, { end, name, level: level + 1 });
      return { content: changed ?? reader.bytes.subarray(from, end), isChanged: changed !== null };
    }
    this.#merges += 1;
    if (this.#merges > MAX_MERGES) throw malformed(`more than ${MAX_MERGES} of its messages are told twice`);
    const contents = ranges.flatMap((start, at) =>
      at % 2 === 0 ? [reader.bytes.subarray(start, ranges[at + 1])] : [],
    );
    const whole = Buffer.concat(contents);
    const changed = this.message(new WireReader(whole), { end: whole.length, name, level: level + 1 });
    return { content: changed ?? whole, isChanged: true };
  }
}

/** A length-delimited field of a number below 16. */
function framed(field: number, content: Buffer): readonly [Buffer, Buffer] {
  const head = [field * 8 + WIRE.bytes];
  let rest = content.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) + 128);
  return [Buffer.from([...head, rest]), content];
}

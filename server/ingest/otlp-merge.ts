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
  return new Merger().message(body, 'request', 0) ?? body;
}

class Merger {
  #merges = 0;

  /** null: as it is. */
  message(bytes: Buffer, name: Name, level: number): Buffer | null {
    if (level > MAX_LEVELS) return null;
    return name === 'any' ? this.#any(bytes, level) : this.#fields(bytes, name, level);
  }

  #fields(bytes: Buffer, name: Name, level: number): Buffer | null {
    const reader = new WireReader(bytes);
    const inner: Readonly<Record<number, Name | undefined>> = MESSAGES[name];
    const parts: Buffer[] = [];
    const single: Buffer[] = [];
    let kept = 0;
    while (reader.at < bytes.length) {
      const from = reader.at;
      const field = reader.tag(bytes.length);
      const shape = reader.wire === WIRE.bytes ? inner[field] : undefined;
      const content = contentOf(reader);
      if (shape === undefined || content === null) continue;
      const isSingle = SINGLE[name] === field;
      const changed = isSingle ? null : this.message(content, shape, level + 1);
      if (isSingle) single.push(content);
      if (!isSingle && changed === null) continue;
      parts.push(bytes.subarray(kept, from));
      if (changed !== null) parts.push(...framed(field, changed));
      kept = reader.at;
    }
    const one = this.#joined(single);
    const value = one === null ? null : this.message(one, 'any', level + 1);
    if (value === null && single.length < 2 && parts.length === single.length) return null;
    parts.push(bytes.subarray(kept));
    if (one !== null) parts.push(...framed(SINGLE[name] as number, value ?? one));
    return Buffer.concat(parts);
  }

  /** Of several kinds the last is told; of a list or a map told in a row, all of them. */
  #any(bytes: Buffer, level: number): Buffer | null {
    const reader = new WireReader(bytes);
    let kind = 0;
    let contents: Buffer[] = [];
    while (reader.at < bytes.length) {
      const field = reader.tag(bytes.length);
      const isKnown = reader.wire === ANY_WIRES[field];
      const content = contentOf(reader);
      if (!isKnown) continue;
      if (field !== kind) contents = [];
      kind = field;
      if (content !== null) contents.push(content);
    }
    const shape: Name | undefined = kind === 5 ? 'list' : kind === 6 ? 'map' : undefined;
    const one = this.#joined(contents);
    if (shape === undefined || one === null) return null;
    const changed = this.message(one, shape, level + 1);
    return changed === null && contents.length < 2 ? null : Buffer.concat(framed(kind, changed ?? one));
  }

  #joined(contents: readonly Buffer[]): Buffer | null {
    const [first = null] = contents;
    if (contents.length < 2) return first;
    this.#merges += 1;
    if (this.#merges > MAX_MERGES) throw malformed(`more than ${MAX_MERGES} of its messages are told twice`);
    return Buffer.concat(contents);
  }
}

/** Moves behind a field; its bytes, null where it is no length-delimited one. */
function contentOf(reader: WireReader): Buffer | null {
  const { bytes } = reader;
  if (reader.wire !== WIRE.bytes) {
    reader.skip(bytes.length);
    return null;
  }
  const end = reader.sub(bytes.length);
  const content = bytes.subarray(reader.at, end);
  reader.at = end;
  return content;
}

/** A length-delimited field of a number below 16. */
function framed(field: number, content: Buffer): readonly [Buffer, Buffer] {
  const head = [field * 8 + WIRE.bytes];
  let rest = content.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) + 128);
  return [Buffer.from([...head, rest]), content];
}

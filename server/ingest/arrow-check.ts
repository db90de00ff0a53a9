import { BadRequestError } from '../errors.ts';
import { FlatTable } from './arrow-flat.ts';

/**
 * The frame of an Arrow IPC stream, looked over before anything is built from it: the reader that builds believes every
 * number it finds, and a few bytes may claim millions of columns. Format: Arrow columnar format 1.5, "IPC".
 */

const MAGIC = 'ARROW1';
const CONTINUATION = -1;
/** Columns and those within them, of one stream; more than any limit of features. */
const MAX_FIELDS = 20_000;
const MAX_LEVELS = 64;
const HEADER = { schema: 1, dictionary: 2, rows: 3 } as const;
interface Expected {
  readonly kinds: readonly number[];
  readonly claims: { values: number };
}

const ONLY_SCHEMA = [HEADER.schema];
const AFTER_SCHEMA = [HEADER.dictionary, HEADER.rows];
/** Values of all dictionaries of a stream; what has more is no dictionary. */
const MAX_DICTIONARY_VALUES = 2 ** 22;
const REGION_BYTES = 16;
const BLOCK_BYTES = 24;
/** Between the last rows of a file and its footer stand the mark of the end and what fills it up. */
const MAX_GAP_BYTES = 128;

/** The whole of an Arrow stream or file, looked over. Throws BadRequestError in words when it is torn, or claims what is not there. */
export function checkedArrow(body: Buffer): Buffer {
  if (isArrowFile(body)) {
    checkFile(body);
    return body;
  }
  const claims = { values: 0 };
  let at = 0;
  while (at < body.length) {
    const next = checkMessage(body, at, { kinds: at === 0 ? ONLY_SCHEMA : AFTER_SCHEMA, claims });
    if (next === null) {
      checkEnd(body, at);
      break;
    }
    at = next;
  }
  if (at === 0) throw malformed('it holds no schema');
  return body.subarray(0, at);
}

/** Another stream would be read by nobody, and its rows lost without a word; zeros fill a stream up. */
function checkEnd(body: Buffer, at: number): void {
  const end = at + (body.readInt32LE(at) === CONTINUATION ? 8 : 4);
  if (body.subarray(end).some((byte) => byte !== 0)) throw goesOn('stream');
}

function goesOn(form: 'stream' | 'file'): BadRequestError {
  return new BadRequestError(`The body goes on behind the end of its ${form}; send one ${form} a request.`);
}

export function isArrowFile(head: Buffer): boolean {
  return head.length >= MAGIC.length && head.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** A file is read by its footer, which tells where its messages stand. */
function checkFile(body: Buffer): void {
  const end = body.length - MAGIC.length - 4;
  if (end < MAGIC.length || body.toString('latin1', end + 4) !== MAGIC)
    throw malformed('it begins like a file and does not end like one');
  const length = body.readInt32LE(end);
  if (length <= 0 || length > end) throw malformed('its footer is not there');
  const footer = FlatTable.root(body.subarray(end - length, end), malformed);
  const schema = footer.table(1);
  if (schema === null) throw malformed('it holds no schema');
  checkSchema(schema);
  const claims = { values: 0 };
  let last = 0;
  for (const slot of [2, 3]) {
    const blocks = footer.structs(slot, BLOCK_BYTES);
    for (let at = 0; at < blocks.length; at += 1) {
      const start = blocks.long(at * BLOCK_BYTES);
      const expected = { kinds: AFTER_SCHEMA, claims };
      const blockEnd = start < 0 || start >= end ? null : checkMessage(body, start, expected);
      if (blockEnd === null) throw malformed('its footer points outside it');
      last = Math.max(last, blockEnd);
    }
  }
  if (last > 0 && end - length - last > MAX_GAP_BYTES) throw goesOn('file');
}

/** Looks over a message and returns where it ends; null at the end of the stream. */
function checkMessage(stream: Buffer, start: number, expected: Expected): number | null {
  let at = start;
  if (stream.length - at < 4) throw malformed('it ends within a message');
  let length = stream.readInt32LE(at);
  at += 4;
  if (length === CONTINUATION) {
    if (stream.length - at < 4) throw malformed('it ends within a message');
    length = stream.readInt32LE(at);
    at += 4;
  }
  if (length === 0) return null;
  if (length < 0 || length > stream.length - at) throw malformed('it ends within a message');
  const message = FlatTable.root(stream.subarray(at, at + length), malformed);
  const bodyBytes = message.long(3);
  const end = at + length + bodyBytes;
  if (bodyBytes < 0 || end > stream.length) throw malformed('it ends within a message');
  checkHeader(message, bodyBytes, expected);
  return end;
}

function checkHeader(message: FlatTable, bodyBytes: number, { kinds, claims }: Expected): void {
  const kind = message.byte(1);
  const header = message.table(2);
  if (header === null) throw malformed('a message has no header');
  if (!kinds.includes(kind)) throw malformed('it is not one schema, then rows and dictionaries');
  if (kind === HEADER.schema) checkSchema(header);
  else if (kind === HEADER.rows) checkRows(header, bodyBytes);
  else {
    claims.values += checkRows(header.table(1), bodyBytes);
    if (claims.values > MAX_DICTIONARY_VALUES)
      throw new BadRequestError(
        `The dictionaries of the Arrow stream hold more than ${MAX_DICTIONARY_VALUES} values; send plain columns.`,
      );
  }
}

function checkSchema(schema: FlatTable): void {
  if (schema.short(0) !== 0)
    throw new BadRequestError('The Arrow stream is big-endian; write it in little-endian.');
  const budget = { fields: 0 };
  for (const field of schema.tables(1)) checkField(field, budget, 0);
  schema.tables(2);
}

function checkField(field: FlatTable, budget: { fields: number }, level: number): void {
  budget.fields += 1;
  if (budget.fields > MAX_FIELDS)
    throw new BadRequestError(`The Arrow stream has more than ${MAX_FIELDS} columns; send fewer.`);
  if (level > MAX_LEVELS)
    throw new BadRequestError(`Columns are nested deeper than ${MAX_LEVELS} levels; send flatter ones.`);
  field.tables(6);
  for (const child of field.tables(5)) checkField(child, budget, level + 1);
}

/** Returns how many values the first column claims. */
function checkRows(rows: FlatTable | null, bodyBytes: number): number {
  if (rows === null) throw malformed('a message has no header');
  const nodes = rows.structs(1, REGION_BYTES);
  const regions = rows.structs(2, REGION_BYTES);
  const length = rows.long(0);
  if (length < 0 || length > 2 ** 31) throw malformed('it claims an impossible number of rows');
  for (let at = 0; at < regions.length; at += 1) {
    const offset = regions.long(at * REGION_BYTES);
    const bytes = regions.long(at * REGION_BYTES + 8);
    if (offset < 0 || bytes < 0 || offset + bytes > bodyBytes)
      throw malformed('a column lies outside its message');
  }
  const variadic = rows.structs(4, 8);
  let views = 0;
  for (let at = 0; at < variadic.length; at += 1) views += Math.abs(variadic.long(at * 8));
  if (views > regions.length || nodes.length > MAX_FIELDS)
    throw malformed('it claims columns that are not there');
  return Math.max(length, nodes.length > 0 ? nodes.long(0) : 0);
}

function malformed(what: string): BadRequestError {
  return new BadRequestError(
    `The body is not a whole Arrow IPC stream: ${what}; send one as pyarrow.ipc.new_stream writes it.`,
  );
}

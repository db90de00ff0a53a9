import { isUtf8 } from 'node:buffer';
import { BadRequestError } from '../errors.ts';

/** JSON as it may be stored, for all formats that hold some. */

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** How many bytes of a byte order mark a body begins with. */
export function markBytes(body: Buffer): number {
  return body.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0;
}

/** The text of a body. Throws BadRequestError when it is no UTF-8: other bytes would all be read as the same character. */
export function utf8Text(body: Buffer): string {
  if (isUtf8(body)) return body.toString('utf8', markBytes(body));
  throw new BadRequestError('The body is not UTF-8, the one encoding of JSON; send it as UTF-8.');
}

/** Like JSON.parse, whose errors quote the text. Half a character cannot be written to disk: it would come back as another text than the one that was counted. */
export function parseJson(text: string): unknown {
  const value = JSON.parse(text) as unknown;
  return HALF_CHARACTER.test(text) ? wellFormed(value) : value;
}

/** Only an escape can tell half a character. */
const HALF_CHARACTER = /\\u[dD][89a-fA-F]/;

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name.toWellFormed(), wellFormed(one)]),
  );
}

/** A whole body. Throws BadRequestError in words of its own, which do not quote it. */
export function parseBody(body: Buffer): unknown {
  const text = utf8Text(body);
  if (text.trim() === '') throw new BadRequestError('The body is empty; JSON was expected.');
  try {
    return parseJson(text);
  } catch (cause) {
    const words = String(cause);
    const at = /position (\d+)/.exec(words)?.[1];
    const where = at === undefined ? '' : `: see its character ${at}`;
    throw new BadRequestError(`The body is not JSON${where}.${hintOf(words, text)}`, { cause });
  }
}

/** What is mostly meant. */
function hintOf(words: string, text: string): string {
  if (words.includes('after JSON')) return ' Send one object a line as application/x-ndjson.';
  if (/[:[,]\s*-?(NaN|Infinity)\b/.test(text)) return ' JSON has no NaN or Infinity; send null.';
  return text.includes('\0') ? ' Send it as UTF-8.' : '';
}

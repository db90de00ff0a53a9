import type { Data, Decimal } from 'apache-arrow';
import { BadRequestError } from '../errors.ts';

/** Numbers of Arrow as doubles, a column at a time. */

export interface Numbers {
  readonly numbers: Float64Array;
  readonly inexact: Uint8Array | null;
}

export function short(): BadRequestError {
  return new BadRequestError('A column of the Arrow stream has fewer values than its rows; write it anew.');
}

/** Small integers and floats: a copy. */
export function plainNumbers(values: ArrayLike<number>, rows: number): Numbers {
  if (values.length < rows) throw short();
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) numbers[row] = values[row] as number;
  return { numbers, inexact: null };
}

/** IEEE 754 halves, as their 16 bits. */
export function halfNumbers(values: ArrayLike<number>, rows: number): Numbers {
  if (values.length < rows) throw short();
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const bits = values[row] as number;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * 2 ** (exponent - 25);
    numbers[row] = bits >> 15 === 1 ? -size : size;
  }
  return { numbers, inexact: null };
}

const TWO_32 = 4_294_967_296;

/** 64-bit integers read as halves: a BigInt a value would be ten times slower. */
export function longNumbers(
  values: BigInt64Array | BigUint64Array,
  rows: number,
  options: { readonly signed: boolean; readonly scale?: number } = { signed: true },
): Numbers {
  if (values.length < rows) throw short();
  const halves = new Int32Array(values.buffer, values.byteOffset, rows * 2);
  const numbers = new Float64Array(rows);
  const scale = options.scale ?? 1;
  let inexact: Uint8Array | null = null;
  for (let row = 0; row < rows; row += 1) {
    const low = (halves[row * 2] as number) >>> 0;
    const word = halves[row * 2 + 1] as number;
    const high = options.signed ? word : word >>> 0;
    const number = high * TWO_32 + low;
    numbers[row] = number / scale;
    if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) continue;
    inexact ??= new Uint8Array(rows);
    inexact[row] = 1;
  }
  return { numbers, inexact };
}

/** Whole milliseconds, and the nanoseconds within, of 64-bit counts of a unit of which `perMs` are a millisecond. */
export function longTimes(
  values: BigInt64Array,
  rows: number,
  perMs: number,
): { readonly numbers: Float64Array; readonly restNs: Int32Array } {
  if (values.length < rows) throw short();
  const halves = new Int32Array(values.buffer, values.byteOffset, rows * 2);
  const numbers = new Float64Array(rows);
  const restNs = new Int32Array(rows);
  const wholeHigh = perMs > 1 ? Math.floor(TWO_32 / perMs) : TWO_32;
  const restHigh = perMs > 1 ? TWO_32 % perMs : 0;
  for (let row = 0; row < rows; row += 1) {
    const low = (halves[row * 2] as number) >>> 0;
    const high = halves[row * 2 + 1] as number;
    if (perMs <= 1) {
      numbers[row] = (high * TWO_32 + low) / perMs;
      continue;
    }
    // Both parts stay below 2^53, so that not one nanosecond is lost.
    const rest = high * restHigh + low;
    const carry = Math.floor(rest / perMs);
    numbers[row] = high * wholeHigh + carry;
    restNs[row] = (rest - carry * perMs) * (1_000_000 / perMs);
  }
  return { numbers, restNs };
}

/** Digits of the widest decimal, of 256 bits; a larger scale is a claim that costs memory. */
const MAX_SCALE = 76;

/** Decimals spelled out, exactly. */
export function decimalTexts(data: Data<Decimal>, tags: Uint8Array): readonly (string | undefined)[] {
  const { scale, bitWidth } = data.type;
  if (Math.abs(scale) > MAX_SCALE)
    throw new BadRequestError(
      `A decimal of the Arrow stream has more than ${MAX_SCALE} places; write it anew.`,
    );
  const words = bitWidth / 32;
  const values = data.values;
  if (values.length < data.length * words) throw short();
  return Array.from({ length: data.length }, (_, row) =>
    tags[row] === 0 ? undefined : decimalText(values.subarray(row * words, (row + 1) * words), scale),
  );
}

function decimalText(words: Uint32Array, scale: number): string {
  let unscaled = 0n;
  for (let at = words.length - 1; at >= 0; at -= 1)
    unscaled = (unscaled << 32n) | BigInt(words[at] as number);
  unscaled = BigInt.asIntN(words.length * 32, unscaled);
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (scale <= 0) return `${sign}${digits}${digits === '0' ? '' : '0'.repeat(-scale)}`;
  const padded = digits.padStart(scale + 1, '0');
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

export function decimalNumbers(texts: readonly (string | undefined)[]): Numbers {
  const numbers = new Float64Array(texts.length);
  let inexact: Uint8Array | null = null;
  texts.forEach((text, row) => {
    if (text === undefined) return;
    const number = Number(text);
    numbers[row] = number;
    if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return;
    inexact ??= new Uint8Array(texts.length);
    inexact[row] = 1;
  });
  return { numbers, inexact };
}

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Looks through a write-ahead log before DuckDB reads it. DuckDB takes an entry that would end beyond the file for the
 * last, torn one and drops the rest without a word: after one flipped bit in a length that rest may hold commits.
 * Layout (DuckDB 1.5): the version, then entries of length and checksum, eight bytes each, and as many bytes as told.
 */

const VERSION = Buffer.from('640062650002ffff', 'hex');
/** The entry that ends every commit, from its checksum on. */
const COMMITTED = Buffer.from('e7fe7d722fed3d5e640064ffff', 'hex');
const HEADER_BYTES = 16;

export interface HiddenCommits {
  /** Where the bytes that DuckDB would read stop making sense, and the size of the file. */
  readonly at: number;
  readonly size: number;
  /** Bytes that make the log whole again when they stand at `at`, or null. */
  readonly mended: Buffer | null;
}

/** What a log hides behind damage; null for one that is whole, missing or torn in its last commit only. */
export function findHidden(log: string): HiddenCommits | null {
  if (!existsSync(log)) return null;
  const file = openSync(log, 'r');
  try {
    return hiddenIn(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function hiddenIn(file: number, size: number): HiddenCommits | null {
  if (size < VERSION.length) return null;
  const at = walk(file, VERSION.length, size);
  if (!read(file, 0, VERSION.length).equals(VERSION))
    return at === size && size > VERSION.length ? { at: 0, size, mended: VERSION } : null;
  if (at === size || !read(file, at, size - at).includes(COMMITTED)) return null;
  return { at, size, mended: mendLength(file, at, size) };
}

/** Follows the lengths from an entry on; ends at the size of the file, or at the first entry that is not whole. */
function walk(file: number, from: number, size: number): number {
  let at = from;
  while (at + HEADER_BYTES <= size) {
    const length = read(file, at, 8).readBigUInt64LE();
    if (length < 1n || length > BigInt(size - at - HEADER_BYTES)) return at;
    at += HEADER_BYTES + Number(length);
  }
  return at;
}

/** The length with one bit turned, after which every entry to the end is whole. Its checksum is for DuckDB to check. */
function mendLength(file: number, at: number, size: number): Buffer | null {
  if (at + HEADER_BYTES > size) return null;
  const told = read(file, at, 8).readBigUInt64LE();
  for (let bit = 0n; bit < 64n; bit += 1n) {
    const length = told ^ (1n << bit);
    if (length < 1n || length > BigInt(size - at - HEADER_BYTES)) continue;
    if (walk(file, at + HEADER_BYTES + Number(length), size) !== size) continue;
    const mended = Buffer.alloc(8);
    mended.writeBigUInt64LE(length);
    return mended;
  }
  return null;
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}

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
/** That entry's payload. */
const COMMITTED_BYTES = 5;

export interface Dropped {
  /** Where the last commit ends that DuckDB would read, or the damage begins, and the size of the file. */
  readonly at: number;
  readonly size: number;
  /** Bytes that make the log whole again when they stand at `at`, or null. */
  readonly mended: Buffer | null;
}

/** What DuckDB would drop of a log in silence: commits behind damage, or a last one that is torn. null for one that is whole or missing. */
export function findDropped(log: string): Dropped | null {
  if (!existsSync(log)) return null;
  const file = openSync(log, 'r');
  try {
    return droppedIn(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function droppedIn(file: number, size: number): Dropped | null {
  if (size < VERSION.length) return size === 0 ? null : { at: 0, size, mended: null };
  const { at, committed } = walk(file, VERSION.length, size);
  if (!read(file, 0, VERSION.length).equals(VERSION))
    return at === size && size > VERSION.length ? { at: 0, size, mended: VERSION } : null;
  if (committed === size) return null;
  if (at < size && read(file, at, size - at).includes(COMMITTED))
    return { at, size, mended: mendLength(file, at, size) };
  return { at: committed, size, mended: null };
}

interface Walked {
  /** The size of the file, or where the first entry begins that is not whole. */
  readonly at: number;
  /** Where the last entry ends that ends a commit; where the walk began when there is none. */
  readonly committed: number;
}

/** Follows the lengths from an entry on. */
function walk(file: number, from: number, size: number): Walked {
  let at = from;
  let committed = from;
  while (at + HEADER_BYTES <= size) {
    const length = read(file, at, 8).readBigUInt64LE();
    if (length < 1n || length > BigInt(size - at - HEADER_BYTES)) break;
    const isEnd =
      length === BigInt(COMMITTED_BYTES) && read(file, at + 8, COMMITTED.length).equals(COMMITTED);
    at += HEADER_BYTES + Number(length);
    if (isEnd) committed = at;
  }
  return { at, committed };
}

/** The length with one bit turned, after which every entry to the end is whole. Its checksum is for DuckDB to check. */
function mendLength(file: number, at: number, size: number): Buffer | null {
  if (at + HEADER_BYTES > size) return null;
  const told = read(file, at, 8).readBigUInt64LE();
  for (let bit = 0n; bit < 64n; bit += 1n) {
    const length = told ^ (1n << bit);
    if (length < 1n || length > BigInt(size - at - HEADER_BYTES)) continue;
    if (walk(file, at + HEADER_BYTES + Number(length), size).at !== size) continue;
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

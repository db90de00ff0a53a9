import { statfsSync, statSync } from 'node:fs';
import { RetryableError } from '../../errors.ts';

/**
 * Beside the log a checkpoint writes the row group it began before anew: 122,880 rows, some 32 MB, without which it
 * fails, and the database with it.
 */
const CHECKPOINT_BYTES = 32 * 1024 * 1024;

/** Room that this user has on the disk of a folder. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether a checkpoint of the database file will find room; asking costs some microseconds. */
export function hasCheckpointRoom(file: string, folder: string): boolean {
  return freeBytes(folder) >= sizeOf(`${file}.wal`) + CHECKPOINT_BYTES;
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Throws RetryableError while the disk has less room than the floor, so that rows are refused before writing fails. */
export function checkFloor(folder: string, minFreeBytes: number): void {
  const free = freeBytes(folder);
  if (free >= minFreeBytes) return;
  throw new RetryableError(
    `The disk of the data folder has ${megabytes(free)} MB left and ${megabytes(minFreeBytes)} MB are kept free; make room, or lower limits.minFreeBytes. Send the request again then.`,
    { retryAfterMs: 1000 },
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1e6);
}

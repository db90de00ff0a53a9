import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FatalError } from '../errors.ts';

/** Makes the data folder where it is missing. Throws FatalError with exit code 2 when it cannot be used. */
export function useDataFolder(folder: string): void {
  try {
    make(resolve(folder));
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new FatalError(
      `The data folder ${folder} cannot be used as a folder: ${REASONS[code] ?? code}. Name a folder that this user may write to ("data" in leeway.yaml), or make it one.`,
      { exitCode: 2, cause },
    );
  }
}

/** Node's own `recursive` never returns where a folder can neither be made nor be missing, as in /proc. */
function make(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) make(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another thread may have been faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

const A_FILE = 'it, or a part of its path, is a file';
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: A_FILE,
  ENOTDIR: A_FILE,
  EACCES: 'this user may not write to it',
  EPERM: 'this user may not write to it',
  EROFS: 'it is on a file system that is read-only',
  ENOENT: 'it cannot be made there',
  ENOSPC: 'the disk is full',
};

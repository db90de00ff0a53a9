import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ARCHIVE_FOLDERS, EXPORT_FOLDER } from './archive-path.ts';

/** Files of the archive, each there as a whole or not at all. */

const UNFINISHED = '.unfinished';

/** The folders that DuckDB may read and write in. */
export function openFolders(folder: string): readonly string[] {
  return [...Object.values(ARCHIVE_FOLDERS), EXPORT_FOLDER].map((name) => `${join(folder, name)}/`);
}

/**
 * Lets `write` fill a file and makes it last: synced under a temporary name, renamed, and the folders above synced too.
 * Returns its size in bytes.
 */
export async function writeWhole(
  folder: string,
  file: string,
  write: (path: string) => Promise<void>,
): Promise<number> {
  const path = join(folder, file);
  const unfinished = `${path}${UNFINISHED}`;
  makeFolder(dirname(path));
  try {
    await write(unfinished);
    sync(unfinished);
    renameSync(unfinished, path);
    sync(dirname(path));
    return statSync(path).size;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  sync(dirname(path));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes files, and the folders that they leave empty. */
export function removeFiles(folder: string, files: readonly string[]): void {
  for (const file of files) {
    rmSync(join(folder, file), { force: true });
    removeEmpty(folder, dirname(file));
  }
}

function removeEmpty(folder: string, inner: string): void {
  const path = join(folder, inner);
  if (!inner.includes('/') || !existsSync(path) || readdirSync(path).length > 0) return;
  rmSync(path, { recursive: true });
  removeEmpty(folder, dirname(inner));
}

/** Files beneath the archive's folders that are not among `known`: a crash left them. Relative to `folder`. */
export function strayFiles(folder: string, known: ReadonlySet<string>): readonly string[] {
  return Object.values(ARCHIVE_FOLDERS).flatMap((name) =>
    filesBeneath(folder, name).filter((file) => !known.has(file)),
  );
}

/** What was written for somebody who is no longer there. */
export function exportedFiles(folder: string): readonly string[] {
  return filesBeneath(folder, EXPORT_FOLDER);
}

function filesBeneath(folder: string, name: string): readonly string[] {
  const path = join(folder, name);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = `${name}/${entry.name}`;
    return entry.isDirectory() ? filesBeneath(folder, inner) : [inner];
  });
}

/** Whether a recorded file is there in its recorded size. */
export function isWhole(
  folder: string,
  recorded: { readonly file: string; readonly bytes: number },
): boolean {
  return statSync(join(folder, recorded.file), { throwIfNoEntry: false })?.size === recorded.bytes;
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParquetReader } from '../../table.ts';
import { withTableFile } from './table-file.ts';

/** Reads Parquet and CSV that came as bytes, by way of a file in a folder of its own, which is removed in any case; one at a time. */
export function createParquetReader(folder: string): ParquetReader {
  // What an earlier process left when it was killed.
  rmSync(folder, { recursive: true, force: true });
  let last: Promise<unknown> = Promise.resolve();
  return (body, use, kind = 'parquet') => {
    const task = () => read(folder, { body, kind }, use);
    const next = last.then(task, task);
    last = next.catch(() => {});
    return next;
  };
}

async function read(
  folder: string,
  { body, kind }: { readonly body: Uint8Array; readonly kind: 'parquet' | 'csv' },
  use: Parameters<ParquetReader>[1],
): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = mkdtempSync(join(folder, 'upload-'));
  try {
    const file = join(own, `table.${kind}`);
    await writeFile(file, body, { mode: 0o600 });
    await withTableFile({ file, kind }, use);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

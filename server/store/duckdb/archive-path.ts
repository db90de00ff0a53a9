import { createHash } from 'node:crypto';

/** Where a closed day of a model lies, beneath the data folder. */

export const ARCHIVE_KINDS = ['predictions', 'protected', 'labels'] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

/** Protected attributes stand apart, so that reading them can be a right of its own. */
export const ARCHIVE_FOLDERS: Readonly<Record<ArchiveKind, string>> = {
  predictions: 'archive',
  protected: 'archive-protected',
  labels: 'archive-labels',
};

export const EXPORT_FOLDER = 'export';

/** A part of a path may have 255 bytes; the key, the equals sign and a digest need room beside the name. */
const MAX_NAME = 120;

/** The folder of a day in the form that pandas, Spark and DuckDB read as the columns tenant, model and day. */
export function dayFolder(
  kind: ArchiveKind,
  key: { readonly tenant: string; readonly model: string },
  dayMs: number,
): string {
  const day = new Date(dayMs).toISOString().slice(0, 10);
  return `${ARCHIVE_FOLDERS[kind]}/tenant=${pathName(key.tenant)}/model=${pathName(key.model)}/day=${day}`;
}

/**
 * A name as one part of a path. Everything but small letters, digits, `_`, `-` and inner dots is percent-encoded, so
 * that names which differ by case alone stay apart on every file system. A long one ends in a digest of the whole.
 */
export function pathName(name: string): string {
  const bytes = Buffer.from(name.toWellFormed());
  const encoded = Array.from(bytes, encodedByte).join('').replace(/\.$/, '%2E');
  if (encoded.length <= MAX_NAME) return encoded;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return `${encoded.slice(0, MAX_NAME).replace(/%.?$/, '')}~${digest}`;
}

function encodedByte(byte: number): string {
  const text = String.fromCodePoint(byte);
  return /[a-z0-9_.-]/.test(text) ? text : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
